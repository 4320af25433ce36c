# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Registrations at an Argo CD, live."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._argocd import applications as apps
from ansible_collections.fleetops.eks.plugins.module_utils._argocd.cluster import SELECTOR, ClusterSpec, ClusterState, find, plan_present, secret_name, trimmed
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Busy, ParentMissing, Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan, Step
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Verdict, done, pending
from ansible_collections.fleetops.eks.plugins.module_utils._kube.client import FIELD_MANAGER, KubeClient
from ansible_collections.fleetops.eks.plugins.module_utils._kube.kinds import Reference
from ansible_collections.fleetops.eks.plugins.module_utils._kube.readiness import gone


@dataclass(frozen=True)
class Registration:
    """What a hub knows of a server. found: its one registration; doomed: all of them, where they are to go, with what depends on them."""

    found: ClusterState | None = None
    doomed: tuple[ClusterState, ...] = ()
    applications: tuple[apps.Application, ...] = ()
    selected_by: tuple[str, ...] = ()


class LiveCluster:
    """One server's registration. `applications`: what becomes of the Applications that need it, when it is to go."""

    def __init__(self, client: KubeClient, spec: ClusterSpec, *, present: bool = True, applications: str = "refuse") -> None:
        self.client = client
        self.spec = spec
        self.present = present
        self.applications = applications

    def observe(self) -> Registration:
        try:
            states = registrations(self.client, self.spec.argocd_namespace)
        except ParentMissing:
            if self.present:
                raise
            return Registration()
        return Registration(found=find(self.spec, states) or self._stray()) if self.present else self._doomed(states)

    def nothing(self) -> Registration:
        return Registration()

    def in_flight(self, state: Registration) -> Verdict | None:
        if self.present or self.applications != "wait" or not state.applications:
            return None
        return pending(f"deployed to by {len(state.applications)} Applications", applications=[str(application) for application in state.applications])

    def plan(self, state: Registration) -> Plan:
        if self.present:
            return plan_present(self.spec, state.found)
        return apps.plan_absent(state.doomed, state.applications, state.selected_by, self.applications)

    def perform(self, step: Step) -> Any:
        return _PERFORM[step.operation](self, step)

    def verdict(self, step: Step, answer: Any) -> Verdict:
        return gone(self.client.get(self._reference(step)))

    def busy(self, error: Busy) -> Verdict:
        return done()

    def describe(self, step: Step) -> str:
        return f"{step.operation.replace('_', ' ')} {step.subject or self.spec.server} at Argo CD"

    def _doomed(self, states: Sequence[ClusterState]) -> Registration:
        doomed = tuple(state for state in states if state.server == self.spec.server)
        if not doomed:
            return Registration()
        found = apps.targeting(self.client.list(apps.API, "Application") or [], doomed)
        sets = self.client.list(apps.API, "ApplicationSet", namespace=self.spec.argocd_namespace) or []
        return Registration(doomed=doomed, applications=found, selected_by=apps.selecting(sets, doomed))

    def _stray(self) -> ClusterState | None:
        """Return the Secret that has our name but not the label: Argo CD's own API takes only the label away when a cluster is removed there."""
        name = secret_name(self.spec)
        secret = self.client.get(Reference("v1", "Secret", name, self.spec.argocd_namespace))
        state = ClusterState.from_api(secret, FIELD_MANAGER) if secret else None
        if state is not None and state.server != trimmed(self.spec.server):
            raise Refusal(
                f"Secret {name} of namespace {self.spec.argocd_namespace} exists, and is no registration of {self.spec.server}.",
                remedy="Choose another secret_name.",
                fields=("secret_name",),
            )
        return state

    def _reference(self, step: Step) -> Reference:
        if step.operation == "delete":
            return Reference("v1", "Secret", step.request["name"], self.spec.argocd_namespace)
        return Reference(apps.API, "Application", step.request["name"], step.request["namespace"])

    def _apply(self, step: Step) -> Any:
        """Forced: only what is declared is sent, and Argo takes fields over when it rewrites the Secret."""
        return self.client.apply(step.request, force=True)

    def _merge(self, step: Step) -> Any:
        return self.client.merge(Reference("v1", "Secret", step.subject, self.spec.argocd_namespace), step.request)

    def _delete(self, step: Step) -> Any:
        return self.client.delete(self._reference(step))

    def _delete_application(self, step: Step) -> Any:
        """With the finalizer, so that Argo deletes what the Application deployed."""
        live = self.client.get(self._reference(step))
        finalizers = apps.cascading(live["metadata"].get("finalizers") or []) if live else None
        if finalizers:
            self.client.merge(self._reference(step), {"metadata": {"finalizers": finalizers}})
        return self.client.delete(self._reference(step))

    def _orphan_application(self, step: Step) -> Any:
        """Without finalizers, so that what the Application deployed stays. It may be gone already: its ApplicationSet deletes it as well."""
        if self.client.get(self._reference(step)) is not None:
            self.client.merge(self._reference(step), {"metadata": {"finalizers": None}})
        return self.client.delete(self._reference(step))


_PERFORM = {
    "apply": LiveCluster._apply,
    "merge": LiveCluster._merge,
    "delete": LiveCluster._delete,
    "delete_application": LiveCluster._delete_application,
    "orphan_application": LiveCluster._orphan_application,
}


def registrations(client: KubeClient, namespace: str) -> list[ClusterState]:
    """Return all registrations of the Argo CD in that namespace, by the names of their Secrets."""
    secrets = client.list("v1", "Secret", namespace=namespace, selector=SELECTOR) or []
    return sorted((ClusterState.from_api(secret, FIELD_MANAGER) for secret in secrets), key=lambda state: state.secret_name)
