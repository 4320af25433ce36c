# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects of a Kubernetes API, live: observes, asks with dry runs, applies and deletes. Every decision is in objects.py and readiness.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Busy, FleetopsError, ParentMissing, Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.many import Many
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan, Step
from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import Outcome, Run
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Deadline, Verdict, done, settle
from ansible_collections.fleetops.eks.plugins.module_utils._kube.client import FIELD_MANAGER, KubeClient
from ansible_collections.fleetops.eks.plugins.module_utils._kube.errors import KubeError
from ansible_collections.fleetops.eks.plugins.module_utils._kube.kinds import Reference
from ansible_collections.fleetops.eks.plugins.module_utils._kube.objects import (
    OWNER_LABEL,
    ObjectState,
    checked,
    plan_absent,
    plan_present,
    prepared,
    wave_of,
)
from ansible_collections.fleetops.eks.plugins.module_utils._kube.readiness import gone, readiness


@dataclass(frozen=True)
class Declaration:
    """What a task declares. owner: the value of the owner label; prune_kinds: (apiVersion, kind) looked through beside the declared ones."""

    resources: Sequence[Mapping[str, Any]]
    present: bool = True
    namespace: str = "default"
    owner: str | None = None
    prune: bool = False
    prune_kinds: tuple[tuple[str, str], ...] = ()
    force_conflicts: bool = False
    wait: bool = True


class LiveObject:
    """One object; `manifest` None = it is to be absent."""

    def __init__(self, client: KubeClient, reference: Reference, manifest: Mapping[str, Any] | None, *, force: bool = False, wait: bool = True) -> None:
        self.client = client
        self.reference = reference
        self.manifest = manifest
        self.force = force
        self.wait = wait

    def observe(self) -> ObjectState:
        live = self.client.get(self.reference)
        return ObjectState(live, self._predicted() if self.manifest else None)

    def nothing(self) -> ObjectState:
        return ObjectState()

    def in_flight(self, state: ObjectState) -> Verdict | None:
        """An object on its way out cannot be declared present: it ends first."""
        return gone(state.live) if self.manifest and state.live and state.live["metadata"].get("deletionTimestamp") else None

    def plan(self, state: ObjectState) -> Plan:
        if self.manifest is None:
            return plan_absent(self.reference, state)
        return plan_present(self.manifest, state, manager=FIELD_MANAGER, wait=self.wait)

    def perform(self, step: Step) -> Any:
        if self.manifest is None:
            return self.client.delete(self.reference)
        return self.client.apply(self.manifest, force=self.force)

    def verdict(self, step: Step, answer: Any) -> Verdict:
        live = self.client.get(self.reference)
        return gone(live) if step.settle == "gone" else readiness(live)

    def busy(self, error: Busy) -> Verdict:
        return done()

    def describe(self, step: Step) -> str:
        return f"{step.operation} {self.reference}"

    def _predicted(self) -> dict[str, Any] | None:
        """Return what an apply would make of the object; None where its namespace or kind comes only with this task."""
        if self.manifest is None:  # only what is to be present is predicted
            raise AssertionError(self.reference)
        if self.client.kind(self.reference.api_version, self.reference.kind, missing_ok=True) is None:
            return None
        try:
            return self.client.apply(self.manifest, force=self.force, dry_run=True)
        except KubeError as error:
            if error.status == 404:
                return None
            if error.status == 409 and not self.force and error.causes:
                raise _conflict(self.reference, error) from error
            raise


