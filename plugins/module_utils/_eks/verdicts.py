# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a status means: answers of EKS in, verdicts out. No clients, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Verdict, done, failed, pending

BROKEN = frozenset({"FAILED", "CREATE_FAILED", "DELETE_FAILED", "UPDATE_FAILED"})
EARLIER = frozenset({"CREATE_FAILED", "UPDATE_FAILED"})
"""What no deletion ends in: a read shows for a moment what was before it."""


def update_verdict(update: Mapping[str, Any] | None) -> Verdict:
    """An Update of DescribeUpdate: InProgress, Successful, Failed or Cancelled; its errors are the reason. An update that is gone is over."""
    if update is None or update["status"] == "Successful":
        return done()
    words = f"{update.get('type', 'update')} {update['status']}"
    if update["status"] == "InProgress":
        return pending(words, update_id=update["id"])
    return failed(f"{words}: {_errors(update.get('errors') or [])}", update_id=update["id"])


def cancelled_verdict(update: Mapping[str, Any] | None) -> Verdict:
    """An Update that was asked to be cancelled: EKS does so as well as it can, and may be too late."""
    status = "Successful" if update is None else update["status"]
    cancellation = (update or {}).get("cancellation") or {}
    if status == "Cancelled":
        return done(status)
    if status == "InProgress" and cancellation.get("status") != "Failed":
        return pending("being cancelled", update_id=(update or {}).get("id"))
    return failed(f"{(update or {}).get('type', 'update')} {status}; cancellation: {cancellation.get('reason') or 'it came too late'}")


def active_verdict(resource: Mapping[str, Any] | None, *, accept_degraded: bool = False) -> Verdict:
    """A resource that is to become ACTIVE; `accept_degraded` takes DEGRADED for done as well."""
    if resource is None:
        return failed("it does not exist any more")
    status = resource["status"]
    if status == "ACTIVE" or (status == "DEGRADED" and accept_degraded):
        return done(status)
    if status in BROKEN or status in ("DEGRADED", "DELETING"):
        return failed(f"status {status}{issues_text(resource)}", status=status, health=resource.get("health"))
    return pending(status, status=status)


def deleted_verdict(resource: Mapping[str, Any] | None) -> Verdict:
    """A resource that is to be gone."""
    if resource is None:
        return done()
    status = resource.get("status", "DELETING")
    if status in BROKEN - EARLIER:
        return failed(f"status {status}{issues_text(resource)}", status=status)
    return pending(status, status=status)


def _errors(errors: Sequence[Mapping[str, Any]]) -> str:
    texts = [f"{error.get('errorCode')}: {error.get('errorMessage')}{_ids(error)}" for error in errors]
    return "; ".join(texts) or "EKS gives no reason"


def issues_text(resource: Mapping[str, Any]) -> str:
    """Return the health issues of a resource as `; code: message (ids)`, to stand behind its status."""
    issues = (resource.get("health") or {}).get("issues") or []
    return "".join(f"; {issue.get('code')}: {str(issue.get('message')).rstrip('.')}{_ids(issue)}" for issue in issues)


def _ids(holder: Mapping[str, Any]) -> str:
    return f" ({', '.join(holder['resourceIds'])})" if holder.get("resourceIds") else ""
