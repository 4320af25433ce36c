"""Amounts as Kubernetes writes them: `500m`, `1Gi`, `2e3`."""

from __future__ import annotations

import re
from decimal import ROUND_UP, Decimal

_FORM = re.compile(r"([+-]?[0-9.]+)([eE][+-]?[0-9]+|[numkMGTPE]|[KMGTPE]i)?")
_POWERS = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_SUFFIXES = {power: suffix for suffix, power in _POWERS.items()}
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_SMALLEST = Decimal("1e-9")


def amount(text: str) -> Decimal:
    """Return what a quantity amounts to. Raises ValueError for a text that is none."""
    number, suffix = _parts(text)
    if suffix in _BINARY:
        return number * 1024 ** _BINARY[suffix]
    if suffix in _POWERS:
        return number.scaleb(_POWERS[suffix])
    return number.scaleb(int(suffix[1:]))


def _parts(text: str) -> tuple[Decimal, str]:
    found = _FORM.fullmatch(str(text))
    if not found or not re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)", found[1]):
        raise ValueError(f"quantities must match the regular expression: {text}")
    return Decimal(found[1]), found[2] or ""


def canonical(text: str) -> str:
    """Return a quantity as the server gives it, with the largest suffix of its family that leaves it whole. Raises ValueError for a text that is none."""
    value, suffix = amount(text).quantize(_SMALLEST, ROUND_UP), _parts(text)[1]
    if suffix in _BINARY and abs(value) >= 1024:
        return _in_binary(int(value.to_integral_value(ROUND_UP)))
    return _in_decimal(value, suffix not in _BINARY and suffix not in _POWERS)


def _in_binary(value: int) -> str:
    suffixes = iter(_BINARY)
    suffix = ""
    while value % 1024 == 0 and (larger := next(suffixes, "")):
        value, suffix = value // 1024, larger
    return f"{value}{suffix}"


def _in_decimal(value: Decimal, exponents: bool) -> str:
    whole, power = int(value / _SMALLEST), -9
    if not whole:
        return "0"
    while whole % 1000 == 0 and power < max(_SUFFIXES):
        whole, power = whole // 1000, power + 3
    if exponents:
        return f"{whole}e{power}" if power else str(whole)
    return f"{whole}{_SUFFIXES[power]}"
