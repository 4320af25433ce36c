# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads of insights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.base import absent, pages


@absent
def list_insights(client: Any, cluster: str, where: Mapping[str, Sequence[str]]) -> list[dict[str, Any]] | None:
    """None when there is no such cluster; where: categories, kubernetesVersions, statuses."""
    return pages(client, "list_insights", "insights", clusterName=cluster, **({"filter": dict(where)} if where else {}))


@absent
def describe_insight(client: Any, cluster: str, insight_id: str) -> dict[str, Any] | None:
    return client.describe_insight(clusterName=cluster, id=insight_id)["insight"]


@absent
def describe_insights_refresh(client: Any, cluster: str) -> dict[str, Any] | None:
    """status, message, startedAt and endedAt of the last refresh; None when there is none to tell of."""
    return client.describe_insights_refresh(clusterName=cluster)
