"""CEL by cel-python, with the functions that Kubernetes adds."""

from __future__ import annotations

import datetime
import ipaddress
import itertools
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import celpy
from celpy import celtypes
from celpy.evaluation import CELEvalError
from lark.exceptions import LarkError

from sandbox.kubernetes.quantities import amount
from sandbox.kubernetes.types import Schema


class CelError(Exception):
    """A rule that cannot be read or that failed while it ran."""


def evaluate(text: str, schema: Schema, value: Any, old: Any) -> Any:
    """Return what an expression says of `self` and `oldSelf`. Raises CelError."""
    try:
        program = _program(text)
        context = {"self": to_cel(schema, value)}
        if old is not None or "oldSelf" in text:
            context["oldSelf"] = to_cel(schema, old)
        return program.evaluate(context)
    except (CELEvalError, celpy.CELParseError, LarkError, ValueError, TypeError, KeyError) as error:
        raise CelError(str(error)) from error


@lru_cache(maxsize=4096)
def _program(text: str) -> celpy.Runner:
    environment = celpy.Environment()
    return environment.program(environment.compile(text), functions=FUNCTIONS)


def to_cel(schema: Schema | None, value: Any) -> Any:
    """Return a value as CEL sees it under its schema."""
    found = schema or {}
    if isinstance(value, dict):
        properties, extra = found.get("properties") or {}, found.get("additionalProperties")
        child = extra if isinstance(extra, dict) else None
        return celtypes.MapType(
            {celtypes.StringType(escaped(key) if key in properties else key): to_cel(properties.get(key, child), each) for key, each in value.items()}
        )
    if isinstance(value, list):
        return celtypes.ListType([to_cel(found.get("items"), each) for each in value])
    return _scalar(found, value)


def _scalar(schema: Schema, value: Any) -> Any:
    if isinstance(value, bool):
        return celtypes.BoolType(value)
    if isinstance(value, int):
        return celtypes.DoubleType(value) if schema.get("type") == "number" else celtypes.IntType(value)
    if isinstance(value, float):
        return celtypes.DoubleType(value)
    if isinstance(value, str):
        return _text(schema.get("format", ""), value)
    return None


def _text(form: str, value: str) -> Any:
    if form == "date-time":
        return celtypes.TimestampType(value)
    return celtypes.DurationType(value) if form == "duration" else celtypes.StringType(value)


_ESCAPES = (("__", "__underscores__"), (".", "__dot__"), ("-", "__dash__"), ("/", "__slash__"))
_KEYWORDS = frozenset(
    {"true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import"}
    | {"let", "loop", "package", "namespace", "return", "var", "void", "while"}
)


def escaped(key: str) -> str:
    """Return a property name as rules write it."""
    if key in _KEYWORDS:
        return f"__{key}__"
    for mark, word in _ESCAPES:
        key = key.replace(mark, word)
    return key


def _boolean(value: bool) -> celtypes.BoolType:
    return celtypes.BoolType(value)


def _find(text: str, pattern: str) -> celtypes.StringType:
    match = re.search(pattern, text)
    return celtypes.StringType(match[0] if match else "")


def _split(text: str, mark: str, limit: int = -1) -> celtypes.ListType:
    if limit == 0:
        return celtypes.ListType([])
    pieces = text.split(mark, limit - 1 if limit > 0 else -1) if mark else list(text)
    return celtypes.ListType([celtypes.StringType(piece) for piece in pieces])


def _join(items: Any, mark: str = "") -> celtypes.StringType:
    return celtypes.StringType(mark.join(str(item) for item in items))


def _substring(text: str, start: int, end: int | None = None) -> celtypes.StringType:
    return celtypes.StringType(text[int(start) : None if end is None else int(end)])


def _replace(text: str, old: str, new: str, count: int = -1) -> celtypes.StringType:
    return celtypes.StringType(text.replace(old, new, count))


def _is_sorted(items: Any) -> celtypes.BoolType:
    return _boolean(all(first <= second for first, second in itertools.pairwise(items)))


def _is_url(text: str) -> celtypes.BoolType:
    parts = urlsplit(text)
    return _boolean(bool(parts.scheme and (parts.netloc or parts.path.startswith("/"))))


def _parses(parse: Callable[[str], Any]) -> Callable[[str], celtypes.BoolType]:
    def check(text: str) -> celtypes.BoolType:
        try:
            parse(str(text))
        except ValueError:
            return _boolean(False)
        return _boolean(True)

    return check


def quantity(text: str) -> celtypes.DoubleType:
    """Return a quantity's number. Raises ValueError for text that is none."""
    return celtypes.DoubleType(float(amount(text)))


def _compare(left: Any, right: Any) -> celtypes.IntType:
    return celtypes.IntType((left > right) - (left < right))


def _sum(items: Any) -> Any:
    total = items[0] if items else celtypes.IntType(0)
    for item in items[1:]:
        total = total + item
    return total


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "find": _find,
    "findAll": lambda text, pattern, limit=-1: celtypes.ListType(
        [celtypes.StringType(match[0]) for match in re.finditer(pattern, text)][: None if limit < 0 else limit]
    ),
    "split": _split,
    "join": _join,
    "substring": _substring,
    "replace": _replace,
    "trim": lambda text: celtypes.StringType(text.strip()),
    "lowerAscii": lambda text: celtypes.StringType(text.lower()),
    "upperAscii": lambda text: celtypes.StringType(text.upper()),
    "charAt": lambda text, index: celtypes.StringType(text[index : index + 1]),
    "indexOf": lambda text, part: celtypes.IntType(text.find(part) if isinstance(text, str) else next((i for i, each in enumerate(text) if each == part), -1)),
    "lastIndexOf": lambda text, part: celtypes.IntType(text.rfind(part)),
    "isSorted": _is_sorted,
    "sum": _sum,
    "min": lambda items: min(items),
    "max": lambda items: max(items),
    "isURL": _is_url,
    "url": lambda text: celtypes.StringType(text),
    "getScheme": lambda text: celtypes.StringType(urlsplit(text).scheme),
    "getHost": lambda text: celtypes.StringType(urlsplit(text).netloc),
    "getHostname": lambda text: celtypes.StringType(urlsplit(text).hostname or ""),
    "getEscapedPath": lambda text: celtypes.StringType(urlsplit(text).path),
    "isIP": _parses(ipaddress.ip_address),
    "isCIDR": _parses(lambda text: ipaddress.ip_network(text, strict=False)),
    "isQuantity": _parses(quantity),
    "quantity": quantity,
    "isGreaterThan": lambda left, right: _boolean(left > right),
    "isLessThan": lambda left, right: _boolean(left < right),
    "compareTo": _compare,
    "duration": lambda text: celtypes.DurationType(text) if isinstance(text, str) else celtypes.DurationType(datetime.timedelta(seconds=float(text))),
}
