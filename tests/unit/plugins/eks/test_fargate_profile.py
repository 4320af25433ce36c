"""Fargate profiles: what means the same, what cannot change. FP numbers: defects of community.aws's module that are none here."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._eks.fargate_profile import ProfileSpec, ProfileState, in_flight, plan_absent, plan_present

ROLE = "arn:aws:iam::111122223333:role/pods"
BASE: dict[str, Any] = {"role_arn": ROLE, "subnets": ["subnet-1", "subnet-2"], "selectors": [{"namespace": "web", "labels": None}]}


def declared(**params: Any) -> ProfileSpec:
    return ProfileSpec.from_params({"cluster_name": "edge", "name": "web", **params})


def profile(**fields: Any) -> ProfileState:
    answer = {
        "fargateProfileName": "web",
        "fargateProfileArn": "arn:p",
        "clusterName": "edge",
        "podExecutionRoleArn": ROLE,
        "subnets": ["subnet-1", "subnet-2"],
        "selectors": [{"namespace": "web", "labels": {}}],
        "status": "ACTIVE",
        "tags": {},
    }
    state = ProfileState.from_api({**answer, **fields})
    assert state is not None
    return state


def operations(plan: Any) -> list[str]:
    return [step.operation for step in plan.steps]


def test_creates_with_what_is_declared() -> None:
    step = plan_present(declared(**BASE, tags={"Cost": 7}), None).steps[0]
    assert step.request == {
        "clusterName": "edge",
        "fargateProfileName": "web",
        "podExecutionRoleArn": ROLE,
        "subnets": ["subnet-1", "subnet-2"],
        "selectors": [{"namespace": "web", "labels": {}}],
        "tags": {"Cost": "7"},
    }
    assert step.fields == ["role_arn", "subnets", "selectors", "tags"]


def test_subnets_may_be_left_to_eks() -> None:
    request = plan_present(declared(role_arn=ROLE, selectors=BASE["selectors"]), None).steps[0].request
    assert "subnets" not in request


TWO = [{"namespace": "a", "labels": {"x": "1", "y": "2"}}, {"namespace": "b", "labels": {}}]


@pytest.mark.parametrize(
    ("params", "state"),
    [
        ({}, profile()),
        (BASE, profile()),
        ({"subnets": ["subnet-2", "subnet-1"]}, profile()),
        ({"selectors": [{"namespace": "b"}, {"namespace": "a", "labels": {"y": 2, "x": 1}}]}, profile(selectors=TWO)),
        ({"selectors": [{"namespace": "b"}, {"namespace": "a", "labels": [{"x": 1}, {"y": 2}]}]}, profile(selectors=TWO)),
        ({"selectors": [{"namespace": "web"}]}, profile(selectors=[{"namespace": "web"}])),
        ({"tags": {"a": 1}}, profile(tags={"a": "1", "aws:cloudformation:stack-name": "x"})),
    ],
)
def test_what_means_the_same_is_quiet(params: dict[str, Any], state: ProfileState) -> None:
    assert not plan_present(declared(**params), state)


def test_fp1_a_role_of_the_same_letters_is_another_role() -> None:
    with pytest.raises(Refusal, match=r"role/pods to .*role/spod") as caught:
        plan_present(declared(role_arn=ROLE.replace("pods", "spod")), profile())
    assert caught.value.facts["refused_fields"] == ["role_arn"]


def test_fp2_a_selector_without_labels_is_the_one_with_none() -> None:
    assert not plan_present(declared(selectors=[{"namespace": "web"}]), profile())


def test_every_field_that_cannot_change_is_named() -> None:
    with pytest.raises(Refusal, match="Declare a profile of another name") as caught:
        plan_present(declared(role_arn="arn:x", subnets=["subnet-1"], selectors=[{"namespace": "web", "labels": {"a": "b"}}], tags={"a": "b"}), profile())
    assert caught.value.facts["refused_fields"] == ["role_arn", "subnets", "selectors"]


@pytest.mark.parametrize(
    ("tags", "purge", "expected"),
    [({"New": "x"}, True, ["tag_resource", "untag_resource"]), ({"New": "x"}, False, ["tag_resource"]), ({}, True, ["untag_resource"])],
)
def test_tags_are_all_that_changes(tags: dict[str, str], purge: bool, expected: list[str]) -> None:
    assert operations(plan_present(declared(tags=tags, purge_tags=purge), profile(tags={"A": "b"}))) == expected


def test_what_failed_is_made_again_on_demand_only() -> None:
    broken = profile(status="CREATE_FAILED", health={"issues": [{"code": "AccessDenied", "message": "no", "resourceIds": ["r"]}]})
    with pytest.raises(Refusal, match=r"CREATE_FAILED; AccessDenied: no \(r\)"):
        plan_present(declared(**BASE), broken)
    assert operations(plan_present(declared(**BASE, recreate_failed=True), broken)) == ["delete_fargate_profile", "create_fargate_profile"]


def test_what_is_being_deleted_is_made_again_after_that() -> None:
    going = profile(status="DELETING")
    assert in_flight(going) is not None
    assert operations(plan_present(declared(**BASE), going)) == ["create_fargate_profile"]
    assert not plan_absent(declared(), going)


def test_absent_and_absent_again() -> None:
    assert operations(plan_absent(declared(), profile())) == ["delete_fargate_profile"]
    assert not plan_absent(declared(), None)
