# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What still depends on a registration: Applications that deploy to the cluster, ApplicationSets that select it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._argocd.cluster import ClusterState, delete_step, trimmed
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Change, Plan, Step

API = "argoproj.io/v1alpha1"
CASCADE = "resources-finalizer.argocd.argoproj.io"
"""With a finalizer of this name, or below it, Argo deletes an Application's objects from the cluster before the Application itself."""
FOREGROUND = f"{CASCADE}/foreground"


@dataclass(frozen=True)
class Application:
    """An Application that deploys to the cluster; generator = the ApplicationSet that makes it, and would make it again."""

    name: str
    namespace: str
    generator: str | None

    @classmethod
    def from_api(cls, obj: Mapping[str, Any]) -> Application:
        metadata = obj["metadata"]
        owner = next((owner["name"] for owner in metadata.get("ownerReferences") or [] if owner.get("kind") == "ApplicationSet"), None)
        return cls(metadata["name"], metadata.get("namespace", ""), owner)

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


def targeting(applications: Sequence[Mapping[str, Any]], states: Sequence[ClusterState]) -> tuple[Application, ...]:
    """Return the Applications whose destination is one of the registrations, by server or by name."""
    servers, names = {state.server for state in states}, {state.name for state in states if state.name}
    found = []
    for obj in applications:
        destination = (obj.get("spec") or {}).get("destination") or {}
        if trimmed(destination.get("server") or "") in servers or destination.get("name") in names:
            found.append(Application.from_api(obj))
    return tuple(sorted(found, key=str))


def cascading(finalizers: Sequence[str]) -> list[str] | None:
    """Return the finalizers with the one that makes a deletion cascade; None when it is among them."""
    return None if any(name.startswith(CASCADE) for name in finalizers) else [*finalizers, FOREGROUND]


def selecting(application_sets: Sequence[Mapping[str, Any]], states: Sequence[ClusterState]) -> tuple[str, ...]:
    """Return the names of ApplicationSets of which a cluster generator selects one of the registrations."""
    return tuple(
        sorted(
            obj["metadata"]["name"]
            for obj in application_sets
            if any(selects(selector, state.labels) for selector in _selectors((obj.get("spec") or {}).get("generators") or []) for state in states)
        )
    )


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a label selector selects; the empty one selects everything."""
    exact = selector.get("matchLabels") or {}
    return all(labels.get(key) == value for key, value in exact.items()) and all(_matches(item, labels) for item in selector.get("matchExpressions") or [])


def plan_absent(states: Sequence[ClusterState], applications: Sequence[Application], selected_by: Sequence[str], mode: str) -> Plan:
    """Return the steps that end all registrations of a server; Refusal while Applications need it, unless `mode` says what becomes of them."""
    if not states:
        return Plan()
    secrets = tuple(delete_step(state) for state in states)
    warnings = _warnings(selected_by)
    if not applications or mode == "wait":
        return Plan(secrets, warnings)
    if mode == "orphan":
        return Plan((*secrets, *(_application_step("orphan", application) for application in applications)), warnings)
    if mode == "delete":
        _refuse_generated(applications)
        return Plan((*(_application_step("delete", application) for application in applications), *secrets), warnings)
    raise Refusal(
        f"{len(applications)} Applications still deploy to {states[0].server}: {_some(applications)}. Without the registration Argo CD could not delete them.",
        remedy="Take away the labels by which ApplicationSets select the cluster and set applications: wait, or choose delete or orphan.",
        fields=("applications",),
    )


def _application_step(what: str, application: Application) -> Step:
    request = {"name": application.name, "namespace": application.namespace}
    change = Change(f"applications.{str(application).replace('.', '·')}", "present", None)
    return Step(f"{what}_application", request, (change,), settle="gone", together="applications", subject=str(application))


def _refuse_generated(applications: Sequence[Application]) -> None:
    generated = [application for application in applications if application.generator]
    if generated:
        sets = sorted({str(application.generator) for application in generated})
        raise Refusal(
            f"ApplicationSets {', '.join(sets)} make {_some(generated)} again as soon as they are deleted.",
            remedy="Take away the labels by which they select the cluster, and set applications: wait.",
            fields=("applications",),
        )


def _warnings(selected_by: Sequence[str]) -> tuple[str, ...]:
    if not selected_by:
        return ()
    return (f"ApplicationSets {', '.join(selected_by)} select this cluster: without the registration they delete the Applications that they made for it.",)


def _some(applications: Sequence[Application]) -> str:
    shown = ", ".join(str(application) for application in applications[:5])
    return shown if len(applications) <= 5 else f"{shown} and {len(applications) - 5} more"


def _selectors(generators: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the selector of every cluster generator, those inside matrix and merge generators included."""
    for generator in generators:
        if "clusters" in generator:
            yield (generator["clusters"] or {}).get("selector") or {}
        for kind in ("matrix", "merge"):
            yield from _selectors((generator.get(kind) or {}).get("generators") or [])


def _matches(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key, operator, values = expression.get("key"), expression.get("operator"), expression.get("values") or []
    present, among = key in labels, labels.get(str(key)) in values
    return {"In": among, "NotIn": not among, "Exists": present, "DoesNotExist": not present}.get(str(operator), False)
