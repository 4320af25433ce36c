"""Custom resources against their structural schemas: defaults and validation in the server's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from sandbox.kubernetes import cel
from sandbox.kubernetes.errors import Cause, invalid_value, required, shown
from sandbox.kubernetes.names import parse_timestamp
from sandbox.kubernetes.types import Schema, Types

Object = dict[str, Any]
_NAMES: tuple[tuple[type, str], ...] = ((bool, "boolean"), (str, "string"), (int, "integer"), (float, "number"), (list, "array"), (dict, "object"))


def fill_defaults(schema: Schema, value: Any) -> Any:
    """Return the value with the schema's defaults; a null that may not be is taken as left out where a default stands."""
    if isinstance(value, list) and "items" in schema:
        return [fill_defaults(schema["items"], item) for item in value]
    if not isinstance(value, dict):
        return value
    result = {key: child for key, child in value.items() if not _nullified(schema, key, child)}
    for key, child in (schema.get("properties") or {}).items():
        if key not in result and "default" in child:
            result[key] = child["default"]
        if key in result and "$ref" not in child:
            result[key] = fill_defaults(child, result[key])
    extra = schema.get("additionalProperties")
    if isinstance(extra, dict):
        return {key: fill_defaults(extra, child) for key, child in result.items()}
    return result


def without_nulls(schema: Schema, value: Any) -> Any:
    """Return the value without nulls that may not be, as a decoder leaves them out; those with a default stay, to be replaced by it."""
    if isinstance(value, list):
        return [without_nulls(schema.get("items") or {}, item) for item in value]
    if not isinstance(value, dict) or "$ref" in schema:
        return value
    kept = {}
    for key, child in value.items():
        known = _schema_of(schema, key)
        if child is not None or known is None or known.get("nullable") or "default" in known:
            kept[key] = without_nulls(known or {}, child)
    return kept


def _schema_of(schema: Schema, key: str) -> Schema | None:
    extra = schema.get("additionalProperties")
    found: Schema | None = (schema.get("properties") or {}).get(key)
    return found if found is not None else extra if isinstance(extra, dict) else None


_WITH_DEFAULTS: dict[int, tuple[Schema, bool]] = {}


def has_defaults(schema: Schema) -> bool:
    """Tell whether a schema or any part of it has a default; remembered by identity, for schemas do not change."""
    known = _WITH_DEFAULTS.get(id(schema))
    if known is None or known[0] is not schema:
        parts = [*(schema.get("properties") or {}).values(), schema.get("items"), schema.get("additionalProperties")]
        found = "default" in schema or any(has_defaults(part) for part in parts if isinstance(part, dict))
        known = _WITH_DEFAULTS[id(schema)] = (schema, found)
    return known[1]


def _nullified(schema: Schema, key: str, value: Any) -> bool:
    child = (schema.get("properties") or {}).get(key) or {}
    return value is None and "default" in child and not child.get("nullable")


def validate(types: Types, schema: Schema, obj: Object, old: Object | None) -> list[Cause]:
    """Return every violation of the schema and of its CEL rules, which are left out, and that is told, where a violation makes them meaningless."""
    causes = list(_validate(schema, obj, "", cel.MISSING if old is None else old))
    if not cel.has_rules(id(schema), schema):
        return causes
    return [*causes, *([_UNCHECKED] if any(cause.reason in _BLOCKING for cause in causes) else cel.violations(schema, obj, old))]


def violations(schema: Schema, value: Any) -> list[Cause]:
    """Return what is wrong with a value by itself, such as a default; its rules are not asked."""
    return list(_validate(schema, value, ""))


_BLOCKING = frozenset(
    {"FieldValueRequired", "FieldValueTooLong", "FieldValueTooMany", "FieldValueDuplicate", "FieldValueNotSupported", "FieldValueTypeInvalid"}
)
_UNCHECKED = Cause(
    "FieldValueInvalid",
    "<nil>",
    "Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
)


def _validate(schema: Schema, value: Any, at: str, old: Any = cel.MISSING) -> Iterator[Cause]:
    """Yield the violations of a value; one that an update leaves as it was has none."""
    if "$ref" in schema or (old is not cel.MISSING and value == old):
        return
    if value is None:
        if not schema.get("nullable") and schema.get("type"):
            yield _wrong_type(schema, value, at)
        return
    if not _fits(schema, value):
        yield _wrong_type(schema, value, at)
        return
    if schema.get("x-kubernetes-embedded-resource"):
        yield from _embedded(value, at)
    for key, check in _CHECKS:
        if key in schema:
            yield from check(schema, value, at)
    yield from _children(schema, value, at, old)
    yield from _logic(schema, value, at)


