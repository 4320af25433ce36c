"""Associations of service accounts: what is an update, what means the same, what belongs to an add-on."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._eks.pod_identity import (
    AssociationSpec,
    AssociationState,
    declared_associations,
    plan_absent,
    plan_present,
)

ROLE = "arn:aws:iam::111122223333:role/web"
KEY = {"cluster_name": "edge", "namespace": "default", "service_account": "web"}


def declared(**params: Any) -> AssociationSpec:
    return AssociationSpec.from_params({**KEY, "role_arn": ROLE, **params})


def association(**fields: Any) -> AssociationState:
    answer = {"associationArn": "arn:a", "associationId": "a-1", "roleArn": ROLE, "disableSessionTags": False, "tags": {}}
    state = AssociationState.from_api({**answer, **fields})
    assert state is not None
    return state


def operations(plan: Any) -> list[str]:
    return [step.operation for step in plan.steps]


def test_creates_with_what_is_declared() -> None:
    request = plan_present(declared(tags={"Cost": 7}), None).steps[0].request
    assert request == {"clusterName": "edge", "namespace": "default", "serviceAccount": "web", "roleArn": ROLE, "tags": {"Cost": "7"}}


@pytest.mark.parametrize(
    ("params", "state"),
    [
        ({}, association(tags={"A": "b"}, targetRoleArn="arn:x")),
        ({"policy": '{"a": 1, "b": 2}'}, association(policy='{"b":2,"a":1}', disableSessionTags=True)),
        ({"disable_session_tags": False}, association(disableSessionTags=None)),
        ({"target_role_arn": ""}, association()),
        ({"tags": {"Cost": 7}}, association(tags={"Cost": "7"})),
    ],
)
def test_what_means_the_same_is_quiet(params: dict[str, Any], state: AssociationState) -> None:
    assert not plan_present(declared(**params), state)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"role_arn": ROLE + "2"}, ["update_pod_identity_association"]),
        ({"target_role_arn": "arn:aws:iam::444455556666:role/web", "disable_session_tags": True}, ["update_pod_identity_association"]),
        ({"tags": {"New": "x"}}, ["tag_resource", "untag_resource"]),
    ],
)
def test_what_differs_is_a_step(params: dict[str, Any], expected: list[str]) -> None:
    assert operations(plan_present(declared(**params), association(tags={"A": "b"}))) == expected


def test_an_add_ons_is_refused_with_a_pointer() -> None:
    for plan in (plan_present, plan_absent):
        with pytest.raises(Refusal, match="eks_addon"):
            plan(declared(), association(ownerArn="arn:addon"))


def test_absent_and_absent_again() -> None:
    assert operations(plan_absent(declared(), association())) == ["delete_pod_identity_association"]
    assert not plan_absent(declared(), None)


def test_a_service_account_declared_twice_is_refused() -> None:
    one = {"namespace": "default", "service_account": "web", "role_arn": ROLE}
    with pytest.raises(Refusal, match="default/web"):
        declared_associations({"cluster_name": "edge", "purge_tags": True, "pod_identity_associations": [one, one]})


def test_creation_needs_a_role() -> None:
    with pytest.raises(Refusal, match="role_arn"):
        plan_present(AssociationSpec.from_params(KEY), None)
