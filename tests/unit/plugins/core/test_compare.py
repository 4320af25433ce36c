"""Comparing by meaning: every surprise is a row."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core import compare
from ansible_collections.fleetops.eks.plugins.module_utils._core.naming import camel, snake, to_camel, to_snake
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import HIDDEN, Change, Plan, Step
from hypothesis import given
from hypothesis import strategies as st

JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ('{"a": 1, "b": 2}', {"b": 2, "a": 1}, True),
        ('{"a": 1}', '{ "a":1 }', True),
        ({"a": None}, {}, True),
        ({"a": [1, 2]}, {"a": [2, 1]}, False),
        ("not json", "not json", True),
        ("", None, False),
    ],
)
def test_json_is_compared_as_what_it_means(left: Any, right: Any, same: bool) -> None:
    assert compare.same_json(left, right) is same


@pytest.mark.parametrize(("left", "right", "same"), [(["a", "b"], ["b", "a"], True), (None, [], True), (["a", "a"], ["a"], True), (["a"], ["b"], False)])
def test_a_set_has_no_order(left: Any, right: Any, same: bool) -> None:
    assert compare.same_set(left, right) is same


def test_networks_are_compared_without_host_bits() -> None:
    assert compare.same_cidrs(["10.0.0.1/16", "192.0.2.0/24"], ["192.0.2.0/24", "10.0.0.0/16"])


@pytest.mark.parametrize(
    ("declared", "actual", "purge", "wanted", "unwanted"),
    [
        (None, {"a": "1"}, True, {}, []),
        ({}, {"a": "1"}, True, {}, ["a"]),
        ({}, {"a": "1"}, False, {}, []),
        ({"a": "2"}, {"a": "1", "b": "1"}, True, {"a": "2"}, ["b"]),
        ({}, {"aws:cloudformation:stack-name": "x"}, True, {}, []),
    ],
)
def test_tags_change_by_what_differs(declared: Any, actual: Any, purge: bool, wanted: Any, unwanted: Any) -> None:
    assert compare.tag_delta(declared, actual, purge=purge) == (wanted, unwanted)


@given(JSON)
def test_a_value_means_what_it_means(value: Any) -> None:
    assert compare.same_json({"value": value}, {"value": value})
    assert compare.canonical(compare.canonical(value)) == compare.canonical(value)


@pytest.mark.parametrize("name", ["endpointPublicAccess", "roleArn", "vpcId", "serviceIpv4Cidr", "name"])
def test_names_come_back_from_snake_case(name: str) -> None:
    assert camel(snake(name)) == name


def test_keys_that_users_wrote_stay_as_they_are() -> None:
    """peers.md 4: community.aws turns tag Name into name, and aB into a_b."""
    assert to_snake({"tags": {"Name": "x", "aB": "y"}, "roleArn": "r"}) == {"tags": {"Name": "x", "aB": "y"}, "role_arn": "r"}
    assert to_camel({"tags": {"my_key": "x"}, "role_arn": "r", "policy": None}) == {"tags": {"my_key": "x"}, "roleArn": "r"}


def test_a_diff_is_nested_as_its_paths_and_hides_secrets() -> None:
    plan = Plan((Step("x", changes=(Change("logging.types", ["api"], []), Change("token", "old", "new", secret=True))),))
    assert plan.diff() == {"before": {"logging": {"types": ["api"]}, "token": HIDDEN}, "after": {"logging": {"types": []}, "token": HIDDEN}}
