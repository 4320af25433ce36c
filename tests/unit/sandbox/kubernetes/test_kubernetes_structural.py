"""Custom resources against their schemas: defaults, pruning, validation, CEL."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kubernetes import decode, structural
from sandbox.kubernetes.types import builtin_types

TYPES = builtin_types()


def schema(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def messages(rules: dict[str, Any], value: dict[str, Any], old: dict[str, Any] | None = None) -> list[str]:
    return [cause.text() for cause in structural.validate(TYPES, rules, value, old)]


@pytest.mark.parametrize(
    ("rules", "value", "expected"),
    [
        pytest.param({"type": "integer"}, "x", 'a: Invalid value: "string": a in body must be of type integer: "string"', id="type"),
        pytest.param({"type": "string", "enum": ["x", "y"]}, "z", 'a: Unsupported value: "z": supported values: "x", "y"', id="enum"),
        pytest.param({"type": "integer", "minimum": 1}, 0, "a: Invalid value: 0: a in body should be greater than or equal to 1", id="minimum"),
        pytest.param({"type": "integer", "maximum": 1}, 2, "a: Invalid value: 2: a in body should be less than or equal to 1", id="maximum"),
        pytest.param({"type": "string", "pattern": "^x$"}, "y", "a: Invalid value: \"y\": a in body should match '^x$'", id="pattern"),
        pytest.param({"type": "string", "minLength": 2}, "y", 'a: Invalid value: "y": a in body should be at least 2 chars long', id="shortest"),
        pytest.param({"type": "string", "maxLength": 2}, "yyy", "a: Too long: may not be more than 2 bytes", id="longest"),
        pytest.param({"type": "array", "maxItems": 1, "items": {"type": "integer"}}, [1, 2], "a: Too many: 2: must have at most 1 items", id="most"),
        pytest.param({"type": "object", "required": ["b"]}, {}, "a.b: Required value", id="required"),
        pytest.param({"type": "string"}, None, 'a: Invalid value: "null": a in body must be of type string: "null"', id="null"),
        pytest.param({"x-kubernetes-int-or-string": True}, 1.5, None, id="a fraction is no int-or-string"),
        pytest.param({"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"}, ["a", "a"], 'a[1]: Duplicate value: "a"', id="set"),
        pytest.param(
            {"type": "array", "items": schema(k={"type": "string"}), "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"]},
            [{"k": "1"}, {"k": "1"}],
            'a[1]: Duplicate value: {"k":"1"}',
            id="list map",
        ),
    ],
)
def test_violation(rules: dict[str, Any], value: Any, expected: str | None) -> None:
    found = messages(schema(a=rules), {"a": value})
    assert found == [expected] if expected else len(found) == 1


@pytest.mark.parametrize(
    ("rules", "value"),
    [
        pytest.param({"type": "number"}, 1, id="an integer is a number"),
        pytest.param({"type": "string", "nullable": True}, None, id="nullable"),
        pytest.param({"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]}, "10%", id="int or string"),
        pytest.param({"type": "object", "x-kubernetes-preserve-unknown-fields": True}, {"x": {"y": 1}}, id="preserved"),
    ],
)
def test_no_violation(rules: dict[str, Any], value: Any) -> None:
    assert messages(schema(a=rules), {"a": value}) == []


def test_defaults_reach_into_objects_that_are_there() -> None:
    rules = schema(a=schema(b={"type": "integer", "default": 1}), c={"type": "string", "default": "x"}, d=schema(e={"type": "integer", "default": 2}))
    assert structural.fill_defaults(rules, {"a": {}}) == {"a": {"b": 1}, "c": "x"}


def test_a_default_replaces_null() -> None:
    assert structural.fill_defaults(schema(a={"type": "string", "default": "x"}), {"a": None}) == {"a": "x"}


def test_unknown_fields_are_pruned_and_named() -> None:
    rules = schema(spec=schema(a={"type": "string"}, free={"type": "object", "x-kubernetes-preserve-unknown-fields": True}))
    decoded = decode.prune(TYPES, rules, {"spec": {"a": "1", "b": 2, "free": {"z": 1}}}, custom=True)
    assert decoded.value == {"spec": {"a": "1", "free": {"z": 1}}}
    assert decoded.unknown == ["spec.b"]


RULE = schema(
    spec={**schema(a={"type": "integer"}, b={"type": "integer"}), "x-kubernetes-validations": [{"rule": "self.a < self.b", "message": "a must be below b"}]}
)
FIXED = schema(spec=schema(a={"type": "string", "x-kubernetes-validations": [{"rule": "self == oldSelf", "message": "a is immutable"}]}))


@pytest.mark.parametrize(
    ("rules", "value", "old", "expected"),
    [
        pytest.param(RULE, {"spec": {"a": 1, "b": 2}}, None, [], id="holds"),
        pytest.param(RULE, {"spec": {"a": 2, "b": 2}}, None, ["spec: Invalid value: a must be below b"], id="broken"),
        pytest.param(FIXED, {"spec": {"a": "x"}}, None, [], id="no transition on create"),
        pytest.param(FIXED, {"spec": {"a": "x"}}, {"spec": {"a": "x"}}, [], id="unchanged"),
        pytest.param(FIXED, {"spec": {"a": "y"}}, {"spec": {"a": "x"}}, ['spec.a: Invalid value: "y": a is immutable'], id="changed"),
    ],
)
def test_cel(rules: dict[str, Any], value: dict[str, Any], old: dict[str, Any] | None, expected: list[str]) -> None:
    assert messages(rules, value, old) == expected


@pytest.mark.parametrize(
    "rule",
    [
        "self.items.all(x, x.startsWith('a'))",
        "has(self.items) && size(self.items) == 2",
        "self.items.exists(x, x == 'ab')",
        "self.text.matches('^[a-z]+$')",
        "self.text.split('b').size() == 2",
        "self.items.join(',') == 'aa,ab'",
        "self.text.find('b') == 'b'",
        "isURL('https://x/y')",
        "url('https://x:1/y').getHostname() == 'x'",
        "self.items.map(x, x + 'z')[0] == 'aaz'",
        "quantity('1Gi').isGreaterThan(quantity('1G'))",
        "!has(self.missing)",
        "self.text.lowerAscii() == 'abc'",
        "duration('1h') > duration('1m')",
    ],
)
def test_cel_library(rule: str) -> None:
    rules = schema(items={"type": "array", "items": {"type": "string"}}, text={"type": "string"}, missing={"type": "string"})
    rules["x-kubernetes-validations"] = [{"rule": rule}]
    assert messages(rules, {"items": ["aa", "ab"], "text": "abc"}) == []
