"""What a declared cluster makes of a cluster as it is: which calls, in which order, with what in them."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.naming import snake
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster import RESULT_KEYS, plan_absent, plan_present, to_result
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster_fields import FIELDS, FIXED, ORDER
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster_values import ClusterSpec, ClusterState

ROLE = "arn:aws:iam::111122223333:role/eks-cluster"
NODE_ROLE = "arn:aws:iam::111122223333:role/eks-auto-node"
KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd"
ARN = "arn:aws:eks:us-east-1:111122223333:cluster/edge"


def declared(**params: Any) -> ClusterSpec:
    return ClusterSpec.from_params({"name": "edge", **params})


def described(**members: Any) -> dict[str, Any]:
    """DescribeCluster's answer for a plain cluster, with members in place of its own."""
    answer: dict[str, Any] = {
        "name": "edge",
        "arn": ARN,
        "version": "1.33",
        "roleArn": ROLE,
        "status": "ACTIVE",
        "resourcesVpcConfig": {
            "subnetIds": ["subnet-a", "subnet-b"],
            "securityGroupIds": [],
            "vpcId": "vpc-1",
            "endpointPublicAccess": True,
            "endpointPrivateAccess": False,
            "publicAccessCidrs": ["0.0.0.0/0"],
            "controlPlaneEgressMode": "AWS_MANAGED",
        },
        "kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/16", "ipFamily": "ipv4", "elasticLoadBalancing": {"enabled": False}},
        "logging": {"clusterLogging": [{"types": ["api", "audit", "authenticator", "controllerManager", "scheduler"], "enabled": False}]},
        "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": True},
        "tags": {},
    }
    vpc = {**answer["resourcesVpcConfig"], **members.pop("resourcesVpcConfig", {})}
    return {**answer, "resourcesVpcConfig": vpc, **members}


def cluster(**members: Any) -> ClusterState:
    state = ClusterState.from_api(described(**members))
    assert state is not None
    return state


def calls(plan: Plan) -> list[tuple[str, dict[str, Any]]]:
    return [(step.operation, dict(step.request)) for step in plan.steps]


def config(**members: Any) -> tuple[str, dict[str, Any]]:
    return "update_cluster_config", {"name": "edge", **members}


def vpc(**members: Any) -> tuple[str, dict[str, Any]]:
    return config(resourcesVpcConfig=members)


AUTO_OFF = {"enabled": False, "node_pools": None, "node_role_arn": None, "gateway_api_crds": None}
AUTO_ON = {**AUTO_OFF, "enabled": True}
AUTO_CLUSTER = {
    "computeConfig": {"enabled": True, "nodePools": ["general-purpose", "system"], "nodeRoleArn": NODE_ROLE},
    "storageConfig": {"blockStorage": {"enabled": True}},
    "kubernetesNetworkConfig": {"ipFamily": "ipv4", "serviceIpv4Cidr": "172.20.0.0/16", "elasticLoadBalancing": {"enabled": True}},
}
LOGS = {"logging": {"clusterLogging": [{"types": ["api", "audit"], "enabled": True}, {"types": ["authenticator"], "enabled": False}]}}
REMOTE = {"remoteNetworkConfig": {"remoteNodeNetworks": [{"cidrs": ["192.168.0.0/20"]}], "remotePodNetworks": [{"cidrs": ["192.168.64.0/18"]}]}}


def trio(compute: dict[str, Any], **balancing: Any) -> tuple[str, dict[str, Any]]:
    enabled = compute["enabled"]
    return config(
        computeConfig=compute,
        storageConfig={"blockStorage": {"enabled": enabled}},
        kubernetesNetworkConfig={"elasticLoadBalancing": {"enabled": enabled, **balancing}},
    )


