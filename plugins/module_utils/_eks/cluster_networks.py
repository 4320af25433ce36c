# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arithmetic of a cluster's networks: what remote networks and the service range may be. Facts: API reference, RemoteNetworkConfigRequest."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Union

Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]
Finding = tuple[str, str, tuple[str, ...]]

PRIVATE = tuple(ipaddress.IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
CARRIER_GRADE = ipaddress.IPv4Network("100.64.0.0/10")
"""RFC 6598. The user guide takes it for remote networks, the API reference does not speak of it."""
MOST_CIDRS = 15
NODES, PODS = "remote_node_networks", "remote_pod_networks"


def parse(cidr: str) -> Network | None:
    try:
        return ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return None


def within(cidr: str, blocks: Sequence[ipaddress.IPv4Network]) -> bool:
    network = parse(cidr)
    return isinstance(network, ipaddress.IPv4Network) and any(network.subnet_of(block) for block in blocks)


def problems(
    *, node: Sequence[str], pod: Sequence[str], service: str | None, declared: bool, new_service: str | None, ip_family: str | None
) -> Iterator[Finding]:
    """Yield what is wrong: (message, remedy, options). node, pod and service are what will hold; declared = remote networks are mentioned."""
    if new_service is not None:
        yield from _service(new_service, ip_family)
    if not declared:
        return
    for name, cidrs in ((NODES, node), (PODS, pod)):
        yield from _list(name, cidrs)
    yield from _family(node, pod, ip_family)
    yield from _overlaps(node, pod, service)


def carrier_grade(cidrs: Sequence[str]) -> list[str]:
    return [cidr for cidr in cidrs if within(cidr, (CARRIER_GRADE,))]


def _service(cidr: str, ip_family: str | None) -> Iterator[Finding]:
    network = parse(cidr)
    if ip_family == "ipv6":
        yield "service_ipv4_cidr does not go with ip_family: ipv6.", "Leave out service_ipv4_cidr.", ("service_ipv4_cidr", "ip_family")
    if network is None or not within(cidr, PRIVATE) or not 12 <= network.prefixlen <= 24:
        yield (
            f"service_ipv4_cidr {cidr} is not one EKS takes.",
            "Give a block of /12 to /24 within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16.",
            ("service_ipv4_cidr",),
        )


def _list(name: str, cidrs: Sequence[str]) -> Iterator[Finding]:
    if len(cidrs) > MOST_CIDRS:
        yield f"{name} has more than {MOST_CIDRS} CIDRs.", f"Give at most {MOST_CIDRS}: join neighbouring ones.", (name,)
    for cidr in cidrs:
        network = parse(cidr)
        if network is None or not within(cidr, (*PRIVATE, CARRIER_GRADE)) or network.prefixlen < 8:
            yield (
                f"{name}: {cidr} is not a private IPv4 network of /8 to /32.",
                "Give networks within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16.",
                (name,),
            )


def _family(node: Sequence[str], pod: Sequence[str], ip_family: str | None) -> Iterator[Finding]:
    if node and ip_family == "ipv6":
        yield f"{NODES} needs a cluster of the IPv4 family.", "Use another cluster for hybrid nodes.", (NODES, "ip_family")
    if pod and not node:
        yield f"{PODS} without {NODES} has no meaning.", f"Give {NODES}, or set {PODS}: [] as well.", (NODES, PODS)


def _overlaps(node: Sequence[str], pod: Sequence[str], service: str | None) -> Iterator[Finding]:
    named = [(NODES, cidr) for cidr in node] + [(PODS, cidr) for cidr in pod] + ([("service_ipv4_cidr", service)] if service else [])
    known = [(name, cidr, network) for name, cidr in named if (network := parse(cidr)) is not None]
    for (one, left, first), (other, right, second) in combinations(known, 2):
        if first.version == second.version and first.overlaps(second):
            yield f"{one} {left} overlaps {other} {right}.", "Give networks that do not overlap.", (one, other)
