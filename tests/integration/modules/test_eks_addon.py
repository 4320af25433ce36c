"""eks_addon, eks_addons and eks_addon_info against the simulator."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.fleetops.eks.plugins.module_utils._aws.clients import Clients
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import FleetopsError
from ansible_collections.fleetops.eks.plugins.modules import eks_addon, eks_addons

from sandbox.aws.testing import Running, start
from tests.support.modules import call

KEY = "AKIATEST"
ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/ebs-csi"
POD = {"service_account": "ebs-csi-controller-sa", "role_arn": ROLE}
Result = dict[str, Any]


@pytest.fixture
def aws() -> Iterator[Running]:
    with start(delay=0) as running:
        network = {"subnetIds": ["subnet-1", "subnet-2"]}
        client = running.client("eks", access_key=KEY)
        client.create_cluster(name="edge", version="1.34", roleArn=f"arn:aws:iam::{ACCOUNT}:role/eks", resourcesVpcConfig=network)
        client.describe_cluster(name="edge")
        running.clear_log()
        yield running


def one(aws: Running, name: str = "kube-proxy", *, check_mode: bool = False, **params: Any) -> Result:
    aws.clear_log()
    return call("eks_addon", {"cluster_name": "edge", "name": name, **params}, check_mode=check_mode, url=aws.url)


def many(aws: Running, *addons: Result, check_mode: bool = False, **params: Any) -> Result:
    aws.clear_log()
    return call("eks_addons", {"cluster_name": "edge", "addons": list(addons), **params}, check_mode=check_mode, url=aws.url)


def info(aws: Running, **params: Any) -> Result:
    return call("eks_addon_info", params, url=aws.url)


class SimulatedClock:
    """Sleeping moves the simulator's clock, and nothing else."""

    def __init__(self, aws: Running) -> None:
        self.aws = aws
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds
        self.aws.clock(advance=seconds)


def patiently(aws: Running, module: Any = eks_addon, **params: Any) -> Result:
    """Run a module on the simulator's clock."""
    given = {"endpoint_url": aws.url, "region": "us-east-1", "access_key": KEY, "secret_key": "x", "cluster_name": "edge", **params}
    checked = ArgumentSpecValidator(module.SPEC["argument_spec"]).validate(given).validated_parameters
    result: Result = module.run(checked, Context(Clients(checked), clock=SimulatedClock(aws)))
    return result


def writes(aws: Running) -> list[str]:
    return [request["operation"] for request in aws.writes("eks")]


def reads(aws: Running) -> list[str]:
    return [request["operation"] for request in aws.log("eks") if not request["write"]]


def operations(result: Result) -> list[str]:
    return [action["operation"] for action in result["actions"]]


def test_creates_then_is_quiet(aws: Running) -> None:
    result = one(aws)
    assert operations(result) == ["create_addon"]
    assert (result["addon"]["status"], result["addon"]["addon_version"]) == ("ACTIVE", "v1.34.3-eksbuild.2")
    again = one(aws)
    assert (again["changed"], writes(aws), reads(aws)) == (False, [], ["DescribeAddon"])
    assert again["addon"] == result["addon"]


def test_checks_without_touching(aws: Running) -> None:
    result = one(aws, check_mode=True)
    assert (result["changed"], writes(aws)) == (True, [])
    assert result["diff"]["after"] == {"version": "v1.34.3-eksbuild.2"}
    assert result["addon"] is None


def test_updates_with_diff_in_one_call(aws: Running) -> None:
    one(aws, "coredns", accept_degraded=True)
    result = one(aws, "coredns", version="latest", configuration_values={"replicaCount": 3}, accept_degraded=True)
    assert writes(aws) == ["UpdateAddon"]
    assert result["diff"]["before"] == {"version": "v1.13.2-eksbuild.1", "configuration_values": {}}
    assert result["diff"]["after"] == {"version": "v1.13.2-eksbuild.4", "configuration_values": {"replicaCount": 3}}
    assert result["addon"]["configuration_values"] == '{"replicaCount": 3}'
    again = one(aws, "coredns", version="latest", configuration_values="replicaCount: 3", accept_degraded=True)
    assert (again["changed"], writes(aws)) == (False, [])


