"""eks_nodegroup, eks_nodegroups and eks_nodegroup_info against the simulator. NG numbers: see tests/unit/plugins/eks/test_nodegroup.py."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.fleetops.eks.plugins.module_utils._aws.clients import Clients
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context
from ansible_collections.fleetops.eks.plugins.module_utils._core.naming import camel
from ansible_collections.fleetops.eks.plugins.modules import eks_nodegroup, eks_nodegroups

from sandbox.aws.testing import Running, start
from tests.support.modules import call

KEY = "AKIATEST"
ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/nodes"
BASE: dict[str, Any] = {"node_role": ROLE, "subnets": ["subnet-1", "subnet-2"]}
TAINT = {"key": "dedicated", "value": "batch", "effect": "NO_SCHEDULE"}
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


def one(aws: Running, name: str = "apps", *, check_mode: bool = False, **params: Any) -> Result:
    aws.clear_log()
    return call("eks_nodegroup", {"cluster_name": "edge", "name": name, **params}, check_mode=check_mode, url=aws.url)


def many(aws: Running, *nodegroups: Result, check_mode: bool = False, **params: Any) -> Result:
    aws.clear_log()
    return call("eks_nodegroups", {"cluster_name": "edge", "nodegroups": list(nodegroups), **params}, check_mode=check_mode, url=aws.url)


def info(aws: Running, **params: Any) -> list[Result]:
    found: list[Result] = call("eks_nodegroup_info", {"cluster_name": "edge", **params}, url=aws.url)["nodegroups"]
    return found


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


def patiently(aws: Running, module: Any = eks_nodegroup, **params: Any) -> Result:
    """Run a module on the simulator's clock."""
    aws.clear_log()
    given = {"endpoint_url": aws.url, "region": "us-east-1", "access_key": KEY, "secret_key": "x", "cluster_name": "edge", **params}
    checked = ArgumentSpecValidator(module.SPEC["argument_spec"]).validate(given).validated_parameters
    result: Result = module.run(checked, Context(Clients(checked), clock=SimulatedClock(aws)))
    return result


def writes(aws: Running) -> list[str]:
    return [request["operation"] for request in aws.writes("eks")]


def operations(result: Result) -> list[str]:
    return [action["operation"] for action in result["actions"]]


def test_creates_then_is_quiet(aws: Running) -> None:
    result = one(aws, **BASE)
    assert operations(result) == ["create_nodegroup"]
    assert result["nodegroup"]["status"] == "ACTIVE"
    assert result["nodegroup"]["ami_type"] == "AL2023_x86_64_STANDARD"
    again = one(aws, **BASE)
    assert (again["changed"], writes(aws), [request["operation"] for request in aws.log("eks")]) == (False, [], ["DescribeNodegroup"])
    assert again["nodegroup"] == result["nodegroup"]


def test_checks_without_touching(aws: Running) -> None:
    result = one(aws, **BASE, check_mode=True)
    assert (result["changed"], writes(aws), result["nodegroup"]) == (True, [], None)
    assert result["diff"]["after"] == {"node_role": ROLE, "subnets": ["subnet-1", "subnet-2"]}


def test_updates_with_diff_in_one_call(aws: Running) -> None:
    one(aws, **BASE, labels={"tier": "a"})
    declared = {
        "labels": {"tier": "b", "fleetops.example/pool": "x"},
        "taints": [TAINT],
        "scaling_config": {"min_size": 3, "max_size": 6},
        "update_config": {"max_unavailable_percentage": 25, "update_strategy": "MINIMAL"},
        "node_repair_config": {"enabled": True, "max_parallel_nodes_repaired_count": 1},
        "warm_pool_config": {"enabled": True, "min_size": 1, "pool_state": "STOPPED"},
    }
    result = one(aws, **declared)
    assert writes(aws) == ["UpdateNodegroupConfig"]
    assert result["diff"]["before"]["scaling_config"] == {"min_size": 1, "max_size": 2, "desired_size": 2}
    assert result["diff"]["after"]["scaling_config"] == {"min_size": 3, "max_size": 6, "desired_size": 3}
    assert result["nodegroup"]["labels"] == declared["labels"]
    assert "warnings" not in result
    assert one(aws, **declared)["changed"] is False


def test_absent_and_absent_again(aws: Running) -> None:
    one(aws, **BASE)
    result = one(aws, state="absent")
    assert (operations(result), result["nodegroup"]) == (["delete_nodegroup"], None)
    assert one(aws, state="absent")["changed"] is False
    assert writes(aws) == []
    assert one(aws, cluster_name="none", state="absent")["changed"] is False


