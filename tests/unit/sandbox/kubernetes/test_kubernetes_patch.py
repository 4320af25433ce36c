"""The patch types, row by row."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.kubernetes import patch, strategic
from sandbox.kubernetes.errors import ApiError
from sandbox.kubernetes.kinds import builtin_kind
from sandbox.kubernetes.types import builtin_types

POD = builtin_types().of(builtin_kind("v1", "Pod"))
SERVICE = builtin_types().of(builtin_kind("v1", "Service"))
DEPLOYMENT = builtin_types().of(builtin_kind("apps/v1", "Deployment"))


def pod(*containers: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {"spec": {"containers": list(containers), **spec}}


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        pytest.param({"a": 1}, {"a": None}, {}, id="null removes"),
        pytest.param({"a": {"b": 1, "c": 2}}, {"a": {"b": None}}, {"a": {"c": 2}}, id="objects merge"),
        pytest.param({"a": [1, 2]}, {"a": [3]}, {"a": [3]}, id="lists are replaced"),
        pytest.param({"a": 1}, {"a": {"b": {"c": None}}}, {"a": {"b": {}}}, id="nulls below new objects vanish"),
        pytest.param({"a": {"b": 1}}, {}, {"a": {"b": 1}}, id="an empty patch changes nothing"),
    ],
)
def test_merge_patch(before: dict[str, Any], change: dict[str, Any], after: dict[str, Any]) -> None:
    assert patch.merge_patch(before, change) == after


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        pytest.param(
            pod({"name": "a", "image": "1"}, {"name": "b", "image": "1"}),
            pod({"name": "b", "image": "2"}),
            pod({"name": "a", "image": "1"}, {"name": "b", "image": "2"}),
            id="containers merge by name",
        ),
        pytest.param(pod({"name": "a"}), pod({"name": "b"}), pod({"name": "b"}, {"name": "a"}), id="new items come first"),
        pytest.param(pod({"name": "a"}, {"name": "b"}), pod({"name": "a", "$patch": "delete"}), pod({"name": "b"}), id="delete directive"),
        pytest.param(pod({"name": "a"}, {"name": "b"}), pod({"$patch": "replace"}, {"name": "c"}), pod({"name": "c"}), id="replace directive in a list"),
        pytest.param(pod({"name": "a", "args": ["1"]}), pod({"name": "a", "args": ["2"]}), pod({"name": "a", "args": ["2"]}), id="atomic lists are replaced"),
        pytest.param(
            pod({"name": "a"}, {"name": "b"}),
            {"spec": {"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}], "containers": []}},
            pod({"name": "b"}, {"name": "a"}),
            id="element order",
        ),
        pytest.param({"spec": {"nodeName": "x"}}, {"spec": {"nodeName": None}}, {"spec": {}}, id="null removes"),
        pytest.param(
            {"metadata": {"labels": {"a": "1"}}},
            {"metadata": {"labels": {"$patch": "replace", "b": "2"}}},
            {"metadata": {"labels": {"b": "2"}}},
            id="replace a map",
        ),
        pytest.param(
            {"metadata": {"finalizers": ["a", "b"]}},
            {"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"]}},
            {"metadata": {"finalizers": ["b"]}},
            id="delete from a list of words",
        ),
        pytest.param(
            {"metadata": {"finalizers": ["a"]}}, {"metadata": {"finalizers": ["b"]}}, {"metadata": {"finalizers": ["b", "a"]}}, id="lists of words unite"
        ),
        pytest.param({"spec": {"x": 1, "y": 2}}, {"spec": {"$retainKeys": ["x"], "x": 3}}, {"spec": {"x": 3}}, id="retained keys"),
    ],
)
def test_strategic_merge_patch(before: dict[str, Any], change: dict[str, Any], after: dict[str, Any]) -> None:
    assert strategic.merge(builtin_types(), POD, before, change) == after


def test_service_ports_merge_by_port() -> None:
    before = {"spec": {"ports": [{"port": 80, "name": "a"}, {"port": 81, "name": "b"}]}}
    after = strategic.merge(builtin_types(), SERVICE, before, {"spec": {"ports": [{"port": 81, "name": "c"}]}})
    assert [port["name"] for port in after["spec"]["ports"]] == ["a", "c"]


@pytest.mark.parametrize(
    ("operations", "code", "words"),
    [
        pytest.param({"op": "add"}, 400, "cannot unmarshal object", id="no list"),
        pytest.param([{"op": "remove", "path": "/nowhere"}], 422, "the server rejected our request", id="a path that is missing"),
        pytest.param([{"op": "test", "path": "/a", "value": 2}], 422, "the server rejected our request", id="a failed test"),
    ],
)
def test_json_patch_refuses(operations: Any, code: int, words: str) -> None:
    with pytest.raises(ApiError) as caught:
        patch.json_patch({"a": 1}, operations)
    assert caught.value.code == code
    assert words in caught.value.message


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3), lambda inner: st.dictionaries(st.text("abc", max_size=1), inner, max_size=3)
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(before=st.dictionaries(st.text("abc", max_size=1), VALUES, max_size=3), change=st.dictionaries(st.text("abc", max_size=1), VALUES, max_size=3))
def test_a_merge_patch_is_idempotent(before: dict[str, Any], change: dict[str, Any]) -> None:
    once = patch.merge_patch(before, change)
    assert patch.merge_patch(once, change) == once
