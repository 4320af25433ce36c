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


class Once:
    """reads: the client for everything that may be repeated; writes: the one that repeats nothing."""

    def __init__(self, reads: Any, writes: Any, clock: Clock) -> None:
        self.reads = reads
        self.writes = writes
        self.clock = clock

    def create(self, request: Mapping[str, Any], *, what: str, call_id: str) -> dict[str, Any]:
        """Return the answer, the code with it; the error of the last try, with nothing left behind."""
        tagged = {**request, "Tags": [*request["Tags"], {"Key": CALL_TAG, "Value": call_id}]}
        lost = False
        for pause in PAUSES:
            try:
                with speaking(what):
                    answer = self.writes.create_activation(**tagged)
            except FleetopsError as error:
                again = answer_is_lost(error) or _throttled(error)
                lost = lost or answer_is_lost(error)
                self.clock.sleep(pause if again else 0)
                self._sweep(what, call_id, lost)
                if pause == PAUSES[-1] or not again:
                    raise
            else:
                self._sweep(what, call_id, lost, keep=answer["ActivationId"])
                return dict(answer)
        raise AssertionError("the last try returns or raises")

    def delete(self, activation_id: str) -> None:
        with speaking(f"delete activation {activation_id}"):
            self.reads.delete_activation(ActivationId=activation_id)

    def _sweep(self, what: str, call_id: str, lost: bool, *, keep: str = "") -> None:
        """Delete what unanswered tries left, but for the one to keep."""
        if not lost:
            return
        mark = {"Key": CALL_TAG, "Value": call_id}
        with speaking(f"look for what an unanswered try to {what} left (tag {CALL_TAG}={call_id})"):
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
