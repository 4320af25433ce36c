"""Plans of node groups. NG1 to NG20 are defects of community.aws.eks_nodegroup that shall not come back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Step
from ansible_collections.fleetops.eks.plugins.module_utils._eks import nodegroup
from ansible_collections.fleetops.eks.plugins.module_utils._eks.nodegroup import plan_absent, plan_present
from ansible_collections.fleetops.eks.plugins.module_utils._eks.nodegroup_state import NodegroupSpec, NodegroupState

ROLE = "arn:aws:iam::111122223333:role/nodes"
NAMES = {"clusterName": "edge", "nodegroupName": "apps"}
SPEC = NodegroupSpec("edge", "apps", node_role=ROLE, subnets=["subnet-1", "subnet-2"])
TAINT = {"key": "dedicated", "value": "apps", "effect": "NO_SCHEDULE"}
ANSWER: dict[str, Any] = {
    "nodegroupName": "apps",
    "nodegroupArn": "arn:aws:eks:us-east-1:111122223333:nodegroup/edge/apps/1",
    "clusterName": "edge",
    "version": "1.33",
    "releaseVersion": "1.33.5-20251001",
    "status": "ACTIVE",
    "capacityType": "ON_DEMAND",
    "scalingConfig": {"minSize": 1, "maxSize": 5, "desiredSize": 3},
    "instanceTypes": ["m7i.large", "m7a.large"],
    "subnets": ["subnet-1", "subnet-2"],
    "amiType": "AL2023_x86_64_STANDARD",
    "nodeRole": ROLE,
    "labels": {"tier": "apps"},
    "taints": [TAINT],
    "diskSize": 50,
    "health": {"issues": []},
    "updateConfig": {"maxUnavailable": 1},
    "nodeRepairConfig": {"enabled": False},
    "tags": {"Team": "a"},
}
TEMPLATE = {"id": "lt-1", "name": "workers", "version": "3"}


def state(*without: str, **members: Any) -> NodegroupState:
    found = NodegroupState.from_api({key: value for key, value in {**ANSWER, **members}.items() if key not in without})
    assert found is not None
    return found


STATE = state()
TEMPLATED = state("diskSize", "instanceTypes", launchTemplate=TEMPLATE)


def only(found: NodegroupState | None = STATE, **declared: Any) -> Step:
    (step,) = plan_present(replace(SPEC, **declared), found).steps
    return step


def quiet(found: NodegroupState = STATE, **declared: Any) -> bool:
    return not plan_present(replace(SPEC, **declared), found)


def refused(found: NodegroupState | None = STATE, **declared: Any) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        plan_present(replace(SPEC, **declared), found)
    return refusal.value


def test_a_new_node_group_says_only_what_is_declared() -> None:
    step = only(None)
    assert (step.operation, step.settle) == ("create_nodegroup", "active")
    assert step.request == {**NAMES, "nodeRole": ROLE, "subnets": ["subnet-1", "subnet-2"]}


def test_a_new_node_group_carries_everything_declared() -> None:
    repair = {"enabled": True, "node_repair_config_overrides": [{"node_monitoring_condition": "A", "repair_action": "Reboot"}]}
    step = only(
        None,
        scaling_config={"min_size": 0, "max_size": 3, "desired_size": None},
        disk_size=80,
        instance_types=["m7i.large"],
        ami_type="BOTTLEROCKET_x86_64",
        capacity_type="SPOT",
        remote_access={"ec2_ssh_key": "ops", "source_sg": ["sg-1"]},
        version="1.33",
        labels={"camelCase": 1},
        taints=[{"key": "k", "value": None, "effect": "NO_EXECUTE"}],
        update_config={"max_unavailable": None, "max_unavailable_percentage": 20, "update_strategy": "MINIMAL"},
        node_repair_config=repair,
        warm_pool_config={"enabled": True, "pool_state": "STOPPED", "min_size": 1},
        tags={"some_key": "x"},
    )
    assert step.request == {
        **NAMES,
        "nodeRole": ROLE,
        "subnets": ["subnet-1", "subnet-2"],
        "scalingConfig": {"minSize": 0, "maxSize": 3, "desiredSize": 0},
        "diskSize": 80,
        "instanceTypes": ["m7i.large"],
        "amiType": "BOTTLEROCKET_x86_64",
        "capacityType": "SPOT",
        "remoteAccess": {"ec2SshKey": "ops", "sourceSecurityGroups": ["sg-1"]},
        "version": "1.33",
        "labels": {"camelCase": "1"},
        "taints": [{"key": "k", "effect": "NO_EXECUTE"}],
        "updateConfig": {"maxUnavailablePercentage": 20, "updateStrategy": "MINIMAL"},
        "nodeRepairConfig": {"enabled": True, "nodeRepairConfigOverrides": [{"nodeMonitoringCondition": "A", "repairAction": "Reboot"}]},
        "warmPoolConfig": {"enabled": True, "poolState": "STOPPED", "minSize": 1},
        "tags": {"some_key": "x"},
    }


@pytest.mark.parametrize(
    ("declared", "fields"),
    [
        ({"node_role": None}, ["node_role"]),
        ({"subnets": []}, ["subnets"]),
        ({"scaling_config": {"min_size": 1}}, ["scaling_config.max_size"]),
        ({"scaling_config": {"min_size": 3, "max_size": 2}}, ["scaling_config"]),
        ({"scaling_config": {"min_size": 1, "max_size": 2, "desired_size": 3}}, ["scaling_config"]),
        ({"ami_type": "CUSTOM"}, ["ami_type"]),
        ({"ami_type": "CUSTOM", "launch_template": {"id": "lt-1"}, "version": "1.34"}, ["ami_type"]),
        ({"version": "1.3"}, ["version"]),
        ({"version": "latest"}, ["version"]),
    ],
)
def test_what_cannot_be_created_is_refused(declared: dict[str, Any], fields: list[str]) -> None:
    assert refused(None, **declared).facts["refused_fields"] == fields


@pytest.mark.parametrize(("given", "sent"), [({"id": "lt-1", "name": "w"}, {"id": "lt-1"}), ({"name": "w", "version": "2"}, {"name": "w", "version": "2"})])
def test_a_template_is_sent_by_its_id_or_its_name(given: dict[str, str], sent: dict[str, str]) -> None:
    assert only(None, launch_template=given).request["launchTemplate"] == sent


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("node_role", "arn:aws:iam::111122223333:role/other"),
        ("subnets", ["subnet-1"]),
        ("disk_size", 20),
        ("instance_types", ["m7i.large"]),
        ("instance_types", ["m7a.large", "m7i.large"]),
        ("capacity_type", "SPOT"),
        ("remote_access", {"ec2_ssh_key": "ops"}),
        ("launch_template", {"name": "workers"}),
    ],
)
def test_what_cannot_change_is_refused_with_a_way_out(field: str, value: Any) -> None:
    refusal = refused(**{field: value})
    assert refusal.facts["refused_fields"] == [field]
    assert "node group apps of cluster edge" in refusal.message
    assert "another name" in refusal.remedy


def test_all_that_cannot_change_is_said_at_once() -> None:
    assert refused(disk_size=20, ami_type="CUSTOM", launch_template={"id": "lt-1"}).facts["refused_fields"] == ["disk_size", "ami_type", "launch_template"]


def test_another_template_is_refused() -> None:
    assert refused(TEMPLATED, launch_template={"id": "lt-2"}).facts["refused_fields"] == ["launch_template"]


def test_spot_does_not_mind_the_order_of_types() -> None:
    assert quiet(state(capacityType="SPOT"), capacity_type="SPOT", instance_types=["m7a.large", "m7i.large"])


def test_remote_access_is_compared_as_a_set() -> None:
    found = state(remoteAccess={"ec2SshKey": "ops", "sourceSecurityGroups": ["sg-1", "sg-2"]})
    assert quiet(found, remote_access={"ec2_ssh_key": "ops", "source_sg": ["sg-2", "sg-1"]})


def test_ng1_another_ami_type_is_refused_not_ignored() -> None:
    assert refused(ami_type="BOTTLEROCKET_x86_64").facts["refused_fields"] == ["ami_type"]


def test_ng2_a_changed_label_value_is_an_update() -> None:
    step = only(labels={"tier": "web"})
    assert step.request == {**NAMES, "labels": {"addOrUpdateLabels": {"tier": "web"}}}


def test_ng4_a_label_change_is_a_change_of_the_plan() -> None:
    assert only(labels={}).fields == ["labels.tier"]


def test_ng5_another_taint_is_an_update() -> None:
    other = {"key": "gpu", "value": "yes", "effect": "NO_EXECUTE"}
    assert only(taints=[other]).request["taints"] == {"addOrUpdateTaints": [other], "removeTaints": [TAINT]}


@pytest.mark.parametrize("found", [state("taints"), state(taints=[])])
def test_ng6_the_first_taint_is_an_update(found: NodegroupState) -> None:
    assert only(found, taints=[TAINT]).request["taints"] == {"addOrUpdateTaints": [TAINT]}


def test_ng7_a_changed_tag_is_sent_to_the_group_s_arn() -> None:
    assert only(tags={"Team": "b"}).request == {"resourceArn": ANSWER["nodegroupArn"], "tags": {"Team": "b"}}


def test_ng8_a_tag_that_is_not_declared_is_removed() -> None:
    assert only(tags={}).request == {"resourceArn": ANSWER["nodegroupArn"], "tagKeys": ["Team"]}
    assert quiet(tags={}, purge_tags=False)


def test_ng9_tag_and_taint_changes_are_changes_of_the_plan() -> None:
    assert [step.operation for step in plan_present(replace(SPEC, tags={"Team": "b"}, taints=[]), STATE).steps] == ["tag_resource", "update_nodegroup_config"]


def test_ng10_the_order_of_subnets_is_no_difference() -> None:
    assert quiet(subnets=["subnet-2", "subnet-1"])


def test_ng11_what_is_not_mentioned_is_not_compared_with_defaults() -> None:
    assert quiet()


def test_ng12_another_release_is_an_update_of_the_version() -> None:
    step = only(release_version="1.33.5-20251120")
    assert (step.operation, step.settle) == ("update_nodegroup_version", "update")
    assert step.request == {**NAMES, "releaseVersion": "1.33.5-20251120"}


@pytest.mark.parametrize("declared", [{}, {"scaling_config": {"max_size": 5}}, {"scaling_config": {"desired_size": 1}, "ignore_desired_size": True}])
def test_ng13_sizes_that_are_not_declared_are_left_to_the_autoscaler(declared: dict[str, Any]) -> None:
    assert quiet(**declared)


def test_ng15_labels_and_taints_that_are_not_mentioned_stay() -> None:
    assert quiet(state(labels={"a": "b"}, taints=[TAINT]))


def test_ng16_messages_name_the_node_group() -> None:
    assert "apps" in refused(disk_size=1).message
    assert "{name}" not in str(refused(disk_size=1))


def test_ng17_a_template_that_is_not_mentioned_stays() -> None:
    assert quiet(TEMPLATED)
    assert quiet(TEMPLATED, launch_template={"name": "workers"})


def test_ng19_a_group_that_failed_to_come_up_is_refused_with_its_issues() -> None:
    issues = [{"code": "NodeCreationFailure", "message": "Instances failed to join.", "resourceIds": ["i-1"]}]
    found = state(status="CREATE_FAILED", health={"issues": issues})
    assert "CREATE_FAILED; NodeCreationFailure: Instances failed to join (i-1)" in refused(found).message
    plan = plan_present(replace(SPEC, recreate_failed=True), found)
    assert [(step.operation, step.settle) for step in plan.steps] == [("delete_nodegroup", "deleted"), ("create_nodegroup", "active")]


def test_ng20_everything_that_one_call_carries_is_one_call() -> None:
    step = only(
        labels={"tier": "web"},
        taints=[],
        scaling_config={"max_size": 9},
        update_config={"max_unavailable": 2},
        node_repair_config={"enabled": True},
        warm_pool_config={"enabled": True},
    )
    assert step.request == {
        **NAMES,
        "labels": {"addOrUpdateLabels": {"tier": "web"}},
        "taints": {"removeTaints": [TAINT]},
        "scalingConfig": {"maxSize": 9},
        "updateConfig": {"maxUnavailable": 2},
        "nodeRepairConfig": {"enabled": True},
        "warmPoolConfig": {"enabled": True},
    }


def test_the_version_call_comes_before_the_configuration_call() -> None:
    plan = plan_present(replace(SPEC, version="1.34", force=True, labels={}), STATE)
    assert [step.operation for step in plan.steps] == ["update_nodegroup_version", "update_nodegroup_config"]
    assert plan.steps[0].request == {**NAMES, "version": "1.34", "force": True}
    assert [len(wave) for wave in plan.waves()] == [1, 1]


def test_force_alone_changes_nothing() -> None:
    assert quiet(force=True)


def test_another_template_version_is_an_update_by_id_or_name() -> None:
    step = only(TEMPLATED, launch_template={"id": "lt-1", "name": "workers", "version": "4"})
    assert step.request == {**NAMES, "launchTemplate": {"id": "lt-1", "version": "4"}}
    assert quiet(TEMPLATED, launch_template={"name": "workers", "version": "3"})


@pytest.mark.parametrize(
    ("declared", "field"),
    [
        ({"version": "1.32"}, "version"),
        ({"release_version": "1.33.5-20250901"}, "release_version"),
        ({"release_version": "1.33.4-20251231"}, "release_version"),
    ],
)
def test_older_is_refused_unless_allowed(declared: dict[str, Any], field: str) -> None:
    refusal = refused(**declared)
    assert refusal.facts["refused_fields"] == [field]
    assert "allow_downgrade" in refusal.remedy
    assert only(**declared, allow_downgrade=True).operation == "update_nodegroup_version"


def test_a_newer_version_is_an_update() -> None:
    assert only(state(version="1.19"), version="1.33").operation == "update_nodegroup_version"


def test_releases_of_bottlerocket_have_no_order() -> None:
    found = state(releaseVersion="1.52.0-9a8b7c6d")
    assert only(found, release_version="1.51.0-00000000").operation == "update_nodegroup_version"


@pytest.mark.parametrize(
    ("sizes", "sent"),
    [
        ({"min_size": 1, "max_size": 5}, None),
        ({"min_size": 4, "max_size": 5}, {"minSize": 4, "desiredSize": 4}),
        ({"min_size": 0, "max_size": 2}, {"minSize": 0, "maxSize": 2, "desiredSize": 2}),
        ({"desired_size": 4}, {"desiredSize": 4}),
    ],
)
def test_new_bounds_push_the_desired_size_and_no_further(sizes: dict[str, int], sent: dict[str, int] | None) -> None:
    plan = plan_present(replace(SPEC, scaling_config=sizes), STATE)
    assert (plan.steps[0].request["scalingConfig"] if plan else None) == sent


def test_an_ignored_desired_size_counts_for_a_new_group() -> None:
    sizes = {"min_size": 1, "max_size": 5, "desired_size": 2}
    assert only(None, scaling_config=sizes, ignore_desired_size=True).request["scalingConfig"]["desiredSize"] == 2


@pytest.mark.parametrize("sizes", [{"min_size": 6}, {"max_size": 0}, {"desired_size": 9}])
def test_sizes_that_cannot_be_are_refused(sizes: dict[str, int]) -> None:
    assert refused(scaling_config=sizes).facts["refused_fields"] == ["scaling_config"]


def test_labels_are_purged_unless_told_otherwise() -> None:
    assert only(labels={"new": 1}).request["labels"] == {"addOrUpdateLabels": {"new": "1"}, "removeLabels": ["tier"]}
    assert only(labels={"new": 1}, purge_labels=False).request["labels"] == {"addOrUpdateLabels": {"new": "1"}}


@pytest.mark.parametrize(
    ("taints", "purge", "delta"),
    [
        ([{**TAINT, "value": "x"}], True, {"addOrUpdateTaints": [{**TAINT, "value": "x"}]}),
        ([{**TAINT, "effect": "NO_EXECUTE"}], True, {"addOrUpdateTaints": [{**TAINT, "effect": "NO_EXECUTE"}], "removeTaints": [TAINT]}),
        ([{**TAINT, "effect": "NO_EXECUTE"}], False, {"addOrUpdateTaints": [{**TAINT, "effect": "NO_EXECUTE"}]}),
        ([], True, {"removeTaints": [TAINT]}),
    ],
)
def test_a_taint_is_known_by_key_and_effect(taints: list[dict[str, str]], purge: bool, delta: dict[str, Any]) -> None:
    assert only(taints=taints, purge_taints=purge).request["taints"] == delta


def test_a_taint_without_a_value_and_with_an_empty_one_are_the_same() -> None:
    found = state(taints=[{"key": "k", "effect": "NO_SCHEDULE"}])
    assert quiet(found, taints=[{"key": "k", "value": "", "effect": "NO_SCHEDULE"}])


def test_a_percentage_takes_the_place_of_a_count() -> None:
    step = only(state(updateConfig={"maxUnavailable": 1, "updateStrategy": "MINIMAL"}), update_config={"max_unavailable_percentage": 30})
    assert step.request["updateConfig"] == {"maxUnavailablePercentage": 30, "updateStrategy": "MINIMAL"}
    assert step.fields == ["update_config.max_unavailable_percentage", "update_config.max_unavailable"]


def test_settings_that_are_not_mentioned_are_sent_along() -> None:
    found = state(nodeRepairConfig={"enabled": True, "maxUnhealthyNodeThresholdCount": 2, "maxParallelNodesRepairedCount": 1})
    step = only(found, node_repair_config={"max_unhealthy_node_threshold_percentage": 10})
    assert step.request["nodeRepairConfig"] == {"enabled": True, "maxUnhealthyNodeThresholdPercentage": 10, "maxParallelNodesRepairedCount": 1}


def test_what_eks_does_not_return_is_switched_off() -> None:
    assert quiet(state("nodeRepairConfig"), node_repair_config={"enabled": False}, warm_pool_config={"enabled": False})


def test_what_is_being_deleted_is_created_again() -> None:
    assert only(state(status="DELETING")).operation == "create_nodegroup"


def test_absent_deletes_once() -> None:
    (step,) = plan_absent(SPEC, STATE).steps
    assert (step.operation, step.request, step.settle) == ("delete_nodegroup", NAMES, "deleted")
    assert not plan_absent(SPEC, None)
    assert not plan_absent(SPEC, state(status="DELETING"))


@pytest.mark.parametrize(("status", "waits"), [("CREATING", True), ("UPDATING", True), ("DELETING", True), ("ACTIVE", False), ("DEGRADED", False)])
def test_an_operation_under_way_is_waited_for(status: str, waits: bool) -> None:
    assert (nodegroup.in_flight(state(status=status)) is not None) is waits


def test_a_degraded_group_is_warned_of_with_its_issues() -> None:
    found = state(status="DEGRADED", health={"issues": [{"code": "AccessDenied", "message": "no", "resourceIds": []}]})
    assert nodegroup.health_warnings(found) == ["Node group apps of cluster edge is DEGRADED; AccessDenied: no."]
    assert nodegroup.health_warnings(STATE) == []


def test_tag_values_are_text() -> None:
    assert NodegroupSpec.from_params({"cluster_name": "edge", "name": "x", "tags": {"CostCenter": 1}}).tags == {"CostCenter": "1"}


def test_labels_and_tags_keep_the_user_s_keys_in_the_result() -> None:
    result = nodegroup.to_result(state(labels={"camelCase": "x"}, tags={"CostCenter": "1"}))
    assert result is not None
    assert (result["labels"], result["tags"]) == ({"camelCase": "x"}, {"CostCenter": "1"})


@pytest.mark.parametrize(("declared", "fields"), [({"version": "1.34"}, ["ami_type", "version"]), ({"release_version": "x"}, ["ami_type", "release_version"])])
def test_a_group_of_a_custom_image_takes_no_version(declared: dict[str, Any], fields: list[str]) -> None:
    """The image came by the launch template, and the declaration need not say so."""
    custom = state("diskSize", "instanceTypes", amiType="CUSTOM", launchTemplate=TEMPLATE)
    with pytest.raises(Refusal, match="ami_type CUSTOM, whose image and Kubernetes version come from its launch template") as caught:
        plan_present(replace(SPEC, **declared), custom)
    assert caught.value.facts["refused_fields"] == fields
    assert quiet(custom, version="1.33")
