"""What the schema of a custom resource must be like: every specified field has a type that there is."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.kubernetes.errors import Cause, not_supported, required
from sandbox.kubernetes.types import Schema

_TYPES = ("array", "boolean", "integer", "number", "object", "string")


def check(schema: Schema, at: str) -> Iterator[Cause]:
    """Yield what is wrong with a schema and its parts."""
    free = schema.get("x-kubernetes-int-or-string") or schema.get("x-kubernetes-preserve-unknown-fields")
    kind = schema.get("type")
    if kind is not None and kind not in _TYPES:
        yield not_supported(f"{at}.type", kind, _TYPES)
    elif not kind and not free:
        yield required(f"{at}.type", _UNTYPED.get(_role(at), "must not be empty for specified object fields"))
    for name, child in (schema.get("properties") or {}).items():
        yield from check(child, f"{at}.properties[{name}]")
    if isinstance(schema.get("items"), dict):
        yield from check(schema["items"], f"{at}.items")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from check(schema["additionalProperties"], f"{at}.additionalProperties")


_UNTYPED = {
    "openAPIV3Schema": "must not be empty at the root",
    "items": "must not be empty for specified array items",
    "additionalProperties": "must not be empty for specified object fields",
}


def _role(at: str) -> str:
    return at.rpartition(".")[2]
