# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM, one function per read: boto3's own names, all pages, None where there is no such thing. botocore gives policies back as mappings."""

from __future__ import annotations

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import missing_is_none

absent = missing_is_none("NoSuchEntity")


@absent
def get_role(client: Any, name: str) -> dict[str, Any] | None:
    """Tags, trust policy and boundary are in the answer."""
    return client.get_role(RoleName=name)["Role"]


@absent
def list_attached_role_policies(client: Any, name: str) -> list[str] | None:
    return [each["PolicyArn"] for each in _all(client, "list_attached_role_policies", "AttachedPolicies", RoleName=name)]


@absent
def list_role_policies(client: Any, name: str) -> list[str] | None:
    return _all(client, "list_role_policies", "PolicyNames", RoleName=name)


@absent
def get_role_policy(client: Any, name: str, policy: str) -> dict[str, Any] | None:
    return client.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]


@absent
def list_instance_profiles_for_role(client: Any, name: str) -> list[str] | None:
    return [each["InstanceProfileName"] for each in _all(client, "list_instance_profiles_for_role", "InstanceProfiles", RoleName=name)]


def list_open_id_connect_providers(client: Any) -> list[str]:
    """ARNs; an account has at most 100, and IAM answers them on one page."""
    return [each["Arn"] for each in client.list_open_id_connect_providers()["OpenIDConnectProviderList"]]


@absent
def get_open_id_connect_provider(client: Any, arn: str) -> dict[str, Any] | None:
    """Url comes back without its scheme; tags are in the answer."""
    return client.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)


def _all(client: Any, operation: str, key: str, **request: Any) -> list[Any]:
    return list(client.get_paginator(operation).paginate(**request).build_full_result().get(key, []))
