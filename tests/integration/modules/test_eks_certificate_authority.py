"""eks_certificate_authority and eks_certificate_authority_info against the simulator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import SettleFailed
from ansible_collections.fleetops.eks.plugins.modules import eks_certificate_authority

from sandbox.aws.testing import Running, start
from tests.support.modules import call
from tests.support.simulated import Result, patiently

KEY = "AKIATEST"


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
    return call("eks_certificate_authority", {"cluster_name": "edge", **params}, check_mode=check_mode, url=aws.url)


def info(aws: Running) -> list[Result]:
    found: list[Result] = call("eks_certificate_authority_info", {"cluster_name": "edge"}, url=aws.url)["certificate_authorities"]
    return found


def writes(aws: Running) -> list[str]:
    return [request["operation"] for request in aws.writes("eks")]


def test_creates_then_is_quiet(aws: Running) -> None:
    result = one(aws)
    assert (writes(aws), result["certificate_authority"]["distribution_status"]) == (["CreateCertificateAuthority"], "COMPLETE")
    assert [each["signing_status"] for each in result["certificate_authorities"]] == ["IN_USE", "NOT_USED"]
    again = one(aws)
    assert (again["changed"], writes(aws), again["certificate_authority"]) == (False, [], result["certificate_authority"])
    reads = ["DescribeCertificateAuthority", "DescribeCertificateAuthority", "ListCertificateAuthorities"]
    assert sorted(request["operation"] for request in aws.log("eks")) == reads


def test_checks_without_touching(aws: Running) -> None:
    result = one(aws, check_mode=True)
    assert (result["changed"], writes(aws), len(info(aws))) == (True, [], 1)
    assert result["diff"]["after"]["certificate_authorities"][1] == "a successor"


def test_a_successor_made_by_anybody_counts(aws: Running) -> None:
    aws.client("eks", access_key=KEY).create_certificate_authority(clusterName="edge")
    assert one(aws)["changed"] is False


def test_a_rotation_is_due_by_what_is_left_of_the_validity(aws: Running) -> None:
    assert one(aws, valid_for_days=3000)["changed"] is False
    assert one(aws, valid_for_days=4000)["changed"] is True


def test_updates_with_diff_who_signs(aws: Running) -> None:
    first, made = info(aws)[0]["id"], one(aws)["certificate_authority"]["id"]
    planned = one(aws, state="active", check_mode=True)
    assert (planned["changed"], writes(aws)) == (True, [])
    result = one(aws, state="active")
    assert writes(aws) == ["ActivateCertificateAuthority"]
    assert result["diff"] == {"before": {"signing_certificate_authority": first}, "after": {"signing_certificate_authority": made}}
    assert result["certificate_authority"]["signing_status"] == "IN_USE"
    assert (one(aws, state="active")["changed"], writes(aws)) == (False, [])


def test_absent_and_absent_again(aws: Running) -> None:
    one(aws)
    one(aws, state="active")
    result = one(aws, state="absent")
    assert (writes(aws), result["certificate_authority"], len(result["certificate_authorities"])) == (["DeleteCertificateAuthority"], None, 1)
    assert (one(aws, state="absent")["changed"], writes(aws)) == (False, [])
    assert one(aws, cluster_name="none", state="absent")["changed"] is False


def test_the_second_run_of_a_rotation_can_be_run_again(aws: Running) -> None:
    for state in ("present", "active", "absent", "active", "absent"):
        result = one(aws, state=state)
    assert (result["changed"], len(info(aws))) == (False, 1)


def test_the_way_back_is_open_until_the_old_one_is_gone(aws: Running) -> None:
    first = info(aws)[0]["id"]
    one(aws)
    one(aws, state="active")
    assert one(aws, state="active", id=first)["certificate_authority"]["id"] == first


def test_refusals_come_before_any_write(aws: Running) -> None:
    first = info(aws)[0]["id"]
    assert "to sign" in one(aws, state="absent", id=first)["msg"]
    one(aws)
    one(aws, state="active")
    assert "EKS takes no third" in one(aws)["msg"]
    assert writes(aws) == []


def test_no_cluster_is_said_and_planned_on_in_check_mode(aws: Running) -> None:
    assert "Cluster none does not exist" in one(aws, cluster_name="none")["msg"]
    planned = one(aws, cluster_name="none", check_mode=True)
    assert (planned["changed"], len(planned["warnings"])) == (True, 1)


def test_what_is_under_way_is_waited_for(aws: Running) -> None:
    aws.settings(delay=600)
    one(aws, wait=False)
    result = patiently(aws, eks_certificate_authority, state="active")
    assert result["certificate_authority"]["created_by"] == "CUSTOMER"
    one(aws, state="absent", wait=False)
    assert one(aws, state="absent", wait=False)["changed"] is False
    assert patiently(aws, eks_certificate_authority, state="present")["changed"] is True


def test_an_update_of_the_cluster_is_waited_for(aws: Running) -> None:
    aws.settings(delay=120)
    aws.client("eks", access_key=KEY).update_cluster_config(name="edge", zonalShiftConfig={"enabled": True})
    assert patiently(aws, eks_certificate_authority)["certificate_authority"]["distribution_status"] == "COMPLETE"


def test_a_distribution_that_fails_is_an_error_and_can_be_given_up(aws: Running) -> None:
    errors = [{"errorCode": "ClusterUnreachable", "errorMessage": "no way in", "resourceIds": ["edge"]}]
    aws.outcome("update", "Failed", cluster="edge", name="CertificateAuthorityUpdate", errors=errors)
    with pytest.raises(SettleFailed, match=r"ClusterUnreachable: no way in \(edge\)"):
        patiently(aws, eks_certificate_authority)
    refused = one(aws, state="active")
    assert "could not distribute" in refused["msg"]
    assert one(aws, state="absent", id=info(aws)[1]["id"])["changed"] is True


def test_reads_that_lag_behind_are_waited_for(aws: Running) -> None:
    aws.settings(consistency=3)
    made = patiently(aws, eks_certificate_authority)["certificate_authority"]["id"]
    assert patiently(aws, eks_certificate_authority, state="active")["certificate_authority"]["id"] == made
    assert len(patiently(aws, eks_certificate_authority, state="absent")["certificate_authorities"]) == 1


def test_lost_answers_make_one_successor(aws: Running) -> None:
    for operation, state in (("Create", "present"), ("Activate", "active"), ("Delete", "absent")):
        aws.faults({"match": f"eks:{operation}CertificateAuthority", "lost_answer": True, "times": 1})
        assert "failed" not in one(aws, state=state)
    assert len(info(aws)) == 1
