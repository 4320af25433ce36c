"""eks_identity_provider and eks_identity_provider_info against the simulator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import SettleFailed
from ansible_collections.fleetops.eks.plugins.modules import eks_identity_provider

from sandbox.aws.testing import Running, start
from tests.support.modules import call
from tests.support.simulated import Result, patiently

KEY = "AKIATEST"
BASE: dict[str, Any] = {"issuer_url": "https://login.example.com", "client_id": "kubernetes"}
REPLACED = ["DisassociateIdentityProviderConfig", "AssociateIdentityProviderConfig"]


@pytest.fixture
def aws() -> Iterator[Running]:
    with start(delay=0) as running:
        client = running.client("eks", access_key=KEY)
        client.create_cluster(name="edge", roleArn="arn:aws:iam::123456789012:role/eks", resourcesVpcConfig={"subnetIds": ["subnet-1", "subnet-2"]})
        client.describe_cluster(name="edge")
        running.clear_log()
        yield running


def one(aws: Running, *, check_mode: bool = False, **params: Any) -> Result:
    aws.clear_log()
    return call("eks_identity_provider", {"cluster_name": "edge", "name": "corp", **params}, check_mode=check_mode, url=aws.url)


def info(aws: Running) -> list[Result]:
    found: list[Result] = call("eks_identity_provider_info", {"cluster_name": "edge"}, url=aws.url)["identity_providers"]
    return found


def writes(aws: Running) -> list[str]:
    return [request["operation"] for request in aws.writes("eks")]


def test_creates_then_is_quiet(aws: Running) -> None:
    result = one(aws, **BASE, groups_claim="groups", tags={"a": "b"})
    assert (writes(aws), result["identity_provider"]["status"]) == (["AssociateIdentityProviderConfig"], "ACTIVE")
    again = one(aws, **BASE, groups_claim="groups", tags={"a": "b"})
    assert (again["changed"], [request["operation"] for request in aws.log("eks")]) == (False, ["DescribeIdentityProviderConfig"])
    assert again["identity_provider"] == result["identity_provider"] == info(aws)[0]


def test_checks_without_touching(aws: Running) -> None:
    result = one(aws, **BASE, check_mode=True)
    assert (result["changed"], writes(aws), result["identity_provider"], info(aws)) == (True, [], None, [])
    assert result["diff"]["after"] == BASE


def test_updates_with_diff_by_two_updates(aws: Running) -> None:
    one(aws, **BASE, groups_claim="groups", tags={"a": "b"})
    planned = one(aws, client_id="other", check_mode=True)
    assert (writes(aws), [action["status"] for action in planned["actions"]]) == ([], ["planned", "planned"])
    result = one(aws, client_id="other")
    assert writes(aws) == REPLACED
    assert (result["diff"]["before"]["client_id"], result["diff"]["after"]["client_id"]) == ("kubernetes", "other")
    assert "Nobody gets into cluster edge" in result["warnings"][0]
    found = result["identity_provider"]
    assert (found["client_id"], found["groups_claim"], found["tags"]) == ("other", "groups", {"a": "b"})
    assert one(aws, client_id="other")["changed"] is False


def test_tags_change_in_place(aws: Running) -> None:
    one(aws, **BASE, tags={"a": "1", "b": "2"})
    result = one(aws, tags={"a": "3"})
    assert (writes(aws), result["identity_provider"]["tags"]) == (["TagResource", "UntagResource"], {"a": "3"})


def test_absent_and_absent_again(aws: Running) -> None:
    one(aws, **BASE)
    assert one(aws, state="absent")["identity_provider"] is None
    assert writes(aws) == ["DisassociateIdentityProviderConfig"]
    assert (one(aws, state="absent")["changed"], writes(aws)) == (False, [])
    assert one(aws, cluster_name="none", state="absent")["changed"] is False


def test_no_cluster_is_said_and_planned_on_in_check_mode(aws: Running) -> None:
    assert "Cluster none does not exist" in one(aws, cluster_name="none", **BASE)["msg"]
    planned = one(aws, cluster_name="none", **BASE, check_mode=True)
    assert (planned["changed"], len(planned["warnings"])) == (True, 1)


def test_refusals_come_before_any_write(aws: Running) -> None:
    one(aws, **BASE)
    assert "EKS takes one" in one(aws, name="other", **BASE)["msg"]
    assert one(aws, client_id="x", replace=False)["refused_fields"] == ["client_id"]
    assert writes(aws) == []
    assert one(aws, name="other", state="absent")["changed"] is False


def test_minutes_of_both_updates_are_waited_for(aws: Running) -> None:
    aws.settings(delay=600)
    patiently(aws, eks_identity_provider, name="corp", **BASE)
    result = patiently(aws, eks_identity_provider, name="corp", client_id="other")
    assert [action["status"] for action in result["actions"]] == ["done", "done"]
    assert [request["code"] for request in aws.writes("eks")] == [None, None]


def test_an_update_of_the_cluster_is_waited_for(aws: Running) -> None:
    aws.settings(delay=120)
    aws.client("eks", access_key=KEY).update_cluster_config(name="edge", zonalShiftConfig={"enabled": True})
    result = patiently(aws, eks_identity_provider, name="corp", **BASE)
    assert result["identity_provider"]["status"] == "ACTIVE"


def test_its_own_operation_is_waited_for(aws: Running) -> None:
    aws.settings(delay=60)
    one(aws, **BASE, wait=False)
    assert patiently(aws, eks_identity_provider, name="corp", tags={"a": "b"})["identity_provider"]["tags"] == {"a": "b"}
    one(aws, state="absent", wait=False)
    assert one(aws, state="absent", wait=False)["changed"] is False
    assert patiently(aws, eks_identity_provider, name="corp", **BASE)["changed"] is True


def test_one_of_another_name_that_is_going_is_waited_for(aws: Running) -> None:
    one(aws, **BASE)
    aws.settings(delay=60)
    one(aws, state="absent", wait=False)
    result = patiently(aws, eks_identity_provider, name="new", **BASE)
    assert result["identity_provider"]["identity_provider_config_name"] == "new"


def test_a_failed_association_is_an_error_with_its_reason(aws: Running) -> None:
    errors = [{"errorCode": "AccessDenied", "errorMessage": "the issuer cannot be reached", "resourceIds": ["https://login.example.com"]}]
    aws.outcome("update", "Failed", cluster="edge", name="AssociateIdentityProviderConfig", errors=errors)
    with pytest.raises(SettleFailed, match=r"AccessDenied: the issuer cannot be reached \(https://login.example.com\)"):
        patiently(aws, eks_identity_provider, name="corp", **BASE)
    assert info(aws) == []


def test_reads_that_lag_behind_are_waited_for(aws: Running) -> None:
    aws.settings(consistency=3)
    patiently(aws, eks_identity_provider, name="corp", **BASE)
    result = patiently(aws, eks_identity_provider, name="corp", client_id="other")
    assert result["identity_provider"]["client_id"] == "other"


def test_lost_answers_make_one_association(aws: Running) -> None:
    aws.faults({"match": "eks:AssociateIdentityProviderConfig", "lost_answer": True, "times": 1})
    assert one(aws, **BASE)["identity_provider"]["status"] == "ACTIVE"
    aws.faults({"match": "eks:DisassociateIdentityProviderConfig", "lost_answer": True, "times": 1})
    assert one(aws, state="absent")["identity_provider"] is None
