# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Updates of a cluster and of its node groups, add-ons and capabilities: which are wanted, what they say. Pure.

Facts: ListUpdates answers ids only, of one owner; an owner has one update in progress at most; the kinds of owner exclude each other.
EKS API reference, ListUpdates, DescribeUpdate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.naming import to_snake

STATUSES = ("InProgress", "Failed", "Cancelled", "Successful")
OWNERS = {"nodegroup_name": "nodegroupName", "addon_name": "addonName", "capability_name": "capabilityName"}
"""Options that name whose updates are meant, and the members of a request; without one they are the cluster's."""


def owner_of(params: Mapping[str, Any]) -> dict[str, str]:
    """Return the owner as members of a request: empty for the cluster itself. What cannot be asked is refused."""
    if params.get("wait") and not params.get("update_id"):
        raise Refusal("wait waits for one update, and update_id names none.", remedy="Give update_id, or leave wait out.", fields=("wait",))
    if params.get("include_members") and (params.get("update_id") or any(params.get(name) for name in OWNERS)):
        raise Refusal(
            "include_members asks for the updates of all members, and another option for those of one.",
            remedy="Leave include_members out, or update_id, nodegroup_name, addon_name and capability_name.",
            fields=("include_members",),
        )
    return {member: params[option] for option, member in OWNERS.items() if params.get(option)}


def wanted(update: Mapping[str, Any], params: Mapping[str, Any]) -> bool:
    """Whether the filters leave an update."""
    return update["status"] in (params.get("statuses") or [update["status"]]) and update["type"] in (params.get("types") or [update["type"]])


def to_result(update: Mapping[str, Any], cluster: str, owner: Mapping[str, str]) -> dict[str, Any]:
    """Return an update with whose it is; the names of owners that it has not are null."""
    names = {option: owner.get(member) for option, member in OWNERS.items()}
    return {"cluster_name": cluster, **names, "errors": [], **to_snake(update)}


def newest_first(results: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [dict(each) for each in sorted(results, key=lambda each: (str(each.get("created_at")), each["id"]), reverse=True)]


def in_progress(results: Sequence[Mapping[str, Any]]) -> list[str]:
    return [each["id"] for each in results if each["status"] == "InProgress"]
