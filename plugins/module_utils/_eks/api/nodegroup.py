# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads of managed node groups, and of the launch templates they are made from."""

from __future__ import annotations

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.base import absent, pages


@absent
def list_nodegroups(client: Any, cluster: str) -> list[str] | None:
    """None when there is no such cluster."""
    return pages(client, "list_nodegroups", "nodegroups", clusterName=cluster)


@absent
def describe_nodegroup(client: Any, cluster: str, name: str) -> dict[str, Any] | None:
    return client.describe_nodegroup(clusterName=cluster, nodegroupName=name)["nodegroup"]


def describe_launch_template(ec2: Any, *, template_id: str | None, name: str | None) -> dict[str, Any]:
    """EC2's own: DefaultVersionNumber and LatestVersionNumber among its members. The id wins where both are given."""
    where = {"LaunchTemplateIds": [template_id]} if template_id else {"LaunchTemplateNames": [name]}
    return ec2.describe_launch_templates(**where)["LaunchTemplates"][0]
