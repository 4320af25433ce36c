# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CreateActivation made once. It knows no client token: where its answer is lost, nobody knows whether there is an activation, and its code is lost anyway.

So each call carries a tag of its own, by which what an unanswered one left behind is found and deleted before the next, and after the last.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import FleetopsError, ServiceError
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Clock
from ansible_collections.fleetops.eks.plugins.module_utils._ssm import api
from ansible_collections.fleetops.eks.plugins.module_utils._ssm.activation import CALL_TAG

try:
    from botocore.exceptions import HTTPClientError
    from botocore.parsers import ResponseParserError
except ImportError:
    LOST: tuple[type[Exception], ...] = ()
else:
    LOST = (HTTPClientError, ResponseParserError)

PAUSES = (1.0, 2.0, 4.0, 8.0, 10.0)
"""Seconds after each failed try: long enough for an activation that it made to be listed. As many tries as pauses."""
THROTTLED = frozenset({"ThrottlingException", "Throttling", "RequestLimitExceeded", "TooManyRequestsException", "RequestThrottled", "SlowDown"})


GONE = frozenset({"InvalidActivationId", "InvalidActivation"})


class Once:
    """reads: the client for everything that may be repeated; writes: the one that repeats nothing."""

    def __init__(self, reads: Any, writes: Any, clock: Clock) -> None:
        self.reads = reads
        self.writes = writes
        self.clock = clock

    def create(self, request: Mapping[str, Any], *, what: str, call_id: str) -> tuple[dict[str, Any], bool]:
        """Return the answer, the code with it, and whether an answer before it was lost: then `sweep` once more, when the new one is listed.

        The error of the last try otherwise, with nothing left behind.
        """
        tagged = {**request, "Tags": [*request["Tags"], {"Key": CALL_TAG, "Value": call_id}]}
        lost = False
        for pause in PAUSES:
            try:
                with speaking(what):
                    return dict(self.writes.create_activation(**tagged)), lost
            except FleetopsError as error:
                again = answer_is_lost(error) or _throttled(error)
                lost = lost or answer_is_lost(error)
                self.clock.sleep(pause if again else 0)
                if lost:
                    self.sweep(call_id)
                if pause == PAUSES[-1] or not again:
                    raise
        raise AssertionError("the last try returns or raises")

    def delete(self, activation_id: str) -> None:
        """Delete an activation; one that is gone already is what a list that lags behind still shows."""
        try:
            with speaking(f"delete activation {activation_id}"):
                self.reads.delete_activation(ActivationId=activation_id)
        except ServiceError as error:
            if error.code not in GONE:
                raise

    def sweep(self, call_id: str, *, keep: str = "") -> None:
        """Delete what unanswered tries of a call left, but for the one to keep."""
        mark = {"Key": CALL_TAG, "Value": call_id}
        with speaking(f"look for activations that unanswered tries left (tag {CALL_TAG}={call_id})"):
            found = [one["ActivationId"] for one in api.describe_activations(self.reads) if mark in (one.get("Tags") or [])]
        for activation_id in found:
            if activation_id != keep:
                self.delete(activation_id)


def answer_is_lost(error: FleetopsError) -> bool:
    """Whether the call may have been carried out all the same: no answer came, or one that the service failed while making."""
    if isinstance(error, ServiceError):
        return int(error.facts["error"].get("status") or 0) >= 500
    return isinstance(error.__cause__, LOST)


def _throttled(error: FleetopsError) -> bool:
    return isinstance(error, ServiceError) and error.code in THROTTLED
