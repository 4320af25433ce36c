# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EKS, one function per read: boto3's own names, all pages, None where there is no such thing. Writes are steps of a plan."""

from __future__ import annotations

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import missing_is_none

absent = missing_is_none("ResourceNotFoundException", "NotFoundException")


def pages(client: Any, operation: str, key: str, **request: Any) -> list[Any]:
    """Return all members of a paginated list."""
    return list(client.get_paginator(operation).paginate(**request).build_full_result().get(key, []))


@absent
def describe_update(client: Any, **request: Any) -> dict[str, Any] | None:
    """name, updateId, and nodegroupName, addonName or capabilityName where the update is theirs."""
    return client.describe_update(**request)["update"]
