"""Validation that holds for all kinds: metadata, and the required fields of the built-in schemas."""

from __future__ import annotations

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
    causes = [invalid_value("metadata.name", found["name"], text) for text in _name_problems(kind, found["name"])]
    causes += labels(found.get("labels") or {}, "metadata.labels")
    causes += list(_annotations(found.get("annotations") or {}))
    causes += list(_owners(found.get("ownerReferences") or []))
    return causes + list(_finalizers(kind, found.get("finalizers") or []))


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
            if not reference.get(key):
                yield invalid_value(f"{at}.{key}", reference.get(key, ""), words)
        if (reference.get("apiVersion"), reference.get("kind")) == ("v1", "Event"):
            yield invalid_value(at, reference, "/v1, Kind=Event is disallowed from being an owner")
        if reference.get("controller"):
            name = f"{reference.get('kind', '')}/{reference.get('name', '')}"
            if controller:
                why = f'Only one reference can have Controller set to true. Found "true" in references for {controller} and {name}'
                yield invalid_value(at, references, why)
            controller = controller or name


def update(kind: Kind, live: Object, new: Object) -> list[Cause]:
    """Return what is wrong with changed metadata: its content, and what may not change in it. The real server says the second twice for built-in kinds."""
    before, after = live["metadata"], new["metadata"]
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
    return metadata(kind, new) + fixed + (fixed if kind.custom is None else [])


# Finalizers without a domain that the built-in kinds may have; other kinds take any name.
_STANDARD_FINALIZERS = frozenset({"orphan", "foregroundDeletion", "kubernetes"})
_PREFER_DOMAIN = "prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers"
_EXTENSION_GROUPS = frozenset({"apiextensions.k8s.io", "apiregistration.k8s.io"})


def _finalizers(kind: Kind, values: list[str]) -> Iterator[Cause]:
    free = kind.custom is not None or kind.group in _EXTENSION_GROUPS
    for index, value in enumerate(values):
        for text in names.qualified(value):
            yield invalid_value("metadata.finalizers", value, text)
        if not free and "/" not in value and value not in _STANDARD_FINALIZERS and not names.qualified(value):
            yield invalid_value(f"metadata.finalizers[{index}]", value, "name is neither a standard finalizer name nor is it fully qualified")


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
            if _lacks(value, key) and key not in _LENIENT:
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
