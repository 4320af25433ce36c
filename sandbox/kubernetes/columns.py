"""The columns of each kind's table: those of the built-in kinds are in `printers`, those of custom resources in their definitions."""

from __future__ import annotations

import re
from typing import Any

from sandbox.kubernetes.kinds import Kind
from sandbox.kubernetes.printers import TABLES
from sandbox.kubernetes.printers.cells import AGE, NAME, Column, age, at

Object = dict[str, Any]


def columns_of(kind: Kind) -> tuple[Column, ...]:
    """Return the columns of a kind; name and age for one that has none of its own."""
    if kind.custom is not None:
        return _custom(kind)
    return TABLES.get(kind.store, (NAME, AGE))


def _custom(kind: Kind) -> tuple[Column, ...]:
    if not kind.custom.columns:
        return (NAME, AGE)
    return (NAME, *(_printer_column(column) for column in kind.custom.columns))


def _printer_column(spec: Object) -> Column:
    path, dated = spec["jsonPath"], spec["type"] == "date"

    def value(obj: Object, now: float) -> Any:
        found = json_path(obj, path)
        return age(found, now) if dated and found else found

    return Column(spec["name"], value, spec["type"], spec.get("format", ""), spec.get("priority", 0), spec.get("description", ""))


_STEP = re.compile(r"\.?([^.\[\]]+)|\[\?\(@\.([\w.]+)==\"([^\"]*)\"\)\]|\[(\d+|\*)\]|\['([^']+)'\]")


def json_path(obj: Any, path: str) -> Any:
    """Return what a simple JSONPath finds: fields, indexes and `[?(@.a=="b")]`; None when nothing is there."""
    for match in _STEP.finditer(path.replace("\\.", "\0")):
        field, key, wanted, index, quoted = match.groups()
        if isinstance(obj, dict) and (field or quoted):
            obj = obj.get((field or quoted).replace("\0", "."))
        elif isinstance(obj, list) and key:
            obj = next((item for item in obj if str(at(item, key)) == wanted), None)
        elif isinstance(obj, list) and index:
            obj = obj[int(index)] if index != "*" and int(index) < len(obj) else None
        else:
            return None
    return obj