def _embedded(value: Any, at: str) -> Iterator[Cause]:
    """Require what makes an object inside an object one of a kind."""
    for key in ("apiVersion", "kind"):
        if key not in value:
            yield required(f"{at}.{key}".lstrip("."))


def _type_name(value: Any) -> str:
    return "null" if value is None else next(name for kind, name in _NAMES if isinstance(value, kind))


def _fits(schema: Schema, value: Any) -> bool:
    if schema.get("x-kubernetes-int-or-string"):
        return isinstance(value, (str, int)) and not isinstance(value, bool)
    wanted, present = schema.get("type"), _type_name(value)
    if wanted is None or wanted == present:
        return True
    return (wanted == "number" and present == "integer") or (wanted == "integer" and isinstance(value, float) and value.is_integer())


def _wrong_type(schema: Schema, value: Any, at: str) -> Cause:
    wanted = "integer,string" if schema.get("x-kubernetes-int-or-string") else schema["type"]
    return Cause("FieldValueTypeInvalid", at, f'Invalid value: "{_type_name(value)}": {at or "<nil>"} in body must be of type {wanted}: "{_type_name(value)}"')


def _body(at: str) -> str:
    return f"{at} in body"


def _enum(schema: Schema, value: Any, at: str) -> Iterator[Cause]:
    if value not in schema["enum"]:
        choices = ", ".join(shown(each) for each in schema["enum"])
        yield Cause("FieldValueNotSupported", at, f"Unsupported value: {shown(value)}: supported values: {choices}")


def _number(words: str, fails: Callable[[Schema, Any], bool], key: str) -> Callable[[Schema, Any, str], Iterator[Cause]]:
    def check(schema: Schema, value: Any, at: str) -> Iterator[Cause]:
        if isinstance(value, (int, float)) and not isinstance(value, bool) and fails(schema, value):
            exclusive = schema.get(f"exclusive{key.capitalize()}")
            text = words if exclusive else f"{words} or equal to"
            yield invalid_value(at, value, f"{_body(at)} should be {text} {schema[key]}")

    return check


def _too_small(schema: Schema, value: Any) -> bool:
    return bool(value <= schema["minimum"] if schema.get("exclusiveMinimum") else value < schema["minimum"])


def _too_large(schema: Schema, value: Any) -> bool:
    return bool(value >= schema["maximum"] if schema.get("exclusiveMaximum") else value > schema["maximum"])


def _multiple(schema: Schema, value: Any, at: str) -> Iterator[Cause]:
    if isinstance(value, (int, float)) and value % schema["multipleOf"]:
        yield invalid_value(at, value, f"{_body(at)} should be a multiple of {schema['multipleOf']}")


def _pattern(schema: Schema, value: Any, at: str) -> Iterator[Cause]:
    if isinstance(value, str) and not re.search(_python_pattern(schema["pattern"]), value):
        yield invalid_value(at, value, f"{_body(at)} should match '{schema['pattern']}'")


def _python_pattern(pattern: str) -> str:
    """Return a Go pattern as Python reads it: `$` and `\\z` mean the very end."""
    return re.sub(r"(?<!\\)\$$", r"\\Z", pattern).replace(r"\z", r"\Z")


def _shortest(schema: Schema, value: Any, at: str) -> Iterator[Cause]:
    if isinstance(value, str) and len(value) < schema["minLength"]:
        yield invalid_value(at, value, f"{_body(at)} should be at least {schema['minLength']} chars long")


def _longest(schema: Schema, value: Any, at: str) -> Iterator[Cause]:
    if isinstance(value, str) and len(value) > schema["maxLength"]:
        yield Cause("FieldValueTooLong", at, f"Too long: may not be more than {schema['maxLength']} bytes")


def _fewest(schema: Schema, value: Any, at: str) -> Iterator[Cause]:
    if isinstance(value, list) and len(value) < schema["minItems"]:
        yield invalid_value(at, len(value), f"{_body(at)} should have at least {schema['minItems']} items")


def _most(schema: Schema, value: Any, at: str) -> Iterator[Cause]:
    if isinstance(value, list) and len(value) > schema["maxItems"]:
        yield Cause("FieldValueTooMany", at, f"Too many: {len(value)}: must have at most {schema['maxItems']} items")


def _fewest_entries(schema: Schema, value: Any, at: str) -> Iterator[Cause]:
    if isinstance(value, dict) and len(value) < schema["minProperties"]:
        yield invalid_value(at, len(value), f"{_body(at)} should have at least {schema['minProperties']} properties")


