"""What a deletion asks for: its options, and what they leave on an object."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.kubernetes import deletion
from sandbox.kubernetes.errors import ApiError
from sandbox.kubernetes.exchange import Request
from sandbox.kubernetes.kinds import builtin_kind
from sandbox.kubernetes.types import builtin_types

MAPS = ("", "configmaps")
MAP = {"metadata": {"name": "a", "uid": "1", "resourceVersion": "7"}}


def request(body: Any = None, **query: str) -> Request:
    return Request("DELETE", "/", query, {"content-type": "application/json"}, json.dumps(body).encode() if body is not None else b"")


@pytest.mark.parametrize(
    ("asked", "options"),
    [
        pytest.param(request(), {}, id="nothing"),
        pytest.param(request(propagationPolicy="Orphan", gracePeriodSeconds="3"), {"propagationPolicy": "Orphan", "gracePeriodSeconds": 3}, id="in the query"),
        pytest.param(request(dryRun="All", orphanDependents="False"), {"dryRun": ["All"], "orphanDependents": False}, id="in the query in the old way"),
        pytest.param(request({"gracePeriodSeconds": 1}, propagationPolicy="Orphan"), {"gracePeriodSeconds": 1}, id="a body counts alone"),
        pytest.param(request({"gracePeriodSeconds": 1, "other": 2}), {"gracePeriodSeconds": 1}, id="unknown fields are dropped"),
    ],
)
def test_options_come_from_the_body_or_else_from_the_query(asked: Request, options: dict[str, Any]) -> None:
    assert deletion.options_of(builtin_types(), asked) == options


@pytest.mark.parametrize(
    ("asked", "code", "words"),
    [
        pytest.param(request({"propagationPolicy": "Sometimes"}), 422, 'propagationPolicy: Unsupported value: "Sometimes"', id="no policy"),
        pytest.param(request({"propagationPolicy": "Orphan", "orphanDependents": True}), 422, "cannot be both set", id="a policy in both ways"),
        pytest.param(request({"dryRun": ["Some"]}), 422, "dryRun: Unsupported value", id="half a dry run"),
        pytest.param(request(gracePeriodSeconds="soon"), 400, 'parsing "soon": invalid syntax', id="no number in the query"),
        pytest.param(request({"gracePeriodSeconds": "1"}), 400, "cannot unmarshal string", id="no number in the body"),
        pytest.param(request({"apiVersion": "v1", "kind": "Status"}), 400, "unknown conversion", id="another kind of the machinery"),
        pytest.param(request({"apiVersion": "v1", "kind": "Pod"}), 400, 'no kind "Pod" is registered', id="another kind"),
    ],
)
def test_options_that_are_none_are_refused(asked: Request, code: int, words: str) -> None:
    with pytest.raises(ApiError) as refused:
        deletion.options_of(builtin_types(), asked)
    assert refused.value.code == code
    assert words in refused.value.message


@pytest.mark.parametrize("preconditions", [{"uid": "2"}, {"resourceVersion": "6"}, {"uid": "1", "resourceVersion": "6"}])
def test_a_deletion_meant_for_another_object_is_a_conflict(preconditions: dict[str, str]) -> None:
    with pytest.raises(ApiError, match="in the precondition") as refused:
        deletion.check_preconditions(builtin_kind("v1", "ConfigMap"), MAP, {"preconditions": preconditions})
    assert refused.value.code == 409


@pytest.mark.parametrize(
    ("present", "options", "left"),
    [
        pytest.param([], {}, [], id="nothing holds it"),
        pytest.param(["x.io/y"], {"propagationPolicy": "Background"}, ["x.io/y"], id="a finalizer of somebody's"),
        pytest.param([], {"propagationPolicy": "Foreground"}, ["foregroundDeletion"], id="in the foreground"),
        pytest.param([], {"orphanDependents": True}, ["orphan"], id="dependents stay"),
        pytest.param(["foregroundDeletion"], {"propagationPolicy": "Orphan"}, ["orphan"], id="the last policy counts"),
        pytest.param(["foregroundDeletion"], {}, ["foregroundDeletion"], id="no policy keeps the one before"),
    ],
)
def test_what_holds_an_object_after_its_deletion(present: list[str], options: dict[str, Any], left: list[str]) -> None:
    obj, held = deletion.begun(MAPS, {"metadata": {**MAP["metadata"], "finalizers": present}}, options, 0)
    assert (held, obj["metadata"]["finalizers"]) == (bool(left), left)
    assert ("deletionTimestamp" in obj["metadata"]) == held
