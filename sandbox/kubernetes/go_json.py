"""JSON as Go reads it: faults in the words of its decoder, keys that are said twice, and values as Go prints them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

_WHERE = {
    "Expecting value": "looking for beginning of value",
    "Expecting property name enclosed in double quotes": "looking for beginning of object key string",
    "Illegal trailing comma before end of object": "looking for beginning of object key string",
    "Illegal trailing comma before end of array": "looking for beginning of value",
    "Expecting ':' delimiter": "after object key",
    "Extra data": "after top-level value",
    "Invalid control character at": "in string literal",
    "Invalid \\escape": "in string escape code",
}


class Doubled(dict[str, Any]):
    """An object with keys that are said twice, of which the last counts. `places` has every path in the order of the text, `twice` the paths said again."""

    def __init__(self, value: dict[str, Any] | None = None) -> None:
        super().__init__(value or {})
        self.places: dict[str, int] = {}
        self.twice: dict[str, int] = {}


class _Pairs(list[tuple[str, Any]]):
    """The members of an object as they are said."""


def loads(text: str) -> Any:
    """Return decoded JSON; an object in which a key is said twice is a Doubled."""
    found: list[bool] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) < len(pairs):
            found.append(True)
        return value

    value = json.loads(text, object_pairs_hook=members)
    if not found or not isinstance(value, dict):
        return value
    doubled = Doubled(value)
    for number, path in enumerate(_paths(json.loads(text, object_pairs_hook=_Pairs), "")):
        doubled.twice.setdefault(path, number) if path in doubled.places else doubled.places.setdefault(path, number)
    return doubled


def _paths(value: Any, at: str) -> Iterator[str]:
    if isinstance(value, _Pairs):
        for key, child in value:
            path = f"{at}.{key}" if at else key
            yield path
            yield from _paths(child, path)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _paths(item, f"{at}[{index}]")


def words(error: json.JSONDecodeError) -> str:
    """Return what Go says where Python found a fault."""
    at = _first_of(error.doc, error.pos)
    if at >= len(error.doc) or error.msg.startswith("Unterminated string"):
        return "unexpected end of JSON input"
    where = next((text for words, text in _WHERE.items() if error.msg.startswith(words)), "")
    if error.msg.startswith("Expecting ',' delimiter"):
        where = "after object key:value pair" if _open(error.doc[:at]) == "{" else "after array element"
    return f"invalid character {_quoted(error.doc[at])} {where or 'looking for beginning of value'}"


def _first_of(text: str, at: int) -> int:
    """Return the position of the character that is the fault: a comma before a bracket is taken, the bracket is not."""
    if text[at : at + 1] == ",":
        at += 1
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _open(text: str) -> str:
    """Return the bracket that is open at the end of a text."""
    stack: list[str] = []
    for mark in _outside_strings(text):
        if mark in "{[":
            stack.append(mark)
        elif mark in "}]" and stack:
            stack.pop()
    return stack[-1] if stack else ""


def _outside_strings(text: str) -> Iterator[str]:
    inside = escaped = False
    for mark in text:
        if not inside:
            yield mark
        inside = inside != (mark == '"' and not escaped)
        escaped = inside and mark == "\\" and not escaped


def _quoted(mark: str) -> str:
    return {"'": r"'\''", '"': "'\"'", "\n": r"'\n'", "\t": r"'\t'", "\r": r"'\r'"}.get(mark, f"'{mark}'")


def text(value: Any) -> str:
    """Return a decoded value as Go's fmt prints it."""
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{text(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, list):
        return "[" + " ".join(text(item) for item in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "<nil>" if value is None else str(value)


def go_kind(value: Any) -> str:
    """Return Go's name of the type that its decoder gives a value."""
    names = {dict: "map[string]interface {}", list: "[]interface {}", str: "string", bool: "bool", int: "int64", float: "float64"}
    return names.get(type(value), "%!s(<nil>)")
