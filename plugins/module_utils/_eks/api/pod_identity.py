# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads of pod identity associations."""

from __future__ import annotations

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.base import absent, pages


@absent
def list_pod_identity_associations(client: Any, cluster: str, **where: str) -> list[dict[str, Any]] | None:
    """None when there is no such cluster; where: namespace, serviceAccount."""
    return pages(client, "list_pod_identity_associations", "associations", clusterName=cluster, **where)


@absent
def describe_pod_identity_association(client: Any, cluster: str, association_id: str) -> dict[str, Any] | None:
    return client.describe_pod_identity_association(clusterName=cluster, associationId=association_id)["association"]
