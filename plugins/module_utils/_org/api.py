# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Organizations, one function per read: boto3's own names, all pages, None where there is no organization."""

from __future__ import annotations

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import missing_is_none

absent = missing_is_none("AWSOrganizationsNotInUseException")


@absent
def describe_organization(client: Any) -> dict[str, Any] | None:
    return client.describe_organization()["Organization"]


def list_aws_service_access_for_organization(client: Any) -> list[dict[str, Any]]:
    return _all(client, "list_aws_service_access_for_organization", "EnabledServicePrincipals")


def list_delegated_administrators(client: Any, service: str) -> list[dict[str, Any]]:
    return _all(client, "list_delegated_administrators", "DelegatedAdministrators", ServicePrincipal=service)


def has_service_linked_role(iam: Any, service: str) -> bool:
    """Whether the account has a role that is the service's: their path tells whose they are."""
    return bool(iam.get_paginator("list_roles").paginate(PathPrefix=f"/aws-service-role/{service}/").build_full_result().get("Roles"))


def _all(client: Any, operation: str, key: str, **request: Any) -> list[dict[str, Any]]:
    return list(client.get_paginator(operation).paginate(**request).build_full_result().get(key, []))