UPDATES: list[tuple[str, dict[str, Any], dict[str, Any], list[tuple[str, dict[str, Any]]]]] = [
    ("nothing declared", {}, {}, []),
    ("the same", {"version": "1.33", "role_arn": ROLE, "subnets": ["subnet-b", "subnet-a"], "security_groups": [], "logging": []}, {}, []),
    ("deletion protection", {"deletion_protection": True}, {}, [config(deletionProtection=True)]),
    ("deletion protection absent is off", {"deletion_protection": False}, {}, []),
    (
        "endpoints travel together",
        {"endpoint_private_access": True, "public_access_cidrs": ["203.0.113.0/24"]},
        {},
        [vpc(endpointPrivateAccess=True, publicAccessCidrs=["203.0.113.0/24"])],
    ),
    ("private only", {"endpoint_public_access": False, "endpoint_private_access": True}, {}, [vpc(endpointPublicAccess=False, endpointPrivateAccess=True)]),
    ("no list of a closed endpoint", {"public_access_cidrs": []}, {"resourcesVpcConfig": {"endpointPublicAccess": False, "endpointPrivateAccess": True}}, []),
    ("host bits", {"public_access_cidrs": ["203.0.113.7/24"]}, {"resourcesVpcConfig": {"publicAccessCidrs": ["203.0.113.0/24"]}}, []),
    (
        "subnets and security groups travel together",
        {"subnets": ["subnet-a", "subnet-c"], "security_groups": ["sg-1"]},
        {},
        [vpc(subnetIds=["subnet-a", "subnet-c"], securityGroupIds=["sg-1"])],
    ),
    ("subnets alone", {"subnets": ["subnet-a", "subnet-c"]}, {"resourcesVpcConfig": {"securityGroupIds": ["sg-9"]}}, [vpc(subnetIds=["subnet-a", "subnet-c"])]),
    ("no security groups", {"security_groups": []}, {"resourcesVpcConfig": {"securityGroupIds": ["sg-9"]}}, [vpc(securityGroupIds=[])]),
    (
        "egress mode goes alone",
        {"control_plane_egress_mode": "CUSTOMER_ROUTED", "endpoint_private_access": True},
        {},
        [vpc(endpointPrivateAccess=True), vpc(controlPlaneEgressMode="CUSTOMER_ROUTED")],
    ),
    ("hybrid nodes", {"remote_node_networks": ["192.168.0.0/20"], "remote_pod_networks": ["192.168.64.0/18"]}, {}, [config(**REMOTE)]),
    (
        "one list of networks only",
        {"remote_pod_networks": ["192.168.64.0/19"]},
        REMOTE,
        [config(remoteNetworkConfig={"remotePodNetworks": [{"cidrs": ["192.168.64.0/19"]}]})],
    ),
    (
        "host bits of remote networks are cleared",
        {"remote_node_networks": ["192.168.16.9/20"]},
        {},
        [config(remoteNetworkConfig={"remoteNodeNetworks": [{"cidrs": ["192.168.16.0/20"]}]})],
    ),
    ("networks in another order", {"remote_node_networks": ["192.168.0.9/20"]}, REMOTE, []),
    (
        "no hybrid nodes any more",
        {"remote_node_networks": [], "remote_pod_networks": []},
        REMOTE,
        [config(remoteNetworkConfig={"remoteNodeNetworks": [], "remotePodNetworks": []})],
    ),
    ("no pod networks any more", {"remote_pod_networks": []}, REMOTE, [config(remoteNetworkConfig={"remotePodNetworks": []})]),
    ("no hybrid nodes, none before", {"remote_node_networks": [], "remote_pod_networks": []}, {}, []),
    ("logs on", {"logging": ["api"]}, {}, [config(logging={"clusterLogging": [{"types": ["api"], "enabled": True}]})]),
    (
        "logs on and off, only what changes",
        {"logging": ["api", "scheduler"]},
        LOGS,
        [config(logging={"clusterLogging": [{"types": ["scheduler"], "enabled": True}, {"types": ["audit"], "enabled": False}]})],
    ),
    ("all logs off", {"logging": []}, LOGS, [config(logging={"clusterLogging": [{"types": ["api", "audit"], "enabled": False}]})]),
    (
        "encryption",
        {"encryption_key_arn": KEY},
        {},
        [("associate_encryption_config", {"clusterName": "edge", "encryptionConfig": [{"resources": ["secrets"], "provider": {"keyArn": KEY}}]})],
    ),
    ("an alias is met by any key", {"encryption_key_arn": "alias/eks"}, {"encryptionConfig": [{"provider": {"keyArn": KEY}}]}, []),
    ("upgrade policy", {"support_type": "STANDARD"}, {}, [config(upgradePolicy={"supportType": "STANDARD"})]),
    ("zonal shift", {"zonal_shift": True}, {}, [config(zonalShiftConfig={"enabled": True})]),
    ("tier", {"control_plane_scaling_tier": "tier-xl"}, {}, [config(controlPlaneScalingConfig={"tier": "tier-xl"})]),
    (
        "components travel together",
        {
            "kube_api_server_config": {"event_ttl": "30m", "service_node_port_range": None},
            "kube_controller_manager_config": {"pod_gc_controller_config": {"terminated_pod_gc_threshold": 100}},
        },
        {},
        [config(kubeApiServerConfig={"eventTtl": "30m"}, kubeControllerManagerConfig={"podGcControllerConfig": {"terminatedPodGcThreshold": 100}})],
    ),
    ("a component without members", {"kube_api_server_config": {"event_ttl": None}}, {}, []),
    ("durations by meaning", {"kube_api_server_config": {"event_ttl": "60m"}}, {"kubeApiServerConfig": {"eventTtl": "1h0m0s"}}, []),
    (
        "weights in another order",
        {"kube_scheduler_config": {"node_resources_fit": {"scoring_strategy": {"resources": [{"name": "memory", "weight": 2}, {"name": "cpu", "weight": 1}]}}}},
        {"kubeSchedulerConfig": {"nodeResourcesFit": {"scoringStrategy": {"resources": [{"name": "cpu", "weight": 1}, {"name": "memory", "weight": 2}]}}}},
        [],
    ),
    (
        "Auto Mode on, its three parts together",
        {"auto_mode": {**AUTO_ON, "node_pools": ["system"], "node_role_arn": NODE_ROLE}},
        {},
        [trio({"enabled": True, "nodePools": ["system"], "nodeRoleArn": NODE_ROLE})],
    ),
    ("Auto Mode without built-in pools", {"auto_mode": AUTO_ON}, {}, [trio({"enabled": True})]),
    ("Auto Mode off", {"auto_mode": AUTO_OFF}, AUTO_CLUSTER, [trio({"enabled": False})]),
    ("Auto Mode off already", {"auto_mode": AUTO_OFF}, {}, []),
    ("Auto Mode on already", {"auto_mode": {**AUTO_ON, "node_pools": ["system", "general-purpose"]}}, AUTO_CLUSTER, []),
    (
        "other pools go with the role that serves them",
        {"auto_mode": {**AUTO_ON, "node_pools": ["system"]}},
        AUTO_CLUSTER,
        [trio({"enabled": True, "nodePools": ["system"], "nodeRoleArn": NODE_ROLE})],
    ),
    (
        "the Gateway API's CRDs go with Auto Mode",
        {"auto_mode": {**AUTO_ON, "gateway_api_crds": True}},
        AUTO_CLUSTER,
        [
            trio(
                {"enabled": True, "nodePools": ["general-purpose", "system"], "nodeRoleArn": NODE_ROLE},
                gatewayApi={"crds": {"managed": True}},
            )
        ],
    ),
    (
        "access goes one mode at a time",
        {"authentication_mode": "API"},
        {"accessConfig": {"authenticationMode": "CONFIG_MAP"}},
        [config(accessConfig={"authenticationMode": mode}) for mode in ("API_AND_CONFIG_MAP", "API")],
    ),
    (
        "versions climb one minor at a time",
        {"version": "1.35", "force": True},
        {},
        [("update_cluster_version", {"name": "edge", "version": version, "force": True}) for version in ("1.34", "1.35")],
    ),
    (
        "rollback, when asked",
        {"version": "1.32", "allow_rollback": True, "rollback_timeout": 180},
        {},
        [("update_cluster_version", {"name": "edge", "version": "1.32", "rollbackConfig": {"timeoutMinutes": 180}})],
    ),
    ("tags", {"tags": {"Team": 7}}, {"tags": {"Team": "6"}}, [("tag_resource", {"resourceArn": ARN, "tags": {"Team": "7"}})]),
    ("a tag without a value", {"tags": {"Owned": None}}, {}, [("tag_resource", {"resourceArn": ARN, "tags": {"Owned": ""}})]),
    ("tags purged", {"tags": {}}, {"tags": {"Team": "6", "aws:x": "y"}}, [("untag_resource", {"resourceArn": ARN, "tagKeys": ["Team"]})]),
    ("tags kept", {"tags": {}, "purge_tags": False}, {"tags": {"Team": "6"}}, []),
    ("what counts at creation only", {"bootstrap_cluster_creator_admin_permissions": False, "bootstrap_self_managed_addons": False}, {}, []),
]


