# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of leases, live."""

from __future__ import annotations

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Busy, ServiceError
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan, Step
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Verdict, done
from ansible_collections.fleetops.eks.plugins.module_utils._lock import api
from ansible_collections.fleetops.eks.plugins.module_utils._lock.table import plan_table, table_verdict


class LiveTable:
    """One table. Whoever else makes it at the same time makes the same."""

    def __init__(self, client: Any, name: str, *, protected: bool) -> None:
        self.client = client
        self.name = name
        self.protected = protected

    def observe(self) -> dict[str, Any] | None:
        with speaking(f"read table {self.name}"):
            found: dict[str, Any] | None = api.describe_table(self.client, self.name)
        return found

    def nothing(self) -> None:
        return None

    def in_flight(self, state: dict[str, Any] | None) -> Verdict | None:
        return None if state is None else table_verdict(state)

    def plan(self, state: dict[str, Any] | None) -> Plan:
        return plan_table(self.name, state, protected=self.protected)

    def perform(self, step: Step) -> Any:
        try:
            with speaking(self.describe(step)):
                getattr(self.client, step.operation)(**step.request)
        except ServiceError as error:
            if not _made_by_another(step, error):
                raise
        return {}

    def verdict(self, step: Step, answer: Any) -> Verdict:
        return table_verdict(self.observe())

    def busy(self, error: Busy) -> Verdict:
        return done()

    def describe(self, step: Step) -> str:
        return f"{step.operation.replace('_', ' ')} (table {self.name})"


def _made_by_another(step: Step, error: ServiceError) -> bool:
    exists = step.operation == "create_table" and error.code == "ResourceInUseException"
    enabled = step.operation == "update_time_to_live" and "already enabled" in error.message.lower()
    return exists or enabled
