"""When an activation serves a batch, when another one is made, and what is refused before any call."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._ssm import duration
from ansible_collections.fleetops.eks.plugins.module_utils._ssm.activation import (
    Activation,
    ActivationSpec,
    ActivationState,
    plan_absent,
    plan_present,
    role_name,
    to_result,
    usable,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CLUSTER = "arn:aws:eks:us-east-1:111122223333:cluster/edge"


def declared(**params: Any) -> ActivationSpec:
    return ActivationSpec.from_params({"batch": "edge-paris", "iam_role": "EdgeHybridNodes", "code_dest": "/tmp/code.json", **params})


def activation(**fields: Any) -> Activation:
    answer = {
        "ActivationId": "a1",
        "IamRole": "EdgeHybridNodes",
        "RegistrationLimit": 1,
        "ExpirationDate": NOW + timedelta(hours=24),
        "CreatedDate": NOW,
        "Expired": False,
        "Tags": [{"Key": "fleetops:activation", "Value": "edge-paris"}],
    }
    return Activation.from_api({**answer, **fields})


def seen(*found: Activation, code_id: str | None = None) -> ActivationState:
    return ActivationState(found, code_id, NOW)


def operations(plan: Any) -> list[str]:
    return [step.operation for step in plan.steps]


def tags(**more: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in {"fleetops:activation": "edge-paris", **more}.items()]


def test_nothing_found_makes_one_for_a_day() -> None:
    step = plan_present(declared(), seen()).steps[0]
    assert step.operation == "create_activation"
    assert step.request == {"IamRole": "EdgeHybridNodes", "RegistrationLimit": 1, "ExpirationDate": NOW + timedelta(days=1), "Tags": tags()}


def test_a_cluster_becomes_the_tag_by_which_nodes_deregister() -> None:
    request = plan_present(declared(cluster_arn=CLUSTER, tags={"Site": 7}), seen()).steps[0].request
    assert {tag["Key"]: tag["Value"] for tag in request["Tags"]} == {"fleetops:activation": "edge-paris", "EKSClusterARN": CLUSTER, "Site": "7"}


@pytest.mark.parametrize(
    ("params", "fields"),
    [
        ({}, {}),
        ({}, {"RegistrationsCount": 0}),
        ({"description": "other words"}, {"Description": "words"}),
        ({"registration_limit": 5, "min_remaining": {"registrations": 2}}, {"RegistrationLimit": 4, "RegistrationsCount": 2}),
        ({"registration_limit": 2}, {"RegistrationLimit": 9}),
        ({"iam_role": "arn:aws:iam::111122223333:role/EdgeHybridNodes"}, {}),
        ({"iam_role": "nodes/EdgeHybridNodes"}, {}),
        ({"min_remaining": {"validity": "24h"}}, {}),
        ({"tags": {"Site": "paris"}}, {"Tags": tags(Site="paris", More="x")}),
    ],
)
def test_one_that_fits_is_used_as_it_is(params: dict[str, Any], fields: dict[str, Any]) -> None:
    assert not plan_present(declared(**params), seen(activation(**fields)))


@pytest.mark.parametrize(
    ("params", "fields"),
    [
        ({}, {"Expired": True}),
        ({}, {"RegistrationLimit": 3, "RegistrationsCount": 3}),
        ({"registration_limit": 3, "min_remaining": {"registrations": 3}}, {"RegistrationLimit": 3, "RegistrationsCount": 1}),
        ({}, {"ExpirationDate": NOW + timedelta(minutes=9)}),
        ({"min_remaining": {"validity": "2h"}}, {"ExpirationDate": NOW + timedelta(minutes=119)}),
        ({"iam_role": "Other"}, {}),
        ({"default_instance_name": "paris"}, {}),
        ({"cluster_arn": CLUSTER}, {}),
        ({"tags": {"Site": "paris"}}, {"Tags": tags(Site="rome")}),
        ({"renew": "always"}, {}),
        ({"renew": "without_code"}, {}),
    ],
)
def test_one_that_does_not_fit_is_superseded_and_deleted_after(params: dict[str, Any], fields: dict[str, Any]) -> None:
    plan = plan_present(declared(**params), seen(activation(**fields)))
    assert operations(plan) == ["create_activation", "delete_activation"]
    assert plan.steps[1].request == {"ActivationId": "a1"}


def test_without_purging_the_old_one_stays() -> None:
    assert operations(plan_present(declared(purge_spent=False), seen(activation(Expired=True)))) == ["create_activation"]


def test_spent_ones_beside_the_one_in_use_are_deleted() -> None:
    plan = plan_present(declared(), seen(activation(), activation(ActivationId="a0", Expired=True)))
    assert [step.request["ActivationId"] for step in plan.steps] == ["a0"]


def test_the_code_at_hand_decides_between_two_that_fit() -> None:
    longer = activation(ActivationId="a2", ExpirationDate=NOW + timedelta(days=2))
    assert usable(declared(), seen(activation(), longer, code_id="a1")) == activation()
    assert usable(declared(), seen(activation(), longer)) == longer


def test_with_the_code_at_hand_without_code_renews_nothing() -> None:
    assert not plan_present(declared(renew="without_code"), seen(activation(), code_id="a1"))


def test_absent_deletes_all_of_the_batch_and_the_file() -> None:
    plan = plan_absent(declared(), seen(activation(), activation(ActivationId="a2"), code_id="a2"))
    assert operations(plan) == ["delete_activation", "delete_activation", "remove_code"]
    assert len(plan.waves()) == 2


def test_absent_again_is_quiet() -> None:
    assert not plan_absent(declared(), seen())


def test_absent_by_id_leaves_the_file_of_another_activation() -> None:
    spec = ActivationSpec(activation_id="a1", code_dest="/tmp/code.json")
    assert operations(plan_absent(spec, seen(activation(), code_id="a2"))) == ["delete_activation"]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"expires_in": "31d"}, "expires_in"),
        ({"expires_in": "0"}, "expires_in"),
        ({"expires_in": "5m"}, "expires_in"),
        ({"expiration_date": "2026-11-22T11:00:00Z"}, "expiration_date"),
        ({"expiration_date": "2027-01-22T11:00:00"}, "expiration_date"),
        ({"registration_limit": 0}, "registration_limit"),
        ({"registration_limit": 1001}, "registration_limit"),
        ({"min_remaining": {"registrations": 2}}, "registration_limit"),
        ({"iam_role": "r" * 65}, "iam_role"),
    ],
)
def test_what_ssm_refuses_or_never_comes_to_rest_is_refused_with_the_option(params: dict[str, Any], field: str) -> None:
    with pytest.raises(Refusal) as refusal:
        plan_present(declared(**params), seen())
    assert refusal.value.facts["refused_fields"] == [field]
    assert refusal.value.remedy


@pytest.mark.parametrize("params", [{"expires_in": "soon"}, {"expiration_date": "tomorrow"}, {"min_remaining": {"validity": "1w"}}])
def test_times_that_are_none_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises(Refusal):
        declared(**params)


def test_thirty_days_arrive_in_time() -> None:
    assert declared(expires_in="30d").expiry(NOW) == NOW + timedelta(days=30) - timedelta(minutes=1)


@pytest.mark.parametrize(("text", "seconds"), [("3600", 3600), ("2h", 7200), ("1h30m", 5400), ("2d", 172800), ("90S", 90)])
def test_durations(text: str, seconds: int) -> None:
    assert duration.parse(text, option="expires_in") == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("given", "name"),
    [("Nodes", "Nodes"), ("service-role/Nodes", "service-role/Nodes"), ("arn:aws-cn:iam::111122223333:role/site/Nodes", "site/Nodes")],
)
def test_ssm_takes_the_roles_name(given: str, name: str) -> None:
    assert role_name(given) == name


def test_result_has_what_is_left_and_no_code() -> None:
    result = to_result(replace(activation(RegistrationLimit=3, RegistrationsCount=1)))
    assert result is not None
    assert (result["registrations_left"], result["registrations_count"], result["tags"]) == (2, 1, {"fleetops:activation": "edge-paris"})
    assert not [key for key in result if "code" in key]
    assert to_result(None) is None
