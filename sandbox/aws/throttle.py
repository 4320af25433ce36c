"""How many calls of EKS an account may make in a region: a bucket for each, as the service has them."""

from __future__ import annotations

import time
from collections.abc import Callable

from sandbox.aws import protocol
from sandbox.aws.errors import ApiError
from sandbox.aws.request import Call

BURST = 2.0  # seconds' worth of calls that may come at once


class Throttle:
    """Token buckets by account and region; time is the machine's, as that of the callers who wait."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}

    def refusal(self, call: Call, rate: float) -> ApiError | None:
        """Return the refusal of a call beyond the rate (calls a second; 0 is no limit), in the code that its operation declares."""
        if rate <= 0 or call.service != "eks" or not call.operation:
            return None
        place, now, most = (call.account, call.region), self._now(), max(rate * BURST, 1.0)
        left, since = self._buckets.get(place, (most, now))
        left = min(most, left + (now - since) * rate)
        self._buckets[place] = (left - 1 if left >= 1 else left, now)
        return None if left >= 1 else ApiError(_code(call.operation), "Rate exceeded")

    def clear(self) -> None:
        self._buckets.clear()


def _code(operation: str) -> str:
    """ThrottlingException where the model has it; reads were seen to answer TooManyRequestsException (awslabs/amazon-eks-ami, pull request 218)."""
    declared = {shape.name for shape in protocol.load("eks").operation(operation).error_shapes}
    return "ThrottlingException" if "ThrottlingException" in declared else "TooManyRequestsException"
