"""Label and field selectors: parsed once, then asked about objects."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.kubernetes import names
from sandbox.kubernetes.errors import ApiError, bad_request
from sandbox.kubernetes.kinds import Kind

Object = dict[str, Any]
Labels = Mapping[str, str]

_WORD = re.compile(r"[(),]|==|!=|[!=<>]|[^\s!=<>(),]+")


@dataclass(frozen=True)
class Requirement:
    """One condition on a label."""

    key: str
    operator: str
    values: frozenset[str] = frozenset()

    def matches(self, labels: Labels) -> bool:
        return _OPERATORS[self.operator](self.key, self.values, labels)


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(r"-?\d+", text) else None


def _compare(key: str, values: frozenset[str], labels: Labels, larger: bool) -> bool:
    left, right = _number(labels.get(key)), _number(next(iter(values)))
    if left is None or right is None:
        return False
    return left > right if larger else left < right


_OPERATORS: dict[str, Callable[[str, frozenset[str], Labels], bool]] = {
    "in": lambda key, values, labels: key in labels and labels[key] in values,
    "notin": lambda key, values, labels: key not in labels or labels[key] not in values,
    "exists": lambda key, values, labels: key in labels,
    "absent": lambda key, values, labels: key not in labels,
    "gt": lambda key, values, labels: _compare(key, values, labels, larger=True),
    "lt": lambda key, values, labels: _compare(key, values, labels, larger=False),
}
_COMPARATORS = {"=": "in", "==": "in", "!=": "notin", ">": "gt", "<": "lt"}
_EXPRESSIONS = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "absent", "Gt": "gt", "Lt": "lt"}


class _Words:
    """A label selector as words: names, operators, brackets and commas; the last one is empty."""

    def __init__(self, text: str) -> None:
        self.words = [*_WORD.findall(text), ""]
        self.place = 0

    def look(self) -> str:
        return self.words[self.place]

    def take(self) -> str:
        self.place += bool(self.look())
        return self.words[self.place - 1] if self.place else ""


def _is_name(word: str) -> bool:
    return bool(word) and word[0] not in "!=<>(),"


def parse_labels(text: str) -> tuple[Requirement, ...]:
    """Return the requirements of a label selector string; empty selects everything. Raises a 400, in the words of the real parser."""
    words, found = _Words(text), []
    if not words.look():
        return ()
    while True:
        if words.look() != "!" and not _is_name(words.look()):
            raise bad_request(f"found '{words.look()}', expected: !, identifier, or 'end of string'")
        found.append(_requirement(words))
        end = words.look()
        if not end:
            return tuple(found)
        if end != ",":
            raise bad_request(f"found '{end}', expected: ',' or 'end of string'")
        words.take()
        if words.look() != "!" and not _is_name(words.look()):
            raise bad_request(f"found '{words.look()}', expected: identifier after ','")


def _requirement(words: _Words) -> Requirement:
    absent = words.look() == "!"
    if absent:
        words.take()
    key = words.take()
    _check_key(key)
    if absent or words.look() in ("", ","):
        return Requirement(key, "absent" if absent else "exists")
    operator = words.take()
    if operator in ("in", "notin"):
        values = _set(words)
    elif operator in _COMPARATORS:
        values = frozenset({words.take() if _is_name(words.look()) else ""})
    else:
        raise _unreadable(f"found '{operator}', expected: in, notin, =, ==, !=, gt, lt")
    _check_values(key, operator, values)
    return Requirement(key, _COMPARATORS.get(operator, operator), values)


def _set(words: _Words) -> frozenset[str]:
    opening = words.take()
    if opening != "(":
        raise _unreadable(f"found '{opening}' expected: '('")
    values: set[str] = set()
    while (word := words.look()) not in (")", ""):
        if _is_name(word):
            values.add(words.take())
        elif word == ",":
            words.take()
            if words.look() in (",", ")"):
                values.add("")
        else:
            raise _unreadable(f"found '{word}', expected: ',', or identifier")
    if words.take() != ")":
        raise _unreadable("found '', expected: " + ("',' or ')'" if values else "',', ')' or identifier"))
    return frozenset(values or {""})


def _check_key(key: str) -> None:
    problems = names.qualified(key)
    if problems:
        raise _unreadable(f'key: Invalid value: "{key}": {"; ".join(problems)}')


def _check_values(key: str, operator: str, values: frozenset[str]) -> None:
    for index, value in enumerate(sorted(values)):
        if operator in ("<", ">") and not re.fullmatch(r"-?\d+", value):
            raise _unreadable(f"values[{index}][{key}]: Invalid value: \"{value}\": for 'Gt', 'Lt' operators, the value must be an integer")
        problems = names.label_value(value)
        if problems:
            raise _unreadable(f'values[{index}][{key}]: Invalid value: "{value}": {"; ".join(problems)}')


def _unreadable(why: str) -> ApiError:
    return bad_request(f"unable to parse requirement: {why}")


def labels_match(requirements: tuple[Requirement, ...], labels: Labels | None) -> bool:
    present = labels or {}
    return all(requirement.matches(present) for requirement in requirements)


def from_label_selector(selector: Object | None) -> tuple[Requirement, ...]:
    """Return the requirements of a `metav1.LabelSelector`; an empty one selects everything."""
    chosen = selector or {}
    equal = tuple(Requirement(key, "in", frozenset({value})) for key, value in (chosen.get("matchLabels") or {}).items())
    return equal + from_expressions(chosen.get("matchExpressions"))


_WORDS = {"absent": "!{key}", "exists": "{key}", "in": "{key} in ({values})", "notin": "{key} notin ({values})"}


def text(requirements: tuple[Requirement, ...]) -> str:
    """Return requirements as a query says them, in the order of their keys."""
    return ",".join(_text(each) for each in sorted(requirements, key=lambda each: each.key))


def _text(requirement: Requirement) -> str:
    form = "{key}={values}" if requirement.operator == "in" and len(requirement.values) == 1 else _WORDS[requirement.operator]
    return form.format(key=requirement.key, values=",".join(sorted(requirement.values)))


def from_expressions(expressions: list[Object] | None) -> tuple[Requirement, ...]:
    """Return the requirements of `matchExpressions` of labels, or of the expressions of a node selector's term."""
    return tuple(Requirement(item["key"], _EXPRESSIONS[item["operator"]], frozenset(item.get("values") or ())) for item in expressions or ())