def test_absent_and_absent_again(aws: Running) -> None:
    one(aws)
    result = one(aws, state="absent", preserve=True)
    assert (result["changed"], result["addon"]) == (True, None)
    assert one(aws, state="absent")["changed"] is False
    assert writes(aws) == []


def test_absent_where_there_is_no_cluster_is_quiet(aws: Running) -> None:
    assert one(aws, cluster_name="none", state="absent")["changed"] is False
    assert many(aws, {"name": "coredns", "state": "absent"}, cluster_name="none")["changed"] is False


def test_no_cluster_is_said_and_planned_on_in_check_mode(aws: Running) -> None:
    assert "Cluster none does not exist" in one(aws, cluster_name="none")["msg"]
    for planned in (one(aws, cluster_name="none", check_mode=True), many(aws, {"name": "coredns"}, cluster_name="none", check_mode=True)):
        assert operations(planned) == ["create_addon"]
        assert planned["warnings"]


@pytest.mark.parametrize(("word", "version"), [("default", "v1.13.2-eksbuild.1"), ("latest", "v1.13.2-eksbuild.4"), ("v1.12", "v1.12.4-eksbuild.1")])
def test_words_are_versions_of_the_cluster_s_kubernetes(aws: Running, word: str, version: str) -> None:
    assert one(aws, "coredns", version=word, accept_degraded=True)["addon"]["addon_version"] == version


def test_an_unknown_version_is_refused_with_those_on_offer(aws: Running) -> None:
    result = one(aws, version="v9")
    assert "v1.34.3-eksbuild.5, v1.34.3-eksbuild.2 (default), v1.34.0-eksbuild.2" in result["msg"]
    assert (result["failed"], result["refused_fields"], writes(aws)) == (True, ["version"], [])


def test_an_unknown_addon_is_refused(aws: Running) -> None:
    assert "EKS offers no add-on nothing for Kubernetes 1.34" in one(aws, "nothing")["msg"]


def test_configuration_that_does_not_fit_is_refused_before_any_write(aws: Running) -> None:
    result = one(aws, "coredns", configuration_values={"replicaCount": "three"})
    assert "replicaCount: 'three' is not of type 'integer'" in result["msg"]
    assert writes(aws) == []


def test_pod_identity_associations_are_kept_changed_and_removed(aws: Running) -> None:
    csi = {"name": "aws-ebs-csi-driver", "accept_degraded": True}
    assert len(one(aws, **csi, pod_identity_associations=[POD])["addon"]["pod_identity_associations"]) == 1
    assert one(aws, **csi, pod_identity_associations=[POD])["changed"] is False
    assert one(aws, **csi)["changed"] is False
    changed = one(aws, **csi, pod_identity_associations=[{**POD, "role_arn": f"{ROLE}-2"}])
    assert changed["diff"]["before"]["pod_identity_associations"] == [POD]
    assert one(aws, **csi, pod_identity_associations=[])["addon"]["pod_identity_associations"] == []


def test_coredns_without_nodes_is_degraded_and_accepted_on_demand(aws: Running) -> None:
    failed = one(aws, "coredns")
    assert "DEGRADED; InsufficientNumberOfReplicas" in failed["msg"]
    accepted = one(aws, "coredns", version="latest", accept_degraded=True)
    assert "is DEGRADED; InsufficientNumberOfReplicas" in accepted["warnings"][0]


def test_an_update_of_a_degraded_addon_is_waited_for_and_one_that_nodes_hold_up_is_not(aws: Running) -> None:
    one(aws, "coredns", accept_degraded=True)
    aws.settings(delay=60)
    result = patiently(aws, name="coredns", version="latest", accept_degraded=True)
    assert (result["addon"]["addon_version"], result["addon"]["status"]) == ("v1.13.2-eksbuild.4", "DEGRADED")
    aws.settings(delay=3000)
    held_up = patiently(aws, name="coredns", configuration_values={"replicaCount": 1}, accept_degraded=True)
    assert held_up["addon"]["status"] == "UPDATING"
    assert "is UPDATING; InsufficientNumberOfReplicas" in held_up["warnings"][-1]


