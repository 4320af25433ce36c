"""Declarations of Fargate profiles that cannot be: each is refused by the plan, with its message, its fields and a remedy."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._eks.fargate_profile import ProfileSpec, ProfileState, plan_present

ROLE = "arn:aws:iam::111122223333:role/pods"
NEW: dict[str, Any] = {"role_arn": ROLE, "selectors": [{"namespace": "web"}]}
FOUND = {
    "fargateProfileName": "web",
    "fargateProfileArn": "arn:p",
    "podExecutionRoleArn": ROLE,
    "subnets": ["subnet-1"],
    "selectors": [{"namespace": "web", "labels": {}}],
    "status": "ACTIVE",
}

REFUSED: list[tuple[str, dict[str, Any], dict[str, Any] | None, str, list[str]]] = [
    ("no role", {"selectors": NEW["selectors"]}, None, "needs role_arn to be created", ["role_arn"]),
    ("nothing but a name", {}, None, "needs role_arn and selectors to be created", ["role_arn", "selectors"]),
    ("selectors empty", {**NEW, "selectors": []}, None, "needs selectors to be created", ["selectors"]),
    ("selector without namespace", {**NEW, "selectors": [{"labels": {"a": "b"}}]}, None, "has a selector without a namespace", ["selectors"]),
    ("six selectors", {**NEW, "selectors": [{"namespace": f"n{n}"} for n in range(6)]}, None, "has 6 selectors; EKS takes 5", ["selectors"]),
    ("labels no mapping", {**NEW, "selectors": [{"namespace": "a", "labels": "b"}]}, None, "whose labels are no mapping: 'b'", ["selectors"]),
    ("reserved name", {**NEW, "name": "eks-web"}, None, "a name that begins with eks-", ["name"]),
    ("reserved tag", {**NEW, "tags": {"aws:x": "y"}}, None, "The tags aws:x of Fargate profile web of cluster edge are reserved", ["tags"]),
    ("too many tags", {**NEW, "tags": {str(n): "x" for n in range(51)}}, None, "has 51 tags; AWS takes 50", ["tags"]),
    ("another role", {"role_arn": ROLE + "2"}, FOUND, f"EKS cannot change role_arn from {ROLE} to {ROLE}2", ["role_arn"]),
    ("other subnets", {"subnets": ["subnet-9"]}, FOUND, "EKS cannot change subnets from ['subnet-1'] to ['subnet-9']", ["subnets"]),
    ("other selectors", {"selectors": [{"namespace": "b"}]}, FOUND, "EKS cannot change selectors from", ["selectors"]),
    ("selectors emptied", {"selectors": []}, FOUND, "EKS cannot change selectors from", ["selectors"]),
    ("failed before", NEW, {**FOUND, "status": "CREATE_FAILED"}, "Fargate profile web of cluster edge is CREATE_FAILED", ["name"]),
]


@pytest.mark.parametrize(("params", "found", "message", "fields"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused_with_a_remedy(params: dict[str, Any], found: dict[str, Any] | None, message: str, fields: list[str]) -> None:
    with pytest.raises(Refusal) as caught:
        plan_present(ProfileSpec.from_params({"cluster_name": "edge", "name": "web", **params}), ProfileState.from_api(found))
    assert message in caught.value.message
    assert caught.value.remedy
    assert caught.value.facts["refused_fields"] == fields
