"""Answers held to the model before they are sent. botocore's parser forgives what a client in another language does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from botocore.model import Shape

from sandbox.aws import protocol, validation

Check = Callable[[Any, str, list[str]], None]

# What the service answers although the model does not declare it for the operation: peers' issue threads have the first two;
# a page token that cannot be read is taken to be refused alike in every list.
UNDECLARED: Mapping[str, frozenset[str]] = {
    "ResourceNotFoundException": frozenset({"CreateNodegroup", "CreateFargateProfile", "CreateCapability", "ListCapabilities"}),
    "ResourceInUseException": frozenset({"CreateFargateProfile", "DeleteFargateProfile"}),
    "InvalidParameterException": frozenset({"ListAccessPolicies", "ListAssociatedAccessPolicies"}),
}
FRONT_DOOR = "InvalidParameterException"  # a request that does not fit the model never reaches its operation


class Checks:
    """The checks of one service's answers, compiled at the first answer of an operation."""

    def __init__(self, model: protocol.Model) -> None:
        self._model = model
        self._checks: dict[str, Check] = {}

    def answer(self, operation: str, answer: Mapping[str, Any]) -> list[str]:
        """Return what is wrong with an answer: members that are missing, unknown, or of another type, values outside their enum or bounds."""
        if operation not in self._checks:
            shape = self._model.operation(operation).output_shape
            self._checks[operation] = _check_of(shape) if shape is not None else _nothing
        problems: list[str] = []
        self._checks[operation](answer, "", problems)
        return problems

    def declares(self, operation: str, code: str) -> bool:
        return code in {shape.name for shape in self._model.operation(operation).error_shapes}

    def error(self, operation: str, code: str, members: Mapping[str, Any]) -> list[str]:
        """Return what is wrong with an error answer: a code that the operation does not declare, members that the error has not."""
        declared = {shape.name: shape for shape in self._model.operation(operation).error_shapes}
        if code not in declared and operation not in UNDECLARED.get(code, ()) and code != "ValidationException":
            return [f"{code} is no error of {operation}: it declares {', '.join(sorted(declared))}"]
        known = declared[code].members if code in declared else members
        return [f"{code} has no member {name}" for name, value in members.items() if value is not None and name not in known]


@cache
def of(service: str) -> Checks:
    """Return the checks of a service, made once."""
    return Checks(protocol.load(service))


def _nothing(_value: Any, _path: str, _problems: list[str]) -> None:
    """There is nothing to hold the answer to."""


def _check_of(shape: Shape) -> Check:
    """Return a function that appends to a list what does not fit the shape."""
    inner = {"structure": _structure_check, "list": _list_check, "map": _map_check}.get(shape.type_name, lambda _: _nothing)(shape)
    types, bounded = validation.TYPES.get(shape.type_name, (object,)), bool(shape.metadata.keys() & {"enum", "pattern", "min", "max"})
    boolean = shape.type_name == "boolean"

    def check(value: Any, path: str, problems: list[str]) -> None:
        if not isinstance(value, types) or (isinstance(value, bool) and not boolean):
            problems.append(f"{path} is {value!r}, and no {shape.type_name}")
            return
        if bounded:
            problems += validation.constraint_problems(shape, value, path)
        inner(value, path, problems)

    return check


def _structure_check(shape: Shape) -> Check:
    members = {name: _check_of(member) for name, member in shape.members.items()}
    required = shape.required_members

    def check(value: Any, path: str, problems: list[str]) -> None:
        problems += [f"{path}.{name} is missing" for name in required if value.get(name) is None]
        for name, each in value.items():
            if each is None or name[0] == "_":
                continue
            if name in members:
                members[name](each, f"{path}.{name}", problems)
            else:
                problems.append(f"{path}.{name} is no member of {shape.name}")

    return check


def _list_check(shape: Shape) -> Check:
    of_member = _check_of(shape.member)

    def check(values: Any, path: str, problems: list[str]) -> None:
        for each in values:
            of_member(each, f"{path}[]", problems)

    return check


def _map_check(shape: Shape) -> Check:
    of_key, of_value = _check_of(shape.key), _check_of(shape.value)

    def check(values: Any, path: str, problems: list[str]) -> None:
        for key, each in values.items():
            of_key(key, f"{path} key", problems)
            of_value(each, f"{path}.{key}", problems)

    return check