def test_a_failed_creation_is_told_refused_and_made_again_on_demand(aws: Running) -> None:
    issues = [{"code": "AccessDenied", "message": "no", "resourceIds": []}]
    aws.outcome("addon", "CREATE_FAILED", cluster="edge", name="kube-proxy", issues=issues)
    assert "status CREATE_FAILED; AccessDenied: no" in one(aws)["msg"]
    refused = one(aws)
    assert "recreate_failed" in refused["msg"]
    assert writes(aws) == []
    assert operations(one(aws, recreate_failed=True)) == ["delete_addon", "create_addon"]


def test_a_failed_addon_is_made_again_after_the_cluster_got_another_version(aws: Running) -> None:
    aws.outcome("addon", "CREATE_FAILED", cluster="edge", name="kube-proxy")
    one(aws)
    aws.client("eks", access_key=KEY).update_cluster_version(name="edge", version="1.35")
    again = one(aws, recreate_failed=True)
    assert (operations(again), again["addon"]["status"]) == (["delete_addon", "create_addon"], "ACTIVE")
    assert again["addon"]["addon_version"].startswith("v1.35.")


def test_an_addon_whose_update_failed_is_mended_after_the_cluster_got_another_version(aws: Running) -> None:
    one(aws)
    client = aws.client("eks", access_key=KEY)
    aws.outcome("update", "Failed", cluster="edge", name="kube-proxy")
    client.update_addon(clusterName="edge", addonName="kube-proxy", resolveConflicts="OVERWRITE")
    client.update_cluster_version(name="edge", version="1.35")
    mended = one(aws)
    assert (operations(mended), mended["addon"]["status"]) == (["update_addon"], "ACTIVE")
    assert mended["addon"]["addon_version"].startswith("v1.35.")
    assert not one(aws)["changed"]


def test_a_failed_update_says_why_and_is_sent_again(aws: Running) -> None:
    one(aws)
    errors = [{"errorCode": "ConfigurationConflict", "errorMessage": "conflicts found", "resourceIds": ["ds/kube-proxy"]}]
    aws.outcome("update", "Failed", cluster="edge", name="kube-proxy", errors=errors)
    failed = one(aws, version="latest")
    assert "ConfigurationConflict: conflicts found (ds/kube-proxy)" in failed["msg"]
    assert failed["actions"][0]["status"] == "failed"
    again = one(aws, version="latest")
    assert (again["changed"], again["addon"]["status"]) == (True, "ACTIVE")


def test_a_namespace_is_for_creation_only(aws: Running) -> None:
    assert one(aws, "metrics-server", namespace="monitoring", accept_degraded=True)["addon"]["namespace_config"] == {"namespace": "monitoring"}
    assert one(aws, "metrics-server", namespace="other")["refused_fields"] == ["namespace"]


def test_tags_are_set_and_purged(aws: Running) -> None:
    assert one(aws, tags={"CostCenter": "1", "b": "2"})["addon"]["tags"] == {"CostCenter": "1", "b": "2"}
    result = one(aws, tags={"CostCenter": "2"})
    assert writes(aws) == ["TagResource", "UntagResource"]
    assert result["addon"]["tags"] == {"CostCenter": "2"}


def test_vpc_cni_climbs_one_minor_at_a_time(aws: Running) -> None:
    one(aws, "vpc-cni", version="v1.18")
    result = one(aws, "vpc-cni", version="latest")
    assert operations(result) == ["update_addon"] * 3
    assert result["diff"] == {"before": {"version": "v1.18.6-eksbuild.1"}, "after": {"version": "v1.21.1-eksbuild.3"}}


