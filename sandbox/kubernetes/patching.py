"""Patches of the four types: what they make of an object."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from sandbox.kubernetes import applying, bodies, go_json, patch, strategic, subresources, writing
from sandbox.kubernetes.calls import Call
from sandbox.kubernetes.errors import ApiError, bad_request, not_found, unsupported_media_type
from sandbox.kubernetes.go_json import Doubled
from sandbox.kubernetes.kinds import Kind

Object = dict[str, Any]
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
APPLY_YAML = "application/apply-patch+yaml"


def patched(call: Call, content_type: str, change: Any) -> tuple[Object, bool]:
    """Apply a patch of one of the four types; returns (object, whether it was created)."""
    if content_type == APPLY_YAML:
        return applying.applied(call, change)
    with call.cluster.transaction():
        live = call.live()
        if live is None:
            raise not_found(call.kind, call.name)
        document = subresources.shown(call.kind, call.subresource, live)
        result = _again(_patch(call, content_type, document, change), change)
        if call.subresource == "scale":
            scale = scale_from(call, result, _patched_by(content_type, change, result))
            return subresources.set_scale(call, live, scale), False
        obj = bodies.identified(call, bodies.decoded(call, result, _patched_by(content_type, change, result)))
        if not obj["metadata"].get("name"):
            raise bodies.undeterminable(call)
        writing.check_version(call, live, obj["metadata"])
        return writing.over(call, live, obj), False


def scale_from(call: Call, body: Any, patched: bodies.Patched | None = None) -> Object:
    """Return a Scale that was sent for the call's object. Raises the 400 or 422 of one that is none or is another's."""
    of_scale = replace(call, kind=subresources.SCALE)
    return bodies.identified(of_scale, bodies.clean(of_scale, body, patched))


def _patched_by(content_type: str, change: Any, result: Any) -> bodies.Patched:
    """Return what errors on a patch's result say: they cite the result, or the patch where it was a strategic one."""
    if content_type == STRATEGIC_PATCH:
        return bodies.Patched(lambda: go_json.text(change), converted=True)
    return bodies.Patched(lambda: json.dumps(result, separators=(",", ":")), converted=False)


def _again(result: Any, change: Any) -> Any:
    """Return the result of a merge with what its patch said twice."""
    if not isinstance(change, Doubled):
        return result
    doubled = Doubled(result)
    doubled.places, doubled.twice = change.places, change.twice
    return doubled


def _patch(call: Call, content_type: str, document: Object, change: Any) -> Any:
    if content_type == JSON_PATCH:
        return patch.json_patch(document, change)
    if content_type == STRATEGIC_PATCH and change is None:
        return document
    if content_type == STRATEGIC_PATCH and not isinstance(change, dict):
        raise bad_request(f"json: cannot unmarshal {patch.go_type(change)} into Go value of type map[string]interface {{}}")
    if not isinstance(change, dict):
        raise bad_request(f"error decoding patch: json: cannot unmarshal {patch.go_type(change)} into Go value of type map[string]interface {{}}")
    if content_type == MERGE_PATCH:
        return patch.merge_patch(document, change)
    return strategic.merge(call.cluster.types, call.cluster.types.of(call.kind), document, change)


def patch_types(kind: Kind) -> tuple[str, ...]:
    """Return the patch media types that a kind takes; custom resources have no strategic merge."""
    common = (JSON_PATCH, MERGE_PATCH)
    return (*common, APPLY_YAML) if kind.custom is not None else (*common, STRATEGIC_PATCH, APPLY_YAML)


def check_patch_type(kind: Kind, content_type: str) -> None:
    if content_type not in patch_types(kind):
        # The router of the built-in kinds refuses; that of custom resources leaves it to the handler.
        raise unsupported_media_type(patch_types(kind)) if kind.custom is not None else ApiError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})
