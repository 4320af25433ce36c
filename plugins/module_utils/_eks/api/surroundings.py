# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads of what EKS resources lie in: EC2's networks and KMS' keys. Filters, not ids: EC2 then answers what there is, and names no culprit alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import missing_is_none


def subnets(ec2: Any, ids: Sequence[str]) -> list[dict[str, Any]]:
    return _filtered(ec2, "describe_subnets", "Subnets", "subnet-id", ids)


def security_groups(ec2: Any, ids: Sequence[str]) -> list[dict[str, Any]]:
    return _filtered(ec2, "describe_security_groups", "SecurityGroups", "group-id", ids)


def vpc_blocks(ec2: Any, vpc: str) -> list[str]:
    """The IPv4 networks of a VPC that are associated with it."""
    found = [block for each in _filtered(ec2, "describe_vpcs", "Vpcs", "vpc-id", [vpc]) for block in each.get("CidrBlockAssociationSet") or ()]
    return [block["CidrBlock"] for block in found if (block.get("CidrBlockState") or {}).get("State", "associated") == "associated"]


@missing_is_none("NotFoundException", "InvalidArnException")
def key(kms: Any, arn: str) -> dict[str, Any] | None:
    """None where there is no such key in the region."""
    return kms.describe_key(KeyId=arn)["KeyMetadata"]


def _filtered(ec2: Any, operation: str, member: str, name: str, values: Sequence[str]) -> list[Any]:
    """EC2 takes up to 200 values of a filter, more than any of these options has."""
    wanted = [{"Name": name, "Values": list(values)}]
    return list(ec2.get_paginator(operation).paginate(Filters=wanted).build_full_result().get(member, []))
