"""CIDR arithmetic of the control plane: public access lists, service ranges, remote networks."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from sandbox.aws.eks.base import invalid

Network = IPv4Network | IPv6Network

PRIVATE = tuple(IPv4Network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
CARRIER_GRADE = IPv4Network("100.64.0.0/10")
MOST_REMOTE_CIDRS = 15


def parse(cidr: str) -> Network:
    try:
        return ip_network(cidr, strict=False)
    except ValueError as error:
        raise invalid(f"The CIDR {cidr} is invalid") from error


def canonical_public(cidrs: Iterable[str]) -> list[str]:
    """Return the list as the service keeps it: host bits cleared. Private ranges are refused."""
    networks = [parse(cidr) for cidr in cidrs]
    private = [str(each) for each in networks if _inside(each, PRIVATE)]
    if private:
        raise invalid(f"The following CIDRs are not allowed in publicAccessCidrs: [{', '.join(private)}]")
    return [str(each) for each in networks]


def check_service_cidr(cidr: str) -> None:
    network = parse(cidr)
    if not _inside(network, PRIVATE) or not 12 <= network.prefixlen <= 24:
        raise invalid(f"serviceIpv4Cidr {cidr} must be within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16, with a prefix between /12 and /24")


def check_remote(remote: dict[str, Any], vpc_cidrs: Iterable[str], service_cidr: str | None) -> None:
    """Hold remoteNetworkConfig to the documented rules."""
    node, pod = cidrs_of(remote, "remoteNodeNetworks"), cidrs_of(remote, "remotePodNetworks")
    if pod and not node:
        raise invalid("remoteNodeNetworks must be specified when remotePodNetworks is specified")
    for name, cidrs in (("remoteNodeNetworks", node), ("remotePodNetworks", pod)):
        if len(cidrs) > MOST_REMOTE_CIDRS:
            raise invalid(f"{name} can have at most {MOST_REMOTE_CIDRS} CIDRs")
        for cidr in cidrs:
            network = parse(cidr)
            if not _inside(network, (*PRIVATE, CARRIER_GRADE)) or not 8 <= network.prefixlen <= 32:
                raise invalid(f"Remote network CIDR {cidr} must be an IPv4 RFC-1918 range with a prefix between /8 and /32")
    _check_overlap([*node, *pod], vpc_cidrs, service_cidr)


def cidrs_of(remote: dict[str, Any] | None, name: str) -> list[str]:
    return [cidr for each in (remote or {}).get(name) or [] for cidr in each.get("cidrs") or []]


def _check_overlap(remote: list[str], vpc_cidrs: Iterable[str], service_cidr: str | None) -> None:
    for one, other in itertools.combinations(remote, 2):
        if parse(one).overlaps(parse(other)):
            raise invalid(f"Remote network CIDR {one} overlaps with remote network CIDR {other}")
    others = [("VPC", cidr) for cidr in vpc_cidrs] + ([("service", service_cidr)] if service_cidr else [])
    for one, (noun, other) in itertools.product(remote, others):
        if parse(one).overlaps(parse(other)):
            raise invalid(f"Remote network CIDR {one} overlaps with the {noun} CIDR {other}")


def _inside(network: Network, ranges: Iterable[IPv4Network]) -> bool:
    return isinstance(network, IPv4Network) and any(network.subnet_of(each) for each in ranges)
