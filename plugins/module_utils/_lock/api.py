# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DynamoDB, one function per read: boto3's own names, consistent, None where there is no such thing."""

from __future__ import annotations

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import missing_is_none

absent = missing_is_none("ResourceNotFoundException")


@absent
def describe_table(client: Any, table: str) -> dict[str, Any] | None:
    return client.describe_table(TableName=table)["Table"]


@absent
def get_item(client: Any, table: str, name: str) -> dict[str, Any] | None:
    """The item in a holder, which is empty without one; None where there is no table."""
    return {"item": client.get_item(TableName=table, Key={"id": {"S": name}}, ConsistentRead=True).get("Item")}


@absent
def scan(client: Any, table: str) -> list[dict[str, Any]] | None:
    return list(client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True).build_full_result().get("Items", []))
