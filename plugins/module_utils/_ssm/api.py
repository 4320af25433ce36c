# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SSM, one function per read: boto3's own names, all pages."""

from __future__ import annotations

from typing import Any


def describe_activations(client: Any, **filters: list[str]) -> list[dict[str, Any]]:
    """filters: ActivationIds, DefaultInstanceName, IamRole, each a list of values; an unknown id is no member, not an error."""
    given = [{"FilterKey": key, "FilterValues": values} for key, values in filters.items()]
    return _all(client, "describe_activations", "ActivationList", Filters=given)


def describe_instance_information(client: Any, **filters: list[str]) -> list[dict[str, Any]]:
    """Managed instances only. filters: InstanceIds, PingStatus, ActivationIds, IamRole, `tag:KEY`, each a list of values."""
    given = [{"Key": key, "Values": values} for key, values in {"ResourceType": ["ManagedInstance"], **filters}.items()]
    return _all(client, "describe_instance_information", "InstanceInformationList", Filters=given)


def list_instance_tags(client: Any, instance_id: str) -> dict[str, str]:
    answer = client.list_tags_for_resource(ResourceType="ManagedInstance", ResourceId=instance_id)
    return {tag["Key"]: tag["Value"] for tag in answer.get("TagList") or []}


def _all(client: Any, operation: str, key: str, **request: Any) -> list[dict[str, Any]]:
    return list(client.get_paginator(operation).paginate(MaxResults=50, **request).build_full_result().get(key, []))
