# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads of capabilities."""

from __future__ import annotations

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.base import absent, pages


@absent
def list_capabilities(client: Any, cluster: str) -> list[dict[str, Any]] | None:
    """Summaries: capabilityName, arn, type, status, …; None when there is no such cluster."""
    return pages(client, "list_capabilities", "capabilities", clusterName=cluster)


@absent
def describe_capability(client: Any, cluster: str, name: str) -> dict[str, Any] | None:
    return client.describe_capability(clusterName=cluster, capabilityName=name)["capability"]
