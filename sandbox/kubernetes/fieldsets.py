"""Sets of field paths as `managedFields` records them, and the walks over objects that make and use them.

A path is a tuple of FieldsV1 elements: `f:name` a field, `k:{...}` an item of a keyed list, `v:...` an item of a set.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from sandbox.kubernetes.types import Schema, Types, is_atomic, is_field, list_type, map_keys

Path = tuple[str, ...]
FieldSet = frozenset[Path]
EMPTY: FieldSet = frozenset()
MISSING = object()
# A keyed list's key that is left out counts as this; the port protocol is the one that matters.
_KEY_DEFAULTS = {"protocol": "TCP"}


def to_fields_v1(paths: FieldSet) -> dict[str, Any]:
    """Return the FieldsV1 form; a path that also has children carries a dot."""
    tree: dict[str, Any] = {}
    for path in sorted(paths):
        node = tree
        for element in path:
            node = node.setdefault(element, {})
        node["."] = {}
    return _without_lone_dots(tree)


def _without_lone_dots(node: dict[str, Any]) -> dict[str, Any]:
    return {key: {} if key == "." or value.keys() == {"."} else _without_lone_dots(value) for key, value in sorted(node.items())}


def from_fields_v1(fields: dict[str, Any]) -> FieldSet:
    return frozenset(_paths(fields, ()))


def _paths(node: dict[str, Any], at: Path) -> Iterator[Path]:
    for key, value in node.items():
        if key == ".":
            yield at
        elif value:
            yield from _paths(value, (*at, key))
        else:
            yield (*at, key)


def element_of(schema: Schema | None, item: Any) -> str:
    """Return the path element of a list's item, by the list's type."""
    if list_type(schema) == "map":
        keys = {key: item.get(key, _KEY_DEFAULTS.get(key)) for key in sorted(map_keys(schema))} if isinstance(item, dict) else {}
        return "k:" + _compact({key: value for key, value in keys.items() if value is not None})
    return "v:" + _compact(item)


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def field_set(types: Types, schema: Schema | None, value: Any) -> FieldSet:
    """Return every path that an object sets, as an applied configuration owns them."""
    return frozenset(_owned(types, schema, value, ()))


def _owned(types: Types, schema: Schema | None, value: Any, at: Path) -> Iterator[Path]:
    if not isinstance(value, (dict, list)) or is_atomic(schema, value):
        yield at
    elif isinstance(value, dict):
        for key, child in value.items():
            yield from _owned_field(types, schema, key, child, (*at, f"f:{key}"))
    else:
        for item in value:
            path = (*at, element_of(schema, item))
            yield path
            yield from _owned(types, types.items(schema), item, path)


def _owned_field(types: Types, schema: Schema | None, key: str, child: Any, path: Path) -> Iterator[Path]:
    if child is None or child == {} or not is_field(schema, key):
        yield path
    if child is not None:
        yield from _owned(types, types.child(schema, key), child, path)


def compare(types: Types, schema: Schema | None, old: Any, new: Any) -> tuple[FieldSet, FieldSet]:
    """Return (paths added or modified, paths removed) between two objects."""
    changed: set[Path] = set()
    removed: set[Path] = set()
    _compare(types, schema, old, new, (), changed, removed)
    return frozenset(changed), frozenset(removed)


def _empty(value: Any) -> bool:
    return value is MISSING or value is None or value == {} or value == []


def _compare(types: Types, schema: Schema | None, old: Any, new: Any, at: Path, changed: set[Path], removed: set[Path]) -> None:
    if isinstance(old, list) and isinstance(new, dict):
        # Another kind of value takes the place: the old one is gone as a whole, the new one comes with all that is in it.
        old = MISSING if new else old
    shape = old if isinstance(old, (dict, list)) and new in (MISSING, None) else new
    leaf = not isinstance(shape, (dict, list)) or is_atomic(schema, shape) or (_empty(old) and _empty(new)) or _kinds_differ(old, new)
    if leaf:
        if new is MISSING:
            removed.add(at)
        elif old is MISSING or old != new:
            changed.add(at)
        return
    for element, child, before, after in _pairs(types, schema, old, new):
        _compare(types, child, before, after, (*at, element), changed, removed)
    if old is MISSING:
        changed.add(at)
    elif new is MISSING:
        removed.add(at)


def _kinds_differ(old: Any, new: Any) -> bool:
    return isinstance(old, (dict, list)) and isinstance(new, (dict, list)) and type(old) is not type(new)


def _pairs(types: Types, schema: Schema | None, old: Any, new: Any) -> Iterator[tuple[str, Schema | None, Any, Any]]:
    if isinstance(old, dict) or isinstance(new, dict):
        before = old if isinstance(old, dict) else {}
        after = new if isinstance(new, dict) else {}
        for key in {**before, **after}:
            yield f"f:{key}", types.child(schema, key), before.get(key, MISSING), after.get(key, MISSING)
        return
    before = {element_of(schema, item): item for item in (old if isinstance(old, list) else ())}
    after = {element_of(schema, item): item for item in (new if isinstance(new, list) else ())}
    for element in {**before, **after}:
        yield element, types.items(schema), before.get(element, MISSING), after.get(element, MISSING)


def with_named_fields(types: Types, schema: Schema | None, paths: FieldSet) -> FieldSet:
    """Return the set with every declared field above a path as a member too."""
    found = set(paths)
    schemas: dict[Path, Schema | None] = {(): types.resolve(schema)}
    for prefix in sorted({path[:end] for path in paths for end in range(1, len(path))}, key=len):
        parent, element = schemas[prefix[:-1]], prefix[-1]
        named = element.startswith("f:")
        schemas[prefix] = types.child(parent, element[2:]) if named else types.items(parent)
        if named and is_field(parent, element[2:]):
            found.add(prefix)
    return frozenset(found)


def remove(types: Types, schema: Schema | None, value: Any, paths: Iterable[Path]) -> Any:
    """Return the object without what lies at the paths; what becomes empty by that goes too."""
    tree: dict[str, Any] = {}
    for path in paths:
        node = tree
        for element in path:
            node = node.setdefault(element, {})
        node["."] = {}
    result = _remove(types, schema, value, tree)
    return {} if result is MISSING else result


def _remove(types: Types, schema: Schema | None, value: Any, tree: dict[str, Any]) -> Any:
    if not isinstance(value, (dict, list)) or not value or is_atomic(schema, value):
        return value
    if isinstance(value, dict):
        kept = {key: _removed_child(types, types.child(schema, key), child, tree.get(f"f:{key}")) for key, child in value.items()}
        left: Any = {key: child for key, child in kept.items() if child is not MISSING}
    else:
        items = types.items(schema)
        left = [item for item in (_removed_child(types, items, each, tree.get(element_of(schema, each))) for each in value) if item is not MISSING]
    return left or MISSING


def _removed_child(types: Types, schema: Schema | None, value: Any, tree: dict[str, Any] | None) -> Any:
    if tree is None:
        return value
    return MISSING if "." in tree else _remove(types, schema, value, tree)


def path_text(path: Path) -> str:
    """Return a path as messages show it: `.spec.containers[name="a"].image`."""
    return "".join(_element_text(element) for element in path)


def _element_text(element: str) -> str:
    if element.startswith("f:"):
        return "." + element[2:]
    value = json.loads(element[2:])
    if element.startswith("k:"):
        return "[" + ",".join(f"{key}={_compact(item)}" for key, item in value.items()) + "]"
    return f"[={_compact(value)}]"
