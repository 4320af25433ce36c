"""Who owns which field: `managedFields` for updates, and server-side apply with conflicts, force and pruning."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sandbox.kubernetes import fieldsets, merging, shapes
from sandbox.kubernetes.errors import ApiError, Cause
from sandbox.kubernetes.fieldsets import EMPTY, FieldSet, Path
from sandbox.kubernetes.shapes import Shape
from sandbox.kubernetes.types import Schema, Types

Object = dict[str, Any]
_STRIPPED_METADATA = (
    "name",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "clusterName",
    "generation",
    "managedFields",
    "resourceVersion",
    "deletionTimestamp",
)
STRIPPED: FieldSet = frozenset({(), ("f:apiVersion",), ("f:kind",), ("f:metadata",)} | {("f:metadata", f"f:{key}") for key in _STRIPPED_METADATA})
# Update managers beyond this many are merged into one.
MAX_UPDATE_MANAGERS = 10
ANCIENT = "ancient-changes"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
BEFORE_FIRST_APPLY = "before-first-apply"
NOTHING: Object = {"metadata": {}}


@dataclass(frozen=True)
class Manager:
    """Who writes: name, Apply or Update, at which apiVersion, through which subresource."""

    name: str
    operation: str
    api_version: str
    subresource: str = ""

    def text(self) -> str:
        words = f'"{self.name}"' + (f' with subresource "{self.subresource}"' if self.subresource else "")
        return f"{words} using {self.api_version}" if self.operation == "Update" else words


@dataclass(frozen=True)
class Entry:
    """What one manager owns, and when it last changed."""

    manager: Manager
    fields: FieldSet
    time: str


Entries = Mapping[Manager, Entry]


def entries_of(obj: Object | None) -> dict[Manager, Entry]:
    """Return the managers of an object, in order."""
    found: dict[Manager, Entry] = {}
    for item in ((obj or {}).get("metadata") or {}).get("managedFields") or ():
        manager = Manager(item.get("manager", ""), item.get("operation", ""), item.get("apiVersion", ""), item.get("subresource", ""))
        found[manager] = Entry(manager, fieldsets.from_fields_v1(item.get("fieldsV1") or {}), item.get("time", ""))
    return found


def encode(entries: Entries) -> list[Object]:
    """Return the `managedFields` list: applies before updates, older before newer."""
    ordered = sorted(entries.values(), key=lambda entry: (entry.manager.operation, entry.time, entry.manager.name))
    return [_encoded(entry) for entry in ordered]


def _encoded(entry: Entry) -> Object:
    item = {
        "manager": entry.manager.name,
        "operation": entry.manager.operation,
        "apiVersion": entry.manager.api_version,
        **({"time": entry.time} if entry.time else {}),
        "fieldsType": "FieldsV1",
        "fieldsV1": fieldsets.to_fields_v1(entry.fields),
    }
    return item | ({"subresource": entry.manager.subresource} if entry.manager.subresource else {})


def without_managed_fields(obj: Object) -> Object:
    metadata = {key: value for key, value in (obj.get("metadata") or {}).items() if key != "managedFields"}
    return {**obj, "metadata": metadata}


def with_managed_fields(obj: Object, entries: Entries) -> Object:
    metadata = dict(obj.get("metadata") or {})
    metadata.pop("managedFields", None)
    if entries:
        metadata["managedFields"] = encode(entries)
    return {**obj, "metadata": metadata}


def with_managers_of(obj: Object, other: Object) -> Object:
    """Return the object with the managedFields of another; where nobody manages anything there is no list."""
    metadata = {key: value for key, value in obj["metadata"].items() if key != "managedFields"}
    managed = other["metadata"].get("managedFields")
    return {**obj, "metadata": metadata | ({"managedFields": managed} if managed else {})}


def record_of(config: Object) -> str:
    """Return a configuration as kubectl records what it applied."""
    metadata = dict(config.get("metadata") or {})
    annotations = {key: value for key, value in (metadata.get("annotations") or {}).items() if key != LAST_APPLIED}
    metadata |= {"annotations": annotations} if "annotations" in metadata else {}
    return json.dumps({**config, "metadata": metadata}, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"


def timeless(obj: Object) -> Object:
    """Return the object without the times of its managers: a write that changes nothing else is none."""
    managed = obj["metadata"].get("managedFields")
    if not managed:
        return obj
    return {**obj, "metadata": {**obj["metadata"], "managedFields": [{**each, "time": ""} for each in managed]}}


@dataclass(frozen=True)
class Ownership:
    """The rules for one kind. `reset` are the fields that the server takes back from what a writer says, by subresource: nobody owns them through it."""

    types: Types
    schema: Schema | None
    reset: Mapping[str, tuple[Path, ...]]
    now: str

    @cached_property
    def shape(self) -> Shape:
        return shapes.of(self.types, self.schema)

    def _kept(self, fields: FieldSet, manager: Manager) -> FieldSet:
        return fieldsets.without(fields, self.reset.get(manager.subresource, ()))

    def created(self, skeleton: Object, new: Object, manager: Manager) -> Object:
        """Return a new object whose fields belong to the manager."""
        return with_managed_fields(new, self._updated(skeleton, new, {}, manager))

    def update(self, live: Object, new: Object, managed: Entries, manager: Manager) -> Object:
        """Return the new object with managedFields as after an update by the manager, given those in force before it; without any, none are kept."""
        return with_managed_fields(new, self._updated(live, new, managed, manager)) if managed else without_managed_fields(new)

    def _updated(self, live: Object, new: Object, managed: Entries, manager: Manager) -> Entries:
        found = fieldsets.compare(self.shape, without_managed_fields(live), without_managed_fields(new))
        changed, removed = (self._kept(paths, manager) for paths in found)
        entries = _losing(managed, changed | removed)
        mine = changed - STRIPPED
        if mine:
            before = entries[manager].fields if manager in entries else EMPTY
            entries[manager] = Entry(manager, before | mine, self.now)
        return _capped(entries)

    def apply(
        self, live: Object, config: Object, managed: Entries, manager: Manager, force: bool, allowed: FieldSet = EMPTY, empty: Object = NOTHING
    ) -> Object:
        """Return the object after the manager applied its configuration. Raises the 409 that lists conflicts unless forced; in `allowed` there are none.

        What an object has that nobody manages counts as set by an update, where `empty` does not have it.
        """
        config, live = without_managed_fields(config), without_managed_fields(live)
        if not managed and live["metadata"].get("uid"):
            managed = self._updated(empty, live, {}, Manager(BEFORE_FIRST_APPLY, "Update", manager.api_version, manager.subresource))
        said = self._kept(fieldsets.field_set(self.shape, config), manager)
        merged = merging.merge(self.shape, live, config)
        last = managed[manager].fields if manager in managed else EMPTY
        others = {key: entry for key, entry in managed.items() if key != manager}
        result = self._prune(merged, last, said.union(*(entry.fields for entry in others.values())))
        changed, removed = (self._kept(paths, manager) for paths in fieldsets.compare(self.shape, live, result))
        if not force:
            _refuse_conflicts(others, changed - allowed)
        entries = _losing(others, changed | removed)
        wanted = said - STRIPPED
        if wanted:
            # Where the object stays as it is, a manager keeps its time, and a new one gets none.
            since = managed[manager].time if manager in managed else ""
            entries[manager] = Entry(manager, wanted, self.now if result != live else since)
        return with_managed_fields(result, entries)

    def _prune(self, merged: Object, last: FieldSet, owned: FieldSet) -> Object:
        """Return the object without what the manager said last and nobody says now."""
        if last <= owned:
            return merged
        last, owned, everything = self._named(last), self._named(owned), self._named(self._fields(merged))
        pruned = self._named(self._fields(fieldsets.remove(self.shape, merged, last)))
        kept = fieldsets.remove(self.shape, merged, everything - (pruned | owned))
        return fieldsets.remove(self.shape, merged, (everything - self._named(self._fields(kept))) & last)

    def _fields(self, obj: Object) -> FieldSet:
        return fieldsets.field_set(self.shape, obj)

    def _named(self, fields: FieldSet) -> FieldSet:
        return fieldsets.with_named_fields(self.shape, fields)


def _losing(entries: Entries, fields: FieldSet) -> dict[Manager, Entry]:
    """Return the managers without fields that somebody else changed or removed; those that have nothing left are gone."""
    left = {key: entry if entry.fields.isdisjoint(fields) else replace(entry, fields=entry.fields - fields) for key, entry in entries.items()}
    return {key: entry for key, entry in left.items() if entry.fields}


def _capped(entries: dict[Manager, Entry]) -> dict[Manager, Entry]:
    """Return the managers with the oldest updates put together where they are too many, by version."""
    updates = sorted((entry for entry in entries.values() if entry.manager.operation == "Update"), key=lambda entry: (entry.time, entry.manager.name))
    surplus, firsts = len(updates) - MAX_UPDATE_MANAGERS, dict[str, Entry]()
    for entry in updates:
        version = entry.manager.api_version
        first, bucket = firsts.setdefault(version, entry), Manager(ANCIENT, "Update", version)
        if surplus <= 0 or first is entry:
            continue
        if bucket not in entries:
            entries[bucket] = entries.pop(first.manager)
        entries[bucket] = Entry(bucket, entries[bucket].fields | entry.fields, entry.time)
        del entries[entry.manager]
        surplus -= 1
    return entries


def _refuse_conflicts(others: Entries, changed: FieldSet) -> None:
    found = [(entry.manager, path) for entry in others.values() for path in sorted(entry.fields & changed, key=_leaves_first)]
    if not found:
        return
    causes = [Cause("FieldManagerConflict", fieldsets.path_text(path), f"conflict with {manager.text()}") for manager, path in found]
    details = {"causes": [cause.as_dict() for cause in causes]}
    raise ApiError(409, "Conflict", _conflict_text(found), details)


def _leaves_first(path: fieldsets.Path) -> list[tuple[bool, str]]:
    """Order paths as the library walks a set: at every level first the members, then what lies below others."""
    return [(depth < len(path), element) for depth, element in enumerate(path, 1)]


def _conflict_text(found: list[tuple[Manager, fieldsets.Path]]) -> str:
    if len(found) == 1:
        manager, path = found[0]
        return f"Apply failed with 1 conflict: conflict with {manager.text()}: {fieldsets.path_text(path)}"
    lines: list[str] = []
    for text in sorted({manager.text() for manager, _ in found}):
        lines.append(f"conflicts with {text}:")
        lines += [f"- {fieldsets.path_text(path)}" for manager, path in found if manager.text() == text]
    return f"Apply failed with {len(found)} conflicts: " + "\n".join(lines)
