"""The declaration of a fleet: each fault is found, named with host, variable and remedy, and a sound fleet has none."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._fleet.declaration import Host, check
from ansible_collections.fleetops.eks.plugins.module_utils._fleet.variables import check_names, check_types

SOUND: dict[str, Any] = {
    "eks_cluster_name": "one",
    "eks_cluster_version": "1.35",
    "aws_account_id": "111122223333",
    "aws_region": "us-east-1",
    "eks_cluster_subnets": ["subnet-a", "subnet-b"],
    "eks_cluster_vpc_cidrs": ["10.16.0.0/16"],
    "eks_cluster_service_ipv4_cidr": "172.20.0.0/16",
    "eks_cluster_authentication_mode": "API",
    "eks_cluster_remote_node_networks": ["192.168.0.0/24"],
}
OTHER = {
    "eks_cluster_name": "two",
    "aws_region": "eu-west-1",
    "eks_cluster_vpc_cidrs": ["10.32.0.0/16"],
    "eks_cluster_remote_node_networks": ["192.168.1.0/24"],
}


def cluster(name: str = "one", **changes: Any) -> Host:
    return Host(name, {**SOUND, "eks_cluster_name": name, **changes})


def node(**changes: Any) -> Host:
    return Host("edge-1", {"eks_cluster_host": "one", "ansible_host": "192.168.0.10", **changes})


def test_a_sound_fleet_has_no_findings() -> None:
    clusters = [cluster(argocd_spoke_hub="one"), cluster("two", **OTHER, argocd_spoke_hub="one")]
    assert check(clusters, [node()], regions=["us-east-1", "eu-west-1"]) == []


FAULTS = [
    ({"eks_cluster_version": 1.3}, "eks_cluster_version", "YAML reads 1.30 as 1.3", '"1.30"'),
    ({"eks_cluster_version": "v1.35"}, "eks_cluster_version", "not a Kubernetes minor version", '"1.35"'),
    ({"eks_cluster_version": "1.3"}, "eks_cluster_version", "not a Kubernetes minor version", '"1.35"'),
    ({"aws_account_id": 111122223333}, "aws_account_id", "not an account id", "Quote"),
    ({"aws_account_id": "12"}, "aws_account_id", "not an account id", "Quote"),
    ({"aws_region": "mars-north-1"}, "aws_region", "not a region with EKS", "Choose one of us-east-1"),
    ({"eks_cluster_subnets": ["subnet-a"]}, "eks_cluster_subnets", "1 subnet(s)", "two availability zones"),
    ({"eks_cluster_vpc_cidrs": ["10.0.0.1/16"]}, "eks_cluster_vpc_cidrs", "not a network", "without host bits"),
    ({"eks_cluster_remote_node_networks": ["10.16.4.0/24"]}, "eks_cluster_vpc_cidrs", "overlaps", "range of its own"),
    ({"eks_cluster_remote_pod_networks": ["172.20.0.0/24"]}, "eks_cluster_service_ipv4_cidr", "overlaps", "range of its own"),
    ({"eks_cluster_remote_pod_networks": ["10.96.0.0/16", "10.96.1.0/24"]}, "eks_cluster_remote_pod_networks", "of itself", "range of its own"),
    ({"eks_cluster_service_ipv4_cidr": "172.20.0.0/28"}, "eks_cluster_service_ipv4_cidr", "cannot be a service network", "/12 to /24"),
    ({"eks_cluster_service_ipv4_cidr": "8.8.0.0/16"}, "eks_cluster_service_ipv4_cidr", "cannot be a service network", "/12 to /24"),
    ({"eks_cluster_authentication_mode": "CONFIG_MAP"}, "eks_cluster_authentication_mode", "hybrid nodes", "API"),
    ({"argocd_spoke_hub": "nowhere"}, "argocd_spoke_hub", "no cluster of this inventory", "Name one of one"),
]


@pytest.mark.parametrize(("changes", "variable", "problem", "remedy"), FAULTS, ids=[f"{row[1]}-{number}" for number, row in enumerate(FAULTS)])
def test_a_fault_of_a_cluster_names_host_variable_and_remedy(changes: dict[str, Any], variable: str, problem: str, remedy: str) -> None:
    findings = check([cluster(**changes)], [], regions=["us-east-1"])
    assert [(finding.host, finding.variable) for finding in findings] == [("one", variable)]
    assert problem in findings[0].problem
    assert remedy in findings[0].remedy


@pytest.mark.parametrize(
    ("changes", "variable", "problem"),
    [
        ({"eks_cluster_vpc_cidrs": ["10.16.0.0/20"]}, "eks_cluster_vpc_cidrs", "eks_cluster_vpc_cidrs of two"),
        ({"eks_cluster_remote_node_networks": ["192.168.0.0/16"]}, "eks_cluster_remote_node_networks", "eks_cluster_remote_node_networks of two"),
        ({"eks_cluster_name": "one", "aws_region": "us-east-1", "eks_cluster_vpc_cidrs": ["10.16.0.0/16"]}, "eks_cluster_name", "declared by one, two"),
        ({"argocd_spoke_hub": "one", "argocd_spoke_name": "one"}, "argocd_spoke_name", "the name of one, two"),
    ],
)
def test_a_fault_across_the_fleet_is_found(changes: dict[str, Any], variable: str, problem: str) -> None:
    findings = check([cluster(argocd_spoke_hub="one"), cluster("two", **{**OTHER, **changes})], [])
    assert [finding.variable for finding in findings] == [variable]
    assert problem in findings[0].problem


def test_clusters_of_one_account_and_region_share_a_vpc() -> None:
    assert check([cluster(), cluster("two", eks_cluster_remote_node_networks=[])], []) == []


@pytest.mark.parametrize(
    ("clusters", "changes", "variable", "problem"),
    [
        ([cluster()], {"eks_cluster_host": "three"}, "eks_cluster_host", "no cluster of this inventory"),
        ([cluster(eks_cluster_remote_node_networks=[])], {}, "eks_cluster_host", "no remote node network"),
        ([cluster()], {"ansible_host": "192.168.7.7"}, "ansible_host", "outside the remote node networks"),
        ([cluster()], {"hybrid_node_ip": "192.168.7.7"}, "hybrid_node_ip", "outside the remote node networks"),
    ],
)
def test_a_fault_of_a_hybrid_node_is_found(clusters: list[Host], changes: dict[str, Any], variable: str, problem: str) -> None:
    findings = check(clusters, [node(**changes)])
    assert [(finding.host, finding.variable) for finding in findings] == [("edge-1", variable)]
    assert problem in findings[0].problem


def test_a_name_in_place_of_an_address_is_left_to_the_host() -> None:
    assert check([cluster()], [node(ansible_host="edge-1.example.com")]) == []


SPECS: dict[str, Any] = {
    "eks_cluster": {
        "eks_cluster_logging": {"type": "list", "elements": "str", "choices": ["api"], "description": "Logs."},
        "eks_cluster_name": {"type": "str", "required": True, "description": "Name of the cluster."},
        "eks_cluster_zonal_shift": {"type": "bool", "description": "Shift."},
    }
}


@pytest.mark.parametrize(
    ("variables", "variable"),
    [
        ({"eks_cluster_name": "x", "eks_cluster_zonal_shift": "perhaps"}, "eks_cluster_zonal_shift"),
        ({"eks_cluster_name": "x", "eks_cluster_logging": ["everything"]}, "eks_cluster_logging"),
        ({}, "eks_cluster_name"),
    ],
)
def test_what_does_not_fit_the_argument_spec_is_found(variables: dict[str, Any], variable: str) -> None:
    assert [finding.variable for finding in check_types(Host("one", variables), SPECS)] == [variable]


def test_a_slip_of_the_pen_is_found_with_what_was_meant() -> None:
    found = list(check_names(Host("one", {"eks_cluster_loging": []}), SPECS, SPECS["eks_cluster"]))
    assert found[0].remedy == "Did you mean eks_cluster_logging?"
