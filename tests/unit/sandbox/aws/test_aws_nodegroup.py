"""Managed node groups and Fargate profiles (peers.md 3.4, 3.8, 5.4)."""

from __future__ import annotations

from typing import Any

import pytest

NODE_ROLE = "arn:aws:iam::111122223333:role/node"
SIZES = {"minSize": 1, "maxSize": 3, "desiredSize": 2}
KEY = {"clusterName": "edge", "nodegroupName": "workers"}


def described(eks: Any) -> dict[str, Any]:
    found: dict[str, Any] = eks.describe_nodegroup(**KEY)["nodegroup"]
    return found


def test_defaults_of_the_service_are_filled_in(cluster: Any, new_nodegroup: Any) -> None:
    found = new_nodegroup()
    assert (found["status"], found["version"], found["amiType"], found["capacityType"]) == ("ACTIVE", "1.35", "AL2023_x86_64_STANDARD", "ON_DEMAND")
    assert found["scalingConfig"] == {"minSize": 1, "maxSize": 2, "desiredSize": 2}
    assert (found["instanceTypes"], found["diskSize"], found["updateConfig"]) == (["t3.medium"], 20, {"maxUnavailable": 1})
    assert found["releaseVersion"].startswith("1.35.")
    assert found["resources"]["autoScalingGroups"][0]["name"].startswith("eks-workers-")


def test_a_nodegroup_is_creating_then_active(aws: Any, cluster: Any, new_nodegroup: Any, eks: Any) -> None:
    aws.settings(delays={"nodegroup": 60})
    assert new_nodegroup()["status"] == "CREATING"
    aws.clock(61)
    assert described(eks)["status"] == "ACTIVE"


def test_a_second_group_of_the_name_is_in_use(cluster: Any, new_nodegroup: Any, eks: Any, refused: Any) -> None:
    new_nodegroup()
    refusal = refused(eks.create_nodegroup, **KEY, subnets=["subnet-1"], nodeRole=NODE_ROLE)
    assert (refusal.code, refusal.message) == ("ResourceInUseException", "NodeGroup already exists with name workers and cluster name edge")


def test_an_unknown_group_is_not_found(cluster: Any, eks: Any, refused: Any) -> None:
    refusal = refused(eks.describe_nodegroup, **KEY)
    assert (refusal.code, refusal.message) == ("ResourceNotFoundException", "No node group found for name: workers.")


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"launchTemplate": {"id": "lt-1", "name": "t"}}, "Either provide launch template ID or launch template name in the request."),
        ({"launchTemplate": {"id": "lt-1"}, "remoteAccess": {"ec2SshKey": "k"}}, "Remote access configuration cannot be specified with a launch template."),
        ({"launchTemplate": {"id": "lt-1"}, "diskSize": 50}, "Disk size must be specified within the launch template."),
        ({"scalingConfig": {"minSize": 1}}, "Either all or at least one of minSize, maxSize, desiredSize must be provided"),
        ({"scalingConfig": {"minSize": 3, "maxSize": 1, "desiredSize": 1}}, "Minimum capacity 3 can't be greater than maximum capacity 1"),
        ({"scalingConfig": {"minSize": 1, "maxSize": 2, "desiredSize": 5}}, "desired capacity 5 can't be greater than max size 2"),
        ({"updateConfig": {"maxUnavailable": 1, "maxUnavailablePercentage": 10}}, "Only one of maxUnavailable or maxUnavailablePercentage"),
        ({"remoteAccess": {"sourceSecurityGroups": ["sg-1"]}}, "An ec2SshKey must be specified"),
        ({"version": "1.36"}, "is not supported for cluster version 1.35"),
        ({"version": "1.31"}, "is not supported for cluster version 1.35"),
        ({"amiType": "AL2_x86_64"}, "AL2_x86_64 is not supported"),
        ({"amiType": "NONSENSE"}, "Member must satisfy enum value set"),
        ({"subnets": []}, "Subnets cannot be empty"),
    ],
)
def test_impossible_groups_are_refused(cluster: Any, eks: Any, refused: Any, more: dict[str, Any], text: str) -> None:
    refusal = refused(eks.create_nodegroup, **{**KEY, "subnets": ["subnet-1"], "nodeRole": NODE_ROLE, **more})
    assert text in refusal.message
    assert eks.list_nodegroups(clusterName="edge")["nodegroups"] == []


