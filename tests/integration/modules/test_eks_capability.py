"""eks_capability and eks_capability_info against the simulator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.modules import eks_capability

from sandbox.aws.testing import Running, start
from tests.support.modules import call
from tests.support.simulated import Result, patiently

KEY = "AKIATEST"
ROLE = "arn:aws:iam::123456789012:role/argocd"
ANN, OPS = {"id": "ann", "type": "SSO_USER"}, {"id": "ops", "type": "SSO_GROUP"}
IDC = {"idc_instance_arn": "arn:aws:sso:::instance/ssoins-1"}
ARGO: dict[str, Any] = {
    "name": "argo",
    "type": "ARGOCD",
    "role_arn": ROLE,
    "configuration": {"argo_cd": {"aws_idc": IDC, "rbac_role_mappings": [{"role": "VIEWER", "identities": [ANN]}]}},
}
ACK: dict[str, Any] = {"name": "ack", "type": "ACK", "role_arn": ROLE}


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
    return call("eks_capability", {"cluster_name": "edge", "name": "argo", **params}, check_mode=check_mode, url=aws.url)


def names(aws: Running, **params: Any) -> list[str]:
    answer = call("eks_capability_info", {"cluster_name": "edge", **params}, url=aws.url)
    return [each["capability_name"] for each in answer["capabilities"]]


def writes(aws: Running) -> list[str]:
    return [request["operation"] for request in aws.writes("eks")]


def mapped(*identities: Result, role: str = "VIEWER") -> Result:
    return {"argo_cd": {"rbac_role_mappings": [{"role": role, "identities": list(identities)}]}}


def test_creates_then_is_quiet(aws: Running) -> None:
    result = one(aws, **ARGO)
    assert (writes(aws), result["capability"]["status"]) == (["CreateCapability"], "ACTIVE")
    again = one(aws, **ARGO)
    assert (again["changed"], [request["operation"] for request in aws.log("eks")]) == (False, ["DescribeCapability"])
    assert again["capability"] == result["capability"]


@pytest.mark.parametrize("kind", ["ACK", "KRO"])
def test_the_other_types_are_quiet_again_too(aws: Running, kind: str) -> None:
    declared = {"name": "x", "type": kind, "role_arn": ROLE, **({"configuration": {"ack": {"disabled_services": ["s3"]}}} if kind == "ACK" else {})}
    assert one(aws, **declared)["capability"]["type"] == kind
    assert one(aws, **declared)["changed"] is False


def test_checks_without_touching(aws: Running) -> None:
    result = one(aws, **ARGO, check_mode=True)
    assert (result["changed"], writes(aws), result["capability"], names(aws)) == (True, [], None, [])
    assert result["diff"]["after"]["type"] == "ARGOCD"


def test_updates_with_diff_in_one_call(aws: Running) -> None:
    one(aws, **ARGO)
    configuration = {"argo_cd": {**mapped(OPS, role="ADMIN")["argo_cd"], "network_access": {"vpce_ids": ["vpce-1"]}}}
    result = one(aws, role_arn=ROLE + "2", configuration=configuration)
    assert writes(aws) == ["UpdateCapability"]
    assert result["diff"]["after"]["configuration"]["argo_cd"]["network_access"] == {"vpce_ids": ["vpce-1"]}
    found = result["capability"]["configuration"]["argo_cd"]
    assert (found["rbac_role_mappings"], found["network_access"]) == ([{"role": "ADMIN", "identities": [OPS]}], {"vpce_ids": ["vpce-1"]})
    assert "warnings" not in result
    assert one(aws, role_arn=ROLE + "2", configuration=configuration)["changed"] is False


def test_role_mappings_come_go_and_stay(aws: Running) -> None:
    one(aws, **ARGO)
    added = one(aws, configuration=mapped(OPS), purge_rbac_role_mappings=False)
    assert added["capability"]["configuration"]["argo_cd"]["rbac_role_mappings"] == [{"role": "VIEWER", "identities": [OPS, ANN]}]
    left = one(aws, configuration=mapped(OPS))
    assert left["capability"]["configuration"]["argo_cd"]["rbac_role_mappings"] == [{"role": "VIEWER", "identities": [OPS]}]
    assert one(aws, configuration={"argo_cd": {"rbac_role_mappings": []}})["capability"]["configuration"]["argo_cd"]["rbac_role_mappings"] == []


def test_absent_and_absent_again(aws: Running) -> None:
    one(aws, **ARGO)
    assert (one(aws, state="absent")["capability"], writes(aws)) == (None, ["DeleteCapability"])
    assert (one(aws, state="absent")["changed"], writes(aws)) == (False, [])
    assert one(aws, cluster_name="none", state="absent")["changed"] is False


def test_no_cluster_is_said_and_planned_on_in_check_mode(aws: Running) -> None:
    assert "Cluster none does not exist" in one(aws, cluster_name="none", **ARGO)["msg"]
    planned = one(aws, cluster_name="none", **ARGO, check_mode=True)
    assert (planned["changed"], len(planned["warnings"])) == (True, 1)


def test_refusals_come_before_any_write(aws: Running) -> None:
    one(aws, **ARGO)
    assert "EKS takes one of a type" in one(aws, **{**ARGO, "name": "second"})["msg"]
    assert one(aws, configuration={"argo_cd": {"namespace": "x"}})["refused_fields"] == ["configuration.argo_cd.namespace"]
    assert writes(aws) == []


def test_what_is_under_way_is_waited_for(aws: Running) -> None:
    aws.settings(delay=90)
    one(aws, **ARGO, wait=False)
    result = patiently(aws, eks_capability, name="argo", configuration=mapped(OPS))
    assert result["capability"]["status"] == "ACTIVE"
    one(aws, role_arn=ROLE + "2", wait=False)
    result = patiently(aws, eks_capability, name="argo", role_arn=ROLE + "3")
    assert result["capability"]["role_arn"] == ROLE + "3"
    one(aws, state="absent", wait=False)
    assert one(aws, state="absent", wait=False)["changed"] is False
    assert patiently(aws, eks_capability, **{**ARGO, "name": "next"})["capability"]["capability_name"] == "next"


def test_a_failed_creation_is_told_refused_and_made_again_on_demand(aws: Running) -> None:
    aws.outcome("capability", "CREATE_FAILED", cluster="edge", name="argo", issues=[{"code": "AccessDenied", "message": "the role is not trusted"}])
    assert "CREATE_FAILED; AccessDenied: the role is not trusted" in one(aws, **ARGO)["msg"]
    assert "recreate_failed" in one(aws, **ARGO)["msg"]
    assert writes(aws) == []
    assert one(aws, **ARGO, recreate_failed=True)["capability"]["status"] == "ACTIVE"


def test_a_degraded_capability_is_told_and_warned_of(aws: Running) -> None:
    aws.outcome("capability", "DEGRADED", cluster="edge", name="argo", issues=[{"code": "ClusterUnreachable", "message": "no way in"}])
    assert "DEGRADED; ClusterUnreachable: no way in" in one(aws, **ARGO)["msg"]
    assert "is DEGRADED; ClusterUnreachable: no way in" in one(aws, **ARGO)["warnings"][0]


def test_a_failed_update_is_an_error_with_its_reason(aws: Running) -> None:
    one(aws, **ARGO)
    aws.outcome("update", "Failed", cluster="edge", name="argo", errors=[{"errorCode": "AccessDenied", "errorMessage": "no", "resourceIds": [ROLE]}])
    result = one(aws, role_arn=ROLE + "2")
    assert f"CapabilityUpdate Failed: AccessDenied: no ({ROLE})" in result["msg"]
    assert result["actions"][0]["status"] == "failed"


def test_a_new_role_and_lagging_reads_are_waited_for(aws: Running) -> None:
    aws.settings(iam_propagation=8, consistency=3)
    aws.client("iam", access_key=KEY).create_role(RoleName="argocd", AssumeRolePolicyDocument="{}")
    assert patiently(aws, eks_capability, **ARGO)["capability"]["status"] == "ACTIVE"
    result = patiently(aws, eks_capability, name="argo", configuration=mapped(OPS))
    assert result["capability"]["configuration"]["argo_cd"]["rbac_role_mappings"] == [{"role": "VIEWER", "identities": [OPS]}]


def test_a_lost_answer_makes_one_capability(aws: Running) -> None:
    aws.faults({"match": "eks:CreateCapability", "lost_answer": True, "times": 1})
    assert one(aws, **ARGO)["capability"]["status"] == "ACTIVE"
    assert names(aws) == ["argo"]


def test_info_lists_all_or_one(aws: Running) -> None:
    one(aws, **ARGO)
    one(aws, **ACK)
    assert (names(aws), names(aws, name="argo"), names(aws, name="none")) == (["ack", "argo"], ["argo"], [])
    assert "Cluster none does not exist" in call("eks_capability_info", {"cluster_name": "none"}, url=aws.url)["msg"]
