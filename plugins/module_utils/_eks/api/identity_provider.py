# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads of OIDC identity provider configurations."""

from __future__ import annotations

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.base import absent, pages


@absent
def list_identity_provider_configs(client: Any, cluster: str) -> list[dict[str, str]] | None:
    """[{type, name}]; None when there is no such cluster."""
    return pages(client, "list_identity_provider_configs", "identityProviderConfigs", clusterName=cluster)


@absent
def describe_identity_provider_config(client: Any, cluster: str, name: str) -> dict[str, Any] | None:
    config = {"type": "oidc", "name": name}
    return client.describe_identity_provider_config(clusterName=cluster, identityProviderConfig=config)["identityProviderConfig"]["oidc"]