@pytest.mark.parametrize(("params", "members", "expected"), [row[1:] for row in UPDATES], ids=[row[0] for row in UPDATES])
def test_update(params: dict[str, Any], members: dict[str, Any], expected: list[tuple[str, dict[str, Any]]]) -> None:
    assert calls(plan_present(declared(**params), cluster(**members))) == expected


def test_updates_are_settled_by_their_id_and_come_in_an_order_that_eks_takes() -> None:
    spec = declared(
        version="1.34",
        tags={"Team": "x"},
        auto_mode=AUTO_ON,
        logging=["api"],
        authentication_mode="API",
        remote_node_networks=["192.168.0.0/20"],
        deletion_protection=True,
        endpoint_private_access=True,
        subnets=["subnet-a", "subnet-c"],
    )
    plan = plan_present(spec, cluster(accessConfig={"authenticationMode": "API_AND_CONFIG_MAP"}))
    assert [step.fields for step in plan.steps] == [
        ["tags.Team"],
        ["deletion_protection"],
        ["authentication_mode"],
        ["endpoint_private_access"],
        ["subnets"],
        ["remote_node_networks"],
        ["logging"],
        ["auto_mode.enabled"],
        ["version"],
    ]
    assert {step.settle for step in plan.steps[1:]} == {"update"}


