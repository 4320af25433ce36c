"""What is refused before any call, and that each refusal names its option and a remedy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._eks import versions
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster import plan_absent, plan_present

from tests.unit.plugins.eks.test_cluster_plan import AUTO_CLUSTER, AUTO_OFF, AUTO_ON, KEY, NODE_ROLE, REMOTE, ROLE, cluster, declared

NEW = {"role_arn": ROLE, "subnets": ["subnet-a", "subnet-b"]}
PRIVATE = {"resourcesVpcConfig": {"endpointPublicAccess": False, "endpointPrivateAccess": True}}

CHANGES: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("another role", {"role_arn": f"{ROLE}-2"}, {}, "role_arn is"),
    ("another service range", {"service_ipv4_cidr": "10.100.0.0/16"}, {}, "service_ipv4_cidr is 172.20.0.0/16"),
    ("another IP family", {"ip_family": "ipv6"}, {}, "ip_family is ipv4"),
    ("an Outpost", {"outpost_config": {"outpost_arns": ["x"], "control_plane_instance_type": "m5.large"}}, {}, "outpost_config is"),
    ("another key", {"encryption_key_arn": f"{KEY}-2"}, {"encryptionConfig": [{"provider": {"keyArn": KEY}}]}, "cannot change the key"),
    ("no encryption", {"encryption_key_arn": ""}, {"encryptionConfig": [{"provider": {"keyArn": KEY}}]}, "cannot take that back"),
    ("access back", {"authentication_mode": "CONFIG_MAP"}, {}, "authentication_mode is API, and EKS cannot go back"),
    ("a version below", {"version": "1.32"}, {}, "version 1.32 is below 1.33"),
    ("two versions below", {"version": "1.31", "allow_rollback": True}, {}, "more than one minor below"),
    ("another major", {"version": "2.0", "allow_rollback": True}, {"version": "3.1"}, "more than one minor below"),
    ("a float of YAML", {"version": "1.3"}, {}, "reads 1.30 without quotes"),
    ("a patch version", {"version": "1.30.2"}, {}, "not a Kubernetes minor version"),
    ("a v", {"version": "v1.30"}, {}, "not a Kubernetes minor version"),
    ("a short rollback timeout", {"rollback_timeout": 60}, {}, "out of range"),
    ("no endpoint", {"endpoint_public_access": False}, {}, "both off"),
    ("public networks of a private cluster", {"public_access_cidrs": ["203.0.113.0/24"]}, PRIVATE, "which is off"),
    ("nobody is everybody", {"public_access_cidrs": []}, {}, "everybody"),
    ("no network", {"public_access_cidrs": ["everywhere"]}, {}, "everywhere is not a network"),
    ("one subnet", {"subnets": ["subnet-a", "subnet-a"]}, {}, "fewer than two"),
    ("no subnets", {"subnets": []}, {}, "fewer than two"),
    ("six security groups", {"security_groups": [f"sg-{n}" for n in range(6)]}, {}, "more than 5"),
    (
        "egress back",
        {"control_plane_egress_mode": "AWS_MANAGED"},
        {"resourcesVpcConfig": {"controlPlaneEgressMode": "CUSTOMER_ROUTED"}},
        "one-way",
    ),
    ("16 networks", {"remote_node_networks": [f"10.0.{n}.0/24" for n in range(16)]}, {}, "more than 15"),
    ("a public network", {"remote_node_networks": ["203.0.113.0/24"]}, {}, "not a private IPv4 network"),
    ("an IPv6 network", {"remote_node_networks": ["fd00::/64"]}, {}, "not a private IPv4 network"),
    ("too wide a network", {"remote_node_networks": ["0.0.0.0/0"]}, {}, "not a private IPv4 network"),
    ("nodes among services", {"remote_node_networks": ["172.20.8.0/24"]}, {}, "overlaps service_ipv4_cidr"),
    ("pods among nodes", {"remote_node_networks": ["10.1.0.0/16"], "remote_pod_networks": ["10.1.2.0/24"]}, {}, "overlaps remote_pod_networks"),
    ("nodes among nodes", {"remote_node_networks": ["10.1.0.0/16", "10.1.2.0/24"]}, {}, "overlaps remote_node_networks"),
    ("nodes among pods that are there", {"remote_node_networks": ["192.168.64.0/24"]}, REMOTE, "overlaps remote_pod_networks"),
    ("pods without nodes", {"remote_pod_networks": ["10.1.0.0/16"]}, {}, "without remote_node_networks"),
    ("nodes gone, pods left", {"remote_node_networks": []}, REMOTE, "without remote_node_networks"),
    ("hybrid nodes and IPv6", {"remote_node_networks": ["10.1.0.0/16"]}, {"kubernetesNetworkConfig": {"ipFamily": "ipv6"}}, "IPv4 family"),
    ("hybrid nodes by config map", {"remote_node_networks": ["10.1.0.0/16"]}, {"accessConfig": {"authenticationMode": "CONFIG_MAP"}}, "access entries"),
    ("Auto Mode by config map", {"auto_mode": AUTO_ON}, {"accessConfig": {"authenticationMode": "CONFIG_MAP"}}, "access entries"),
    ("Auto Mode half off", {"auto_mode": {**AUTO_OFF, "node_pools": ["system"]}}, {}, "auto_mode is off, and yet has node_pools"),
    ("pools without a role", {"auto_mode": {**AUTO_ON, "node_pools": ["system"]}}, {}, "without node_role_arn"),
    ("a role without pools", {"auto_mode": {**AUTO_ON, "node_role_arn": NODE_ROLE}}, {}, "without node_pools"),
    ("another node role", {"auto_mode": {**AUTO_ON, "node_role_arn": f"{NODE_ROLE}-2"}}, AUTO_CLUSTER, "cannot change while Auto Mode is on"),
    ("ports upside down", {"kube_api_server_config": {"service_node_port_range": {"min_port": 3, "max_port": 2}}}, {}, "service_node_port_range"),
    ("51 tags", {"tags": {f"t{n}": "" for n in range(51)}}, {}, "more than 50"),
    ("51 tags with those kept", {"tags": {f"t{n}": "" for n in range(50)}, "purge_tags": False}, {"tags": {"other": ""}}, "more than 50"),
    ("a tag of AWS", {"tags": {"aws:x": "y"}}, {}, "belong to AWS"),
    ("a failed cluster", {}, {"status": "FAILED", "health": {"issues": [{"code": "IamRoleNotFound", "message": "no role"}]}}, "IamRoleNotFound: no role"),
    ("a cluster on its way out", {}, {"status": "DELETING"}, "being deleted"),
    ("a connected cluster", {}, {"connectorConfig": {"provider": "OTHER"}}, "connected cluster"),
]
CREATIONS: list[tuple[str, dict[str, Any], str]] = [
    ("no role", {"role_arn": None}, "role_arn must be known"),
    ("nothing but a name", {"role_arn": None, "subnets": None}, "role_arn and subnets must be known"),
    ("one subnet", {"subnets": ["subnet-a"]}, "fewer than two"),
    ("an empty name", {"name": ""}, "is not one EKS takes"),
    ("a long name", {"name": "a" * 101}, "is not one EKS takes"),
    ("a name with a dot", {"name": "edge.paris"}, "is not one EKS takes"),
    ("a name that begins with -", {"name": "-edge"}, "is not one EKS takes"),
    ("a public service range", {"service_ipv4_cidr": "203.0.113.0/24"}, "service_ipv4_cidr 203.0.113.0/24"),
    ("a small service range", {"service_ipv4_cidr": "10.0.0.0/25"}, "service_ipv4_cidr 10.0.0.0/25"),
    ("a service range of another family", {"service_ipv4_cidr": "10.0.0.0/16", "ip_family": "ipv6"}, "does not go with ip_family"),
    ("nobody can enter", {"bootstrap_cluster_creator_admin_permissions": False}, "nobody could enter"),
    ("hybrid nodes by EKS's default of access", {"remote_node_networks": ["10.1.0.0/16"]}, "access entries"),
    ("nodes among services to be", {"remote_node_networks": ["10.1.0.0/16"], "authentication_mode": "API", "service_ipv4_cidr": "10.1.0.0/20"}, "overlaps"),
    ("self-managed add-ons in Auto Mode", {"auto_mode": AUTO_ON, "authentication_mode": "API", "bootstrap_self_managed_addons": True}, "does not go with"),
    ("a float of YAML", {"version": "1.3"}, "Quote it: version: '1.30'"),
    ("two Outposts", {"outpost_config": {"outpost_arns": ["arn:1", "arn:2"], "control_plane_instance_type": "m5.large"}}, "names more than one Outpost"),
]


@pytest.mark.parametrize(("params", "members", "words"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_change_refused(params: dict[str, Any], members: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal) as caught:
        plan_present(declared(**params), cluster(**members))
    assert words in str(caught.value)
    assert caught.value.remedy
    assert not params or set(params) & set(caught.value.facts["refused_fields"])


@pytest.mark.parametrize(("params", "words"), [row[1:] for row in CREATIONS], ids=[row[0] for row in CREATIONS])
def test_creation_refused(params: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal) as caught:
        plan_present(declared(**{**NEW, **params}), None)
    assert words in str(caught.value)
    assert caught.value.remedy


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(Refusal) as caught:
        plan_present(declared(version="1.3", security_groups=[f"sg-{n}" for n in range(6)], role_arn="x"), cluster())
    assert caught.value.facts["refused_fields"] == ["version", "role_arn", "security_groups"]


def test_a_local_cluster_on_an_outpost_may_have_one_subnet() -> None:
    outpost = {"outpost_arns": ["arn:aws:outposts:us-east-1:111122223333:outpost/op-1"], "control_plane_instance_type": "m5.large"}
    assert plan_present(declared(role_arn=ROLE, subnets=["subnet-a"], outpost_config=outpost), None)


def test_a_rollback_without_auto_mode_is_not_cancelled() -> None:
    with pytest.raises(Refusal, match="its rollback cannot be cancelled") as caught:
        plan_present(declared(cancel_rollback=True), replace(cluster(), rollback={"id": "u-1"}))
    assert caught.value.facts["refused_fields"] == ["cancel_rollback"]


def test_a_protected_cluster_is_not_deleted() -> None:
    with pytest.raises(Refusal, match="force_delete: true"):
        plan_absent(declared(), cluster(deletionProtection=True))


def test_a_connected_cluster_is_not_deleted() -> None:
    with pytest.raises(Refusal, match="connected cluster"):
        plan_absent(declared(force_delete=True), cluster(status="PENDING", connectorConfig={"provider": "OTHER"}))


@pytest.mark.parametrize(
    ("current", "target", "expected"),
    [("1.33", "1.34", ["1.34"]), ("1.33", "1.36", ["1.34", "1.35", "1.36"]), ("1.34", "1.33", ["1.33"]), ("1.9.1", "1.10", None)],
)
def test_the_way_between_versions(current: str, target: str, expected: list[str] | None) -> None:
    if expected is None:
        with pytest.raises(Refusal):
            versions.climb(current, target)
    else:
        assert versions.climb(current, target) == expected


@pytest.mark.parametrize(("written", "quoted"), [("1.1", "1.10"), ("1.2", "1.20"), ("1.3", "1.30"), ("1.4", "1.40")])
def test_a_number_of_yaml_is_told_from_a_version(written: str, quoted: str) -> None:
    with pytest.raises(Refusal) as caught:
        versions.minor(written)
    assert f"version: '{quoted}'" in caught.value.remedy


def test_versions_compare_as_numbers() -> None:
    assert versions.distance("1.9" + "9", "1.100") == 1
    assert versions.distance("1.34", "1.33") == -1
    assert versions.minor("1.30") == (1, 30)
