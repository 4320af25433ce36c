# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules that a declared fleet keeps, checked before anything is touched. Pure: variables in, findings out.

A finding names the host, the variable and the remedy; all findings of a fleet are reported at once.
"""

from __future__ import annotations

import ipaddress
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Union

Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]

OF_THE_VPC = ("eks_cluster_vpc_cidrs", "eks_foundation_vpc_cidr")
OF_REMOTE_SITES = ("eks_cluster_remote_node_networks", "eks_cluster_remote_pod_networks")
NETWORK_VARIABLES = (*OF_THE_VPC, "eks_cluster_service_ipv4_cidr", *OF_REMOTE_SITES)
ROUTED_VARIABLES = (*OF_THE_VPC, *OF_REMOTE_SITES)
"""Networks that are routed between sites; a service network never leaves its cluster, so clusters may share it."""
PASSED_ROLES = {
    "eks_cluster_role_arn": (),
    "eks_cluster_capabilities": ("role_arn",),
    "eks_nodes_role_arn": (),
    "eks_nodes_groups": ("node_role",),
    "eks_nodes_fargate_role_arn": (),
    "eks_nodes_fargate_profiles": ("role_arn", "pod_execution_role_arn"),
    "eks_addons_pod_identities": ("role_arn",),
}
"""Variables that name roles for a service to assume, and the keys of their members that do."""
_VERSION = re.compile(r"1\.(2[0-9]|[3-9][0-9])")
_ACCOUNT = re.compile(r"[0-9]{12}")


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a declaration."""

    host: str
    variable: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.host}: {self.variable}: {self.problem} {self.remedy}"


@dataclass(frozen=True)
class Host:
    """A host of the inventory with the variables that matter here, templated; a cluster or a hybrid node."""

    name: str
    variables: Mapping[str, Any]

    def __getitem__(self, variable: str) -> Any:
        return self.variables.get(variable)


def check(clusters: Sequence[Host], nodes: Sequence[Host], *, regions: Iterable[str] = ()) -> list[Finding]:
    """Return what is wrong with the fleet, cluster by cluster, then across it; `regions` are those that have EKS (none given = not checked)."""
    known = frozenset(regions)
    findings = [finding for cluster in clusters for rule in CLUSTER_RULES for finding in rule(cluster)]
    findings += [finding for cluster in clusters for finding in _region(cluster, known)]
    findings += [finding for rule in FLEET_RULES for finding in rule(clusters)]
    return findings + [finding for node in nodes for finding in _node(node, clusters)]


def _version(cluster: Host) -> Iterator[Finding]:
    version = cluster["eks_cluster_version"]
    if isinstance(version, float):
        remedy = f'Quote it, and write the version you mean: eks_cluster_version: "{version:.2f}".'
        yield Finding(cluster.name, "eks_cluster_version", f"{version} is a number: YAML reads 1.30 as 1.3.", remedy)
    elif version is not None and not _VERSION.fullmatch(str(version)):
        yield Finding(cluster.name, "eks_cluster_version", f"{version!r} is not a Kubernetes minor version.", 'Write it as text, such as "1.35".')


def _account(cluster: Host) -> Iterator[Finding]:
    account = cluster["aws_account_id"]
    if account is not None and not (isinstance(account, str) and _ACCOUNT.fullmatch(account)):
        yield Finding(cluster.name, "aws_account_id", f"{account!r} is not an account id.", 'Quote its twelve digits: aws_account_id: "111122223333".')


def _region(cluster: Host, known: frozenset[str]) -> Iterator[Finding]:
    region = cluster["aws_region"]
    if known and region is not None and region not in known:
        yield Finding(cluster.name, "aws_region", f"{region!r} is not a region with EKS.", f"Choose one of {', '.join(sorted(known))}.")


