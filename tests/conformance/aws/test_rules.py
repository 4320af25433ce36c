"""Rules of AWS that no other test of the simulator shows; rules.yml names the test of every rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import WaiterError

from sandbox.aws import protocol
from sandbox.aws.eks.versions import TIERS

ACCOUNT = "arn:aws:iam::111122223333"
ROLE = f"{ACCOUNT}:role/one"
KEY = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
SUBNETS = {"subnetIds": ["subnet-1", "subnet-2"]}
IN = {"clusterName": "edge"}
GROUP: dict[str, Any] = {**IN, "nodegroupName": "workers"}
NEW_GROUP: dict[str, Any] = {**GROUP, "subnets": ["subnet-1"], "nodeRole": ROLE}

# noun → what only its creation takes, and the operations that change it
IMMUTABLE: list[tuple[str, set[str], tuple[str, ...]]] = [
    ("CreateCluster", {"roleArn", "encryptionConfig", "bootstrapSelfManagedAddons", "outpostConfig"}, ("UpdateClusterConfig", "UpdateClusterVersion")),
    ("CreateAddon", {"namespaceConfig"}, ("UpdateAddon",)),
    (
        "CreateNodegroup",
        {"subnets", "nodeRole", "diskSize", "instanceTypes", "amiType", "remoteAccess", "capacityType"},
        ("UpdateNodegroupConfig", "UpdateNodegroupVersion"),
    ),
    ("CreateAccessEntry", {"type"}, ("UpdateAccessEntry",)),
    ("CreatePodIdentityAssociation", {"namespace", "serviceAccount"}, ("UpdatePodIdentityAssociation",)),
    ("CreateCapability", {"type"}, ("UpdateCapability",)),
]


@pytest.mark.parametrize(("create", "members", "updates"), IMMUTABLE, ids=[create for create, _, _ in IMMUTABLE])
def test_rule_what_only_a_creation_takes(create: str, members: set[str], updates: tuple[str, ...]) -> None:
    model = protocol.load("eks")
    assert members <= set(model.operation(create).input_shape.members)
    for update in updates:
        assert not members & set(model.operation(update).input_shape.members)


def test_rule_a_fargate_profile_cannot_be_updated(cluster: Any, eks: Any) -> None:
    assert not [name for name in protocol.load("eks").operations if "FargateProfile" in name and name.startswith("Update")]
    made = eks.create_fargate_profile(**IN, fargateProfileName="web", podExecutionRoleArn=ROLE, selectors=[{"namespace": "web"}])["fargateProfile"]
    eks.tag_resource(resourceArn=made["fargateProfileArn"], tags={"a": "b"})
    assert eks.describe_fargate_profile(**IN, fargateProfileName="web")["fargateProfile"]["tags"] == {"a": "b"}


BAD_CLUSTERS: list[tuple[str, dict[str, Any], str]] = [
    ("a name of 101 characters", {"name": "a" * 101}, "length less than or equal to 100"),
    ("a version that is a number", {"version": 1.35}, "must be of type string"),
    ("two encryption configs", {"encryptionConfig": [{"resources": ["secrets"], "provider": {"keyArn": KEY}}] * 2}, "less than or equal to 1"),
    ("a tier nobody has", {"controlPlaneScalingConfig": {"tier": "tier-99xl"}}, "enum value set"),
    ("an egress mode nobody has", {"resourcesVpcConfig": {**SUBNETS, "controlPlaneEgressMode": "MINE"}}, "enum value set"),
    (
        "a node port range that ends before it begins",
        {"kubeApiServerConfig": {"serviceNodePortRange": {"minPort": 32767, "maxPort": 30000}}},
        "serviceNodePortRange",
    ),
]


@pytest.mark.parametrize(("more", "text"), [(more, text) for _, more, text in BAD_CLUSTERS], ids=[what for what, _, _ in BAD_CLUSTERS])
def test_rule_bounds_of_a_clusters_members(aws: Any, refused: Any, more: dict[str, Any], text: str) -> None:
    unchecked = aws.client("eks", parameter_validation=False)
    refusal = refused(unchecked.create_cluster, **{"name": "edge", "roleArn": ROLE, "resourcesVpcConfig": SUBNETS, **more})
    assert refusal.code == "InvalidParameterException"
    assert text in refusal.message


def test_rule_tiers_are_those_that_the_catalogue_lists(cluster: Any, eks: Any) -> None:
    (row,) = eks.describe_cluster_versions(clusterVersions=["1.35"])["clusterVersions"]
    assert [tier["tierName"] for tier in row["controlPlaneScalingTiers"]] == [tier[0] for tier in TIERS]


def test_rule_entries_associations_and_tags_need_no_update(aws: Any, cluster: Any, eks: Any) -> None:
    aws.settings(delay=100)
    eks.update_cluster_config(name="edge", zonalShiftConfig={"enabled": True})
    assert "update" not in eks.create_access_entry(**IN, principalArn=ROLE)
    assert "update" not in eks.create_pod_identity_association(**IN, namespace="web", serviceAccount="web", roleArn=ROLE)
    eks.tag_resource(resourceArn=cluster["arn"], tags={"a": "b"})
    assert eks.describe_access_entry(**IN, principalArn=ROLE)["accessEntry"]["type"] == "STANDARD"


def test_rule_different_addons_change_side_by_side(aws: Any, cluster: Any, eks: Any) -> None:
    for name in ("vpc-cni", "kube-proxy"):
        eks.create_addon(**IN, addonName=name)
    aws.settings(delay=100)
    updates = [eks.update_addon(**IN, addonName=name, configurationValues="{}")["update"] for name in ("vpc-cni", "kube-proxy")]
    assert [update["status"] for update in updates] == ["InProgress", "InProgress"]


def test_rule_a_rollback_into_extended_support_needs_its_policy(aws: Any, new_cluster: Any, eks: Any, refused: Any) -> None:
    new_cluster(version="1.33", upgradePolicy={"supportType": "EXTENDED"})
    eks.update_cluster_version(name="edge", version="1.34")
    eks.update_cluster_config(name="edge", upgradePolicy={"supportType": "STANDARD"})
    refusal = refused(eks.update_cluster_version, name="edge", version="1.33")
    assert (refusal.code, "upgrade policy" in refusal.message) == ("InvalidRequestException", True)


BAD_GROUPS: list[tuple[str, dict[str, Any], str]] = [
    ("21 instance types", {"instanceTypes": [f"m{number}.large" for number in range(21)]}, "20 instance types"),
    ("51 taints", {"taints": [{"key": f"k{number}", "effect": "NO_SCHEDULE"} for number in range(51)]}, "50 taints"),
    ("an effect nobody has", {"taints": [{"key": "k", "effect": "NEVER"}]}, "enum value set"),
    ("a maximum of none", {"scalingConfig": {"minSize": 0, "maxSize": 0, "desiredSize": 0}}, "greater than or equal to 1"),
]


@pytest.mark.parametrize(("more", "text"), [(more, text) for _, more, text in BAD_GROUPS], ids=[what for what, _, _ in BAD_GROUPS])
def test_rule_bounds_of_a_node_groups_members(aws: Any, cluster: Any, refused: Any, more: dict[str, Any], text: str) -> None:
    unchecked = aws.client("eks", parameter_validation=False)
    assert text in refused(unchecked.create_nodegroup, **{**NEW_GROUP, **more}).message


def test_rule_instance_types_may_accompany_a_template_without_them(cluster: Any, new_nodegroup: Any) -> None:
    found = new_nodegroup(launchTemplate={"id": "lt-0123456789abcdef0"}, instanceTypes=["m5.large"])
    assert (found["instanceTypes"], found["launchTemplate"]["id"]) == (["m5.large"], "lt-0123456789abcdef0")
    assert found["launchTemplate"]["name"]


def test_rule_a_roll_that_a_budget_stops_fails_with_its_pods(aws: Any, new_cluster: Any, new_nodegroup: Any, eks: Any) -> None:
    new_cluster(version="1.34")
    new_nodegroup(version="1.33")
    error = {"errorCode": "PodEvictionFailure", "errorMessage": "Reached max retries while trying to evict pods", "resourceIds": ["ip-10-0-0-1"]}
    aws.outcome("update", "Failed", cluster="edge", name="VersionUpdate", errors=[error])
    update = eks.update_nodegroup_version(**GROUP)["update"]["id"]
    found = eks.describe_update(name="edge", nodegroupName="workers", updateId=update)["update"]
    assert (found["status"], found["errors"]) == ("Failed", [error])
    assert eks.describe_nodegroup(**GROUP)["nodegroup"]["version"] == "1.33"
    assert eks.update_nodegroup_version(**GROUP, force=True)["update"]["status"] == "InProgress"


@pytest.mark.parametrize("kind", ["EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "HYBRID_LINUX"])
def test_rule_entries_of_nodes_take_no_groups_and_no_policies(cluster: Any, eks: Any, refused: Any, kind: str) -> None:
    assert "does not support kubernetesGroups" in refused(eks.create_access_entry, **IN, principalArn=ROLE, type=kind, kubernetesGroups=["a"]).message
    eks.create_access_entry(**IN, principalArn=ROLE, type=kind)
    policy = {"policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy", "accessScope": {"type": "cluster"}}
    assert kind in refused(eks.associate_access_policy, **IN, principalArn=ROLE, **policy).message


def test_rule_a_capability_is_deleted_with_retain_only(aws: Any, cluster: Any, refused: Any) -> None:
    unchecked = aws.client("eks", parameter_validation=False)
    request = {**IN, "capabilityName": "kro", "type": "KRO", "roleArn": ROLE}
    assert "[RETAIN]" in refused(unchecked.create_capability, **request, deletePropagationPolicy="DELETE").message
    assert "deletePropagationPolicy" in refused(unchecked.create_capability, **request).message


@pytest.mark.parametrize("more", [{"RegistrationLimit": 0}, {"RegistrationLimit": 1001}, {"IamRole": "r" * 65}])
def test_rule_bounds_of_an_activation(aws: Any, refused: Any, more: dict[str, Any]) -> None:
    unchecked = aws.client("ssm", parameter_validation=False)
    assert refused(unchecked.create_activation, **{"IamRole": "hybrid", **more}).code == "ValidationException"
    assert unchecked.create_activation(IamRole="hybrid", RegistrationLimit=1000, ExpirationDate=datetime(2026, 11, 22, 12, tzinfo=UTC) + timedelta(days=29))
    assert not [name for name in protocol.load("ssm").operations if name.startswith("UpdateActivation")]


def _wait(eks: Any, waiter: str, **key: str) -> None:
    eks.get_waiter(waiter).wait(**key, WaiterConfig={"Delay": 0, "MaxAttempts": 1})


def test_rule_waiters_end_well(cluster: Any, new_nodegroup: Any, eks: Any) -> None:
    new_nodegroup()
    profile = {**IN, "fargateProfileName": "web"}
    eks.create_addon(**IN, addonName="coredns")
    eks.create_fargate_profile(**profile, podExecutionRoleArn=ROLE, selectors=[{"namespace": "web"}])
    keys: dict[str, dict[str, str]] = {"addon": {**IN, "addonName": "coredns"}, "nodegroup": GROUP, "fargate_profile": profile, "cluster": {"name": "edge"}}
    for noun, key in keys.items():
        _wait(eks, f"{noun}_active", **key)
    for noun, key in keys.items():
        getattr(eks, f"delete_{noun}")(**key)
        _wait(eks, f"{noun}_deleted", **key)


def test_rule_waiters_end_at_a_failure(aws: Any, new_cluster: Any, new_nodegroup: Any, eks: Any) -> None:
    aws.outcome("cluster", "FAILED", cluster="broken")
    new_cluster("broken")
    with pytest.raises(WaiterError, match="terminal failure"):
        _wait(eks, "cluster_active", name="broken")
    new_cluster()
    eks.create_addon(**IN, addonName="coredns")  # without nodes
    with pytest.raises(WaiterError, match="terminal failure"):
        _wait(eks, "addon_active", **IN, addonName="coredns")
    aws.outcome("nodegroup", "CREATE_FAILED")
    new_nodegroup()
    with pytest.raises(WaiterError, match="terminal failure"):
        _wait(eks, "nodegroup_active", **GROUP)
    aws.outcome("update", "Failed", cluster="edge")
    update = eks.create_certificate_authority(**IN)["update"]["id"]
    with pytest.raises(WaiterError, match="terminal failure"):
        _wait(eks, "certificate_authority_update_complete", name="edge", updateId=update)
