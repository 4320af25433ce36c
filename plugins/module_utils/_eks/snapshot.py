# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a cluster is, in one value: what a report needs of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Answer = Mapping[str, Any]


def summary(
    cluster: Answer, *, nodegroups: Sequence[Answer], addons: Sequence[Answer], entries: Sequence[str], associations: int, insights: Sequence[Answer]
) -> dict[str, Any]:
    """Return the snapshot of a cluster that exists."""
    vpc = cluster.get("resourcesVpcConfig") or {}
    return {
        "exists": True,
        "name": cluster["name"],
        "arn": cluster.get("arn"),
        "status": cluster.get("status"),
        "version": cluster.get("version"),
        "platform_version": cluster.get("platformVersion"),
        "support_type": (cluster.get("upgradePolicy") or {}).get("supportType"),
        "endpoint_public_access": vpc.get("endpointPublicAccess"),
        "endpoint_private_access": vpc.get("endpointPrivateAccess"),
        "encrypted": bool(cluster.get("encryptionConfig")),
        "deletion_protection": bool(cluster.get("deletionProtection")),
        "nodegroups": [_nodegroup(group) for group in nodegroups],
        "addons": [_addon(addon) for addon in addons],
        "access_entries": len(entries),
        "pod_identity_associations": associations,
        "insights": [{"name": insight.get("name"), "status": (insight.get("insightStatus") or {}).get("status")} for insight in insights],
        "issues": _issues(cluster, nodegroups, addons),
    }


def absent(name: str) -> dict[str, Any]:
    """Return the snapshot of a cluster that does not exist, with the same keys."""
    empty = summary({"name": name}, nodegroups=(), addons=(), entries=(), associations=0, insights=())
    return {**empty, "exists": False}


def _nodegroup(group: Answer) -> dict[str, Any]:
    scaling = group.get("scalingConfig") or {}
    sizes = {f"{side}_size": scaling.get(f"{side}Size") for side in ("min", "max", "desired")}
    return {"name": group.get("nodegroupName"), "status": group.get("status"), "version": group.get("version"), **sizes}


def _addon(addon: Answer) -> dict[str, Any]:
    return {"name": addon.get("addonName"), "status": addon.get("status"), "version": addon.get("addonVersion")}


def _issues(cluster: Answer, nodegroups: Sequence[Answer], addons: Sequence[Answer]) -> list[str]:
    """Return what is not as it should be, in words, the health issues of EKS included."""
    named = [("cluster", cluster.get("name"), cluster)]
    named += [("node group", group.get("nodegroupName"), group) for group in nodegroups]
    named += [("add-on", addon.get("addonName"), addon) for addon in addons]
    return [text for kind, name, answer in named for text in _of(f"{kind} {name}", answer)]


def _of(what: str, answer: Answer) -> list[str]:
    texts = [f"{what}: {issue.get('code')}: {issue.get('message')}" for issue in (answer.get("health") or {}).get("issues") or []]
    status = answer.get("status")
    return texts or ([f"{what} is {status}"] if status not in (None, "ACTIVE") else [])