def _subnets(cluster: Host) -> Iterator[Finding]:
    subnets = cluster["eks_cluster_subnets"]
    if isinstance(subnets, (list, tuple)) and len(set(subnets)) < 2:
        yield Finding(cluster.name, "eks_cluster_subnets", f"{len(set(subnets))} subnet(s) given.", "EKS needs subnets in at least two availability zones.")


def _networks(cluster: Host) -> Iterator[Finding]:
    for variable in NETWORK_VARIABLES:
        for text in _listed(cluster[variable]):
            if _network(text) is None:
                yield Finding(cluster.name, variable, f"{text!r} is not a network in CIDR form.", "Write it as 10.0.0.0/16, without host bits.")


def _overlaps_within(cluster: Host) -> Iterator[Finding]:
    for (variable, one), (other, two) in combinations(_pairs(cluster, NETWORK_VARIABLES), 2):
        if one.version == two.version and one.overlaps(two):
            where = "itself" if variable == other else other
            yield Finding(cluster.name, variable, f"{one} overlaps {two} of {where}.", "Give every network of a cluster a range of its own.")


def _service_network(cluster: Host) -> Iterator[Finding]:
    network = _network(cluster["eks_cluster_service_ipv4_cidr"] or "")
    if network is not None and (not network.is_private or not 12 <= network.prefixlen <= 24):
        remedy = "EKS takes a /12 to /24 within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16."
        yield Finding(cluster.name, "eks_cluster_service_ipv4_cidr", f"{network} cannot be a service network.", remedy)


def _hybrid_needs_entries(cluster: Host) -> Iterator[Finding]:
    if cluster["eks_cluster_remote_node_networks"] and cluster["eks_cluster_authentication_mode"] == "CONFIG_MAP":
        remedy = "Set it to API or API_AND_CONFIG_MAP; the way back is closed once taken."
        yield Finding(cluster.name, "eks_cluster_authentication_mode", "CONFIG_MAP cannot let hybrid nodes in.", remedy)


def _foreign_roles(cluster: Host) -> Iterator[Finding]:
    """Nobody can pass a role of another account to a service; pods reach one through `target_role_arn`."""
    account = cluster["aws_account_id"]
    for variable, keys in PASSED_ROLES.items():
        for arn in _roles(cluster[variable], keys):
            owner = arn.split(":")[4] if arn.startswith("arn:") and arn.count(":") >= 5 else account
            if _ACCOUNT.fullmatch(str(account)) and owner != account:
                remedy = f"Name a role of the cluster's own account, {account}: no service takes one of another account."
                yield Finding(cluster.name, variable, f"{arn} is a role of account {owner}.", remedy)


def _roles(value: Any, keys: Sequence[str]) -> list[str]:
    """Return the ARNs that a variable names: itself, or under these keys of its members."""
    members = value if isinstance(value, (list, tuple)) else [value]
    named = [member.get(key) for member in members if isinstance(member, Mapping) for key in keys]
    return [str(arn) for arn in [*named, *(member for member in members if isinstance(member, str))] if arn]


CLUSTER_RULES = (_version, _account, _subnets, _networks, _overlaps_within, _service_network, _hybrid_needs_entries, _foreign_roles)


def _overlaps_across(clusters: Sequence[Host]) -> Iterator[Finding]:
    """Clusters of one account and region may declare the same VPC; any other shared address cannot be routed."""
    for one, two in combinations(clusters, 2):
        same_place = (one["aws_account_id"], one["aws_region"]) == (two["aws_account_id"], two["aws_region"])
        for variable, network in _pairs(one, ROUTED_VARIABLES):
            for other, rival in _pairs(two, ROUTED_VARIABLES):
                shared_vpc = same_place and variable == other == "eks_cluster_vpc_cidrs" and network == rival
                if network.version == rival.version and network.overlaps(rival) and not shared_vpc:
                    remedy = "Give each cluster's networks ranges of their own, or its neighbours cannot be told apart."
                    yield Finding(one.name, variable, f"{network} overlaps {rival}, {other} of {two.name}.", remedy)


