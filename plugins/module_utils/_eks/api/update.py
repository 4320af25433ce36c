# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads of updates, and of whose they can be."""

from __future__ import annotations

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.base import absent, pages


@absent
def list_updates(client: Any, cluster: str, **owner: str) -> list[str] | None:
    """None when there is no such cluster or owner; owner: nodegroupName, addonName or capabilityName, none for the cluster's own."""
    return pages(client, "list_updates", "updateIds", name=cluster, **owner)


def members(client: Any, cluster: str) -> list[dict[str, str]]:
    """Return every owner of updates in a cluster, but for the cluster itself, as members of a request."""
    capabilities = pages(client, "list_capabilities", "capabilities", clusterName=cluster)
    return [
        *({"nodegroupName": name} for name in pages(client, "list_nodegroups", "nodegroups", clusterName=cluster)),
        *({"addonName": name} for name in pages(client, "list_addons", "addons", clusterName=cluster)),
        *({"capabilityName": each["capabilityName"]} for each in capabilities),
    ]
