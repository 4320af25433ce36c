"""CEL rules of custom resources (x-kubernetes-validations), with the transition rules that see the old object."""

from __future__ import annotations

from typing import Any

from sandbox.kubernetes.errors import Cause
from sandbox.kubernetes.types import Schema

Object = dict[str, Any]


def violations(schema: Schema, obj: Object, old: Object | None) -> list[Cause]:
    """Return the rules that an object breaks."""
    return []