def test_no_cluster_is_said_and_planned_on_in_check_mode(aws: Running) -> None:
    assert "Cluster none does not exist" in one(aws, cluster_name="none", **BASE)["msg"]
    planned = many(aws, {"name": "apps", **BASE}, cluster_name="none", check_mode=True)
    assert operations(planned) == ["create_nodegroup"]
    assert planned["warnings"]


def test_ng3_a_template_without_a_name_is_an_error(aws: Running) -> None:
    result = one(aws, **BASE, launch_template={"version": "1"})
    assert result["failed"]
    assert "one of the following is required: id, name found in launch_template" in result["msg"]


@pytest.mark.parametrize("beside", [{"disk_size": 20}, {"remote_access": {"ec2_ssh_key": "ops"}}])
def test_a_template_excludes_what_it_holds(aws: Running, beside: Result) -> None:
    assert "mutually exclusive" in one(aws, **BASE, launch_template={"name": "w"}, **beside)["msg"]
    assert "mutually exclusive" in many(aws, {"name": "apps", **BASE, "launch_template": {"name": "w"}, **beside})["msg"]


def test_types_may_go_with_a_template_that_does_not_set_them(aws: Running) -> None:
    template_of(aws)
    result = one(aws, **BASE, launch_template={"name": "workers"}, instance_types=["m7i.large"], ami_type="AL2023_x86_64_STANDARD")
    assert result["nodegroup"]["instance_types"] == ["m7i.large"]


def test_ng2_a_changed_label_value_is_sent(aws: Running) -> None:
    one(aws, **BASE, labels={"Tier": "a"})
    assert one(aws, labels={"Tier": "b"})["nodegroup"]["labels"] == {"Tier": "b"}
    assert writes(aws) == ["UpdateNodegroupConfig"]


def test_ng4_check_mode_tells_a_label_change(aws: Running) -> None:
    one(aws, **BASE)
    assert one(aws, check_mode=True, labels={"a": "b"})["changed"] is True
    assert writes(aws) == []


def test_ng5_a_changed_taint_is_sent(aws: Running) -> None:
    one(aws, **BASE, taints=[TAINT])
    other = {"key": "gpu", "effect": "NO_EXECUTE"}
    assert one(aws, taints=[{**TAINT, "value": "x"}, other])["nodegroup"]["taints"] == [{**TAINT, "value": "x"}, other]
    assert one(aws, taints=[{**TAINT, "value": "x"}, other])["changed"] is False
    assert one(aws, taints=[])["nodegroup"]["taints"] == []


def test_ng6_the_first_taint_of_a_group_is_added(aws: Running) -> None:
    one(aws, **BASE)
    assert one(aws, taints=[TAINT])["nodegroup"]["taints"] == [TAINT]


def test_ng7_a_changed_tag_is_set(aws: Running) -> None:
    one(aws, **BASE, tags={"CostCenter": "1"})
    result = one(aws, tags={"CostCenter": "2"})
    assert writes(aws) == ["TagResource"]
    assert result["nodegroup"]["tags"] == {"CostCenter": "2"}


def test_ng8_a_tag_that_is_not_declared_is_purged(aws: Running) -> None:
    one(aws, **BASE, tags={"CostCenter": "1", "old": "x"})
    result = one(aws, tags={"CostCenter": "1"})
    assert writes(aws) == ["UntagResource"]
    assert result["nodegroup"]["tags"] == {"CostCenter": "1"}


def test_ng9_check_mode_tells_tag_and_taint_changes(aws: Running) -> None:
    one(aws, **BASE)
    for declared in ({"taints": [TAINT]}, {"tags": {"a": "b"}}):
        assert one(aws, check_mode=True, **declared)["changed"] is True
        assert writes(aws) == []


def test_ng10_subnets_in_another_order_are_the_same(aws: Running) -> None:
    one(aws, **BASE)
    assert one(aws, node_role=ROLE, subnets=["subnet-2", "subnet-1"])["changed"] is False


def test_ng12_version_and_release_go_up(aws: Running) -> None:
    one(aws, **BASE, version="1.33")
    result = one(aws, version="1.34", labels={"a": "b"})
    assert operations(result) == ["update_nodegroup_version", "update_nodegroup_config"]
    assert result["nodegroup"]["version"] == "1.34"
    result = one(aws, release_version="1.34.9-20270101")
    assert result["nodegroup"]["release_version"] == "1.34.9-20270101"
    assert one(aws, release_version="1.34.9-20270101")["changed"] is False


