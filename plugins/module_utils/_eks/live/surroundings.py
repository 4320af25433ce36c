# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gathers what _eks/surroundings.py judges: subnets, security groups, a VPC's networks, a key. Asks only what the steps of a plan depend on, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan
from ansible_collections.fleetops.eks.plugins.module_utils._eks import surroundings as rules
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api import surroundings as api
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster_rules import Problem, refusal
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster_values import ClusterSpec, ClusterState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.lookups import Lookups
from ansible_collections.fleetops.eks.plugins.module_utils._eks.surroundings import Key, Subnet

Clients = Callable[[str], Any]


class Surroundings(Lookups):
    """What EC2 and KMS say."""

    def __init__(self, clients: Clients) -> None:
        super().__init__()
        self.clients = clients

    @property
    def region(self) -> str:
        return str(self.clients("eks").meta.region_name)

    def subnets(self, ids: Sequence[str]) -> dict[str, Subnet] | None:
        """Return those of the subnets that are there, by id; None when EC2 may not be asked."""
        wanted = sorted(set(ids))

        def read() -> dict[str, Subnet]:
            return {each["SubnetId"]: Subnet(each["AvailabilityZone"], each["VpcId"]) for each in api.subnets(self.clients("ec2"), wanted)}

        return self.once("ec2:DescribeSubnets", tuple(wanted), f"look up subnets {', '.join(wanted)}", read)

    def group_vpcs(self, ids: Sequence[str]) -> dict[str, str] | None:
        """Return the VPCs of those security groups that are there, by id; None when EC2 may not be asked."""
        wanted = sorted(set(ids))

        def read() -> dict[str, str]:
            return {each["GroupId"]: each["VpcId"] for each in api.security_groups(self.clients("ec2"), wanted)}

        return self.once("ec2:DescribeSecurityGroups", tuple(wanted), f"look up security groups {', '.join(wanted)}", read)

    def vpc_blocks(self, vpc: str) -> list[str] | None:
        return self.once("ec2:DescribeVpcs", (vpc,), f"look up {vpc}", lambda: api.vpc_blocks(self.clients("ec2"), vpc))

    def key(self, arn: str) -> list[Key] | None:
        """Return the key, no member where there is none; None when KMS may not be asked."""

        def read() -> list[Key]:
            found = api.key(self.clients("kms"), arn)
            return [] if found is None else [Key(found.get("KeyState", "Enabled"), found.get("KeySpec", "SYMMETRIC_DEFAULT"))]

        return self.once("kms:DescribeKey", (arn,), f"look up key {arn}", read)


class ClusterSurroundings(Surroundings):
    """The surroundings of one cluster."""

    def __init__(self, clients: Clients, spec: ClusterSpec) -> None:
        super().__init__(clients)
        self.spec = spec

    def examine(self, plan: Plan, state: ClusterState | None) -> Plan:
        """Return the plan with what could not be looked up; a Refusal where EKS would not take it."""
        problems = list(self._problems(rules.touched(plan), state))
        if problems:
            raise refusal(self.spec.name, problems)
        return self.warned(plan)

    def _problems(self, options: frozenset[str], state: ClusterState | None) -> Iterator[Problem]:
        vpc = None if state is None else (state.raw.get("resourcesVpcConfig") or {}).get("vpcId")
        if "subnets" in options and self.spec.subnets:
            found = self.subnets(self.spec.subnets)
            if found is not None:
                local = self.spec.outpost_config or (state is not None and state.outpost_config)
                yield from rules.subnet_problems(self.spec.subnets, found, self.region, vpc=vpc, spread=not local)
                vpc = vpc or _only({subnet.vpc for subnet in found.values()})
        if "security_groups" in options and self.spec.security_groups:
            groups = self.group_vpcs(self.spec.security_groups)
            yield from rules.group_problems(self.spec.security_groups, groups, self.region, vpc=vpc) if groups is not None else ()
        if options & {*rules.NETWORKS} and vpc is not None:
            yield from rules.network_problems(self.spec, vpc, self.vpc_blocks(vpc) or ())
        if "encryption_key_arn" in options and self.spec.encryption_key_arn:
            key = self.key(self.spec.encryption_key_arn)
            yield from rules.key_problems(self.spec.encryption_key_arn, next(iter(key), None), self.region) if key is not None else ()


def _only(names: set[str]) -> str | None:
    return next(iter(names)) if len(names) == 1 else None


def examine_subnets(surroundings: Surroundings, plan: Plan, noun: str) -> Plan:
    """Return the plan of a node group or Fargate profile (noun, in words); a Refusal where it is to be created in a subnet that is not there."""
    wanted = next((step.request["subnets"] for step in plan.steps if "subnets" in step.request), ())
    found = surroundings.subnets(wanted) if wanted else None
    if found is not None:
        rules.refuse_missing_subnets(noun, wanted, found, surroundings.region)
    return surroundings.warned(plan)
