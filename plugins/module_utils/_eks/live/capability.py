# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Capabilities of a cluster, live."""

from __future__ import annotations

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Busy
from ansible_collections.fleetops.eks.plugins.module_utils._core.naming import to_snake
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan, Step
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Clock, Deadline, SystemClock, Verdict, done, pending
from ansible_collections.fleetops.eks.plugins.module_utils._eks import capability, verdicts
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api import capability as api
from ansible_collections.fleetops.eks.plugins.module_utils._eks.capability_values import CapabilitySpec, CapabilityState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.patient import PatientResource

VISIBILITY = 30.0
"""Seconds that an update, once successful, may stay unseen by reads."""


class LiveCapability(PatientResource):
    """One capability of a cluster."""

    def __init__(self, client: Any, spec: CapabilitySpec, *, present: bool = True, wait: bool = True, clock: Clock | None = None) -> None:
        super().__init__(client, spec.cluster_name, clock=clock)
        self.spec = spec
        self.present = present
        self.wait = wait
        self.noun = f"capability {spec.name}"
        self._others: list[dict[str, Any]] = []
        self._patience: Deadline | None = None
        self._clock = clock or SystemClock()

    def observe(self) -> CapabilityState | None:
        """The cluster's other capabilities count where this one is yet to come."""
        answer, self._others = self._read(), []
        if answer is None and self.present:
            self._others = self.require_cluster(listed(self.client, self.cluster))
        return CapabilityState.from_api(answer)

    def in_flight(self, state: CapabilityState | None) -> Verdict | None:
        return capability.in_flight(self.spec, state, self._others) if self.wait or self.plan(state) else None

    def plan(self, state: CapabilityState | None) -> Plan:
        return capability.plan_present(self.spec, state, self._others) if self.present else capability.plan_absent(self.spec, state)

    def verdict(self, step: Step, answer: Any) -> Verdict:
        """An update by its id, then by what DescribeCapability shows, which is late."""
        if step.settle is None:
            return done()
        read = self._read()
        if step.settle == "deleted":
            return verdicts.deleted_verdict(read)
        if step.settle == "active":
            return verdicts.active_verdict(read) if read is not None else pending("not visible yet")
        verdict = self._update(answer["update"]["id"])
        return verdict if verdict.kind != "done" else self._visible(step)

    def _visible(self, step: Step) -> Verdict:
        """What succeeded shows a moment later; what never does, reconcile's look afterwards names."""
        self._patience = self._patience or Deadline(self._clock, VISIBILITY)
        state = self.observe()
        left = [(change.path, change.after) for other in self.plan(state).steps for change in other.changes]
        if self._patience.remaining() <= 0 or not any((change.path, change.after) in left for change in step.changes):
            return capability.in_flight(self.spec, state) or done()
        return pending("not visible yet")

    def busy(self, error: Busy) -> Verdict:
        """Where the update that stands in the way stands: this capability's, or else the cluster's."""
        if error.update_id is None:
            return self._own() or done()
        verdict = self._update(error.update_id)
        if verdict.kind == "failed":
            return done(verdict.reason)
        return super().busy(error) if verdict.kind == "done" else verdict

    def _own(self) -> Verdict | None:
        return capability.in_flight(self.spec, CapabilityState.from_api(self._read()))

    def _read(self) -> dict[str, Any] | None:
        with speaking(f"read {self.noun} of cluster {self.cluster}"):
            return api.describe_capability(self.client, self.cluster, self.spec.name)

    def _update(self, update_id: str) -> Verdict:
        return self.under_way(update_id, capabilityName=self.spec.name)


def listed(client: Any, cluster: str) -> list[dict[str, Any]] | None:
    """Return the summaries of a cluster's capabilities; None when there is no such cluster."""
    with speaking(f"list the capabilities of cluster {cluster}"):
        return api.list_capabilities(client, cluster)


def described_all(client: Any, cluster: str, name: str | None) -> list[dict[str, Any]]:
    """Return the capabilities of a cluster, or the one of that name, in the order of their names."""
    found = PatientResource(client, cluster).require_cluster(listed(client, cluster))
    with speaking(f"read the capabilities of cluster {cluster}"):
        names = sorted(each["capabilityName"] for each in found if name in (None, each["capabilityName"]))
        answers = [api.describe_capability(client, cluster, each) for each in names]
    return [to_snake(answer) for answer in answers if answer is not None]
