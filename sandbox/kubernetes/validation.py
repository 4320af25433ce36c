"""Validation that holds for all kinds: metadata, and the required fields of the built-in schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sandbox.kubernetes import names
from sandbox.kubernetes.errors import Cause, invalid_value
from sandbox.kubernetes.errors import required as missing
from sandbox.kubernetes.kinds import Kind
from sandbox.kubernetes.types import Schema, Types

Object = dict[str, Any]
_LABEL_NAMES = {("", "namespaces"), ("", "services")}
_FREE_NAMES = {("rbac.authorization.k8s.io", plural) for plural in ("roles", "clusterroles", "rolebindings", "clusterrolebindings")}
ANNOTATIONS_LIMIT = 256 * 1024


def _name_problems(kind: Kind, name: str) -> list[str]:
    if kind.store in _FREE_NAMES:
        return names.path_segment(name)
    if kind.store in _LABEL_NAMES:
        return names.label(name)
    return names.subdomain(name)


def metadata(kind: Kind, obj: Object) -> list[Cause]:
    """Return what is wrong with an object's metadata."""
    found = obj["metadata"]
    causes = [_prefix(found["generateName"], text) for text in _name_problems(kind, names.prefix(found.get("generateName") or "a"))]
    causes += [invalid_value("metadata.name", found["name"], text) for text in _name_problems(kind, found["name"])]
    return causes + _content(found) + list(_finalizers(found)) + list(_standard_finalizers(kind, found))


def _prefix(value: str, text: str) -> Cause:
    return invalid_value("metadata.generateName", value, text)


def _content(found: Object) -> list[Cause]:
    """Return what is wrong with labels, annotations and owners."""
    causes = labels(found.get("labels") or {}, "metadata.labels")
    return causes + list(_annotations(found.get("annotations") or {})) + list(_owners(found.get("ownerReferences") or []))


def labels(values: Object, field: str) -> list[Cause]:
    """Return what is wrong with a map of labels."""
    causes: list[Cause] = []
    for key, value in values.items():
        causes += [invalid_value(field, key, text) for text in names.qualified(key)]
        causes += [invalid_value(field, value, text) for text in names.label_value(str(value))]
    return causes


def _annotations(values: Object) -> Iterator[Cause]:
    for key in values:
        for text in names.qualified(key.lower()):
            yield invalid_value("metadata.annotations", key, text)
    if sum(len(key) + len(str(value)) for key, value in values.items()) > ANNOTATIONS_LIMIT:
        yield Cause("FieldValueTooLong", "metadata.annotations", f"Too long: may not be more than {ANNOTATIONS_LIMIT} bytes")


def _owners(references: list[Object]) -> Iterator[Cause]:
    at, controller = "metadata.ownerReferences", ""
    for reference in references:
        for key, words in (
            ("apiVersion", "version must not be empty"),
            ("kind", "must not be empty"),
            ("name", "must not be empty"),
            ("uid", "must not be empty"),
        ):
            if not (_version(reference.get(key, "")) if key == "apiVersion" else reference.get(key)):
                yield invalid_value(f"{at}.{key}", reference.get(key, ""), words)
        if (reference.get("apiVersion"), reference.get("kind")) == ("v1", "Event"):
            yield invalid_value(at, reference, "/v1, Kind=Event is disallowed from being an owner")
        if reference.get("controller"):
            name = f"{reference.get('kind', '')}/{reference.get('name', '')}"
            if controller:
                why = f'Only one reference can have Controller set to true. Found "true" in references for {controller} and {name}'
                yield Cause("FieldValueInvalid", at, f"Invalid value: {_in_order(references)}: {why}")
            controller = controller or name


def _version(api_version: str) -> str:
    """Return the version of an apiVersion as the server reads it: none in one that it cannot read."""
    return api_version.rpartition("/")[2] if api_version.count("/") < 2 else ""


_OWNER_FIELDS = ("apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion")


def _in_order(references: list[Object]) -> str:
    """Return owner references with their fields in the order in which the server writes them."""
    ordered = [{key: each[key] for key in _OWNER_FIELDS if key in each} for each in references]
    return json.dumps(ordered, ensure_ascii=False, separators=(",", ":"))


# Kinds whose update is checked as if it were a new object too, and the one whose update leaves metadata to what is common to all.
_CHECKED_ANEW = frozenset(
    {("", plural) for plural in ("configmaps", "namespaces", "nodes", "persistentvolumeclaims", "persistentvolumes", "pods", "secrets", "serviceaccounts")}
    | {("rbac.authorization.k8s.io", plural) for plural in ("roles", "clusterroles", "rolebindings", "clusterrolebindings")}
    | {("batch", "jobs"), ("networking.k8s.io", "ingresses"), ("storage.k8s.io", "storageclasses")}
)
_CHECKED_ONCE = frozenset({("policy", "poddisruptionbudgets")})


