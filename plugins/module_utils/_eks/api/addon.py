# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads of add-ons and of what EKS offers of them."""

from __future__ import annotations

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.base import absent, pages


@absent
def list_addons(client: Any, cluster: str) -> list[str] | None:
    """None when there is no such cluster."""
    return pages(client, "list_addons", "addons", clusterName=cluster)


@absent
def describe_addon(client: Any, cluster: str, name: str) -> dict[str, Any] | None:
    return client.describe_addon(clusterName=cluster, addonName=name)["addon"]


@absent
def describe_cluster(client: Any, name: str) -> dict[str, Any] | None:
    return client.describe_cluster(name=name)["cluster"]


@absent
def describe_addon_versions(client: Any, **where: Any) -> list[dict[str, Any]] | None:
    """where: addonName, kubernetesVersion."""
    return pages(client, "describe_addon_versions", "addons", **where)


@absent
def describe_addon_configuration(client: Any, name: str, version: str) -> dict[str, Any] | None:
    """configurationSchema is JSON text; None when EKS knows no such version."""
    return client.describe_addon_configuration(addonName=name, addonVersion=version)
