"""Declarations of capabilities that cannot be: each is refused by the plan, with its message, its fields and a remedy."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._eks.capability import plan_present
from ansible_collections.fleetops.eks.plugins.module_utils._eks.capability_values import CapabilitySpec, CapabilityState

Params = dict[str, Any]
ROLE = "arn:aws:iam::111122223333:role/argocd"
IDC = {"idc_instance_arn": "arn:idc", "idc_region": "us-east-1"}
OPS = {"id": "ops", "type": "SSO_GROUP"}
FOUND: Params = {
    "capabilityName": "argo",
    "arn": "arn:c",
    "status": "ACTIVE",
    "type": "ARGOCD",
    "roleArn": ROLE,
    "deletePropagationPolicy": "RETAIN",
    "configuration": {"argoCd": {"namespace": "argocd", "awsIdc": {"idcInstanceArn": "arn:idc", "idcRegion": "us-east-1"}}},
}
KRO: Params = {**FOUND, "type": "KRO", "configuration": {}}
OTHERS = [{"capabilityName": "theirs", "type": "ACK", "status": "ACTIVE"}]


def argo(**settings: Any) -> Params:
    return {"type": "ARGOCD", "role_arn": ROLE, "configuration": {"argo_cd": {"aws_idc": IDC, **settings}}}


def ack(**settings: Any) -> Params:
    return {"name": "ack", "type": "ACK", "role_arn": ROLE, "configuration": {"ack": settings}}


REFUSED: list[tuple[str, Params, Params | None, str, list[str]]] = [
    ("nothing but a name", {}, None, "needs type and role_arn to be created", ["type", "role_arn"]),
    (
        "no identity center",
        {"type": "ARGOCD", "role_arn": ROLE},
        None,
        "needs configuration.argo_cd.aws_idc.idc_instance_arn",
        ["configuration.argo_cd.aws_idc.idc_instance_arn"],
    ),
    ("a name with dots", {**argo(), "name": "a.b"}, None, "has a name that EKS does not take", ["name"]),
    ("a prefix in capitals", argo(endpoint_prefix="Edge"), None, "has endpoint_prefix Edge", ["configuration.argo_cd.endpoint_prefix"]),
    ("a prefix that ends in a hyphen", argo(endpoint_prefix="a-"), None, "has endpoint_prefix a-", ["configuration.argo_cd.endpoint_prefix"]),
    ("a long prefix", argo(endpoint_prefix="a" * 51), None, "has endpoint_prefix aaa", ["configuration.argo_cd.endpoint_prefix"]),
    (
        "a role mapped twice",
        argo(rbac_role_mappings=[{"role": "ADMIN", "identities": [OPS]}] * 2),
        None,
        "maps role ADMIN more than once",
        ["configuration.argo_cd.rbac_role_mappings"],
    ),
    ("no service", ack(disabled_services=["S3"]), None, "disables what is no service: S3", ["configuration.ack.disabled_services"]),
    ("many services", ack(disabled_services=["s3"] * 201), None, "disables 201 services; EKS takes 200", ["configuration.ack.disabled_services"]),
    ("reserved tag", {**argo(), "tags": {"aws:x": "y"}}, None, "The tags aws:x of capability argo", ["tags"]),
    ("settings of another type", {**argo(), "type": "KRO"}, None, "is of type KRO, and configuration.argo_cd is for ARGOCD", ["configuration.argo_cd"]),
    (
        "settings of another, found",
        {"configuration": argo()["configuration"]},
        KRO,
        "is of type KRO, and configuration.argo_cd",
        ["configuration.argo_cd"],
    ),
    ("a second of a type", ack(), None, "has capability theirs of type ACK, and EKS takes one of a type", ["name"]),
    ("another type", argo(), KRO, "cannot change type from KRO to ARGOCD", ["type"]),
    (
        "another namespace",
        argo(namespace="x"),
        FOUND,
        "cannot change configuration.argo_cd.namespace from argocd to x",
        ["configuration.argo_cd.namespace"],
    ),
    ("a prefix afterwards", argo(endpoint_prefix="x"), FOUND, "endpoint_prefix from None to x", ["configuration.argo_cd.endpoint_prefix"]),
    (
        "another instance",
        argo(aws_idc={"idc_instance_arn": "arn:new", "idc_region": "eu-west-1"}),
        FOUND,
        "idc_instance_arn from arn:idc to arn:new; configuration.argo_cd.aws_idc.idc_region from us-east-1 to eu-west-1",
        ["configuration.argo_cd.aws_idc.idc_instance_arn", "configuration.argo_cd.aws_idc.idc_region"],
    ),
    ("failed before", argo(), {**FOUND, "status": "CREATE_FAILED"}, "Capability argo of cluster edge is CREATE_FAILED", ["name"]),
]


@pytest.mark.parametrize(("params", "found", "message", "fields"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused_with_a_remedy(params: Params, found: Params | None, message: str, fields: list[str]) -> None:
    with pytest.raises(Refusal) as caught:
        plan_present(CapabilitySpec.from_params({"cluster_name": "edge", "name": "argo", **params}), CapabilityState.from_api(found), OTHERS)
    assert message in caught.value.message
    assert caught.value.remedy
    assert caught.value.facts["refused_fields"] == fields
