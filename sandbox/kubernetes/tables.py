"""Tables, as `kubectl get` prints them."""

from __future__ import annotations

from typing import Any

from sandbox.kubernetes.columns import columns_of
from sandbox.kubernetes.kinds import Kind
from sandbox.kubernetes.printers.cells import Column

Object = dict[str, Any]


def table(kind: Kind, obj: Object, include: str, now: float) -> Object:
    """Return the Table of an object or list; `include` is None, Metadata or Object."""
    if obj.get("kind") == "Status":
        return obj
    rows = obj.get("items", [obj])
    columns = columns_of(kind)
    source = obj["metadata"]
    metadata = {key: source[key] for key in ("resourceVersion", "continue", "remainingItemCount") if key in source}
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata,
        "columnDefinitions": [column.definition() for column in columns],
        "rows": [_row(columns, row, include, now) for row in rows],
    }


def _row(columns: tuple[Column, ...], obj: Object, include: str, now: float) -> Object:
    row: Object = {"cells": [column.cell(obj, now) for column in columns]}
    if include == "Object":
        return row | {"object": obj}
    if include != "None":
        return row | {"object": {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}}
    return row
