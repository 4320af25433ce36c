# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads of Fargate profiles."""

from __future__ import annotations

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.base import absent, pages


@absent
def list_fargate_profiles(client: Any, cluster: str) -> list[str] | None:
    """None when there is no such cluster."""
    return pages(client, "list_fargate_profiles", "fargateProfileNames", clusterName=cluster)


@absent
def describe_fargate_profile(client: Any, cluster: str, name: str) -> dict[str, Any] | None:
    return client.describe_fargate_profile(clusterName=cluster, fargateProfileName=name)["fargateProfile"]
