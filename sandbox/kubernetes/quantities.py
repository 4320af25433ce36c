"""Amounts as Kubernetes writes them: `500m`, `1Gi`, `2e3`."""

from __future__ import annotations

import re
from decimal import Decimal

_FORM = re.compile(r"([+-]?[0-9.]+)([eE][+-]?[0-9]+|[numkMGTPE]|[KMGTPE]i)?")
_POWERS = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}


def amount(text: str) -> Decimal:
    """Return what a quantity amounts to. Raises ValueError for a text that is none."""
    found = _FORM.fullmatch(str(text))
    if not found or not re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)", found[1]):
        raise ValueError(f"quantities must match the regular expression: {text}")
    number, suffix = Decimal(found[1]), found[2] or ""
    if suffix in _BINARY:
        return number * 1024 ** _BINARY[suffix]
    if suffix in _POWERS:
        return number.scaleb(_POWERS[suffix])
    return number.scaleb(int(suffix[1:]))
