"""Whether an applied configuration fits the schema, in the words of the library that merges it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sandbox.kubernetes import fieldsets, shapes
from sandbox.kubernetes.types import Schema, Types, list_type, map_keys


def faults(types: Types, schema: Schema | None, value: Any) -> list[str]:
    """Return what does not fit: undeclared fields, wrong types, items of a keyed list that say the same key."""
    return [f"{at}: {words}" for at, words in _faults(types, schema, value, "")]


def _faults(types: Types, schema: Schema | None, value: Any, at: str) -> Iterator[tuple[str, str]]:
    resolved = types.resolve(schema)
    if resolved is None or value is None:
        return
    wrong = _wrong_type(resolved, value)
    if wrong:
        yield at, wrong
    elif isinstance(value, dict):
        yield from _fields(types, resolved, value, at)
    elif isinstance(value, list):
        yield from _items(types, resolved, value, at)


def _wrong_type(schema: Schema, value: Any) -> str:
    """Return the library's words for a value of another type; quantities and the like take several."""
    wanted = schema.get("type")
    if wanted is None or "x-kubernetes-int-or-string" in schema or "x-kubernetes-quantity" in schema:
        return ""
    if wanted in ("object", "array"):
        fits = isinstance(value, dict if wanted == "object" else list)
        return "" if fits else f"expected {'map' if wanted == 'object' else 'list'}, got &{{{_go(value)}}}"
    if wanted == "string" and not isinstance(value, str):
        return f"expected string, got &value.valueUnstructured{{Value:{_go(value)}}}"
    if wanted == "boolean" and not isinstance(value, bool):
        return f"expected boolean, got &{{{_go(value)}}}"
    if wanted in ("integer", "number") and (isinstance(value, bool) or not isinstance(value, (int, float))):
        return f"expected numeric (int or float), got {_kind(value)}"
    return ""


def _go(value: Any) -> str:
    """Return a value as Go prints it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + " ".join(map(_go, value)) + "]"
    return "map[" + " ".join(f"{key}:{_go(child)}" for key, child in sorted(value.items())) + "]" if isinstance(value, dict) else str(value)


def _kind(value: Any) -> str:
    return {bool: "boolean", str: "string", list: "list", dict: "map"}.get(type(value), "unknown")


def _fields(types: Types, schema: Schema, value: dict[str, Any], at: str) -> Iterator[tuple[str, str]]:
    properties, extra = schema.get("properties") or {}, schema.get("additionalProperties")
    free = schema.get("x-kubernetes-preserve-unknown-fields") or (not properties and extra is None) or extra is True
    for key, child in value.items():
        if key in properties or isinstance(extra, dict):
            yield from _faults(types, properties.get(key, extra), child, f"{at}.{key}")
        elif not free and not (schema.get("x-kubernetes-embedded-resource") and key in ("apiVersion", "kind", "metadata")):
            yield f"{at}.{key}", "field not declared in schema"


def _items(types: Types, schema: Schema, value: list[Any], at: str) -> Iterator[tuple[str, str]]:
    seen, shape = set[str](), shapes.of(types, schema)
    for index, item in enumerate(value):
        element = shape.element(item)
        if list_type(schema) != "atomic" and element in seen:
            yield at, f"duplicate entries for key {_shown(schema, element)}"
        seen.add(element)
        yield from _faults(types, schema.get("items"), item, f"{at}[{index}]" if list_type(schema) == "atomic" else at + fieldsets.path_text((element,)))


def _shown(schema: Schema, element: str) -> str:
    if not map_keys(schema):
        return f"[={element[2:]}]"
    return "[" + ",".join(f"{key}={json.dumps(value)}" for key, value in json.loads(element[2:]).items()) + "]"
