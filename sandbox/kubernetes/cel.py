"""CEL rules of custom resources (x-kubernetes-validations), with the transition rules that see the old object."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from sandbox.kubernetes.errors import Cause
from sandbox.kubernetes.types import Schema

Object = dict[str, Any]
_REASONS = {
    "FieldValueInvalid": "Invalid value",
    "FieldValueForbidden": "Forbidden",
    "FieldValueRequired": "Required value",
    "FieldValueDuplicate": "Duplicate value",
}
MISSING = object()


def violations(schema: Schema, obj: Object, old: Object | None) -> list[Cause]:
    """Return the rules that an object breaks."""
    return list(_violations(schema, obj, MISSING if old is None else old, ""))


def _violations(schema: Schema, value: Any, old: Any, at: str) -> Iterator[Cause]:
    for rule in schema.get("x-kubernetes-validations") or ():
        yield from _check(schema, rule, value, old, at)
    if isinstance(value, dict):
        properties, extra = schema.get("properties") or {}, schema.get("additionalProperties")
        for key, child in value.items():
            child_schema = properties.get(key) or (extra if isinstance(extra, dict) else None)
            if child_schema is not None and child is not None and has_rules(id(child_schema), child_schema):
                before = old.get(key, MISSING) if isinstance(old, dict) else MISSING
                path = f"{at}.{key}".lstrip(".") if key in properties else f"{at}[{key}]"
                yield from _violations(child_schema, child, before, path)
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for index, item in enumerate(value):
            yield from _violations(schema["items"], item, same_item(schema, item, old), f"{at}[{index}]")


def same_item(schema: Schema, item: Any, old: Any) -> Any:
    """Return the old item that a list map's item replaces; rules see no old item in other lists."""
    keys = schema.get("x-kubernetes-list-map-keys")
    if not keys or not isinstance(old, list):
        return MISSING
    return next((each for each in old if all(isinstance(each, dict) and isinstance(item, dict) and each.get(key) == item.get(key) for key in keys)), MISSING)


_WITH_RULES: dict[int, tuple[Schema, bool]] = {}


def has_rules(identity: int, schema: Schema) -> bool:
    """Tell whether a schema or any part of it has rules; remembered by identity, for schemas do not change."""
    known = _WITH_RULES.get(identity)
    if known is None or known[0] is not schema:
        parts = [*(schema.get("properties") or {}).values(), schema.get("items"), schema.get("additionalProperties")]
        found = "x-kubernetes-validations" in schema or any(has_rules(id(part), part) for part in parts if isinstance(part, dict))
        known = _WITH_RULES[identity] = (schema, found)
    return known[1]


def _check(schema: Schema, rule: Object, value: Any, old: Any, at: str) -> Iterator[Cause]:
    text = rule["rule"]
    if re.search(r"\boldSelf\b", text) and old is MISSING and not rule.get("optionalOldSelf"):
        return
    from sandbox.kubernetes import cel_engine

    try:
        if cel_engine.evaluate(text, schema, value, None if old is MISSING else old):
            return
        message = _message(schema, rule, value, old)
    except cel_engine.CelError as error:
        message = f"rule evaluation error: {error}"
    reason = rule.get("reason") or "FieldValueInvalid"
    field = f"{at}{rule.get('fieldPath', '')}".lstrip(".")
    yield Cause(reason, field or "<nil>", _text(reason, schema, value, message))


def _message(schema: Schema, rule: Object, value: Any, old: Any) -> str:
    expression = rule.get("messageExpression")
    if expression:
        from sandbox.kubernetes import cel_engine

        try:
            return str(cel_engine.evaluate(expression, schema, value, None if old is MISSING else old))
        except cel_engine.CelError:
            return rule.get("message") or f"failed rule: {rule['rule']}"
    return rule.get("message") or f"failed rule: {rule['rule'].strip()}"


@lru_cache(maxsize=8)
def _word(reason: str) -> str:
    return _REASONS.get(reason, "Invalid value")


def _text(reason: str, schema: Schema, value: Any, message: str) -> str:
    """Return the message of a cause; an invalid value is shown unless it is an object or a list."""
    if reason != "FieldValueInvalid":
        return f"{_word(reason)}: {message}"
    from sandbox.kubernetes.errors import shown

    kind = schema.get("type")
    return f"{_word(reason)}: {message}" if kind in ("object", "array") else f"{_word(reason)}: {shown(value)}: {message}"