def test_ng13_a_size_that_an_autoscaler_set_stays(aws: Running) -> None:
    sizes = {"min_size": 1, "max_size": 9, "desired_size": 1}
    one(aws, **BASE, scaling_config=sizes)
    aws.client("eks", access_key=KEY).update_nodegroup_config(clusterName="edge", nodegroupName="apps", scalingConfig={"desiredSize": 7})
    assert one(aws, **BASE)["changed"] is False
    assert one(aws, **BASE, scaling_config=sizes, ignore_desired_size=True)["changed"] is False
    assert one(aws, **BASE, scaling_config=sizes, check_mode=True)["diff"]["after"] == {"scaling_config": {"desired_size": 1}}


def test_ng14_the_result_has_one_shape_with_and_without_wait(aws: Running) -> None:
    waited = one(aws, **BASE)
    requested = one(aws, "other", **BASE, wait=False)
    assert waited.keys() == requested.keys()
    assert {key: waited[key] for key in waited["nodegroup"]} == waited["nodegroup"]


def test_ng15_labels_that_are_not_mentioned_stay(aws: Running) -> None:
    one(aws, **BASE, labels={"Tier": "a"})
    assert one(aws, **BASE)["nodegroup"]["labels"] == {"Tier": "a"}


def test_ng16_absence_is_said_by_the_result_not_by_a_template(aws: Running) -> None:
    assert "msg" not in one(aws, state="absent")


def test_ng18_a_failed_update_is_an_error_with_its_reason(aws: Running) -> None:
    one(aws, **BASE)
    errors = [{"errorCode": "PodEvictionFailure", "errorMessage": "a budget stands in the way", "resourceIds": ["ip-10-0-0-1"]}]
    aws.outcome("update", "Failed", cluster="edge", name="apps", errors=errors)
    result = one(aws, labels={"a": "b"})
    assert "PodEvictionFailure: a budget stands in the way (ip-10-0-0-1)" in result["msg"]
    assert result["actions"][0]["status"] == "failed"


def test_ng19_a_failed_creation_is_told_refused_and_made_again_on_demand(aws: Running) -> None:
    issues = [{"code": "NodeCreationFailure", "message": "Instances failed to join", "resourceIds": ["i-1"]}]
    aws.outcome("nodegroup", "CREATE_FAILED", cluster="edge", name="apps", issues=issues)
    assert "CREATE_FAILED; NodeCreationFailure: Instances failed to join (i-1)" in one(aws, **BASE)["msg"]
    assert "recreate_failed" in one(aws, **BASE)["msg"]
    assert writes(aws) == []
    assert operations(one(aws, **BASE, recreate_failed=True)) == ["delete_nodegroup", "create_nodegroup"]


def test_a_degraded_group_is_changed_and_warned_of(aws: Running) -> None:
    aws.outcome("nodegroup", "DEGRADED", cluster="edge", name="apps", issues=[{"code": "InsufficientFreeAddresses", "message": "full", "resourceIds": []}])
    assert "DEGRADED; InsufficientFreeAddresses: full" in one(aws, **BASE)["msg"]
    assert "is DEGRADED; InsufficientFreeAddresses: full" in one(aws, **BASE)["warnings"][0]


def test_ng20_no_second_update_is_sent_while_one_runs(aws: Running) -> None:
    aws.settings(delay=120)
    patiently(aws, name="apps", **BASE, version="1.33")
    result = patiently(aws, name="apps", version="1.34", labels={"a": "b"}, scaling_config={"max_size": 5})
    assert [action["status"] for action in result["actions"]] == ["done", "done"]
    assert [request["code"] for request in aws.writes("eks")] == [None, None]


def test_an_operation_under_way_is_waited_for(aws: Running) -> None:
    aws.settings(delay=60)
    one(aws, **BASE, wait=False)
    assert operations(patiently(aws, name="apps", labels={"a": "b"})) == ["update_nodegroup_config"]
    one(aws, state="absent", wait=False)
    assert one(aws, state="absent", wait=False)["changed"] is False
    assert operations(patiently(aws, name="apps", **BASE)) == ["create_nodegroup"]


def test_reads_that_lag_behind_are_waited_for(aws: Running) -> None:
    aws.settings(consistency=3)
    assert patiently(aws, name="apps", **BASE)["nodegroup"]["status"] == "ACTIVE"


def test_a_new_role_is_waited_for(aws: Running) -> None:
    aws.settings(iam_propagation=8)
    aws.client("iam", access_key=KEY).create_role(RoleName="nodes", AssumeRolePolicyDocument="{}")
    assert patiently(aws, name="apps", **BASE)["nodegroup"]["status"] == "ACTIVE"


