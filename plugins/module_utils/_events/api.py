# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SQS and EventBridge, one function per read: boto3's own names, all pages, None where there is no such thing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import missing_is_none

absent = missing_is_none("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
unknown = missing_is_none("ResourceNotFoundException")


@absent
def get_queue_url(client: Any, name: str) -> str | None:
    return str(client.get_queue_url(QueueName=name)["QueueUrl"])


@absent
def get_queue_attributes(client: Any, url: str) -> dict[str, str] | None:
    return dict(client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"]).get("Attributes", {}))


@absent
def list_queue_tags(client: Any, url: str) -> dict[str, str] | None:
    return dict(client.list_queue_tags(QueueUrl=url).get("Tags", {}))


def list_rules(client: Any, prefix: str) -> list[dict[str, Any]]:
    return _all(client, "list_rules", "Rules", {"NamePrefix": prefix})


def list_rule_names_by_target(client: Any, arn: str) -> list[str]:
    return _all(client, "list_rule_names_by_target", "RuleNames", {"TargetArn": arn})


@unknown
def list_targets_by_rule(client: Any, rule: str) -> list[dict[str, Any]] | None:
    return _all(client, "list_targets_by_rule", "Targets", {"Rule": rule})


@unknown
def list_tags_for_resource(client: Any, arn: str) -> dict[str, str] | None:
    return {each["Key"]: each["Value"] for each in client.list_tags_for_resource(ResourceARN=arn).get("Tags", [])}


def _all(client: Any, operation: str, key: str, request: Mapping[str, Any]) -> list[Any]:
    return list(client.get_paginator(operation).paginate(**request).build_full_result().get(key, []))
