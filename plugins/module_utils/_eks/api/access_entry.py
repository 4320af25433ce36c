# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads of access entries."""

from __future__ import annotations

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.base import absent, pages


@absent
def list_access_entries(client: Any, cluster: str, **where: str) -> list[str] | None:
    """Return the principals; None when there is no such cluster. where: associatedPolicyArn."""
    return pages(client, "list_access_entries", "accessEntries", clusterName=cluster, **where)


@absent
def describe_access_entry(client: Any, cluster: str, principal: str) -> dict[str, Any] | None:
    return client.describe_access_entry(clusterName=cluster, principalArn=principal)["accessEntry"]


@absent
def list_associated_access_policies(client: Any, cluster: str, principal: str) -> list[dict[str, Any]] | None:
    return pages(client, "list_associated_access_policies", "associatedAccessPolicies", clusterName=cluster, principalArn=principal)


@absent
def describe_cluster(client: Any, cluster: str) -> dict[str, Any] | None:
    return client.describe_cluster(name=cluster)["cluster"]


def list_access_policies(client: Any) -> list[str]:
    """The names of the policies that EKS offers."""
    return [policy["name"] for policy in pages(client, "list_access_policies", "accessPolicies")]
