# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes' Status answers as errors of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import ServiceError

UNAUTHORIZED = {
    True: "EKS does not know this token's identity: give the IAM role or user that this task runs as an access entry on the cluster"
    " (a new entry takes a few seconds to work, and a role made anew under the same ARN needs a new entry), or run as another (profile).",
    False: "The token or certificate is wrong or has expired: renew it.",
}
FORBIDDEN = {
    True: "Associate an access policy (for example AmazonEKSClusterAdminPolicy) with the access entry of this task's identity,"
    " or bind a role that allows this to its Kubernetes groups.",
    False: "Bind a role that allows this to the user that the message names.",
}
REMEDIES = {
    "NotFound": "Check the name, the namespace and the API version.",
    "Invalid": "Correct the fields that the message names.",
    "BadRequest": "Correct the manifest as the message says.",
    "TooManyRequests": "The API refused after all retries: run with fewer forks, or again later.",
}


class KubeError(ServiceError):
    """The API answered with a Status: `status` is its HTTP code, `code` its reason, `causes` the details it gives."""

    def __init__(self, message: str, *, code: str, status: int, remedy: str, error: Mapping[str, Any], causes: list[dict[str, Any]]) -> None:
        super().__init__(message, code=code, remedy=remedy, error=error)
        self.status = status
        self.causes = causes


def kube_error(what: str, status: int, answer: Mapping[str, Any], *, label: str, eks: bool) -> KubeError:
    """Return the error for `what` (`apply ConfigMap a/b`) tried on `label`; `answer` is the Status object, or whatever came instead."""
    reason = str(answer.get("reason") or f"HTTP {status}")
    text = str(answer.get("message") or "the answer has no message").rstrip(".")
    remedy = {401: UNAUTHORIZED[eks], 403: FORBIDDEN[eks]}.get(status) or REMEDIES.get(reason, "")
    causes = list((answer.get("details") or {}).get("causes") or [])
    facts = {"message": text, "status": status, "reason": reason}
    return KubeError(f"Could not {what} on {label}: {reason}: {text}.", code=reason, status=status, remedy=remedy, error=facts, causes=causes)
