"""Rules that many kinds share: counts, shares, ports, choices and label selectors."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sandbox.kubernetes import names
from sandbox.kubernetes.errors import Cause, Struct, forbidden_field, invalid_value, not_supported, required
from sandbox.kubernetes.validation import labels

Object = dict[str, Any]
NEGATIVE = "must be greater than or equal to 0"
_NO_PERCENT = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
_NO_PORT = "must be between 1 and 65535, inclusive"
_PERCENT = re.compile(r"[0-9]+%")


def not_negative(values: Object, keys: Iterable[str], at: str) -> Iterator[Cause]:
    """Yield the counts that are below zero, in the order of the keys."""
    for key in keys:
        if isinstance(values.get(key), int) and values[key] < 0:
            yield invalid_value(f"{at}.{key}", values[key], NEGATIVE)


def count_or_percent(value: Any, at: str) -> Iterator[Cause]:
    if isinstance(value, str) and not _PERCENT.fullmatch(value):
        yield invalid_value(at, value, _NO_PERCENT)
    elif isinstance(value, int) and value < 0:
        yield invalid_value(at, value, NEGATIVE)


def at_most_all(value: Any, at: str) -> Iterator[Cause]:
    if isinstance(value, str) and _PERCENT.fullmatch(value) and int(value[:-1]) > 100:
        yield invalid_value(at, value, "must not be greater than 100%")


def is_nothing(value: Any) -> bool:
    """Tell whether a count or share comes to zero; text that is no share does."""
    return int(value[:-1]) == 0 if isinstance(value, str) and _PERCENT.fullmatch(value) else value == 0 or isinstance(value, str)


def port(value: Any, at: str) -> Iterator[Cause]:
    """Yield what is wrong with a number of a port; names are not looked at."""
    if isinstance(value, int) and not 1 <= value <= 65535:
        yield invalid_value(at, value, _NO_PORT)


def chosen(values: Object, key: str, allowed: Sequence[str], at: str, *, in_order: bool = False) -> Iterator[Cause]:
    """Yield that a field's value, where it has one, is none of those allowed."""
    if values.get(key) and values[key] not in allowed:
        yield not_supported(f"{at}.{key}".lstrip("."), values[key], allowed, in_order=in_order)


def label_selector(selector: Object, at: str) -> Iterator[Cause]:
    yield from labels(selector.get("matchLabels") or {}, f"{at}.matchLabels")
    for index, each in enumerate(selector.get("matchExpressions") or ()):
        yield from _expression(each, f"{at}.matchExpressions[{index}]")


def _expression(given: Object, at: str) -> Iterator[Cause]:
    operator, values = given.get("operator"), given.get("values")
    if operator in ("In", "NotIn"):
        if not values:
            yield required(f"{at}.values", "must be specified when `operator` is 'In' or 'NotIn'")
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            yield forbidden_field(f"{at}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
    else:
        yield invalid_value(f"{at}.operator", operator or "", "not a valid selector operator")
    for text in names.qualified(given.get("key", "")):
        yield invalid_value(f"{at}.key", given.get("key", ""), text)


def shown_selector(selector: Object | None) -> Any:
    """Return a selector with its members in the order that errors print them."""
    if selector is None:
        return None
    expressions = [Struct({key: each[key] for key in ("key", "operator", "values") if key in each}) for each in selector.get("matchExpressions") or ()]
    labels = selector.get("matchLabels")
    return Struct(({"matchLabels": labels} if labels else {}) | ({"matchExpressions": expressions} if expressions else {}))


def network(text: str) -> Any:
    """Return the network that a text says; None when it says none."""
    try:
        return ipaddress.ip_network(text, strict=False) if "/" in text else None
    except ValueError:
        return None


def is_address(text: str) -> bool:
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False