def test_a_lost_answer_makes_one_group(aws: Running) -> None:
    aws.faults({"match": "eks:CreateNodegroup", "lost_answer": True, "times": 1})
    assert one(aws, **BASE)["nodegroup"]["status"] == "ACTIVE"
    assert len(info(aws)) == 1


def template_of(aws: Running) -> str:
    ec2 = aws.client("ec2", access_key=KEY)
    made = ec2.create_launch_template(LaunchTemplateName="workers", LaunchTemplateData={"EbsOptimized": True})
    return str(made["LaunchTemplate"]["LaunchTemplateId"])


def test_a_template_rolls_by_version_and_latest_is_a_number(aws: Running) -> None:
    template = template_of(aws)
    result = one(aws, **BASE, launch_template={"name": "workers"})
    assert result["nodegroup"]["launch_template"] == {"id": template, "name": "workers", "version": "1"}
    assert one(aws, launch_template={"id": template, "version": "$Latest"})["changed"] is False
    aws.client("ec2", access_key=KEY).create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData={"EbsOptimized": False})
    rolled = one(aws, launch_template={"id": template, "name": "workers", "version": "$Latest"})
    assert operations(rolled) == ["update_nodegroup_version"]
    assert rolled["nodegroup"]["launch_template"]["version"] == "2"
    assert one(aws, launch_template={"name": "workers", "version": "$Latest"})["changed"] is False
    assert one(aws, launch_template={"name": "workers", "version": "$Default"}, check_mode=True)["diff"]["after"] == {"launch_template": {"version": "1"}}


def test_what_cannot_change_is_refused_before_any_write(aws: Running) -> None:
    one(aws, **BASE)
    result = one(aws, **{**BASE, "subnets": ["subnet-1"]}, disk_size=100)
    assert result["refused_fields"] == ["subnets", "disk_size"]
    assert writes(aws) == []


POOLS: list[Result] = [
    {"name": "apps", **BASE, "scaling_config": {"min_size": 2, "max_size": 5}},
    {"name": "batch", **BASE, "capacity_type": "SPOT", "scaling_config": {"min_size": 0, "max_size": 20}, "labels": {"workload": "batch"}, "taints": [TAINT]},
]


def test_a_set_is_made_at_once_and_is_quiet_again(aws: Running) -> None:
    result = many(aws, *POOLS)
    assert [group["nodegroup_name"] for group in result["nodegroups"]] == ["apps", "batch"]
    again = many(aws, *POOLS)
    assert (again["changed"], writes(aws), again["nodegroups"]) == (False, [], result["nodegroups"])
    assert sorted(request["operation"] for request in aws.log("eks")) == ["DescribeNodegroup", "DescribeNodegroup", "ListNodegroups"]


def test_a_set_is_as_slow_as_its_slowest(aws: Running) -> None:
    aws.settings(delay=100)
    result = patiently(aws, eks_nodegroups, nodegroups=[{**POOLS[0], "name": f"pool-{number}"} for number in range(4)])
    assert len(result["nodegroups"]) == 4
    log = [request["operation"] for request in aws.log("eks") if request["operation"] in ("CreateNodegroup", "DescribeNodegroup")]
    assert [key for key, _ in itertools.groupby(log)] == ["CreateNodegroup", "DescribeNodegroup"]


def test_what_is_not_declared_goes_last_and_only_on_demand(aws: Running) -> None:
    many(aws, *POOLS)
    assert many(aws, POOLS[0])["changed"] is False
    planned = many(aws, POOLS[0], purge_nodegroups=True, check_mode=True)
    assert [(action["operation"], action["subject"]) for action in planned["actions"]] == [("delete_nodegroup", "batch")]
    assert writes(aws) == []
    result = many(aws, POOLS[0], {**POOLS[1], "name": "batch2"}, purge_nodegroups=True)
    assert writes(aws) == ["CreateNodegroup", "DeleteNodegroup"]
    assert [group["nodegroup_name"] for group in result["nodegroups"]] == ["apps", "batch2"]


def test_a_member_can_be_absent(aws: Running) -> None:
    many(aws, *POOLS)
    result = many(aws, POOLS[0], {"name": "batch", "state": "absent"})
    assert operations(result) == ["delete_nodegroup"]
    assert many(aws, {"name": "batch", "state": "absent"})["changed"] is False


def test_a_set_updates_with_diff(aws: Running) -> None:
    many(aws, *POOLS)
    result = many(aws, {"name": "apps", "labels": {"a": "b"}}, {"name": "batch", "tags": {"x": "y"}, "taints": []})
    assert result["diff"]["after"] == {"apps": {"labels": {"a": "b"}}, "batch": {"tags": {"x": "y"}, "taints": []}}


