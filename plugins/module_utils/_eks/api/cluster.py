# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads of clusters, of what is attached to them, and of the EC2 names a declaration may hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.base import absent, describe_update, pages


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


def versions_on_offer(client: Any) -> dict[str, dict[str, Any]]:
    """The catalogue of Kubernetes versions by version, those without support left out."""
    return {row["clusterVersion"]: row for row in pages(client, "describe_cluster_versions", "clusterVersions")}


def list_updates(client: Any, cluster: str) -> tuple[list[dict[str, Any]], datetime]:
    """The updates of the cluster itself, and the service's own time. EKS lists ids only; those that are gone meanwhile are left out."""
    found = list(client.get_paginator("list_updates").paginate(name=cluster))
    updates = (describe_update(client, name=cluster, updateId=update_id) for page in found for update_id in page["updateIds"])
    return [update for update in updates if update is not None], service_time(found[-1])


def list_insights(client: Any, cluster: str, category: str, version: str | None) -> tuple[list[dict[str, Any]], datetime]:
    """The insights of a category about a version (None: about any), and the service's own time."""
    wanted = {"categories": [category], **({"kubernetesVersions": [version]} if version else {})}
    found = list(client.get_paginator("list_insights").paginate(clusterName=cluster, filter=wanted))
    return [insight for page in found for insight in page["insights"]], service_time(found[-1])


def service_time(answer: Mapping[str, Any]) -> datetime:
    """When the service answered: its clock is the one that counts. A proxy may take the header away; then this machine's."""
    stamp = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    return parsedate_to_datetime(stamp) if stamp else datetime.now(UTC)


def start_insights_refresh(client: Any, cluster: str) -> None:
    client.start_insights_refresh(clusterName=cluster)
