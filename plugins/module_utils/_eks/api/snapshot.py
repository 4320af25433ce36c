# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads of a whole cluster, for reports: everything once."""

from __future__ import annotations

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.base import absent, pages


def nodegroups(client: Any, cluster: str) -> list[dict[str, Any]]:
    names = pages(client, "list_nodegroups", "nodegroups", clusterName=cluster)
    return [found["nodegroup"] for name in names if (found := _nodegroup(client, cluster, name)) is not None]


def addons(client: Any, cluster: str) -> list[dict[str, Any]]:
    names = pages(client, "list_addons", "addons", clusterName=cluster)
    return [found["addon"] for name in names if (found := _addon(client, cluster, name)) is not None]


def access_entries(client: Any, cluster: str) -> list[str]:
    return pages(client, "list_access_entries", "accessEntries", clusterName=cluster)


def pod_identity_associations(client: Any, cluster: str) -> list[dict[str, Any]]:
    return pages(client, "list_pod_identity_associations", "associations", clusterName=cluster)


def insights(client: Any, cluster: str) -> list[dict[str, Any]]:
    """Those that call for action: ERROR and WARNING."""
    return pages(client, "list_insights", "insights", clusterName=cluster, filter={"statuses": ["ERROR", "WARNING"]})


@absent
def _nodegroup(client: Any, cluster: str, name: str) -> dict[str, Any] | None:
    return client.describe_nodegroup(clusterName=cluster, nodegroupName=name)


@absent
def _addon(client: Any, cluster: str, name: str) -> dict[str, Any] | None:
    return client.describe_addon(clusterName=cluster, addonName=name)