def update(kind: Kind, live: Object, new: Object) -> list[Cause]:
    """Return what is wrong with changed metadata, as often as the real server says it: for all kinds, for the kind, and for some as for a new object."""
    after = new["metadata"]
    content = _content(after)
    changes = _changes(live["metadata"], after) + content
    causes = content + list(_finalizers(after)) + changes
    if kind.store not in _CHECKED_ONCE:
        causes += changes + list(_standard_finalizers(kind, after))
    return causes + (metadata(kind, new) if kind.store in _CHECKED_ANEW else [])


def _changes(before: Object, after: Object) -> list[Cause]:
    """Return what changes in metadata although it may not."""
    fixed: list[Cause] = []
    if "deletionTimestamp" in before:
        added = sorted(set(after.get("finalizers") or ()) - set(before.get("finalizers") or ()))
        if added:
            text = ", ".join(f'"{each}"' for each in added)
            why = f"Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{{{text}}}"
            fixed.append(Cause("FieldValueForbidden", "metadata.finalizers", why))
    for key in ("uid", "deletionTimestamp", "deletionGracePeriodSeconds"):
        if before.get(key) != after.get(key):
            fixed.append(invalid_value(f"metadata.{key}", after.get(key), "field is immutable"))
    return fixed


# Finalizers without a domain that the built-in kinds may have; other kinds take any name.
_STANDARD_FINALIZERS = frozenset({"orphan", "foregroundDeletion", "kubernetes"})
_PREFER_DOMAIN = "prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers"
_FREE_GROUPS = frozenset({"apiextensions.k8s.io", "apiregistration.k8s.io", "coordination.k8s.io", "policy"})
_POLICIES = ("orphan", "foregroundDeletion")


def _finalizers(found: Object) -> Iterator[Cause]:
    """Yield what is wrong with finalizers of whatever kind."""
    values: list[str] = found.get("finalizers") or []
    yield from (invalid_value("metadata.finalizers", value, text) for value in values for text in names.qualified(value))
    if set(_POLICIES) <= set(values):
        yield invalid_value("metadata.finalizers", values, f"finalizer {' and '.join(_POLICIES)} cannot be both set")


def _standard_finalizers(kind: Kind, found: Object) -> Iterator[Cause]:
    """Yield the finalizers without a domain that a built-in kind does not have."""
    if kind.custom is None and kind.group not in _FREE_GROUPS:
        yield from standard_finalizers(found.get("finalizers") or [], "metadata.finalizers")


def standard_finalizers(values: list[str], at: str) -> Iterator[Cause]:
    for index, value in enumerate(values):
        if "/" not in value and value not in _STANDARD_FINALIZERS:
            yield invalid_value(f"{at}[{index}]", value, "name is neither a standard finalizer name nor is it fully qualified")


def finalizer_warnings(kind: Kind, obj: Object, live: Object | None) -> list[str]:
    """Return what the server remarks on finalizers that a write adds to a custom resource: any name will do, one with a domain is better."""
    before = ((live or {}).get("metadata") or {}).get("finalizers") or ()
    added = {name for name in obj["metadata"].get("finalizers") or () if name not in before}
    plain = sorted(name for name in added if kind.custom is not None and "/" not in name and name not in _STANDARD_FINALIZERS)
    return [f'metadata.finalizers: "{name}": {_PREFER_DOMAIN}' for name in plain]


# Fields that the schemas call required although the server fills them or takes them empty.
_LENIENT = frozenset({"status", "roleRef", "rules", "metadata", "lastTransitionTime", "pods", "loadBalancer"})


def required(types: Types, schema: Schema | None, obj: Object) -> list[Cause]:
    """Return the required fields that a built-in object lacks."""
    return list(_required(types, schema, obj, ""))


def _required(types: Types, schema: Schema | None, value: Any, at: str) -> Iterator[Cause]:
    resolved = types.resolve(schema)
    if resolved is None:
        return
    if isinstance(value, dict):
        for key in resolved.get("required", ()):
            if _lacks(value, key) and key not in _LENIENT and not (key == "port" and at.startswith("spec.ports[")):
                yield missing(f"{at}.{key}".lstrip("."))
        for key, child in value.items():
            if not (at == "" and key in ("metadata", "status")):
                yield from _required(types, types.child(resolved, key), child, _joined(resolved, at, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _required(types, types.items(resolved), item, f"{at}[{index}]")


def _lacks(value: Object, key: str) -> bool:
    """Tell whether a required field is missing; rules of roles say so themselves."""
    if key == "verbs":
        return False
    return key not in value or (key == "containers" and not value[key])


def _joined(schema: Schema, at: str, key: str) -> str:
    if key in (schema.get("properties") or {}):
        return f"{at}.{key}".lstrip(".")
    return f"{at}[{key}]"
