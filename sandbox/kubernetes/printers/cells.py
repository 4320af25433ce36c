"""What a column of a table is, and the values that many kinds show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.kubernetes.names import parse_timestamp

Object = dict[str, Any]
Cell = Callable[[Object, float], Any]


@dataclass(frozen=True)
class Column:
    """One column; priority above 0 shows only with `-o wide`."""

    name: str
    value: Cell
    type: str = "string"
    format: str = ""
    priority: int = 0
    description: str = ""

    def definition(self) -> Object:
        words = {"name": self.name, "type": self.type, "format": self.format, "description": self.description}
        return words | {"priority": self.priority}

    def cell(self, obj: Object, now: float) -> Any:
        return self.value(obj, now)


def age(text: str | None, now: float) -> str:
    """Return how long ago a time was, as kubectl writes durations."""
    if not text:
        return "<unknown>"
    return span(now - parse_timestamp(text))


def span(length: float) -> str:
    """Return seconds as kubectl writes durations."""
    seconds = max(0, int(length))
    for limit, write in _AGES:
        if seconds < limit:
            return write(seconds)
    return f"{seconds // 31536000}y"


def _two(seconds: int, large: int, small: int, words: str) -> str:
    first, rest = divmod(seconds, large)
    second = rest // small
    return f"{first}{words[0]}{second}{words[1]}" if second else f"{first}{words[0]}"


_AGES: tuple[tuple[int, Callable[[int], str]], ...] = (
    (120, lambda seconds: f"{seconds}s"),
    (600, lambda seconds: _two(seconds, 60, 1, "ms")),
    (10800, lambda seconds: f"{seconds // 60}m"),
    (28800, lambda seconds: _two(seconds, 3600, 60, "hm")),
    (172800, lambda seconds: f"{seconds // 3600}h"),
    (691200, lambda seconds: _two(seconds, 86400, 3600, "dh")),
    (63072000, lambda seconds: f"{seconds // 86400}d"),
    (252288000, lambda seconds: _two(seconds, 31536000, 86400, "yd")),
)


def at(obj: Any, path: str, default: Any = None) -> Any:
    """Return what lies at a dotted path."""
    for step in path.split("."):
        obj = obj.get(step) if isinstance(obj, dict) else None
        if obj is None:
            return default
    return obj


def field(path: str, default: Any = "") -> Cell:
    """Return a cell that shows what lies at a dotted path; a default also for what is empty."""
    return lambda obj, now: at(obj, path) or default


def text(path: str, default: str = "") -> Cell:
    """Return a cell that shows what lies at a path as text."""
    return lambda obj, now: shown(at(obj, path), default)


def shown(value: Any, default: str = "") -> str:
    """Return a value as Go prints it."""
    if value is None or value == "":
        return default
    return str(value).lower() if isinstance(value, bool) else str(value)


def since(path: str, default: str = "<unknown>") -> Cell:
    """Return a cell that shows how long ago the time at a path was."""
    return lambda obj, now: age(at(obj, path), now) if at(obj, path) else default


def count(*paths: str) -> Cell:
    """Return a cell that counts the members of what lies at paths."""
    return lambda obj, now: sum(len(at(obj, path, ())) for path in paths)


def pairs(values: Mapping[str, str] | None) -> str:
    """Return labels as `a=b,c=d`; `<none>` for none."""
    return ",".join(f"{key}={value}" for key, value in sorted((values or {}).items())) or "<none>"


_OPERATORS = {"In": "in", "NotIn": "notin"}


def selector(value: Mapping[str, Any] | None) -> str:
    """Return a LabelSelector as kubectl writes it; `<none>` for one that selects everything."""
    if not value:
        return "<none>"
    wanted = [(key, "In", [each]) for key, each in (value.get("matchLabels") or {}).items()]
    wanted += [(each["key"], each["operator"], each.get("values") or []) for each in value.get("matchExpressions") or ()]
    return ",".join(_requirement(*each) for each in sorted(wanted, key=lambda each: each[0])) or "<none>"


def _requirement(key: str, operator: str, values: list[str]) -> str:
    if operator == "Exists":
        return key
    if operator == "DoesNotExist":
        return f"!{key}"
    if operator == "In" and len(values) == 1:
        return f"{key}={values[0]}"
    return f"{key} {_OPERATORS[operator]} ({','.join(sorted(values))})"


def listed(values: Iterable[Any]) -> str:
    return ",".join(str(each) for each in values)


def first_few(values: Iterable[str], most: int = 3) -> str:
    """Return values by commas, the number of those beyond the first few in words."""
    found = list(values)
    rest = f" + {len(found) - most} more..." if len(found) > most else ""
    return ",".join(found[:most]) + rest


def integer(name: str, path: str) -> Column:
    return Column(name, lambda obj, now: at(obj, path, 0), "integer")


def boolean(name: str, path: str, default: bool = False) -> Column:
    return Column(name, lambda obj, now: at(obj, path, default), "boolean")


def wide(name: str, value: Cell) -> Column:
    """Return a column that shows with `-o wide` only."""
    return Column(name, value, priority=1)


NAME = Column("Name", field("metadata.name"), format="name", description="Name must be unique within a namespace.")
AGE = Column("Age", since("metadata.creationTimestamp"), description="CreationTimestamp is the server time when this object was created.")
CREATED = Column("Created At", field("metadata.creationTimestamp"), "date")


def containers(template: str) -> tuple[Column, Column]:
    """Return the wide columns that name the containers and images of a pod template."""

    def each(key: str) -> Cell:
        return lambda obj, now: listed(container.get(key, "") for container in at(obj, f"{template}.containers", ()))

    return wide("Containers", each("name")), wide("Images", each("image"))
