# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Insights of a cluster: what EKS found when it last looked, and what that means for an upgrade. Pure.

Facts: EKS looks once a day, or when StartInsightsRefresh asks it to; a refresh has no id, there is one per cluster. UNKNOWN means that EKS could
not look, which is no reason to go on. EKS API reference, ListInsights, DescribeInsight, StartInsightsRefresh.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.naming import USER_KEYS, to_snake
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Verdict, done, failed, pending
from ansible_collections.fleetops.eks.plugins.module_utils._eks import versions

CATEGORIES = ("UPGRADE_READINESS", "MISCONFIGURATION", "ROLLBACK_READINESS")
STATUSES = ("PASSING", "WARNING", "ERROR", "UNKNOWN")
BLOCKING = frozenset({"ERROR", "UNKNOWN"})
KEPT = USER_KEYS | {"additionalInfo"}
"""The keys of additionalInfo are titles of links, for people."""


def filters(params: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the filter of ListInsights; empty when all are wanted. A version that cannot be one is refused."""
    for version in params.get("kubernetes_versions") or ():
        versions.minor(version)
    given = {"categories": params.get("categories"), "kubernetesVersions": params.get("kubernetes_versions"), "statuses": params.get("statuses")}
    return {name: list(values) for name, values in given.items() if values}


def refresh_verdict(before: Mapping[str, Any] | None, now: Mapping[str, Any] | None) -> Verdict:
    """Where the refresh that was asked for stands. `before` is what DescribeInsightsRefresh told before: its end must not be taken for the new one's."""
    if now is None or _same_refresh(before, now):
        return pending("IN_PROGRESS")
    status, words = now["status"], str(now.get("message") or "EKS gives no reason").rstrip(".")
    if status == "COMPLETED":
        return done(status)
    return failed(f"status {status}: {words}") if status == "FAILED" else pending(status)


def _same_refresh(before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> bool:
    """Whether an answer is still about a refresh that was over before; one that ran then is the one that goes on."""
    if before is None or before["status"] == "IN_PROGRESS" or now["status"] == "IN_PROGRESS":
        return False
    return now.get("startedAt") is not None and now.get("startedAt") == before.get("startedAt")


def to_result(insight: Mapping[str, Any]) -> dict[str, Any]:
    """Return an insight with its status and reason beside its name."""
    plain: dict[str, Any] = to_snake(insight, user_keys=KEPT)
    status = plain.pop("insight_status", None) or {}
    return {**plain, "status": status.get("status"), "reason": status.get("reason")}


def summary(insights: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return counts to decide by: of every status, also where there is none, in all and by category; and what stands in the way."""
    seen = [each["last_refresh_time"] for each in insights if each.get("last_refresh_time")]
    return {
        "total": len(insights),
        "by_status": _counts(insights),
        "by_category": {name: _counts([each for each in insights if each.get("category") == name]) for name in CATEGORIES},
        "blocking": sorted(each["name"] for each in insights if each["status"] in BLOCKING),
        "oldest_refresh_time": min(seen, default=None),
    }


def _counts(insights: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    return {status: sum(each["status"] == status for each in insights) for status in STATUSES}