def test_an_operation_under_way_is_waited_for(aws: Running) -> None:
    aws.settings(delay=60)
    one(aws, wait=False)
    result = patiently(aws, name="kube-proxy", version="latest")
    assert operations(result) == ["update_addon"]
    assert result["addon"]["addon_version"] == "v1.34.3-eksbuild.5"
    one(aws, state="absent", wait=False)
    assert operations(patiently(aws, name="kube-proxy")) == ["create_addon"]


def test_without_wait_the_operation_is_only_requested(aws: Running) -> None:
    aws.settings(delay=60)
    result = one(aws, wait=False)
    assert (result["actions"][0]["status"], result["addon"]["status"]) == ("requested", "CREATING")


def test_a_deadline_is_told_with_the_last_status(aws: Running) -> None:
    aws.settings(delay=600)
    with pytest.raises(FleetopsError, match=r"was still .*CREATING after 60 s"):
        patiently(aws, name="kube-proxy", wait_timeout=60)


def test_reads_that_lag_behind_are_waited_for(aws: Running) -> None:
    aws.settings(consistency=3)
    result = patiently(aws, name="kube-proxy")
    assert (result["addon"]["status"], "warnings" in result) == ("ACTIVE", False)


def test_a_new_role_is_waited_for(aws: Running) -> None:
    aws.settings(iam_propagation=8)
    aws.client("iam", access_key=KEY).create_role(RoleName="ebs-csi", AssumeRolePolicyDocument="{}")
    assert patiently(aws, name="aws-ebs-csi-driver", pod_identity_associations=[POD], accept_degraded=True)["changed"]


def test_throttling_is_waited_out_and_other_faults_are_told(aws: Running) -> None:
    aws.faults({"match": "eks:CreateAddon", "code": "ThrottlingException", "status": 429, "times": 1})
    assert one(aws)["changed"]
    aws.faults({"match": "eks:DescribeAddon", "code": "AccessDeniedException", "status": 403, "message": "not you"})
    assert "Could not read add-on kube-proxy of cluster edge: AccessDeniedException: not you" in one(aws)["msg"]


def test_a_lost_answer_makes_one_addon(aws: Running) -> None:
    aws.faults({"match": "eks:CreateAddon", "lost_answer": True, "times": 1})
    assert one(aws)["addon"]["status"] == "ACTIVE"


SET: list[Result] = [
    {"name": "eks-pod-identity-agent", "version": "latest"},
    {"name": "vpc-cni", "version": "default", "configuration_values": {"env": {"ENABLE_PREFIX_DELEGATION": "true"}}, "after": []},
    {"name": "kube-proxy"},
    {"name": "coredns", "version": "default", "configuration_values": {"replicaCount": 3}, "accept_degraded": True, "after": ["vpc-cni"]},
    {"name": "aws-ebs-csi-driver", "pod_identity_associations": [POD], "accept_degraded": True},
]


def test_a_set_is_made_in_waves_and_is_quiet_again(aws: Running) -> None:
    result = many(aws, *SET)
    made = [action["subject"] for action in result["actions"]]
    assert set(made[:2]) == {"eks-pod-identity-agent", "vpc-cni"}
    assert len(made) == 5
    assert [addon["addon_name"] for addon in result["addons"]] == sorted(made)
    again = many(aws, *SET)
    assert (again["changed"], writes(aws), again["addons"]) == (False, [], result["addons"])


def test_a_wave_is_sent_before_any_of_it_is_waited_for(aws: Running) -> None:
    aws.settings(delay=100)
    aws.clear_log()
    clock_free = patiently(aws, eks_addons, addons=[{"name": "vpc-cni"}, {"name": "kube-proxy"}, {"name": "eks-node-monitoring-agent"}])
    assert [action["status"] for action in clock_free["actions"]] == ["done"] * 3
    log = [request["operation"] for request in aws.log("eks") if request["operation"] in ("CreateAddon", "DescribeAddon")]
    assert [key for key, _ in itertools.groupby(log)] == ["CreateAddon", "DescribeAddon"]


