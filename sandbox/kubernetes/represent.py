"""Other forms of objects that clients ask for in Accept: tables for people, and metadata alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sandbox.kubernetes import tables
from sandbox.kubernetes.errors import not_acceptable
from sandbox.kubernetes.kinds import Kind

Object = dict[str, Any]
Form = Callable[[Object], Object]
_META = "meta.k8s.io"
_SERVED = ("application/json", "application/yaml", "application/vnd.kubernetes.protobuf")
_AS = re.compile(r"as=(\w+)")


def form(kind: Kind, accept: str, include: str, now: float) -> Form:
    """Return what turns an object or list into the first form of an Accept header that is served."""
    choices = [choice.strip() for choice in accept.split(",")] if accept else ["application/json"]
    for choice in choices:
        media, _, parameters = choice.partition(";")
        if media.strip() not in ("application/json", "*/*", "application/*", "application/yaml"):
            continue
        wanted = _AS.search(parameters)
        if wanted is None:
            return _whole if kind.custom is not None else _untyped_items
        if wanted[1] == "Table":
            return lambda obj: tables.table(kind, obj, include, now)
        if wanted[1].startswith("PartialObjectMetadata"):
            return partial
    raise not_acceptable(_SERVED)


def _whole(obj: Object) -> Object:
    return obj


def _untyped_items(obj: Object) -> Object:
    """Return a list of a built-in kind as Go writes it: its items do not say what they are."""
    if "items" not in obj or not obj.get("kind", "").endswith("List"):
        return obj
    return {**obj, "items": [{key: value for key, value in item.items() if key not in ("apiVersion", "kind")} for item in obj["items"]]}


def partial(obj: Object) -> Object:
    """Return an object's or a list's metadata."""
    if "items" in obj:
        items = [_partial(item) for item in obj["items"]]
        return {"kind": "PartialObjectMetadataList", "apiVersion": f"{_META}/v1", "metadata": obj["metadata"], "items": items}
    return obj if obj.get("kind") == "Status" else _partial(obj)


def _partial(obj: Object) -> Object:
    return {"kind": "PartialObjectMetadata", "apiVersion": f"{_META}/v1", "metadata": obj["metadata"]}
