# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A declared set of objects: its order, and what applying each would change. Pure.

What an apply would do is not computed here but asked of the API with a dry run: defaults, admission and list keys are the server's.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import HIDDEN, Change, Plan, Step, deleted
from ansible_collections.fleetops.eks.plugins.module_utils._kube.kinds import Reference

OWNER_LABEL = "fleetops.eks/owner"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
SERVER_SIDE = ("managedFields", "resourceVersion", "generation", "creationTimestamp", "uid", "selfLink")
"""Members of metadata that the API writes with every change."""
SECRET_MEMBERS = ("data", "stringData")

ORDER = (
    frozenset({"Namespace"}),
    frozenset({"CustomResourceDefinition"}),
    frozenset(
        [
            "ServiceAccount",
            "Secret",
            "ConfigMap",
            "Role",
            "RoleBinding",
            "ClusterRole",
            "ClusterRoleBinding",
            "StorageClass",
            "PersistentVolume",
            "PersistentVolumeClaim",
            "PriorityClass",
            "ResourceQuota",
            "LimitRange",
            "Service",
        ]
    ),
)
LAST = frozenset({"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "APIService"})
"""Once these stand, the API asks the workloads behind them."""


@dataclass(frozen=True)
class ObjectState:
    """An object as it is (None = absent) and as it would be after the apply (None = could not be asked: its namespace or kind is not there yet)."""

    live: Mapping[str, Any] | None = None
    predicted: Mapping[str, Any] | None = None


def checked(manifests: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the manifests, lists of them laid open; Refusal where one is no manifest, or two are of the same object."""
    flat = [manifest for entry in manifests for manifest in (entry.get("items") or [] if entry.get("kind") == "List" else [entry])]
    for number, manifest in enumerate(flat):
        missing = [name for name in ("apiVersion", "kind") if not manifest.get(name)]
        missing += [] if (manifest.get("metadata") or {}).get("name") else ["metadata.name"]
        if missing:
            raise Refusal(f"Object {number + 1} of resources has no {', '.join(missing)}.", remedy="Complete the manifest.", fields=("resources",))
    references = [Reference.of(manifest) for manifest in flat]
    twice = sorted({str(reference) for reference in references if references.count(reference) > 1})
    if twice:
        raise Refusal(f"Declared twice: {', '.join(twice)}.", remedy="Leave one of the manifests out.", fields=("resources",))
    return [dict(manifest) for manifest in flat]


def prepared(manifest: Mapping[str, Any], *, owner: str | None = None) -> dict[str, Any]:
    """Return the manifest as it is sent: labelled with its owner, `stringData` folded into `data` (the API never returns it), what servers write left out."""
    metadata = {key: value for key, value in manifest["metadata"].items() if key not in SERVER_SIDE}
    if owner:
        metadata["labels"] = {**(metadata.get("labels") or {}), OWNER_LABEL: owner}
    result = {**{key: value for key, value in manifest.items() if key != "status"}, "metadata": metadata}
    texts = result.pop("stringData", None) if result["kind"] == "Secret" else None
    if texts:
        result["data"] = {**(result.get("data") or {}), **{key: base64.b64encode(str(text).encode()).decode() for key, text in texts.items()}}
    return result


def wave_of(kind: str) -> int:
    """Return the place of a kind in the order of creation."""
    if kind in LAST:
        return len(ORDER) + 1
    return next((number for number, kinds in enumerate(ORDER) if kind in kinds), len(ORDER))


def plan_present(manifest: Mapping[str, Any], state: ObjectState, *, manager: str, wait: bool) -> Plan:
    """Return the step that applies the manifest; none when that would change nothing."""
    settle = "ready" if wait or manifest["kind"] == "CustomResourceDefinition" else None
    if state.live is None:
        return Plan((Step("apply", manifest, _tidy(manifest, created_changes(state.predicted or manifest)), settle=settle),))
    if state.predicted is None:
        return Plan((Step("apply", manifest, (), settle=settle),))
    changes = _tidy(manifest, differences(_comparable(state.live), _comparable(state.predicted)))
    if not changes and owned_fields(state.live, manager) != owned_fields(state.predicted, manager):
        changes = (Change("metadata.managedFields", "other managers", f"fields taken over or let go by {manager}"),)
    return Plan((Step("apply", manifest, changes, settle=settle),)) if changes else Plan()


def plan_absent(reference: Reference, state: ObjectState) -> Plan:
    """Return the step that deletes the object; none when there is none, or it is being deleted already."""
    if state.live is None or (state.live.get("metadata") or {}).get("deletionTimestamp"):
        return Plan()
    return Plan((Step("delete", {"name": reference.name, "namespace": reference.namespace}, deleted("", "present"), settle="gone"),))


def created_changes(after: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return the members of a new object; what servers write about it is left out."""
    return tuple(Change(key, None, value) for key, value in _comparable(after).items() if key not in ("apiVersion", "kind", "status"))


def differences(before: Mapping[str, Any], after: Mapping[str, Any], path: str = "", depth: int = 2) -> tuple[Change, ...]:
    """Return what differs, to `depth` members below the top; below that, only the differing parts of either side. `status` is its controller's."""
    changes: list[Change] = []
    for key in sorted({*before, *after}):
        if before.get(key) == after.get(key) or (not path and key == "status"):
            continue
        old, new = before.get(key), after.get(key)
        here = f"{path}.{key}" if path else key
        if depth > 1 and isinstance(old, Mapping) and isinstance(new, Mapping) and not any("." in name for name in {*old, *new}):
            changes += differences(old, new, here, depth - 1)
        else:
            changes.append(Change(here, *_pruned(old, new)))
    return tuple(changes)


def owned_fields(obj: Mapping[str, Any], manager: str) -> Any:
    """Return the fields that a manager applied, as the API records them; None where it applied none."""
    entries = (obj.get("metadata") or {}).get("managedFields") or []
    return next((entry.get("fieldsV1") for entry in entries if entry.get("manager") == manager and entry.get("operation") == "Apply"), None)


def masked(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the manifest fit for a log: the values of a Secret hidden, its keys shown."""
    if manifest.get("kind") == "List":
        return {**manifest, "items": [masked(item) for item in manifest.get("items") or []]}
    if manifest.get("kind") != "Secret":
        return dict(manifest)
    return {key: _hidden(value) if key in SECRET_MEMBERS else value for key, value in manifest.items()}


def _tidy(manifest: Mapping[str, Any], changes: Iterable[Change]) -> tuple[Change, ...]:
    """Hide what a Secret holds; a copy of it that kubectl left in an annotation is hidden with it."""
    if manifest["kind"] != "Secret":
        return tuple(changes)
    return tuple(_hide(change) for change in changes)


def _hide(change: Change) -> Change:
    if change.path.partition(".")[0] in SECRET_MEMBERS:
        return Change(change.path, _hidden(change.before), _hidden(change.after))
    if LAST_APPLIED in str(change.before) or LAST_APPLIED in str(change.after):
        return Change(change.path, change.before, change.after, secret=True)
    return change


def _hidden(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict.fromkeys(value, HIDDEN)
    return None if value is None else HIDDEN


def _comparable(obj: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {key: value for key, value in (obj.get("metadata") or {}).items() if key not in SERVER_SIDE}
    return {**obj, "metadata": metadata}


def _pruned(before: Any, after: Any) -> tuple[Any, Any]:
    """Return both sides without what they have in common; lists are shown whole."""
    if not (isinstance(before, Mapping) and isinstance(after, Mapping)):
        return before, after
    left: dict[str, Any] = {}
    right: dict[str, Any] = {}
    for key in {*before, *after}:
        if before.get(key) == after.get(key):
            continue
        old, new = _pruned(before.get(key), after.get(key))
        left |= {key: old} if key in before else {}
        right |= {key: new} if key in after else {}
    return left, right