def test_the_diff_of_a_climb_shows_where_it_began_and_ends() -> None:
    assert plan_present(declared(version="1.36"), cluster()).diff() == {"before": {"version": "1.33"}, "after": {"version": "1.36"}}


def test_the_diff_shows_the_members_that_change_and_no_others() -> None:
    plan = plan_present(declared(auto_mode={**AUTO_ON, "node_pools": ["system"]}, logging=["api"], tags={"kubernetes.io/x": "y"}), cluster(**AUTO_CLUSTER))
    assert plan.diff() == {
        "before": {"tags": {"kubernetes·io/x": None}, "logging": [], "auto_mode": {"node_pools": ["general-purpose", "system"]}},
        "after": {"tags": {"kubernetes·io/x": "y"}, "logging": ["api"], "auto_mode": {"node_pools": ["system"]}},
    }


def test_the_smallest_creation() -> None:
    plan = plan_present(declared(role_arn=ROLE, subnets=["subnet-a", "subnet-b"]), None)
    assert calls(plan) == [("create_cluster", {"name": "edge", "roleArn": ROLE, "resourcesVpcConfig": {"subnetIds": ["subnet-a", "subnet-b"]}})]
    assert plan.steps[0].settle == "active"


EVERYTHING: dict[str, Any] = {
    "version": "1.34",
    "role_arn": ROLE,
    "subnets": ["subnet-a", "subnet-b"],
    "security_groups": ["sg-1"],
    "endpoint_public_access": True,
    "endpoint_private_access": True,
    "public_access_cidrs": ["203.0.113.0/24"],
    "control_plane_egress_mode": "CUSTOMER_ROUTED",
    "service_ipv4_cidr": "10.50.0.0/16",
    "ip_family": "ipv4",
    "logging": ["api"],
    "encryption_key_arn": KEY,
    "authentication_mode": "API",
    "bootstrap_cluster_creator_admin_permissions": False,
    "support_type": "STANDARD",
    "zonal_shift": True,
    "remote_node_networks": ["192.168.0.0/20"],
    "remote_pod_networks": ["192.168.64.0/18"],
    "auto_mode": {"enabled": True, "node_pools": ["system"], "node_role_arn": NODE_ROLE, "gateway_api_crds": True},
    "deletion_protection": True,
    "control_plane_scaling_tier": "tier-xl",
    "kube_api_server_config": {"event_ttl": "30m", "service_node_port_range": {"min_port": 30000, "max_port": 31000}},
    "kube_scheduler_config": {"node_resources_fit": {"scoring_strategy": {"type": "MostAllocated", "resources": [{"name": "cpu", "weight": 2}]}}},
    "kube_controller_manager_config": {"horizontal_pod_autoscaler_controller_config": {"horizontal_pod_autoscaler_sync_period": "30s"}},
    "outpost_config": {"outpost_arns": ["arn:aws:outposts:us-east-1:111122223333:outpost/op-1"], "control_plane_instance_type": "m5.large"},
    "tags": {"Team": "platform"},
}


def leaves(value: Any, *path: str) -> set[str]:
    if isinstance(value, dict):
        return {leaf for key, item in value.items() for leaf in leaves(item, *path, key)}
    return {".".join(path)}