def test_a_steady_set_costs_one_list_and_one_read_each(aws: Running) -> None:
    exact = [{"name": "vpc-cni", "version": "v1.21.1-eksbuild.3"}, {"name": "kube-proxy"}]
    many(aws, *exact)
    many(aws, *exact)
    assert sorted(reads(aws)) == ["DescribeAddon", "DescribeAddon", "ListAddons"]


def test_what_is_not_declared_stays_unless_purged(aws: Running) -> None:
    many(aws, {"name": "vpc-cni"}, {"name": "kube-proxy"})
    assert many(aws, {"name": "vpc-cni"})["changed"] is False
    planned = many(aws, {"name": "vpc-cni"}, purge_addons=True, check_mode=True)
    assert [(action["operation"], action["subject"]) for action in planned["actions"]] == [("delete_addon", "kube-proxy")]
    assert writes(aws) == []
    assert [addon["addon_name"] for addon in many(aws, {"name": "vpc-cni"}, purge_addons=True)["addons"]] == ["vpc-cni"]
    assert many(aws, {"name": "vpc-cni"}, purge_addons=True)["changed"] is False


def test_a_member_can_be_absent(aws: Running) -> None:
    many(aws, {"name": "vpc-cni"}, {"name": "kube-proxy"})
    result = many(aws, {"name": "kube-proxy", "state": "absent"})
    assert operations(result) == ["delete_addon"]
    assert result["addons"] == []


def test_refusals_of_a_set_come_together_before_any_write(aws: Running) -> None:
    result = many(aws, {"name": "vpc-cni", "version": "v9"}, {"name": "coredns", "configuration_values": {"x": 1}}, {"name": "kube-proxy"})
    assert "no version v9" in result["msg"]
    assert "'x' was unexpected" in result["msg"]
    assert writes(aws) == []


@pytest.mark.parametrize(
    ("addons", "words"),
    [
        ([{"name": "vpc-cni"}, {"name": "vpc-cni"}], "declares vpc-cni more than once"),
        ([{"name": "vpc-cni", "after": ["coredns"]}], "comes after coredns, which is not declared"),
    ],
)
def test_a_set_that_cannot_be_is_refused(aws: Running, addons: list[Result], words: str) -> None:
    assert words in many(aws, *addons)["msg"]


def test_one_failure_of_a_wave_leaves_none_unknown(aws: Running) -> None:
    aws.outcome("addon", "CREATE_FAILED", cluster="edge", name="vpc-cni", issues=[{"code": "AccessDenied", "message": "no", "resourceIds": []}])
    result = many(aws, {"name": "vpc-cni"}, {"name": "kube-proxy"})
    assert "add-on vpc-cni of cluster edge" in result["msg"]
    assert {action["subject"]: action["status"] for action in result["actions"]} == {"vpc-cni": "failed", "kube-proxy": "done"}
    assert result["changed"] is True


def test_info_tells_what_is_there_and_what_is_on_offer(aws: Running) -> None:
    many(aws, {"name": "vpc-cni"}, {"name": "kube-proxy"})
    assert [addon["addon_name"] for addon in info(aws, cluster_name="edge")["addons"]] == ["kube-proxy", "vpc-cni"]
    found = info(aws, cluster_name="edge", name="vpc-cni", available=True, configuration=True)
    assert found["available"][0]["versions"][0] == "v1.21.1-eksbuild.3"
    assert found["configuration"][0]["schema"]["type"] == "object"
    assert found["configuration"][0]["pod_identity_configuration"][0]["service_account"] == "aws-node"


def test_info_needs_no_cluster_for_what_is_on_offer(aws: Running) -> None:
    found = info(aws, name="coredns", kubernetes_version="1.34", available=True, configuration=True)
    assert (found["addons"], found["available"][0]["default_version"]) == ([], "v1.13.2-eksbuild.1")
    assert found["configuration"][0]["addon_version"] == "v1.13.2-eksbuild.1"
    assert "one of the following is required" in info(aws)["msg"]