class ObjectSet(Many):
    """A task's objects in their order, and those of the same owner that are declared no longer. Without its cluster everything is absent."""

    def __init__(self, client: KubeClient, declaration: Declaration) -> None:
        self.client = client
        self.declaration = declaration
        self.manifests = checked(declaration.resources)
        self._complete = False
        super().__init__([])

    def observe(self) -> dict[str, Any]:
        try:
            if not self._complete:
                self._fill(asked=True)
        except ParentMissing:
            if self.declaration.present:
                raise
            return self.nothing()
        return super().observe()

    def nothing(self) -> dict[str, Any]:
        self._fill(asked=False)
        return super().nothing()

    def _fill(self, *, asked: bool) -> None:
        """Find the members; unless `asked`, without asking the API (there is none yet)."""
        declared = [self._declared(manifest, asked=asked) for manifest in self.manifests]
        pruned = self._pruned([reference for reference, _manifest in declared]) if asked else []
        members = [*declared, *((reference, None) for reference in pruned)]
        names = _names([reference for reference, _manifest in members])
        self.waves = _waves([(names[reference], self._member(reference, manifest)) for reference, manifest in members])
        self.members = {name: member for wave in self.waves for name, member in wave.items()}
        self._complete = asked

    def _declared(self, manifest: Mapping[str, Any], *, asked: bool) -> tuple[Reference, dict[str, Any] | None]:
        reference = self._placed(Reference.of(manifest)) if asked else Reference.of(manifest)
        if not self.declaration.present:
            return reference, None
        sent = prepared(manifest, owner=self.declaration.owner)
        sent["metadata"].pop("namespace", None)
        sent["metadata"] |= {"namespace": reference.namespace} if reference.namespace else {}
        return reference, sent

    def _placed(self, reference: Reference) -> Reference:
        """Return the reference with the task's namespace where its kind needs one and it says none, and without one where the kind has none."""
        kind = self.client.kind(reference.api_version, reference.kind, missing_ok=True)
        namespaced = kind.namespaced if kind else self._scope_declared(reference)
        return replace(reference, namespace=(reference.namespace or self.declaration.namespace) if namespaced else "")

    def _scope_declared(self, reference: Reference) -> bool:
        """Return whether a kind that the API does not serve yet is namespaced, as its definition in this very set says; it must be there."""
        for definition in (manifest["spec"] for manifest in self.manifests if manifest["kind"] == "CustomResourceDefinition"):
            if definition["names"]["kind"] == reference.kind and reference.api_version.startswith(f"{definition['group']}/"):
                return str(definition.get("scope", "Namespaced")) == "Namespaced"
        if self.declaration.present:
            self.client.kind(reference.api_version, reference.kind)
        return bool(reference.namespace)

    def _pruned(self, declared: Sequence[Reference]) -> list[Reference]:
        if not (self.declaration.prune and self.declaration.owner):
            return []
        kept = set(declared) if self.declaration.present else set()
        kinds = {(reference.api_version, reference.kind) for reference in declared if reference.kind not in ASK_FIRST} | set(self.declaration.prune_kinds)
        selector = f"{OWNER_LABEL}={self.declaration.owner}"
        labelled = (item for kind in sorted(kinds) for item in self.client.list(*kind, selector=selector) or [])
        return [reference for reference in map(Reference.of, labelled) if reference not in kept and (self.declaration.present or reference not in declared)]

    def _member(self, reference: Reference, manifest: Mapping[str, Any] | None) -> LiveObject:
        return LiveObject(self.client, reference, manifest, force=self.declaration.force_conflicts, wait=self.declaration.wait)


ASK_FIRST = frozenset({"Namespace", "CustomResourceDefinition", "PersistentVolume", "PersistentVolumeClaim"})
"""Kinds that take more with them than themselves: pruned only where prune_kinds names them."""


def await_ready(objects: ObjectSet, outcome: Outcome, run: Run) -> None:
    """Wait for the objects that the task did not change and that are not ready; one that fails ends the wait."""
    deadline = Deadline(run.clock, run.wait_timeout)
    for name, member in objects.members.items():
        if member.manifest is None or readiness(outcome.state[name].live).kind == "done":
            continue
        try:
            settle(partial(_look, member, outcome.state, name), what=f"{member.reference}", deadline=deadline, progress=run.progress)
        except FleetopsError as error:
            error.facts |= {"changed": outcome.changed, "actions": outcome.actions}
            raise


def _look(member: LiveObject, states: dict[str, ObjectState], name: str) -> Verdict:
    states[name] = replace(states[name], live=member.client.get(member.reference))
    return readiness(states[name].live)


def _waves(members: Iterable[tuple[str, LiveObject]]) -> list[dict[str, LiveObject]]:
    """Return what is applied, in the order of creation, and then what is deleted, in the reverse."""
    waves: dict[int, dict[str, LiveObject]] = {}
    for name, member in members:
        place = wave_of(member.reference.kind)
        waves.setdefault(place if member.manifest else 100 - place, {})[name] = member
    return [waves[place] for place in sorted(waves)]


def _names(references: Sequence[Reference]) -> dict[Reference, str]:
    """Return a name for each member; where two kinds share theirs, the API version tells them apart."""
    short = [str(reference) for reference in references]
    return {reference: name if short.count(name) == 1 else f"{reference.api_version} {name}" for reference, name in zip(references, short, strict=True)}


def _conflict(reference: Reference, error: KubeError) -> Refusal:
    fields = "; ".join(f"{cause.get('field')} ({cause.get('message')})" for cause in error.causes)
    return Refusal(
        f"Other managers own fields of {reference}: {fields}.",
        remedy="Leave these fields out, or take them over with force_conflicts: true.",
        fields=tuple(str(cause.get("field")) for cause in error.causes),
    )
