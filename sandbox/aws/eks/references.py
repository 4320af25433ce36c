"""Roles, subnets, security groups and keys that a request names: held to IAM, EC2 and KMS as far as the settings ask."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.aws import moto_side
from sandbox.aws.context import Context
from sandbox.aws.eks.base import invalid, strict

ASSUMED = "Role with arn: {arn}, could not be assumed because it does not exist or the trusted entity is not correct"
PROVIDED = "Role provided in the request does not exist."
# How the service says that it does not see a role, its trust or its policies yet: what hashicorp/terraform-provider-aws waits out
# (internal/service/eks, cluster.go and pod_identity_association.go).
TEXTS = {
    "missing": "roleArn, {arn}, does not exist",
    "params": "Error in role params",
    "trust": "Role could not be assumed because the trusted entity is not correct",
    "policies": "The provided role doesn't have the Amazon EKS Managed Policies associated with it. "
    "Please ensure the following policy is attached: arn:aws:iam::aws:policy/AmazonEKSClusterPolicy",
    "actions": "IAM role's policy must include the `ec2:DescribeSubnets` action",
    "provided": PROVIDED,
}


def check_role(ctx: Context, arn: str, text: str = ASSUMED, **members: Any) -> None:
    """Refuse a role that EKS cannot see yet, or, with strict references, that does not exist."""
    found = moto_side.find_role(arn)
    since = ctx.world.roles_since.get((ctx.call.account, arn.rpartition("/")[2]), 0.0)
    young = found is not None and ctx.now - since < ctx.world.settings.iam_propagation
    if young or (found is None and strict(ctx)):
        raise invalid(TEXTS.get(ctx.world.settings.iam_text, text).format(arn=arn), **members)


def role_id(arn: str) -> str | None:
    """Return the role's unique id, which a role of the same name made later does not share."""
    found = moto_side.find_role(arn)
    return None if found is None else str(found.id)


def check_subnets(ctx: Context, subnets: Iterable[str], **members: Any) -> None:
    missing = [subnet for subnet in subnets if strict(ctx) and moto_side.find_subnet(ctx.call.account, ctx.call.region, subnet) is None]
    if missing:
        raise invalid(f"The subnet ID '{missing[0]}' does not exist", **members)


def check_security_groups(ctx: Context, groups: Iterable[str], **members: Any) -> None:
    missing = [group for group in groups if strict(ctx) and not moto_side.has_security_group(ctx.call.account, ctx.call.region, group)]
    if missing:
        raise invalid(f"The security group '{missing[0]}' does not exist", **members)


def check_key(ctx: Context, arn: str, **members: Any) -> None:
    if strict(ctx) and not moto_side.has_key(arn):
        raise invalid(f"Invalid KMS key: {arn} does not exist", **members)


def vpc_of(ctx: Context, subnets: Iterable[str]) -> str | None:
    """Return the VPC of the first subnet that EC2 knows."""
    found = (moto_side.find_subnet(ctx.call.account, ctx.call.region, subnet) for subnet in subnets)
    return next((str(subnet.vpc_id) for subnet in found if subnet is not None), None)


def zones_of(ctx: Context, subnets: Iterable[str]) -> set[str]:
    """Return the availability zones of the subnets that EC2 knows."""
    found = (moto_side.find_subnet(ctx.call.account, ctx.call.region, subnet) for subnet in subnets)
    return {str(subnet.availability_zone) for subnet in found if subnet is not None}
