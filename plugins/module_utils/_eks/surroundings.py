# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a declaration names of EC2 and KMS, held to what is there: found before any call, each with a remedy. Pure.

Facts: EKS user guide (network requirements for clusters, hybrid nodes' networking, envelope encryption); API reference, VpcConfigRequest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster_networks import parse
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster_rules import Problem
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster_values import ClusterSpec


@dataclass(frozen=True)
class Subnet:
    """A subnet as EC2 describes it."""

    zone: str
    vpc: str


@dataclass(frozen=True)
class Key:
    """A key as KMS describes it."""

    state: str
    spec: str


UNKNOWN = "known-after-apply"
"""What a plan calls a thing that an earlier task of the same run would make; it is not looked for."""
NETWORKS = ("service_ipv4_cidr", "remote_node_networks", "remote_pod_networks")


def touched(plan: Plan) -> frozenset[str]:
    """Return the options that the steps of a plan are about."""
    return frozenset(change.path.partition(".")[0] for step in plan.steps for change in step.changes)


def missing_subnets(wanted: Sequence[str], found: Collection[str], region: str) -> Iterator[Problem]:
    missing = [each for each in dict.fromkeys(wanted) if each not in found and UNKNOWN not in each]
    if missing:
        yield Problem(f"subnets: there is no {', '.join(missing)} in region {region}.", "Correct subnets, region or profile.", ("subnets",))


def subnet_problems(wanted: Sequence[str], found: Mapping[str, Subnet], region: str, *, vpc: str | None, spread: bool) -> Iterator[Problem]:
    """Yield what is wrong with a cluster's subnets. vpc: where an existing cluster is; spread: whether it needs two zones, as all but local ones do."""
    yield from missing_subnets(wanted, found, region)
    present = [each for each in dict.fromkeys(wanted) if each in found]
    known = [(each, found[each]) for each in present]
    vpcs = {found[each].vpc for each in present}
    if vpc is not None and vpcs - {vpc}:
        strangers = [f"{each} ({subnet.vpc})" for each, subnet in known if subnet.vpc != vpc]
        yield Problem(f"subnets: {', '.join(strangers)} not in {vpc}, the VPC of the cluster.", f"Give subnets of {vpc}.", ("subnets",))
    elif len(vpcs) > 1:
        yield Problem(f"subnets lie in several VPCs: {_placed(known, 'vpc')}.", "Give subnets of one VPC.", ("subnets",))
    zones = {found[each].zone for each in present}
    if spread and len(known) == len(set(wanted)) > 1 and len(zones) == 1:
        yield Problem(f"subnets lie in one availability zone: {_placed(known, 'zone')}.", "Give subnets of two zones or more.", ("subnets",))


def group_problems(wanted: Sequence[str], found: Mapping[str, str], region: str, *, vpc: str | None) -> Iterator[Problem]:
    """Yield what is wrong with security groups. found: id -> its VPC; vpc: that of the cluster, None where it is not known."""
    missing = [each for each in dict.fromkeys(wanted) if each not in found and UNKNOWN not in each]
    if missing:
        yield Problem(
            f"security_groups: there is no {', '.join(missing)} in region {region}.", "Correct security_groups, region or profile.", ("security_groups",)
        )
    strangers = [f"{each} ({found[each]})" for each in dict.fromkeys(wanted) if vpc is not None and found.get(each, vpc) != vpc]
    if strangers:
        yield Problem(f"security_groups: {', '.join(strangers)} not in {vpc}, the VPC of the subnets.", f"Give security groups of {vpc}.", ("security_groups",))


def network_problems(spec: ClusterSpec, vpc: str, blocks: Sequence[str]) -> Iterator[Problem]:
    """Yield the declared networks that overlap those of the VPC."""
    for name in NETWORKS:
        declared = getattr(spec, name)
        for cidr in [declared] if isinstance(declared, str) else declared or ():
            taken = [block for block in blocks if _overlap(cidr, block)]
            if taken:
                yield Problem(f"{name}: {cidr} overlaps {', '.join(taken)} of {vpc}.", "Give networks that do not overlap the VPC's.", (name,))


def key_problems(arn: str, key: Key | None, region: str) -> Iterator[Problem]:
    option = ("encryption_key_arn",)
    if key is None and UNKNOWN in arn:
        return
    if key is None:
        yield Problem(f"encryption_key_arn: there is no {arn} in region {region}.", "Give the ARN of a key of this region.", option)
    elif key.state != "Enabled":
        yield Problem(f"encryption_key_arn: {arn} is {key.state}.", "Enable the key, or give another one.", option)
    elif key.spec != "SYMMETRIC_DEFAULT":
        yield Problem(f"encryption_key_arn: {arn} is of {key.spec}.", "Give a symmetric key (SYMMETRIC_DEFAULT).", option)


def refuse_missing_subnets(noun: str, wanted: Sequence[str], found: Collection[str], region: str) -> None:
    """Refuse subnets of a node group or Fargate profile (`node group apps of cluster edge`) that are not there."""
    for problem in missing_subnets(wanted, found, region):
        raise Refusal(f"{noun[0].upper()}{noun[1:]}: {problem.message}", remedy=problem.remedy, fields=problem.fields)


def _placed(known: Sequence[tuple[str, Subnet]], what: str) -> str:
    return ", ".join(f"{each} ({getattr(subnet, what)})" for each, subnet in known)


def _overlap(one: str, other: str) -> bool:
    left, right = parse(one), parse(other)
    return left is not None and right is not None and left.version == right.version and left.overlaps(right)