def test_creation_reaches_every_input_of_create_cluster() -> None:
    """22 members; botocore fills in clientRequestToken, once for all its retries of a call. A local cluster on an Outpost cannot have all the others."""
    model = botocore.session.get_session().get_service_model("eks").operation_model("CreateCluster").input_shape
    (_, request), *rest = calls(plan_present(declared(**{**EVERYTHING, "outpost_config": None}), None))
    local = {name: EVERYTHING[name] for name in ("role_arn", "subnets", "outpost_config")}
    ((_, on_outpost),) = calls(plan_present(declared(**local), None))
    assert not rest
    assert set(request) | set(on_outpost) == set(model.members) - {"clientRequestToken"}
    assert request["bootstrapSelfManagedAddons"] is False
    assert request["accessConfig"] == {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False}
    assert leaves(request["resourcesVpcConfig"]) == set(model.members["resourcesVpcConfig"].members)


def test_every_setting_of_update_cluster_config_has_a_row() -> None:
    model = botocore.session.get_session().get_service_model("eks").operation_model("UpdateClusterConfig").input_shape
    values = {item.name: EVERYTHING[item.name] for item in FIELDS if item.update not in (FIXED, "VersionUpdate", "AssociateEncryptionConfig")}
    spec = declared(**values)
    reached = {member for item in FIELDS if item.name in values for member in item.build(getattr(spec, item.name), item.read({}))}
    assert reached == set(model.members) - {"name", "clientRequestToken"}


def test_every_row_has_its_place_in_the_order_and_its_type_is_one_of_eks() -> None:
    types = botocore.session.get_session().get_service_model("eks").shape_for("UpdateType").enum
    assert {item.update for item in FIELDS} - {FIXED} == set(ORDER)
    assert set(ORDER) <= set(types)


def test_values_that_move_in_single_steps_are_alone_in_their_update() -> None:
    for name in ("version", "authentication_mode"):
        (update,) = [item.update for item in FIELDS if item.name == name]
        assert [item.name for item in FIELDS if item.update == update] == [name]


def test_empty_values_are_not_sent_at_creation() -> None:
    empty = {"security_groups": [], "logging": [], "remote_node_networks": [], "remote_pod_networks": [], "tags": {}, "encryption_key_arn": ""}
    (_, request), *_ = calls(plan_present(declared(role_arn=ROLE, subnets=["subnet-a", "subnet-b"], **empty), None))
    assert set(request) == {"name", "roleArn", "resourcesVpcConfig"}


def test_absent() -> None:
    assert plan_absent(declared(), None) == Plan()
    assert calls(plan_absent(declared(), cluster())) == [("delete_cluster", {"name": "edge"})]
    assert plan_absent(declared(), cluster()).steps[0].settle == "deleted"


def test_force_delete_lifts_the_protection_as_a_step_of_its_own() -> None:
    plan = plan_absent(declared(force_delete=True), cluster(deletionProtection=True))
    assert calls(plan) == [config(deletionProtection=False), ("delete_cluster", {"name": "edge"})]


def test_a_failed_cluster_is_deleted_whatever_protects_it() -> None:
    plan = plan_absent(declared(), cluster(deletionProtection=True, status="FAILED"))
    assert calls(plan) == [("delete_cluster", {"name": "edge"})]


def test_the_result_has_the_keys_of_describe_cluster_always() -> None:
    members = botocore.session.get_session().get_service_model("eks").shape_for("Cluster").members
    assert set(RESULT_KEYS) == {snake(name) for name in members}
    result = to_result(cluster(tags={"CostCenter": "x", "aB": "y"}))
    assert result is not None
    assert set(result) == set(RESULT_KEYS)
    assert result["tags"] == {"CostCenter": "x", "aB": "y"}
    assert to_result(None) is None


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"remote_node_networks": ["100.64.0.0/16"]}, "100.64.0.0/10"),
        ({"remote_node_networks": ["192.168.0.0/16"], "endpoint_private_access": True}, "both endpoints"),
        ({"version": "1.35"}, "climbs from 1.33 to 1.35"),
        ({"control_plane_egress_mode": "CUSTOMER_ROUTED"}, "no way back"),
    ],
)
def test_warns_once_where_a_step_is_worth_a_thought(params: dict[str, Any], words: str) -> None:
    (warning,) = plan_present(declared(**params), cluster()).warnings
    assert words in warning


def test_does_not_warn_where_nothing_is_done() -> None:
    remote = {"remoteNodeNetworks": [{"cidrs": ["100.64.0.0/16"]}]}
    assert plan_present(declared(remote_node_networks=["100.64.0.0/16"]), cluster(remoteNetworkConfig=remote)) == Plan()
