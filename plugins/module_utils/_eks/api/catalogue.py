# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads of what EKS offers in a region."""

from __future__ import annotations

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.base import absent, pages


def describe_cluster_versions(client: Any, **where: Any) -> list[dict[str, Any]]:
    """where: clusterType, clusterVersions, defaultOnly, includeAll, versionStatus."""
    return pages(client, "describe_cluster_versions", "clusterVersions", **where)


@absent
def describe_addon_versions(client: Any, **where: Any) -> list[dict[str, Any]] | None:
    """None when EKS knows no such add-on; where: addonName, kubernetesVersion, types, publishers, owners."""
    return pages(client, "describe_addon_versions", "addons", **where)