def _most_entries(schema: Schema, value: Any, at: str) -> Iterator[Cause]:
    if isinstance(value, dict) and len(value) > schema["maxProperties"]:
        yield Cause("FieldValueTooMany", at, f"Too many: {len(value)}: must have at most {schema['maxProperties']} items")


def _required(schema: Schema, value: Any, at: str) -> Iterator[Cause]:
    if isinstance(value, dict):
        for key in schema["required"]:
            if key not in value:
                yield required(f"{at}.{key}".lstrip("."))


def _is_time(text: str) -> bool:
    try:
        parse_timestamp(text)
    except ValueError:
        return False
    return "T" in text


_FORMATS: dict[str, Callable[[str], bool]] = {
    "date-time": _is_time,
    "duration": lambda text: bool(re.fullmatch(r"([0-9.]+\s*(ns|us|µs|ms|s|m|h|d|w))+|0", text)),
    "uuid": lambda text: bool(re.fullmatch(r"(?i)[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", text)),
}


def _format(schema: Schema, value: Any, at: str) -> Iterator[Cause]:
    fits = _FORMATS.get(schema["format"])
    if fits is not None and isinstance(value, str) and not fits(value):
        yield Cause("FieldValueTypeInvalid", at, f"Invalid value: {shown(value)}: {_body(at)} must be of type {schema['format']}: {shown(value)}")


def _list_type(schema: Schema, value: Any, at: str) -> Iterator[Cause]:
    """Refuse items that say the same key, or the same value in a set."""
    kind = schema["x-kubernetes-list-type"]
    if kind == "atomic" or not isinstance(value, list):
        return
    seen: list[Any] = []
    for index, item in enumerate(value):
        identity = {key: item.get(key) for key in schema.get("x-kubernetes-list-map-keys", ())} if kind == "map" and isinstance(item, dict) else item
        if identity in seen:
            yield Cause("FieldValueDuplicate", f"{at}[{index}]", f"Duplicate value: {shown(identity)}")
        seen.append(identity)


_CHECKS: tuple[tuple[str, Callable[[Schema, Any, str], Iterator[Cause]]], ...] = (
    ("required", _required),
    ("enum", _enum),
    ("minimum", _number("greater than", _too_small, "minimum")),
    ("maximum", _number("less than", _too_large, "maximum")),
    ("multipleOf", _multiple),
    ("minLength", _shortest),
    ("maxLength", _longest),
    ("pattern", _pattern),
    ("format", _format),
    ("minItems", _fewest),
    ("maxItems", _most),
    ("minProperties", _fewest_entries),
    ("maxProperties", _most_entries),
    ("x-kubernetes-list-type", _list_type),
)


def _children(schema: Schema, value: Any, at: str, old: Any) -> Iterator[Cause]:
    if isinstance(value, list):
        if isinstance(schema.get("items"), dict):
            for index, item in enumerate(value):
                yield from _validate(schema["items"], item, f"{at}[{index}]", cel.same_item(schema, item, old))
        return
    if not isinstance(value, dict):
        return
    properties, extra = schema.get("properties") or {}, schema.get("additionalProperties")
    for key, child in value.items():
        before = old.get(key, cel.MISSING) if isinstance(old, dict) else cel.MISSING
        part = properties.get(key, extra)
        if isinstance(part, dict):
            yield from _validate(part, child, f"{at}.{key}".lstrip("."), before)


def _logic(schema: Schema, value: Any, at: str) -> Iterator[Cause]:
    for part in schema.get("allOf") or ():
        yield from _validate(part, value, at)
    if "anyOf" in schema and not any(_valid(part, value, at) for part in schema["anyOf"]):
        yield Cause("FieldValueInvalid", at, f'Invalid value: "": {shown_path(at)} must validate at least one schema (anyOf)')
    if "oneOf" in schema and sum(_valid(part, value, at) for part in schema["oneOf"]) != 1:
        yield Cause("FieldValueInvalid", at, f'Invalid value: "": {shown_path(at)} must validate one and only one schema (oneOf). Found none valid')
    if "not" in schema and _valid(schema["not"], value, at):
        yield Cause("FieldValueInvalid", at, f'Invalid value: "": {shown_path(at)} must not validate the schema (not)')


def shown_path(at: str) -> str:
    return f'"{at}"' if at else '"<nil>"'


def _valid(schema: Schema, value: Any, at: str) -> bool:
    return not list(_validate(schema, value, at))
