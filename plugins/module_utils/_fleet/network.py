# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of a VPC that is declared for a cluster, checked before anything is touched. Pure: variables in, findings out.

Facts: VPC user guide (a VPC and a subnet have a /16 to /28; subnets of a VPC do not overlap; a NAT gateway stands in a public subnet), EKS user guide
(subnets in at least two zones).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._fleet.declaration import Finding, Host

PRIVATE, PUBLIC = "eks_foundation_vpc_private_subnets", "eks_foundation_vpc_public_subnets"
CIDR, ZONES, NAT = "eks_foundation_vpc_cidr", "eks_foundation_vpc_zones", "eks_foundation_vpc_nat"
OF_A_VPC = (ZONES, PRIVATE, PUBLIC, NAT, "eks_foundation_vpc_endpoints", "eks_foundation_node_security_group")
SIZES = range(16, 29)
LEAST_ZONES = 2
LONGEST_KARPENTER = 49  # NAME-karpenter-node is the name of a role, which has 64 characters


def check_network(cluster: Host) -> Iterator[Finding]:
    """Yield what is wrong with the network that a cluster's foundation makes, or with there being none."""
    yield from check_foundation(cluster)
    if not cluster[CIDR] and not cluster["eks_cluster_subnets"]:
        remedy = f"Name subnets in at least two availability zones, or have a VPC made with {CIDR}."
        yield Finding(cluster.name, "eks_cluster_subnets", "the cluster has no subnets.", remedy)


def check_foundation(cluster: Host) -> Iterator[Finding]:
    """Yield what is wrong with what the foundation alone is asked for; whether there is a cluster too is no matter."""
    yield from _karpenter(cluster)
    if cluster[CIDR]:
        for rule in (_own_subnets, _sizes, _zones, _counts, _inside, _apart, _nat):
            yield from rule(cluster)
        return
    for variable in OF_A_VPC:
        if cluster[variable] not in (None, [], False, "none"):
            yield Finding(cluster.name, variable, "it says something of a VPC that is not made.", f"Give {CIDR}, or leave it out.")


def _karpenter(cluster: Host) -> Iterator[Finding]:
    name = str(cluster["eks_cluster_name"] or cluster.name)
    if cluster["eks_foundation_karpenter"] and len(name) > LONGEST_KARPENTER:
        problem = f"{name} has {len(name)} characters, and IAM has no room for its role {name}-karpenter-node."
        yield Finding(cluster.name, "eks_cluster_name", problem, f"Give a cluster with Karpenter a name of at most {LONGEST_KARPENTER}.")


def _own_subnets(cluster: Host) -> Iterator[Finding]:
    if cluster["eks_cluster_subnets"]:
        remedy = f"Leave it out: the private subnets of the VPC are the cluster's. Or leave out {CIDR}."
        yield Finding(cluster.name, "eks_cluster_subnets", "it names subnets, and a VPC with others is made.", remedy)


def _sizes(cluster: Host) -> Iterator[Finding]:
    for variable, text in [(CIDR, cluster[CIDR]), *_subnets(cluster)]:
        network = _network(text)
        if network is None or network.version != 4:
            yield Finding(cluster.name, variable, f"{text!r} is not an IPv4 network in CIDR form.", "Write it as 10.0.0.0/16, without host bits.")
        elif network.prefixlen not in SIZES:
            yield Finding(cluster.name, variable, f"{text} has a size that no VPC or subnet can have.", "Give a /16 to /28.")


def _zones(cluster: Host) -> Iterator[Finding]:
    zones, region = _listed(cluster[ZONES]), str(cluster["aws_region"] or "")
    if len(set(zones)) < LEAST_ZONES:
        yield Finding(cluster.name, ZONES, f"{len(set(zones))} zone(s) given.", "EKS needs subnets in at least two availability zones.")
    elif len(set(zones)) < len(zones):
        yield Finding(cluster.name, ZONES, f"{', '.join(zones)} names a zone twice.", "Name each zone once.")
    strangers = [zone for zone in zones if not zone.startswith(region)]
    if strangers:
        yield Finding(cluster.name, ZONES, f"{', '.join(strangers)} is no zone of {region}.", f"Give zones of the cluster's region, such as {region}a.")


def _counts(cluster: Host) -> Iterator[Finding]:
    zones = len(_listed(cluster[ZONES]))
    for variable in (PRIVATE, PUBLIC):
        count = len(_listed(cluster[variable]))
        if count > zones:
            yield Finding(cluster.name, variable, f"{count} subnets for {zones} zone(s).", f"Give one for each zone, or more {ZONES}.")
    private = len(_listed(cluster[PRIVATE]))
    if private < LEAST_ZONES:
        yield Finding(cluster.name, PRIVATE, f"{private} private subnet(s) given, and they are the cluster's.", "Give one in each of at least two zones.")


def _inside(cluster: Host) -> Iterator[Finding]:
    vpc = _network(cluster[CIDR])
    for variable, text in _subnets(cluster):
        network = _network(text)
        if vpc is not None and network is not None and not (network.version == vpc.version and _within(network, vpc)):
            yield Finding(cluster.name, variable, f"{network} lies outside of {vpc}.", f"Give a part of {CIDR}.")


def _apart(cluster: Host) -> Iterator[Finding]:
    for (variable, one), (other, two) in combinations(_subnets(cluster), 2):
        left, right = _network(one), _network(two)
        if left is not None and right is not None and left.version == right.version and left.overlaps(right):
            yield Finding(cluster.name, variable, f"{one} overlaps {two} of {other}.", "Give every subnet a range of its own.")


def _nat(cluster: Host) -> Iterator[Finding]:
    wanted = {"single": 1, "per_zone": len(_listed(cluster[PRIVATE]))}.get(str(cluster[NAT]), 0)
    public = len(_listed(cluster[PUBLIC]))
    if wanted > public:
        problem = f"{cluster[NAT]} needs {wanted} public subnet(s), and there are {public}."
        yield Finding(cluster.name, NAT, problem, f"NAT gateways stand in {PUBLIC}: give more, or fewer gateways.")


def _within(network: Any, vpc: Any) -> bool:
    return bool(network.subnet_of(vpc))


def _subnets(cluster: Host) -> list[tuple[str, str]]:
    return [(variable, text) for variable in (PRIVATE, PUBLIC) for text in _listed(cluster[variable])]


def _listed(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, (list, tuple)) else []


def _network(text: Any) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(str(text)) if "/" in str(text) else None
    except ValueError:
        return None
