# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads of certificate authorities."""

from __future__ import annotations

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.base import absent, pages


@absent
def list_certificate_authorities(client: Any, cluster: str) -> list[dict[str, Any]] | None:
    """Summaries, without validity and certificate; None when there is no such cluster."""
    return pages(client, "list_certificate_authorities", "certificateAuthorities", clusterName=cluster)


@absent
def describe_certificate_authority(client: Any, cluster: str, authority: str) -> dict[str, Any] | None:
    return client.describe_certificate_authority(clusterName=cluster, certificateAuthorityId=authority)["certificateAuthority"]
