"""Sets of field paths as `managedFields` records them, and the walks over objects that make and use them.

A path is a tuple of FieldsV1 elements: `f:name` a field, `k:{...}` an item of a keyed list, `v:...` an item of a set. The walks are those of the library that
the real server uses, structured-merge-diff: what is not there (MISSING) is another thing than null, and a map or list with nothing in it is a leaf.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from sandbox.kubernetes.shapes import LIST, MAP, SCALAR, Shape, compact

Path = tuple[str, ...]
FieldSet = frozenset[Path]
EMPTY: FieldSet = frozenset()
MISSING = object()


def to_fields_v1(paths: Iterable[Path]) -> dict[str, Any]:
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


def without(paths: FieldSet, prefixes: Iterable[Path]) -> FieldSet:
    """Return the paths that are neither one of the prefixes nor below one."""
    for prefix in prefixes:
        paths = frozenset(path for path in paths if path[: len(prefix)] != prefix)
    return paths


def field_set(shape: Shape, value: Any) -> FieldSet:
    """Return every path that an object sets, as an applied configuration owns them."""
    found: set[Path] = set()
    _own(shape, value, (), found)
    return frozenset(found)


def _own(shape: Shape, value: Any, at: Path, found: set[Path]) -> None:
    if isinstance(value, dict):
        if shape.atomic_map:
            found.add(at)
            return
        for key, child in value.items():
            path = (*at, f"f:{key}")
            _own(shape.child(key), child, path, found)
            if child is None or child == {} or key not in shape.declared:
                found.add(path)
    elif isinstance(value, list):
        if shape.atomic_list:
            found.add(at)
        else:
            _own_items(shape, value, at, found)
    elif value is not None:
        found.add(at)


def _own_items(shape: Shape, value: list[Any], at: Path, found: set[Path]) -> None:
    """Add the items of a list; of those that say the same key, nothing but the key."""
    elements = [shape.element(item) for item in value]
    found.update((*at, element) for element in elements)
    times = Counter(elements)
    for element, item in zip(elements, value, strict=True):
        if times[element] == 1:
            _own(shape.items, item, (*at, element), found)


def compare(shape: Shape, old: Any, new: Any) -> tuple[FieldSet, FieldSet]:
    """Return (paths added or modified, paths removed) between two objects."""
    found = _Comparison()
    found.values(shape, old, new, ())
    return frozenset(found.changed), frozenset(found.removed)


def _form(shape: Shape, value: Any) -> str:
    """Return what a value is to be walked as; null and what is not there take the shape's form."""
    if isinstance(value, dict):
        return MAP
    if isinstance(value, list):
        return LIST
    return shape.form if value is None or value is MISSING else SCALAR


class _Comparison:
    def __init__(self) -> None:
        self.changed: set[Path] = set()
        self.removed: set[Path] = set()

    def values(self, shape: Shape, old: Any, new: Any, at: Path) -> None:
        if old is new or old == new:
            return
        before, after = _form(shape, old), _form(shape, new)
        if new is not MISSING and old is not MISSING and before != after:
            self._as(before, shape, old, new, at)
        if not self._as(before if new is MISSING else after, shape, old, new, at):
            if old is MISSING:
                self.changed.add(at)
            elif new is MISSING:
                self.removed.add(at)

    def _as(self, form: str, shape: Shape, old: Any, new: Any, at: Path) -> bool:
        """Compare two values as maps, lists or neither; tells whether they are leaves."""
        if form == MAP:
            maps = (old if isinstance(old, dict) else {}, new if isinstance(new, dict) else {})
            if not shape.atomic_map and (maps[0] or maps[1]):
                self._maps(shape, *maps, at)
                return False
        elif form == LIST:
            lists = (old if isinstance(old, list) else [], new if isinstance(new, list) else [])
            if not shape.atomic_list and (lists[0] or lists[1]):
                self._lists(shape, *lists, at)
                return False
        (self.removed if new is MISSING else self.changed).add(at)
        return True

    def _maps(self, shape: Shape, old: dict[str, Any], new: dict[str, Any], at: Path) -> None:
        for key in old.keys() | new.keys():
            self.values(shape.child(key), old.get(key, MISSING), new.get(key, MISSING), (*at, f"f:{key}"))

    def _lists(self, shape: Shape, old: list[Any], new: list[Any], at: Path) -> None:
        before, after = _by_element(shape, old), _by_element(shape, new)
        for element in before.keys() | after.keys():
            mine, yours, path = before.get(element, []), after.get(element, []), (*at, element)
            if len(mine) < 2 and len(yours) < 2:
                self.values(shape.items, _only(mine), _only(yours), path)
            elif len(mine) >= 2 and len(yours) >= 2:
                self.changed.update([path] if mine != yours else [])
            elif len(mine) >= 2:
                self.values(shape.items, MISSING, _only(yours), path)
                self.removed.add(path)
            else:
                self.values(shape.items, _only(mine), MISSING, path)
                self.changed.add(path)


def _only(items: list[Any]) -> Any:
    return items[0] if items else MISSING


def _by_element(shape: Shape, items: list[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for item in items:
        found.setdefault(shape.element(item), []).append(item)
    return found


def with_named_fields(shape: Shape, paths: FieldSet) -> FieldSet:
    """Return the set with every declared field above a path as a member too."""
    found = set(paths)
    shapes: dict[Path, Shape] = {(): shape}
    for prefix in sorted({path[:end] for path in paths for end in range(1, len(path))}, key=len):
        parent, element = shapes[prefix[:-1]], prefix[-1]
        named = element.startswith("f:")
        shapes[prefix] = parent.child(element[2:]) if named else parent.items
        if named and element[2:] in parent.declared:
            found.add(prefix)
    return frozenset(found)


def remove(shape: Shape, value: dict[str, Any], paths: Iterable[Path]) -> dict[str, Any]:
    """Return the object without what lies at the paths; a map or list that loses all by that is null."""
    tree: dict[str, Any] = {}
    for path in paths:
        node = tree
        for element in path:
            node = node.setdefault(element, {})
        node["."] = {}
    return _remove(shape, value, tree) or {} if tree else value


def _remove(shape: Shape, value: Any, tree: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        if not value or shape.atomic_map:
            return None
        kept = ((key, _removed_child(shape.child(key), child, tree.get(f"f:{key}"))) for key, child in value.items())
        return {key: child for key, child in kept if child is not MISSING} or None
    if isinstance(value, list):
        if not value or shape.atomic_list:
            return None
        left = (_removed_child(shape.items, item, tree.get(shape.element(item))) for item in value)
        return [item for item in left if item is not MISSING] or None
    return value


def _removed_child(shape: Shape, value: Any, tree: dict[str, Any] | None) -> Any:
    if tree is None:
        return value
    return MISSING if "." in tree else _remove(shape, value, tree)


def path_text(path: Path) -> str:
    """Return a path as messages show it: `.spec.containers[name="a"].image`."""
    return "".join(_element_text(element) for element in path)


def _element_text(element: str) -> str:
    if element.startswith("f:"):
        return "." + element[2:]
    value = json.loads(element[2:])
    if element.startswith("k:"):
        return "[" + ",".join(f"{key}={compact(item)}" for key, item in value.items()) + "]"
    return f"[={compact(value)}]"
