# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When an object is ready: its status in, a verdict out. Pure; one predicate for each kind, its condition `Ready` for the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Verdict, done, failed, pending

Object = Mapping[str, Any]


def readiness(obj: Object | None) -> Verdict:
    """Return whether the object does its work; what has no predicate and no condition `Ready` is ready when it exists."""
    if obj is None:
        return pending("not there yet")
    if (obj.get("metadata") or {}).get("deletionTimestamp"):
        return pending("being deleted")
    if _observed(obj) < _generation(obj):
        return pending("not seen by its controller yet")
    return PREDICATES.get(str(obj.get("kind")), _ready_condition)(obj)


def gone(obj: Object | None) -> Verdict:
    """Return whether the object is gone; its finalizers say who has to let go of it."""
    if obj is None:
        return done()
    finalizers = (obj.get("metadata") or {}).get("finalizers") or []
    return pending(f"being deleted, held by {', '.join(finalizers)}" if finalizers else "being deleted")


def condition(obj: Object, kind: str) -> Mapping[str, Any]:
    """Return the condition of that type; empty where there is none."""
    return next((item for item in _status(obj).get("conditions") or [] if item.get("type") == kind), {})


def _status(obj: Object) -> Mapping[str, Any]:
    return obj.get("status") or {}


def _generation(obj: Object) -> int:
    return int((obj.get("metadata") or {}).get("generation") or 0)


def _observed(obj: Object) -> int:
    """Controllers that do not say which generation they saw count as having seen the last."""
    seen = _status(obj).get("observedGeneration")
    return 0 if seen is None and str(obj.get("kind")) in OBSERVERS else _generation(obj) if seen is None else int(seen)


def _is_true(kind: str, *, fatal: str = "") -> Callable[[Object], Verdict]:
    """Return a predicate: the condition `kind` is True; `fatal` is a condition that, once True, will not go away."""

    def predicate(obj: Object) -> Verdict:
        bad = condition(obj, fatal) if fatal else {}
        if bad.get("status") == "True":
            return failed(_words(bad))
        found = condition(obj, kind)
        return done() if found.get("status") == "True" else pending(_words(found) if found else f"without condition {kind}")

    return predicate


def _ready_condition(obj: Object) -> Verdict:
    found = condition(obj, "Ready")
    return done() if not found or found.get("status") == "True" else pending(_words(found))


def _words(found: Mapping[str, Any]) -> str:
    return ": ".join(str(part).rstrip(".") for part in (f"{found.get('type')} {found.get('status')}", found.get("reason"), found.get("message")) if part)


def _deployment(obj: Object) -> Verdict:
    progressing = condition(obj, "Progressing")
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        return failed(_words(progressing))
    return _replicas(obj, "updatedReplicas", "availableReplicas", exact="replicas")


def _stateful_set(obj: Object) -> Verdict:
    return _replicas(obj, "readyReplicas") if _on_delete(obj) else _replicas(obj, "updatedReplicas", "readyReplicas")


def _daemon_set(obj: Object) -> Verdict:
    status = _status(obj)
    wanted = int(status.get("desiredNumberScheduled") or 0)
    counted = ("numberAvailable",) if _on_delete(obj) else ("updatedNumberScheduled", "numberAvailable")
    return _counted(status, wanted, counted)


def _on_delete(obj: Object) -> bool:
    return ((obj.get("spec") or {}).get("updateStrategy") or {}).get("type") == "OnDelete"


def _replicas(obj: Object, *names: str, exact: str = "") -> Verdict:
    """`exact` names the count that must come down to the wanted one, so that old pods are gone."""
    wanted = (obj.get("spec") or {}).get("replicas")
    wanted = 1 if wanted is None else int(wanted)
    surplus = int(_status(obj).get(exact) or 0) - wanted if exact else 0
    return pending(f"{surplus} old replicas left") if surplus > 0 else _counted(_status(obj), wanted, names)


def _counted(status: Mapping[str, Any], wanted: int, names: tuple[str, ...]) -> Verdict:
    short = next(((name, int(status.get(name) or 0)) for name in names if int(status.get(name) or 0) < wanted), None)
    return done() if short is None else pending(f"{short[0]} {short[1]} of {wanted}")


def _pod(obj: Object) -> Verdict:
    phase = _status(obj).get("phase")
    if phase == "Failed":
        return failed(f"phase Failed: {_status(obj).get('reason') or 'no reason given'}")
    return done() if phase == "Succeeded" else _is_true("Ready")(obj)


def _namespace(obj: Object) -> Verdict:
    phase = _status(obj).get("phase", "Active")
    return done() if phase == "Active" else pending(f"phase {phase}")


PREDICATES: dict[str, Callable[[Object], Verdict]] = {
    "Deployment": _deployment,
    "StatefulSet": _stateful_set,
    "DaemonSet": _daemon_set,
    "Pod": _pod,
    "Namespace": _namespace,
    "Node": _is_true("Ready"),
    "Job": _is_true("Complete", fatal="Failed"),
    "CustomResourceDefinition": _is_true("Established"),
    "APIService": _is_true("Available"),
}
OBSERVERS = frozenset({"Deployment", "StatefulSet", "DaemonSet"})
"""Kinds whose controller always says which generation it saw."""