@dataclass(frozen=True)
class FieldRequirement:
    path: tuple[str, ...]
    value: str
    equal: bool

    def matches(self, obj: Object) -> bool:
        return (_field(obj, self.path) == self.value) == self.equal


def _field(obj: Any, path: tuple[str, ...]) -> str:
    for step in path:
        obj = obj.get(step) if isinstance(obj, dict) else None
    if isinstance(obj, bool):
        return str(obj).lower()
    return "" if obj is None else str(obj)


# What each kind can be selected by beside metadata.name and metadata.namespace.
FIELDS: dict[tuple[str, str], frozenset[str]] = {
    ("", "pods"): frozenset(
        [
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ]
    ),
    ("", "events"): frozenset(
        [
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ]
    ),
    ("", "secrets"): frozenset({"type"}),
    ("", "namespaces"): frozenset({"status.phase"}),
    ("", "nodes"): frozenset({"spec.unschedulable"}),
    ("", "services"): frozenset({"spec.clusterIP", "spec.type"}),
    ("", "replicationcontrollers"): frozenset({"status.replicas"}),
    ("apps", "replicasets"): frozenset({"status.replicas"}),
    ("batch", "jobs"): frozenset({"status.successful"}),
    ("certificates.k8s.io", "certificatesigningrequests"): frozenset({"spec.signerName"}),
}
_ALWAYS = frozenset({"metadata.name", "metadata.namespace"})


def _supported(kind: Kind) -> frozenset[str]:
    extra = kind.custom.selectable if kind.custom is not None else FIELDS.get(kind.store, frozenset())
    return _ALWAYS | extra


def parse_fields(kind: Kind, text: str) -> tuple[FieldRequirement, ...]:
    """Return the requirements of a field selector string. Raises a 400 for a field that the kind does not offer."""
    found = []
    for part in filter(None, text.split(",")):
        match = re.match(r"^([^!=]+)(==|!=|=)(.*)$", part)
        if not match:
            raise bad_request(f"invalid selector: '{text}'; can't understand '{part}'")
        if match[1] not in _supported(kind):
            raise bad_request(_unsupported(kind, match[1]))
        found.append(FieldRequirement(tuple(match[1].split(".")), match[3], match[2] != "!="))
    return tuple(found)


def _unsupported(kind: Kind, label: str) -> str:
    """Return what the server says: kinds with fields of their own have another text than those without."""
    if kind.custom is not None or kind.store in FIELDS:
        return f"field label not supported: {label}"
    return f'"{label}" is not a known field selector: only "metadata.name", "metadata.namespace"'


@dataclass(frozen=True)
class Selector:
    """A label and a field selector together."""

    labels: tuple[Requirement, ...] = ()
    fields: tuple[FieldRequirement, ...] = ()

    def matches(self, obj: Object) -> bool:
        return labels_match(self.labels, obj["metadata"].get("labels")) and all(field.matches(obj) for field in self.fields)


EVERYTHING = Selector()


def parse(kind: Kind, query: Mapping[str, str]) -> Selector:
    """Return the selector of a request's query."""
    labels, fields = query.get("labelSelector", ""), query.get("fieldSelector", "")
    if not labels and not fields:
        return EVERYTHING
    return Selector(parse_labels(labels), parse_fields(kind, fields))
