"""Who owns which field: `managedFields` for updates, and server-side apply with conflicts, force and pruning."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sandbox.kubernetes import fieldsets
from sandbox.kubernetes.errors import ApiError, Cause
from sandbox.kubernetes.fieldsets import EMPTY, FieldSet
from sandbox.kubernetes.types import Schema, Types, is_atomic, list_type

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
    """The rules for one kind: `has_status` says that its status belongs to a subresource."""

    types: Types
    schema: Schema | None
    has_status: bool
    now: str

    def own(self, fields: FieldSet, manager: Manager) -> FieldSet:
        kept = frozenset(path for path in fields if path not in STRIPPED)
        if not self.has_status:
            return kept
        if manager.subresource == "status":
            return frozenset(path for path in kept if path[0] != "f:spec")
        return frozenset(path for path in kept if path[0] != "f:status")

    def created(self, skeleton: Object, new: Object, manager: Manager) -> Object:
        """Return a new object whose fields belong to the manager."""
        return self._updated(skeleton, new, {}, manager)

    def update(self, live: Object, new: Object, managed: Entries, manager: Manager) -> Object:
        """Return the new object with managedFields as after an update by the manager, given those in force before it; without any, none are kept."""
        return self._updated(live, new, managed, manager) if managed else without_managed_fields(new)

    def _updated(self, live: Object, new: Object, managed: Entries, manager: Manager) -> Object:
        changed, removed = fieldsets.compare(self.types, self.schema, without_managed_fields(live), without_managed_fields(new))
        entries = {other: self._loses(entry, changed if other != manager else EMPTY, removed) for other, entry in managed.items()}
        owned = entries[manager].fields if manager in entries else EMPTY
        mine = (owned - removed) | self.own(changed, manager)
        entries[manager] = self._entry(managed.get(manager), manager, mine)
        return with_managed_fields(new, self._capped({key: entry for key, entry in entries.items() if entry.fields}))

    def _loses(self, entry: Entry, changed: FieldSet, removed: FieldSet) -> Entry:
        left = entry.fields - changed - removed
        return entry if left == entry.fields else replace(entry, fields=left)

    def _entry(self, before: Entry | None, manager: Manager, fields: FieldSet) -> Entry:
        return before if before is not None and before.fields == fields else Entry(manager, fields, self.now)

    def _capped(self, entries: dict[Manager, Entry]) -> dict[Manager, Entry]:
        updates = sorted(
            (entry for entry in entries.values() if entry.manager.operation == "Update" and not entry.manager.subresource), key=lambda entry: entry.time
        )
        surplus = updates[: max(0, len(updates) - MAX_UPDATE_MANAGERS + 1)] if len(updates) > MAX_UPDATE_MANAGERS else []
        if not surplus:
            return entries
        kept = {key: entry for key, entry in entries.items() if entry not in surplus}
        bucket = Manager(ANCIENT, "Update", surplus[0].manager.api_version)
        fields = frozenset().union(*(entry.fields for entry in surplus))
        return kept | {bucket: Entry(bucket, fields, surplus[-1].time)}

    def apply(self, live: Object, config: Object, managed: Entries, manager: Manager, force: bool, allowed: FieldSet = EMPTY) -> Object:
        """Return the object after the manager applied its configuration. Raises the 409 that lists conflicts unless forced; in `allowed` there are none."""
        config = without_managed_fields(config)
        if not managed and live["metadata"].get("uid"):
            before = self._updated({"metadata": {}}, live, {}, Manager(BEFORE_FIRST_APPLY, "Update", manager.api_version, manager.subresource))
            managed = entries_of(before)
        said = self._fields(config)
        wanted = self.own(said, manager)
        merged = merge(self.types, self.schema, without_managed_fields(live), config)
        last = managed[manager].fields if manager in managed else EMPTY
        others = {key: entry for key, entry in managed.items() if key != manager}
        pruned = self._prune(merged, last, others, said)
        changed, removed = fieldsets.compare(self.types, self.schema, without_managed_fields(live), pruned)
        if not force:
            _refuse_conflicts(others, changed - allowed)
        entries = {key: self._loses(entry, changed, removed) for key, entry in others.items()}
        entries = {key: entry for key, entry in entries.items() if entry.fields}
        if wanted:
            # Where nothing else changes, a manager keeps its time, and a new one gets none.
            since = managed[manager].time if manager in managed else ""
            entries[manager] = Entry(manager, wanted, self.now if changed or removed else since)
        return with_managed_fields(pruned, entries)

    def _prune(self, merged: Object, last: FieldSet, others: Entries, said: FieldSet) -> Object:
        """Return the object without what the manager said last and nobody says now; `said` counts the identity too, so that `metadata` stays."""
        if not last:
            return merged
        named = self._named
        last = named(last)
        everything = named(self._fields(merged))
        owned = named(said.union(*(entry.fields for entry in others.values())))
        pruned = named(self._fields(fieldsets.remove(self.types, self.schema, merged, last)))
        kept = fieldsets.remove(self.types, self.schema, merged, everything - (pruned | owned))
        gone = (everything - named(self._fields(kept))) & last
        result: Object = fieldsets.remove(self.types, self.schema, merged, gone)
        return result

    def _fields(self, obj: Object) -> FieldSet:
        return fieldsets.field_set(self.types, self.schema, obj)

    def _named(self, fields: FieldSet) -> FieldSet:
        return fieldsets.with_named_fields(self.types, self.schema, fields)


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


def merge(types: Types, schema: Schema | None, live: Any, config: Any) -> Any:
    """Return the live value with the configuration laid over it: maps and keyed lists merge, sets unite, the rest is replaced."""
    if isinstance(live, dict) and isinstance(config, dict) and not is_atomic(schema, config):
        result = dict(live)
        for key, value in config.items():
            result[key] = merge(types, types.child(schema, key), live.get(key), value)
        return {key: value for key, value in result.items() if value is not None}
    if isinstance(live, list) and isinstance(config, list) and not is_atomic(schema, config):
        return _merge_lists(types, schema, live, config)
    return config


def _merge_lists(types: Types, schema: Schema | None, live: list[Any], config: list[Any]) -> list[Any]:
    """Unite both lists: the configuration's order holds, and items that only the live list has stay where they are between the items that both have."""
    items, keyed = types.items(schema), list_type(schema) == "map"
    before = {fieldsets.element_of(schema, item): item for item in live}
    after = {fieldsets.element_of(schema, item): item for item in config}
    left, right = list(before), list(after)
    shared = iter([key for key in right if key in before])
    following, result, done = next(shared, None), list[Any](), set[str]()
    while left or right:
        if left and right and left[0] == right[0]:
            key = left.pop(0)
            right.pop(0)
            following = next(shared, None)
        elif left and right and left[0] in after and following is not None and following != left[0]:
            left.pop(0)
            continue
        elif left and left[0] not in after:
            result.append(before[left.pop(0)])
            continue
        else:
            if left and left[0] in done:
                left.pop(0)
            if not right:
                continue
            key = right.pop(0)
            following = next(shared, None) if following == key else following
        done.add(key)
        result.append(merge(types, items, before[key], after[key]) if keyed and key in before else after[key])
    return result