def test_refusals_of_a_set_come_together_before_any_write(aws: Running) -> None:
    many(aws, *POOLS)
    result = many(aws, {"name": "apps", "disk_size": 99}, {"name": "batch", "capacity_type": "ON_DEMAND"}, {"name": "new", **BASE})
    assert "node group apps" in result["msg"]
    assert "node group batch" in result["msg"]
    assert writes(aws) == []
    assert "declares apps more than once" in many(aws, POOLS[0], dict(POOLS[0]))["msg"]


def test_info_lists_all_or_one(aws: Running) -> None:
    many(aws, *POOLS)
    assert [group["nodegroup_name"] for group in info(aws)] == ["apps", "batch"]
    assert [group["nodegroup_name"] for group in info(aws, name="batch")] == ["batch"]
    assert info(aws, name="none") == []
    assert "Cluster none does not exist" in call("eks_nodegroup_info", {"cluster_name": "none"}, url=aws.url)["msg"]


def test_every_ami_type_of_eks_is_taken(aws: Running) -> None:
    model = aws.client("eks", access_key=KEY).meta.service_model
    assert sorted(eks_nodegroup.SPEC["argument_spec"]["ami_type"]["choices"]) == sorted(model.shape_for("AMITypes").enum)
    assert sorted(eks_nodegroup.SPEC["argument_spec"]["capacity_type"]["choices"]) == sorted(model.shape_for("CapacityTypes").enum)


SETTINGS: dict[str, list[Result]] = {
    "update_config": [{"max_unavailable": 2, "update_strategy": "MINIMAL"}, {"max_unavailable_percentage": 20, "update_strategy": "DEFAULT"}],
    "node_repair_config": [
        {
            "enabled": True,
            "max_unhealthy_node_threshold_percentage": 30,
            "max_parallel_nodes_repaired_count": 2,
            "node_repair_config_overrides": [
                {
                    "node_monitoring_condition": "AcceleratedInstanceNotReady",
                    "node_unhealthy_reason": "NvidiaXID13Error",
                    "min_repair_wait_time_mins": 10,
                    "repair_action": "Reboot",
                }
            ],
        },
        {"enabled": True, "max_unhealthy_node_threshold_count": 3, "node_repair_config_overrides": []},
        {"enabled": False},
    ],
    "warm_pool_config": [
        {"enabled": True, "min_size": 1, "max_group_prepared_capacity": 4, "pool_state": "STOPPED", "reuse_on_scale_in": True},
        {"enabled": True, "pool_state": "HIBERNATED"},
        {"enabled": False},
    ],
}
"""Ways through each group of settings: from one to the next in one call, and quiet again."""


@pytest.mark.parametrize("option", SETTINGS)
def test_settings_are_created_changed_and_quiet_again(aws: Running, option: str) -> None:
    first, *others = SETTINGS[option]
    assert operations(one(aws, **BASE, **{option: first})) == ["create_nodegroup"]
    assert one(aws, **{option: first})["changed"] is False
    for declared in others:
        result = one(aws, **{option: declared})
        assert writes(aws) == ["UpdateNodegroupConfig"], declared
        assert {name: result["nodegroup"][option].get(name) for name in declared} == declared
        assert one(aws, **{option: declared})["changed"] is False


def test_every_member_of_the_requests_is_reached() -> None:
    """What CreateNodegroup and both updates take is in the options; clientRequestToken is botocore's."""
    model = botocore.session.get_session().get_service_model("eks")
    members = {name for operation in ("CreateNodegroup", "UpdateNodegroupConfig", "UpdateNodegroupVersion") for name in members_of(model, operation)}
    options = eks_nodegroup.SPEC["argument_spec"]
    assert members - {"clientRequestToken", "nodegroupName"} == {camel(name) for name in options} & members
    for group, shape in (("update_config", "NodegroupUpdateConfig"), ("node_repair_config", "NodeRepairConfig"), ("warm_pool_config", "WarmPoolConfig")):
        assert {camel(name) for name in options[group]["options"]} == set(model.shape_for(shape).members)


def members_of(model: Any, operation: str) -> set[str]:
    return set(model.operation_model(operation).input_shape.members)


def test_force_goes_with_a_version_update_only(aws: Running) -> None:
    one(aws, **BASE, version="1.33")
    assert one(aws, force=True)["changed"] is False
    planned = one(aws, version="1.34", force=True)
    assert operations(planned) == ["update_nodegroup_version"]
    assert planned["nodegroup"]["version"] == "1.34"
