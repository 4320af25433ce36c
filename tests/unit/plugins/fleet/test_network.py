"""A VPC that is declared for a cluster: what is found before anything is touched."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._fleet.declaration import Finding, Host, check
from ansible_collections.fleetops.eks.plugins.module_utils._fleet.network import check_foundation, check_network

SOUND: dict[str, Any] = {
    "eks_cluster_name": "edge",
    "aws_region": "eu-west-1",
    "eks_foundation_vpc_cidr": "10.64.0.0/16",
    "eks_foundation_vpc_zones": ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
    "eks_foundation_vpc_private_subnets": ["10.64.0.0/18", "10.64.64.0/18", "10.64.128.0/18"],
    "eks_foundation_vpc_public_subnets": ["10.64.192.0/24", "10.64.193.0/24", "10.64.194.0/24"],
    "eks_foundation_vpc_nat": "per_zone",
}
CIDR, ZONES, NAT = "eks_foundation_vpc_cidr", "eks_foundation_vpc_zones", "eks_foundation_vpc_nat"
PRIVATE, PUBLIC = "eks_foundation_vpc_private_subnets", "eks_foundation_vpc_public_subnets"


def found(**differs: Any) -> list[Finding]:
    return list(check_network(Host("edge", {**SOUND, **differs})))


@pytest.mark.parametrize(
    "differs",
    [
        {},
        {NAT: "single", PUBLIC: ["10.64.192.0/24"]},
        {NAT: "none", PUBLIC: []},
        {ZONES: ["eu-west-1a", "eu-west-1b"], PRIVATE: ["10.64.0.0/18", "10.64.64.0/18"], PUBLIC: [], NAT: "none"},
        {name: None for name in SOUND if name.startswith("eks_foundation")} | {"eks_cluster_subnets": ["subnet-a", "subnet-b"]},
    ],
)
def test_what_is_sound_is_not_found(differs: dict[str, Any]) -> None:
    assert found(**differs) == []


@pytest.mark.parametrize(
    ("differs", "variable", "problem", "remedy"),
    [
        ({"eks_cluster_subnets": ["subnet-a", "subnet-b"]}, "eks_cluster_subnets", "a VPC with others is made", "Leave it out"),
        ({CIDR: "10.64.0.0/12"}, CIDR, "no VPC or subnet can have", "/16 to /28"),
        ({CIDR: "10.64.0.1/16"}, CIDR, "not an IPv4 network", "without host bits"),
        ({CIDR: "2001:db8::/56"}, CIDR, "not an IPv4 network", "Write it as"),
        ({PUBLIC: ["10.64.192.0/29", "10.64.193.0/24", "10.64.194.0/24"]}, PUBLIC, "no VPC or subnet can have", "/16 to /28"),
        ({ZONES: ["eu-west-1a"]}, ZONES, "1 zone(s)", "two availability zones"),
        ({ZONES: ["eu-west-1a", "eu-west-1a", "eu-west-1b"]}, ZONES, "twice", "once"),
        ({ZONES: ["eu-west-1a", "eu-west-1b", "us-east-1a"]}, ZONES, "us-east-1a is no zone of eu-west-1", "eu-west-1a"),
        ({ZONES: ["eu-west-1a", "eu-west-1b"]}, PRIVATE, "3 subnets for 2 zone(s)", "one for each zone"),
        ({PRIVATE: ["10.64.0.0/18"]}, PRIVATE, "1 private subnet(s)", "at least two zones"),
        ({PRIVATE: ["10.64.0.0/18", "10.65.0.0/18"]}, PRIVATE, "10.65.0.0/18 lies outside of 10.64.0.0/16", "a part of"),
        ({PRIVATE: ["10.64.0.0/18", "10.64.32.0/19"]}, PRIVATE, "10.64.0.0/18 overlaps 10.64.32.0/19", "range of its own"),
        ({PUBLIC: ["10.64.0.0/24", "10.64.193.0/24", "10.64.194.0/24"]}, PRIVATE, "overlaps 10.64.0.0/24 of eks_foundation_vpc_public", "range of its own"),
        ({PUBLIC: ["10.64.192.0/24"]}, NAT, "per_zone needs 3 public subnet(s), and there are 1", "fewer gateways"),
        ({PUBLIC: [], NAT: "single"}, NAT, "single needs 1 public subnet(s), and there are 0", "give more"),
        ({CIDR: ""}, "eks_cluster_subnets", "no subnets", "have a VPC made"),
        ({CIDR: "", "eks_cluster_subnets": ["subnet-a", "subnet-b"]}, ZONES, "a VPC that is not made", "leave it out"),
        ({"eks_foundation_karpenter": True, "eks_cluster_name": "x" * 50}, "eks_cluster_name", "no room for its role", "at most 49"),
    ],
)
def test_found(differs: dict[str, Any], variable: str, problem: str, remedy: str) -> None:
    findings = found(**differs)
    assert [each for each in findings if each.variable == variable and problem in each.problem and remedy in each.remedy], findings


def test_a_vpc_that_is_made_is_known_to_the_rules_of_the_fleet() -> None:
    rival = {"eks_cluster_subnets": ["subnet-a", "subnet-b"], "eks_cluster_vpc_cidrs": ["10.64.128.0/17"], "aws_region": "us-east-1"}
    findings = check([Host("edge", SOUND), Host("other", rival)], [])
    assert [each.variable for each in findings if "10.64.128.0/17" in each.problem] == [CIDR]


def test_a_foundation_alone_may_have_no_cluster_and_no_network() -> None:
    """The role's own check: with no VPC to make, subnets are no matter of it."""
    none = {name: None for name in SOUND if name.startswith("eks_foundation")}
    assert list(check_foundation(Host("edge", {**SOUND, **none}))) == []
    assert [finding.variable for finding in check_network(Host("edge", {**SOUND, **none}))] == ["eks_cluster_subnets"]
    (finding,) = check_foundation(Host("edge", {**SOUND, CIDR: ""} | dict.fromkeys((ZONES, PRIVATE, PUBLIC))))
    assert (finding.variable, finding.remedy) == (NAT, f"Give {CIDR}, or leave it out.")