def test_labels_and_taints_are_deltas_in_one_call(cluster: Any, new_nodegroup: Any, eks: Any) -> None:
    taint = {"key": "a", "value": "1", "effect": "NO_SCHEDULE"}
    new_nodegroup(labels={"keep": "1", "change": "1", "drop": "1"}, taints=[taint, {**taint, "effect": "NO_EXECUTE"}])
    update = eks.update_nodegroup_config(
        **KEY,
        labels={"addOrUpdateLabels": {"change": "2", "new": "1"}, "removeLabels": ["drop"]},
        taints={"addOrUpdateTaints": [{**taint, "value": "2"}], "removeTaints": [{**taint, "effect": "NO_EXECUTE"}]},
        scalingConfig={"desiredSize": 1},
    )["update"]
    assert update["type"] == "ConfigUpdate"
    found = described(eks)
    assert found["labels"] == {"keep": "1", "change": "2", "new": "1"}
    assert found["taints"] == [{**taint, "value": "2"}]
    assert found["scalingConfig"]["desiredSize"] == 1
    assert eks.describe_update(name="edge", nodegroupName="workers", updateId=update["id"])["update"]["status"] == "Successful"


def test_any_subset_of_sizes_may_be_updated_but_not_none(cluster: Any, new_nodegroup: Any, eks: Any, refused: Any) -> None:
    new_nodegroup(scalingConfig=SIZES)
    eks.update_nodegroup_config(**KEY, scalingConfig={"maxSize": 9})
    assert described(eks)["scalingConfig"] == {**SIZES, "maxSize": 9}
    text = refused(eks.update_nodegroup_config, **KEY, scalingConfig={}).message
    assert text == "Either all or at least one of minSize, maxSize, desiredSize must be provided"


def test_a_change_of_nothing_is_refused(cluster: Any, new_nodegroup: Any, eks: Any, refused: Any) -> None:
    new_nodegroup(scalingConfig=SIZES)
    assert refused(eks.update_nodegroup_config, **KEY, scalingConfig=SIZES).code == "InvalidParameterException"


def test_one_update_per_group_and_several_groups_at_once(aws: Any, cluster: Any, new_nodegroup: Any, eks: Any, refused: Any) -> None:
    new_nodegroup()
    new_nodegroup("others")
    aws.settings(delay=60)
    running = eks.update_nodegroup_config(**KEY, scalingConfig={"maxSize": 9})["update"]["id"]
    assert described(eks)["status"] == "UPDATING"
    refusal = refused(eks.update_nodegroup_version, **KEY)
    assert (refusal.code, refusal.status) == ("ResourceInUseException", 409)
    assert refusal.message == f"Cannot VersionUpdate because nodegroup workers currently has update {running} in progress"
    assert eks.update_nodegroup_config(clusterName="edge", nodegroupName="others", scalingConfig={"maxSize": 9})["update"]["status"] == "InProgress"


def test_the_version_follows_the_cluster_or_what_is_asked(new_cluster: Any, new_nodegroup: Any, eks: Any, refused: Any) -> None:
    new_cluster(version="1.34")
    new_nodegroup(version="1.32")
    assert eks.update_nodegroup_version(**KEY, version="1.33")["update"]["type"] == "VersionUpdate"
    assert described(eks)["version"] == "1.33"
    assert "downgraded" in refused(eks.update_nodegroup_version, **KEY, version="1.32").message
    eks.update_nodegroup_version(**KEY)
    assert described(eks)["version"] == "1.34"
    assert refused(eks.update_nodegroup_version, **KEY).code == "InvalidParameterException"


def test_an_ami_release_may_be_asked_for(cluster: Any, new_nodegroup: Any, eks: Any) -> None:
    new_nodegroup(releaseVersion="1.35.0-20260101")
    eks.update_nodegroup_version(**KEY, releaseVersion="1.35.4-20261101", force=True)
    assert described(eks)["releaseVersion"] == "1.35.4-20261101"


