"""How ownership walks an object: whether a map or list belongs to one owner as a whole, what tells its items apart, and the shapes of what is in it.

A shape is made once for a schema and remembered, because every write walks whole objects.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from sandbox.kubernetes.types import Schema, Types, is_atomic, list_type, map_keys

# A keyed list's key that is left out counts as this; the port protocol is the one that matters.
_KEY_DEFAULTS = {"protocol": "TCP"}
# More schemas than one process meets: some hundred of built-in kinds, and those of custom resources.
_REMEMBERED = 4096
MAP, LIST, SCALAR = "map", "list", "scalar"
_FORMS = {"object": MAP, "array": LIST}


class Shape:
    """The shape of a value. `form` is what null counts as; `declared` are the fields that a struct has, as opposed to the keys of a map."""

    __slots__ = ("_children", "_extra", "_items", "_schema", "_types", "atomic_list", "atomic_map", "declared", "form", "keys")

    def __init__(self, types: Types, schema: Schema | None) -> None:
        resolved = types.resolve(schema) or {}
        self._types, self._schema = types, resolved
        self.form = SCALAR if "x-kubernetes-int-or-string" in resolved else _FORMS.get(resolved.get("type", "object"), SCALAR)
        self.atomic_map, self.atomic_list = is_atomic(resolved, {}), list_type(resolved) == "atomic"
        self.keys = tuple(sorted(map_keys(resolved))) if list_type(resolved) == "map" else ()
        self.declared = (resolved.get("properties") or {}).keys()
        self._children: dict[str, Shape] = {}
        self._extra: Shape | None = None
        self._items: Shape | None = None

    def child(self, key: str) -> Shape:
        """Return the shape of a field or of a map's value."""
        found = self._children.get(key)
        if found is not None:
            return found
        if key in self.declared:
            made = self._children[key] = of(self._types, self._schema["properties"][key])
            return made
        if self._extra is None:
            extra = self._schema.get("additionalProperties")
            self._extra = of(self._types, extra if isinstance(extra, dict) else None)
        return self._extra

    @property
    def items(self) -> Shape:
        if self._items is None:
            self._items = of(self._types, self._schema.get("items"))
        return self._items

    def element(self, item: Any) -> str:
        """Return the path element of a list's item, by the list's type."""
        if not self.keys:
            return "v:" + compact(item)
        said = item if isinstance(item, dict) else {}
        keys = {key: said[key] if key in said else _KEY_DEFAULTS.get(key) for key in self.keys}
        return "k:" + compact({key: value for key, value in keys.items() if key in said or value is not None})


def of(types: Types, schema: Schema | None) -> Shape:
    """Return the shape that a schema gives a value; without a schema, maps are shared key by key and lists are not."""
    return _of(types, _Same(schema))


class _Same:
    """A schema that is compared by identity: schemas do not change."""

    __slots__ = ("schema",)

    def __init__(self, schema: Schema | None) -> None:
        self.schema = schema

    def __hash__(self) -> int:
        return id(self.schema)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.schema is other.schema


@lru_cache(_REMEMBERED)
def _of(types: Types, same: _Same) -> Shape:
    return Shape(types, same.schema)


def compact(value: Any) -> str:
    return _ENCODER.encode(value)


_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)
