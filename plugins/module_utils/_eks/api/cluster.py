# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads of clusters, of what is attached to them, and of the EC2 names a declaration may hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.base import absent, pages


@absent
def describe_cluster(client: Any, name: str) -> dict[str, Any] | None:
    return client.describe_cluster(name=name)["cluster"]


def list_clusters(client: Any, *, connected: bool = False) -> list[str]:
    """The names of a region's clusters; `connected` adds those that EKS only shows."""
    return pages(client, "list_clusters", "clusters", **({"include": ["all"]} if connected else {}))


def list_nodegroups(client: Any, cluster: str) -> list[str]:
    return pages(client, "list_nodegroups", "nodegroups", clusterName=cluster)


def list_fargate_profiles(client: Any, cluster: str) -> list[str]:
    return pages(client, "list_fargate_profiles", "fargateProfileNames", clusterName=cluster)


def list_capabilities(client: Any, cluster: str) -> list[str]:
    return [capability["capabilityName"] for capability in pages(client, "list_capabilities", "capabilities", clusterName=cluster)]


def vpc_of_subnet(ec2: Any, subnet: str) -> str:
    return ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["VpcId"]


def security_group_ids(ec2: Any, vpc: str, names: Sequence[str]) -> dict[str, str]:
    """Security groups of a VPC by name."""
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": list(names)}]
    found = ec2.get_paginator("describe_security_groups").paginate(Filters=filters).build_full_result()["SecurityGroups"]
    return {group["GroupName"]: group["GroupId"] for group in found}