def _unique_clusters(clusters: Sequence[Host]) -> Iterator[Finding]:
    by_place: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    for cluster in clusters:
        by_place[(cluster["aws_account_id"], cluster["aws_region"], cluster["eks_cluster_name"] or cluster.name)].append(cluster.name)
    for place, hosts in by_place.items():
        if len(hosts) > 1:
            problem = f"{place[2]!r} in {place[1]} is declared by {', '.join(hosts)}."
            yield Finding(hosts[0], "eks_cluster_name", problem, "One host of the inventory is one cluster: remove one, or rename it.")


def _unique_registrations(clusters: Sequence[Host]) -> Iterator[Finding]:
    """Argo CD's cluster generator drops all but one of the clusters that share a name, without an error."""
    by_name: dict[tuple[Any, str], list[str]] = defaultdict(list)
    for cluster in clusters:
        if cluster["argocd_spoke_hub"]:
            by_name[(cluster["argocd_spoke_hub"], cluster["argocd_spoke_name"] or cluster["eks_cluster_name"] or cluster.name)].append(cluster.name)
    for (hub, name), hosts in by_name.items():
        if len(hosts) > 1:
            problem = f"{name!r} is the name of {', '.join(hosts)} at hub {hub}."
            yield Finding(hosts[0], "argocd_spoke_name", problem, "Argo CD knows a cluster by its name: give each one of its own.")


def _known_hubs(clusters: Sequence[Host]) -> Iterator[Finding]:
    names = {cluster.name for cluster in clusters}
    for cluster in clusters:
        hub = cluster["argocd_spoke_hub"]
        if hub and hub not in names:
            yield Finding(cluster.name, "argocd_spoke_hub", f"{hub!r} is no cluster of this inventory.", f"Name one of {', '.join(sorted(names))}.")


FLEET_RULES = (_overlaps_across, _unique_clusters, _unique_registrations, _known_hubs)


def _node(node: Host, clusters: Sequence[Host]) -> Iterator[Finding]:
    """A hybrid node belongs to a declared cluster, and its address to that cluster's remote node networks."""
    wanted = node["eks_cluster_host"]
    cluster = next((cluster for cluster in clusters if cluster.name == wanted), None)
    if cluster is None:
        names = ", ".join(cluster.name for cluster in clusters)
        yield Finding(node.name, "eks_cluster_host", f"{wanted!r} is no cluster of this inventory.", f"Name one of {names}.")
        return
    networks = [network for text in _listed(cluster["eks_cluster_remote_node_networks"]) if (network := _network(text)) is not None]
    if not networks:
        problem = f"cluster {cluster.name} has no remote node network."
        yield Finding(node.name, "eks_cluster_host", problem, f"Set eks_cluster_remote_node_networks of {cluster.name} to the network of its hosts.")
        return
    variable = "hybrid_node_ip" if node["hybrid_node_ip"] else "ansible_host"
    address = _address(node[variable])
    if address is not None and not any(address in network for network in networks):
        inside = ", ".join(map(str, networks))
        remedy = f"Add its network to eks_cluster_remote_node_networks of {cluster.name}, or set hybrid_node_ip to an address inside."
        yield Finding(node.name, variable, f"{address} lies outside the remote node networks of {cluster.name} ({inside}).", remedy)


def _pairs(cluster: Host, variables: Iterable[str]) -> list[tuple[str, Network]]:
    return [(variable, network) for variable in variables for text in _listed(cluster[variable]) if (network := _network(text)) is not None]


def _listed(value: Any) -> list[str]:
    if value is None or value == "":
        return []
    return [str(item) for item in value] if isinstance(value, (list, tuple)) else [str(value)]


def _network(text: str) -> Network | None:
    try:
        return ipaddress.ip_network(text) if "/" in text else None
    except ValueError:
        return None


def _address(text: Any) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """A name in place of an address is resolved on the host, by nodeadm: not checked here."""
    try:
        return ipaddress.ip_address(str(text))
    except ValueError:
        return None
