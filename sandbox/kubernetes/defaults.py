"""Defaults of the built-in kinds, and the parts that Go writes even when they are empty."""

from __future__ import annotations

import base64
from typing import Any

from sandbox.kubernetes import structural
from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.kinds import Kind

Object = dict[str, Any]
ZERO: dict[tuple[str, str], Object] = {}


def fill(cluster: Cluster, kind: Kind, obj: Object, live: Object | None = None) -> Object:
    """Return the object with every default filled in; `live` is what it replaces."""
    if kind.custom is not None:
        filled: Object = structural.fill_defaults(cluster.types, kind.schema, obj)
        return filled
    if kind.kind == "Secret" and kind.group == "":
        return _secret(obj)
    if kind.kind == "Namespace":
        return _namespace(obj)
    return obj


def _secret(obj: Object) -> Object:
    plain = obj.get("stringData") or {}
    data = (obj.get("data") or {}) | {key: base64.b64encode(value.encode()).decode() for key, value in plain.items()}
    rest = {key: value for key, value in obj.items() if key not in ("stringData", "data")}
    return {**rest, "type": obj.get("type") or "Opaque"} | ({"data": data} if data else {})


def _namespace(obj: Object) -> Object:
    metadata = obj["metadata"]
    labels = {**(metadata.get("labels") or {}), "kubernetes.io/metadata.name": metadata["name"]}
    new = {**obj, "metadata": {**metadata, "labels": labels}}
    if "deletionTimestamp" not in metadata:
        new |= {"spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}
    return new
