"""Tables, as `kubectl get` prints them."""

from __future__ import annotations

from typing import Any

from sandbox.kubernetes.columns import columns_of
from sandbox.kubernetes.errors import bad_request
from sandbox.kubernetes.kinds import Kind
from sandbox.kubernetes.printers.cells import Column

Object = dict[str, Any]


def table(kind: Kind, obj: Object, include: str, now: float, api_version: str = "meta.k8s.io/v1") -> Object:
    """Return the Table of an object or list; `include` is None, Metadata or Object, empty for Metadata. Raises 400 for another word."""
    if obj.get("kind") == "Status":
        return obj
    if include not in ("", "None", "Metadata", "Object"):
        words = "must be 'Metadata', 'Object', 'None', or empty"
        raise bad_request(f'Unable to convert to Table as requested: includeObject: Invalid value: "{include}": {words}')
    rows = obj.get("items", [obj])
    columns = columns_of(kind)
    source = obj["metadata"]
    metadata = {key: source[key] for key in ("resourceVersion", "continue", "remainingItemCount") if source.get(key)}
    return {
        "kind": "Table",
        "apiVersion": api_version,
        "metadata": metadata,
        "columnDefinitions": [column.definition() for column in columns],
        "rows": [_row(columns, row, include, now, api_version) for row in rows],
    }


def _row(columns: tuple[Column, ...], obj: Object, include: str, now: float, api_version: str) -> Object:
    row: Object = {"cells": [column.cell(obj, now) for column in columns]}
    if include == "Object":
        return row | {"object": obj}
    if include == "None":
        return row | {"object": None}
    return row | {"object": {"kind": "PartialObjectMetadata", "apiVersion": api_version, "metadata": obj["metadata"]}}
