"""From a body to a clean object: unknown fields found and left out, types of built-in kinds checked as Go's decoder does."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from sandbox.kubernetes import quantities
from sandbox.kubernetes.types import Schema, Types

_GO_TYPES = {str: "string", bool: "bool", int: "number", float: "number", list: "array", dict: "object"}
_SCHEMA_TYPES = {"string": "string", "integer": "int32", "boolean": "bool", "number": "float64"}
_MATCHES: dict[str, tuple[type, ...]] = {"string": (str,), "integer": (int,), "boolean": (bool,), "number": (int, float), "array": (list,), "object": (dict,)}


class WrongType(Exception):
    """A value that Go could not decode into its field; `converted` is what its converter of decoded values says of it."""

    def __init__(self, words: str, converted: str) -> None:
        super().__init__(words)
        self.converted = converted


@dataclass
class Decoded:
    """The object without what its schema does not know, and the paths of that."""

    value: Any = None
    unknown: list[str] = field(default_factory=list)


def prune(types: Types, schema: Schema | None, value: dict[str, Any], custom: bool, kind: str = "") -> Decoded:
    """Return an object without fields that the schema does not know. Raises WrongType, which names the kind, for built-in kinds only."""
    decoded = Decoded()
    decoded.value = _value(types, schema, value, "", decoded, custom, kind) if schema is not None else value
    return decoded


def _value(types: Types, schema: Schema | None, value: Any, at: str, found: Decoded, custom: bool, struct: str = "") -> Any:
    """Return a value cleaned; `struct` is the Go type whose field it is in."""
    resolved = types.resolve(schema)
    if resolved is None or value is None:
        return value
    # A custom resource's own schema has no references: only its metadata, which is a Go type, is one.
    custom = custom and "$ref" not in (schema or {})
    if not custom:
        value = _checked(resolved, value, at, struct, _go_name(schema))
    if isinstance(value, dict):
        named = _go_struct(schema)
        return _times(named, custom) | _object(types, resolved, value, at, found, custom, named or struct)
    if isinstance(value, list) and "items" in resolved:
        return [_value(types, resolved["items"], item, f"{at}[{index}]", found, custom, struct) for index, item in enumerate(value)]
    return value


def _times(struct: str, custom: bool) -> dict[str, Any]:
    """Return the fields that Go writes as null where they are not said."""
    return {} if custom else {name[1:]: None for name in _zero_fields().get(struct, ()) if name[0] == "*"}


def _go_struct(schema: Schema | None) -> str:
    """Return the name of the Go type that a reference means: the last word of it."""
    return (schema or {}).get("$ref", "").rpartition(".")[2]


def _go_name(schema: Schema | None) -> str:
    """Return the name of the Go type that a reference means, with its package."""
    return ".".join((schema or {}).get("$ref", "").split(".")[-2:])


def _checked(schema: Schema, value: Any, at: str, struct: str, name: str) -> Any:
    expected = schema.get("type")
    if expected is None or "x-kubernetes-int-or-string" in schema:
        return value
    if "x-kubernetes-quantity" in schema:
        return _quantity(value)
    fits = isinstance(value, _MATCHES[expected]) and (expected == "boolean" or not isinstance(value, bool))
    if not fits and not (expected == "integer" and isinstance(value, float) and value.is_integer()):
        wanted = _WORDS.get(at.rpartition(".")[2]) or name or _go_type(schema)
        words = f"json: cannot unmarshal {_GO_TYPES[type(value)]} into Go struct field {struct}.{_go_field(at)} of type {wanted}"
        raise WrongType(words, _unconvertible(schema, value))
    return value


def _quantity(value: Any) -> Any:
    text = str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value
    try:
        return quantities.canonical(text)
    except ValueError as error:
        raise WrongType(_NO_QUANTITY, f"error decoding from json: {_NO_QUANTITY}") from error


_NO_QUANTITY = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
_GO_KINDS = {str: "string", bool: "bool", int: "int64", float: "float64", list: "slice", dict: "map"}


def _unconvertible(schema: Schema, value: Any) -> str:
    wanted, kind = schema["type"], _GO_KINDS[type(value)]
    if wanted == "array":
        return f"cannot restore slice from {kind}"
    if wanted == "object":
        return f"cannot restore map from {kind}" if "additionalProperties" in schema else f"cannot restore struct from: {kind}"
    if (kind, wanted) in (("int64", "string"), ("float64", "integer")):
        return f"cannot convert {kind} to {_go_type(schema)}"
    return f"unrecognized type: {_go_type(schema)}"


# Fields whose words have a Go type of their own.
_WORDS = {"propagationPolicy": "v1.DeletionPropagation", "restartPolicy": "v1.RestartPolicy", "imagePullPolicy": "v1.PullPolicy", "dnsPolicy": "v1.DNSPolicy"}


def _go_field(at: str) -> str:
    """Return a path as Go's decoder says it: without indices and without the keys of maps."""
    return re.sub("\\[\\d+\\]|\0[^\1]*\1", "", at)


