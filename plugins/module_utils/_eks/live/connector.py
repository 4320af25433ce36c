# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters from elsewhere, live. The code that registers their agent goes from the answer into a file, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import FleetopsError
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan, Step
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Clock, Verdict, done, pending
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.cluster import describe_cluster
from ansible_collections.fleetops.eks.plugins.module_utils._eks.connector import (
    ConnectorSpec,
    ConnectorState,
    connected_verdict,
    described,
    plan_absent,
    plan_present,
)
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.patient import PatientResource
from ansible_collections.fleetops.eks.plugins.module_utils._ssm.codefile import CodeFile


def utc_now() -> datetime:
    return datetime.now(UTC)


class LiveConnector(PatientResource):
    """One cluster from elsewhere, found by its name. `wait`: until its agent has registered, where it is registered already."""

    def __init__(
        self,
        client: Any,
        spec: ConnectorSpec,
        *,
        present: bool = True,
        wait: bool = False,
        clock: Clock | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        super().__init__(client, spec.name, clock=clock)
        self.spec = spec
        self.present = present
        self.wait = wait
        self.now = now
        self.noun = "connection"
        self.file = CodeFile(spec.code_dest) if spec.code_dest else None

    def observe(self) -> ConnectorState:
        answer = self._described()
        return ConnectorState(None if answer is None else described(answer), self.file.activation_id() if self.file else None, self.now())

    def plan(self, state: ConnectorState) -> Plan:
        return plan_present(self.spec, state) if self.present else plan_absent(self.spec, state)

    def in_flight(self, state: ConnectorState) -> Verdict | None:
        """Waiting for an agent is for what would not change: a plan is carried out first, and the manifest applied."""
        if not (self.wait and self.present) or state.raw is None or self.plan(state):
            return None
        return connected_verdict(state)

    def perform(self, step: Step) -> Any:
        if step.operation == "register_cluster":
            return self._register(step)
        if step.operation == "remove_code":
            self._file().remove()
            return {}
        super().perform(step)
        return {}

    def verdict(self, step: Step, answer: Mapping[str, Any]) -> Verdict:
        """A registration is there when EKS tells of this activation, not of one before."""
        if step.settle is None:
            return done()
        found = self._described()
        if step.settle == "deleted":
            return done() if found is None else pending("still listed")
        seen = ((found or {}).get("connectorConfig") or {}).get("activationId") == answer["activation_id"]
        return done() if seen else pending("not yet visible")

    def _described(self) -> dict[str, Any] | None:
        with speaking(f"read cluster {self.cluster}"):
            found: dict[str, Any] | None = describe_cluster(self.client, self.cluster)
        return found

    def _file(self) -> CodeFile:
        if self.file is None:  # the plan refuses to register without one, and removes only what there is
            raise AssertionError(self.noun)
        return self.file

    def _register(self, step: Step) -> dict[str, Any]:
        """Return the activation's id; a repeated call carries botocore's client token, so that a lost answer is answered again."""
        with self._file().reserved() as write:
            connector = super().perform(step)["cluster"]["connectorConfig"]
            try:
                write({"activation_id": connector["activationId"], "activation_code": connector["activationCode"], "region": self.client.meta.region_name})
            except OSError as error:
                self._undo()
                raise FleetopsError(
                    f"Could not write {self.spec.code_dest}: {error.strerror}; cluster {self.cluster}, registered for it, is deregistered.",
                    remedy="Free space, or choose another code_dest.",
                ) from error
        self.spec = replace(self.spec, renew="if_needed")  # asked to renew always: this was it
        return {"activation_id": connector["activationId"]}

    def _undo(self) -> None:
        """A registration whose code is nowhere is of no use to anybody."""
        with speaking(f"deregister cluster {self.cluster}, whose code could not be kept"):
            self.client.deregister_cluster(name=self.cluster)