def test_a_template_answers_id_and_name_and_moves_by_version(aws: Any, cluster: Any, new_nodegroup: Any, eks: Any, refused: Any) -> None:
    ec2 = aws.client("ec2")
    made = ec2.create_launch_template(LaunchTemplateName="gpu", LaunchTemplateData={"InstanceType": "m5.large"})["LaunchTemplate"]["LaunchTemplateId"]
    ec2.create_launch_template_version(LaunchTemplateId=made, LaunchTemplateData={"InstanceType": "m6i.large"})
    assert new_nodegroup(launchTemplate={"name": "gpu"})["launchTemplate"] == {"id": made, "name": "gpu", "version": "1"}
    eks.update_nodegroup_version(**KEY, launchTemplate={"id": made, "version": "2"})
    assert described(eks)["launchTemplate"] == {"id": made, "name": "gpu", "version": "2"}
    both = {"id": made, "name": "gpu", "version": "1"}
    assert refused(eks.update_nodegroup_version, **KEY, launchTemplate=both).message.startswith("Either provide launch template ID or")
    assert "only its version" in refused(eks.update_nodegroup_version, **KEY, launchTemplate={"id": "lt-other", "version": "1"}).message


def test_a_template_with_an_image_makes_the_group_custom(aws: Any, cluster: Any, new_nodegroup: Any, eks: Any, refused: Any) -> None:
    image = {"ImageId": "ami-12c6146b", "InstanceType": "m5.large"}
    made = aws.client("ec2").create_launch_template(LaunchTemplateName="gpu", LaunchTemplateData=image)["LaunchTemplate"]["LaunchTemplateId"]
    assert new_nodegroup(launchTemplate={"id": made})["amiType"] == "CUSTOM"
    assert "custom AMI" in refused(eks.update_nodegroup_version, **KEY, version="1.35").message


def test_a_test_can_let_a_group_fail(aws: Any, cluster: Any, new_nodegroup: Any) -> None:
    aws.outcome("nodegroup", "CREATE_FAILED", name="workers", issues=[{"code": "NodeCreationFailure", "message": "no node", "resourceIds": []}])
    found = new_nodegroup()
    assert (found["status"], found["health"]["issues"][0]["code"]) == ("CREATE_FAILED", "NodeCreationFailure")


def test_groups_are_listed_in_pages_and_deleted(cluster: Any, new_nodegroup: Any, eks: Any, refused: Any) -> None:
    for number in range(101):
        eks.create_nodegroup(clusterName="edge", nodegroupName=f"n{number}", subnets=["subnet-1"], nodeRole=NODE_ROLE)
    assert sum(len(page["nodegroups"]) for page in eks.get_paginator("list_nodegroups").paginate(clusterName="edge")) == 101
    eks.delete_nodegroup(clusterName="edge", nodegroupName="n0")
    assert refused(eks.describe_nodegroup, clusterName="edge", nodegroupName="n0").code == "ResourceNotFoundException"


# Fargate


def test_one_fargate_profile_changes_at_a_time(aws: Any, cluster: Any, eks: Any, refused: Any) -> None:
    aws.settings(delay=60)
    request = {"clusterName": "edge", "podExecutionRoleArn": NODE_ROLE, "selectors": [{"namespace": "default"}]}
    made = eks.create_fargate_profile(fargateProfileName="one", **request)["fargateProfile"]
    assert (made["status"], made["selectors"]) == ("CREATING", [{"namespace": "default", "labels": {}}])
    refusal = refused(eks.create_fargate_profile, fargateProfileName="two", **request)
    assert refusal.code == "ResourceInUseException"
    assert refusal.message == "Cannot create Fargate Profile two because cluster edge currently has Fargate profile one in status CREATING"
    aws.clock(61)
    assert eks.describe_fargate_profile(clusterName="edge", fargateProfileName="one")["fargateProfile"]["status"] == "ACTIVE"
    eks.delete_fargate_profile(clusterName="edge", fargateProfileName="one")
    aws.clock(61)
    assert eks.list_fargate_profiles(clusterName="edge")["fargateProfileNames"] == []
