"""Configuration values of add-ons: text as a value, and the schema's judgement."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.addon_configuration import declared, described, problems

SCHEMA = """{"$schema": "http://json-schema.org/draft-06/schema#", "type": "object", "additionalProperties": false,
 "properties": {"replicaCount": {"type": "integer"}, "env": {"type": "object", "additionalProperties": {"type": "string"}}}}"""


@pytest.mark.parametrize(
    ("values", "mapping"),
    [(None, None), ({}, {}), ("", {}), ({"a": 1}, {"a": 1}), ('{"a": 1}', {"a": 1}), ("a:\n  b: [1]\n", {"a": {"b": [1]}})],
)
def test_values_come_as_a_mapping_or_as_text(values: Any, mapping: Any) -> None:
    assert declared(values) == mapping


@pytest.mark.parametrize(("values", "words"), [("[1]", "is a list"), (3, "is a int"), ("a: [", "neither JSON nor YAML")])
def test_other_values_are_refused(values: Any, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        declared(values)


@pytest.mark.parametrize(("text", "value"), [(None, {}), ("", {}), ("a: 1", {"a": 1}), ("a: [", "a: [")])
def test_what_eks_keeps_is_read_as_it_can_be(text: str | None, value: Any) -> None:
    assert described(text) == value


@pytest.mark.parametrize(
    ("values", "schema", "found"),
    [
        ({"replicaCount": 2}, SCHEMA, ()),
        ({"replicaCount": "2"}, SCHEMA, ("replicaCount: '2' is not of type 'integer'",)),
        ({"env": {"A": 1}}, SCHEMA, ("env.A: 1 is not of type 'string'",)),
        ({"x": 1}, SCHEMA, ("configuration_values: Additional properties are not allowed ('x' was unexpected)",)),
        ({"x": 1}, None, ()),
        ({"x": 1}, "", ()),
        ({"x": 1}, "no schema", ()),
        ({"x": 1}, '{"type": 3}', ()),
        ({"x": 1}, '{"properties": {"x": {"$ref": "#/definitions/none"}}}', ()),
    ],
)
def test_the_schema_judges_and_one_that_is_none_does_not(values: dict[str, Any], schema: str | None, found: tuple[str, ...]) -> None:
    assert problems(values, schema) == found
