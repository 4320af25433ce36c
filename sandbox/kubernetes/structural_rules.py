"""What the schema of a custom resource must be like: every specified field has a type that there is."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.kubernetes import structural
from sandbox.kubernetes.errors import Cause, forbidden_field, not_supported, required
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
    yield from _shape(schema, at)
    for name, child in (schema.get("properties") or {}).items():
        yield from check(child, f"{at}.properties[{name}]")
    if isinstance(schema.get("items"), dict):
        yield from check(schema["items"], f"{at}.items")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from check(schema["additionalProperties"], f"{at}.additionalProperties")


def _shape(schema: Schema, at: str) -> Iterator[Cause]:
    """Yield what is wrong with a schema beside its type: what it lacks, and what contradicts itself."""
    if schema.get("type") == "array" and "items" not in schema:
        yield required(f"{at}.items", "must be specified")
    if schema.get("x-kubernetes-list-type") == "map" and not schema.get("x-kubernetes-list-map-keys"):
        yield required(f"{at}.x-kubernetes-list-map-keys", "must not be empty if x-kubernetes-list-type is map")
    if schema.get("properties") and schema.get("additionalProperties"):
        yield forbidden_field(f"{at}.additionalProperties", "additionalProperties and properties are mutual exclusive")
    for index, rule in enumerate(schema.get("x-kubernetes-validations") or ()):
        if not (rule.get("rule") or "").strip():
            yield required(f"{at}.x-kubernetes-validations[{index}].rule", "rule is not specified")
    if "default" in schema and not _is_root(at):
        for cause in structural.violations(schema, schema["default"]):
            place = f".{cause.field}" if cause.field else ""
            yield Cause(cause.reason, f"{at}.default{place}", cause.message.replace("<nil> in body", " in body"))


def _is_root(at: str) -> bool:
    return _role(at) == "openAPIV3Schema"


_UNTYPED = {
    "openAPIV3Schema": "must not be empty at the root",
    "items": "must not be empty for specified array items",
    "additionalProperties": "must not be empty for specified object fields",
}


def _role(at: str) -> str:
    return at.rpartition(".")[2]
