# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gathers what _eks/cluster_gate.py judges: insights, the history of updates, the catalogue of versions. Asks only what a plan needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import DENIED, speaking
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import FleetopsError, ServiceError
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Clock, Deadline, settle
from ansible_collections.fleetops.eks.plugins.module_utils._eks import cluster_gate as gate
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api import cluster as api
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.insight import describe_insights_refresh
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster_rules import Problem, refusal
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster_values import ClusterSpec, ClusterState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.insight import refresh_verdict

PATIENCE = 900.0
"""Seconds for EKS to look at a cluster anew; it takes a few minutes."""
_ADVICE = "Allow eks:ListInsights, eks:StartInsightsRefresh and eks:DescribeInsightsRefresh, or set insights_gate: none."


class Evidence:
    """What EKS says for and against the changes of one cluster. `refresh` False: insights are taken as they are (check mode)."""

    def __init__(self, client: Any, spec: ClusterSpec, *, clock: Clock, refresh: bool = True) -> None:
        self.client = client
        self.spec = spec
        self.clock = clock
        self.refresh = refresh
        self.told: dict[str, Any] | None = None
        """The way of versions that was examined last, for the result: from, to, hops, climbed, findings."""

    def examine(self, plan: Plan, state: ClusterState | None) -> Plan:
        """Return the plan with what is worth knowing about it; a Refusal where EKS would not take it."""
        hops = gate.hops(plan)
        if state is not None and hops:
            self.told = {"from": state.version, "to": hops[-1], "hops": hops, "climbed": [], "findings": []}
        problems, warnings = self._catalogued(plan, state)
        if state is not None and hops:
            back = gate.goes_back(state, hops[0])
            problems += self._historic(state, hops[0]) if back else []
            held, notes = self.gated(hops[0], back=back) if not problems else ([], [])
            problems, warnings = problems + held, warnings + notes
        if problems:
            error = refusal(self.spec.name, problems)
            error.facts.update({"upgrade": self.told} if self.told else {})
            raise error
        return replace(plan, warnings=(*plan.warnings, *warnings))

    def before_hop(self, version: str) -> None:
        """Look before each hop but the first, which the plan has looked at: the cluster is another one now."""
        told = self.told
        if told is None or version not in told["hops"][1:] or version in told["climbed"]:
            return
        told["climbed"] = told["hops"][: told["hops"].index(version)]
        problems, _warnings = self.gated(version, back=False, moved=True)
        if problems:
            climbed = f"Cluster {self.spec.name} has climbed to {told['climbed'][-1]}."
            raise FleetopsError(f"{climbed} {problems[0].message[0].upper()}{problems[0].message[1:]}", remedy=problems[0].remedy, upgrade=told)

    def gated(self, version: str, *, back: bool, moved: bool = False) -> tuple[list[Problem], list[str]]:
        """Return what insights say to a version: what stops it, and what is only worth knowing."""
        if self.spec.force or self.spec.insights_gate == "none":
            return [], []
        found = gate.findings(self._insights(version, back=back, moved=moved))
        if self.told is not None:
            self.told["findings"] = found
        held = gate.blocking(found, self.spec.insights_gate)
        others = [finding for finding in found if finding not in held]
        notes = [f"Insights of cluster {self.spec.name} on the way to {version}: {gate.told(others)}."] if others else []
        return [gate.gate_problem(version, held, back=back)] if held else [], notes

    def rollback_under_way(self) -> Mapping[str, Any] | None:
        return gate.running_rollback(self._updates()[0])

    def _catalogued(self, plan: Plan, state: ClusterState | None) -> tuple[list[Problem], list[str]]:
        if not gate.needs_catalogue(plan, self.spec):
            return [], []
        if isinstance(self._catalogue, ServiceError):
            return [], [f"The catalogue of versions was not asked: {self._catalogue.message}"]
        return list(gate.catalogue_problems(self.spec, state, plan, self._catalogue)), []

    @cached_property
    def _catalogue(self) -> dict[str, dict[str, Any]] | ServiceError:
        """Who may not read it has EKS refuse what it would have told beforehand."""
        try:
            with speaking("read the catalogue of versions"):
                return api.versions_on_offer(self.client)
        except ServiceError as error:
            if error.code in DENIED:
                return error
            raise

    def _historic(self, state: ClusterState, version: str) -> list[Problem]:
        return list(gate.history_problems(state, version, *self._updates()))

    def _updates(self) -> tuple[list[dict[str, Any]], datetime]:
        with speaking(f"read the updates of cluster {self.spec.name}"):
            return api.list_updates(self.client, self.spec.name)

    def _insights(self, version: str, *, back: bool, moved: bool) -> list[dict[str, Any]]:
        """Those about the version; a rollback's are about the cluster as it is."""
        about = (gate.ROLLBACK, None) if back else (gate.UPGRADE, version)
        found, now = self._listed(*about)
        if self.refresh and (moved or gate.stale(found, now)):
            self._refreshed()
            found, now = self._listed(*about)
        return found

    def _listed(self, category: str, version: str | None) -> tuple[list[dict[str, Any]], datetime]:
        with _advised(), speaking(f"list insights of cluster {self.spec.name}"):
            return api.list_insights(self.client, self.spec.name, category, version)

    def _refreshed(self) -> None:
        """Let EKS look anew. The end of an earlier refresh is not taken for the end of this one."""
        what = f"refresh insights of cluster {self.spec.name}"
        before = self._last_refresh()
        with _advised(), speaking(what):
            api.start_insights_refresh(self.client, self.spec.name)
        settle(lambda: refresh_verdict(before, self._last_refresh()), what=what, deadline=Deadline(self.clock, PATIENCE), progress=lambda text: None)

    def _last_refresh(self) -> dict[str, Any] | None:
        with _advised(), speaking(f"describe the refresh of insights of cluster {self.spec.name}"):
            return describe_insights_refresh(self.client, self.spec.name)


@contextmanager
def _advised() -> Iterator[None]:
    """Let who may not read insights know what to do: without them nothing speaks for a change of version."""
    try:
        yield
    except ServiceError as error:
        if error.code in DENIED:
            error.remedy = _ADVICE
        raise