def _go_type(schema: Schema) -> str:
    if schema["type"] == "array":
        items = schema.get("items") or {}
        return "[]" + (_go_name(items) or _SCHEMA_TYPES.get(items.get("type", ""), "interface {}"))
    if schema["type"] == "object":
        return "map[string]string" if "additionalProperties" in schema else "struct"
    return "int64" if schema.get("format") == "int64" else _SCHEMA_TYPES[schema["type"]]


def _object(types: Types, schema: Schema, value: dict[str, Any], at: str, found: Decoded, custom: bool, struct: str) -> dict[str, Any]:
    properties = schema.get("properties") or {}
    extra = schema.get("additionalProperties")
    free = schema.get("x-kubernetes-preserve-unknown-fields") or extra is True or (not custom and not properties and extra is None)
    kept: dict[str, Any] = {}
    for key, child in value.items():
        entry = isinstance(extra, dict) and key not in properties
        path = f"{at}\0{key}\1" if entry else f"{at}.{key}" if at else key
        child_schema = properties.get(key) or (extra if isinstance(extra, dict) else None)
        if child_schema is None and _embedded(schema, key):
            kept[key] = child
        elif child_schema is None and not free:
            found.unknown.append(path.replace("\0", ".").replace("\1", ""))
        else:
            cleaned = _value(types, child_schema, child, path, found, custom, struct)
            if custom or not (_omitted(schema, types.resolve(child_schema), key, cleaned) or (not entry and _zero(struct, key, cleaned))):
                kept[key] = cleaned
    return kept


def _embedded(schema: Schema, key: str) -> bool:
    return bool(schema.get("x-kubernetes-embedded-resource")) and key in ("apiVersion", "kind", "metadata")


def _zero(struct: str, key: str, value: Any) -> bool:
    """Tell whether Go takes a value for one that was not said."""
    return (value is False or value == "" or (value == 0 and isinstance(value, int))) and key in _zero_fields().get(struct, ())


@cache
def _zero_fields() -> dict[str, frozenset[str]]:
    lines = (Path(__file__).parent / "data" / "zero_fields.txt").read_text(encoding="utf-8").splitlines()
    return {struct: frozenset(names) for struct, *names in (line.split() for line in lines if not line.startswith("#"))}


def _omitted(parent: Schema, schema: Schema | None, key: str, value: Any) -> bool:
    """Tell whether Go leaves a decoded value out again: null, and empty lists and maps of optional fields."""
    if value is None:
        return True
    is_map = isinstance(value, dict) and "additionalProperties" in (schema or {})
    if value == [] and key == "rules":
        return False  # The one list that may be empty and is said all the same: those of (cluster) roles.
    return value in ([], {}) and (isinstance(value, list) or is_map) and key not in parent.get("required", ())
