# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The I/O half that nouns of SSM share."""

from __future__ import annotations

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking
from ansible_collections.fleetops.eks.plugins.module_utils._aws.propagation import Propagation
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Busy, ServiceError
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Step
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Clock, Verdict, done

GONE = frozenset({"InvalidActivationId", "InvalidActivation", "InvalidInstanceId"})


class LiveSsm:
    """A subclass says its noun, observes, plans, and settles what is its own."""

    noun = "resource"

    def __init__(self, client: Any, *, clock: Clock | None = None) -> None:
        self.client = client
        self.held = Propagation(("toomanyupdates",), clock=clock)

    def in_flight(self, state: Any) -> Verdict | None:
        return None

    def busy(self, error: Busy) -> Verdict:
        """SSM names no operation that stands in the way: the next try tells."""
        return done()

    def describe(self, step: Step) -> str:
        return f"{step.operation.replace('_', ' ')} ({self.noun})"

    def call(self, step: Step) -> dict[str, Any]:
        """Make the step's call. What is gone when it is to be deleted is deleted."""
        try:
            with speaking(self.describe(step)):
                answer = getattr(self.client, step.operation)(**step.request)
        except ServiceError as error:
            return self._weigh(step, error)
        return {key: value for key, value in answer.items() if key != "ResponseMetadata"}

    def _weigh(self, step: Step, error: ServiceError) -> dict[str, Any]:
        if error.code in GONE and step.settle == "deleted":
            return {}
        raise self.held.weigh(error)
