"""Other forms of objects that clients ask for in Accept: tables for people, and metadata alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sandbox.kubernetes import tables
from sandbox.kubernetes.errors import ApiError, not_acceptable, nothing_acceptable
from sandbox.kubernetes.kinds import Kind

Object = dict[str, Any]
Form = Callable[[Object], Object]
_META = "meta.k8s.io"
_SERVED = ("application/json", "application/yaml", "application/vnd.kubernetes.protobuf")
_WATCHED = ("application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch")
_AS = re.compile(r"as=(\w+)")
_VERSION = re.compile(r"v=(\w+)")


def form(kind: Kind, accept: str, include: str, now: float, listed: bool = False) -> Form:
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
            version = _VERSION.search(parameters)
            api_version = f"{_META}/{version[1]}" if version else f"{_META}/v1"
            return lambda obj: tables.table(kind, obj, include, now, api_version)
        if wanted[1] == "PartialObjectMetadataList":
            return lambda obj: _list_only(kind, obj)
        if wanted[1] == "PartialObjectMetadata":
            return lambda obj: _single_only(kind, obj)
    raise not_acceptable(_SERVED) if kind.custom is not None else nothing_acceptable((*_SERVED, *(_WATCHED if listed else ())))


def _whole(obj: Object) -> Object:
    return obj


def _untyped_items(obj: Object) -> Object:
    """Return a list of a built-in kind as Go writes it: its items do not say what they are."""
    if "items" not in obj or not obj.get("kind", "").endswith("List"):
        return obj
    return {**obj, "items": [{key: value for key, value in item.items() if key not in ("apiVersion", "kind")} for item in obj["items"]]}


def _single_only(kind: Kind, obj: Object) -> Object:
    if "items" in obj:
        raise ApiError(406, "NotAcceptable", f"you requested PartialObjectMetadata, but the requested object is a list ({_go_type(kind, obj)})")
    return partial(obj)


def _list_only(kind: Kind, obj: Object) -> Object:
    if "items" not in obj and obj.get("kind") != "Status":
        raise ApiError(406, "NotAcceptable", f"you requested PartialObjectMetadataList, but the requested object is not a list ({_go_type(kind, obj)})")
    return partial(obj)


def _go_type(kind: Kind, obj: Object) -> str:
    """Return the name of the Go type that the real server holds such an object in."""
    if kind.custom is not None:
        return "*unstructured.UnstructuredList" if "items" in obj else "*unstructured.Unstructured"
    package = kind.group.partition(".")[0] or "core"
    return f"*{package}.{kind.kind}{'List' if 'items' in obj else ''}"


def partial(obj: Object) -> Object:
    """Return an object's or a list's metadata."""
    if "items" in obj:
        items = [_partial(item) for item in obj["items"]]
        return {"kind": "PartialObjectMetadataList", "apiVersion": f"{_META}/v1", "metadata": obj["metadata"], "items": items}
    return obj if obj.get("kind") == "Status" else _partial(obj)


def _partial(obj: Object) -> Object:
    return {"kind": "PartialObjectMetadata", "apiVersion": f"{_META}/v1", "metadata": obj["metadata"]}
