"""Requests read and answers written by botocore's own service models (protocols rest-json and json)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape, StructureShape

Params = dict[str, Any]
Render = Callable[[Any], Any]


@dataclass(frozen=True)
class Route:
    """One operation's method and path: labels are the names of the path's parts that are parameters."""

    operation: str
    pattern: re.Pattern[str]
    labels: tuple[str, ...]


UNMODELED = {"InternalFailure": 500, "TooManyRequestsException": 429}  # errors that services answer without having them in their models


class Model:
    """One service as botocore describes it."""

    def __init__(self, name: str) -> None:
        self.service = ServiceModel(_loader().load_service_model(name, "service-2"), name)
        self.operations = frozenset(self.service.operation_names)
        self._routes = _routes(self.service) if self.service.metadata["protocol"] == "rest-json" else {}
        self._renderers: dict[str, Render] = {}
        errors = self.service.error_shapes
        self._statuses = {**UNMODELED, **{shape.name: shape.metadata.get("error", {}).get("httpStatusCode", 400) for shape in errors}}

    def match(self, method: str, raw_path: str) -> tuple[str, dict[str, str]] | None:
        """Return the operation that method and path name, and the path's labels; None when there is none."""
        for route in self._routes.get((method, raw_path.count("/")), ()):
            found = route.pattern.fullmatch(raw_path)
            if found:
                return route.operation, {label: unquote(value) for label, value in zip(route.labels, found.groups(), strict=True)}
        return None

    def parse(self, operation: str, labels: Mapping[str, str], query: str, body: bytes) -> Params:
        """Return the request's parameters under the model's names; ValueError when the body is not JSON."""
        shape = self.operation(operation).input_shape
        if shape is None:
            return {}
        document = json.loads(body) if body.strip() else {}
        values = parse_qs(query, keep_blank_values=True) if query else {}
        found = ((name, _member(name, member, labels, values, document)) for name, member in shape.members.items())
        return {name: value for name, value in found if value is not None}

    def render(self, operation: str, answer: Mapping[str, Any]) -> bytes:
        """Return the answer as JSON; members that the model does not know are left out."""
        if operation not in self._renderers:
            shape = self.operation(operation).output_shape
            self._renderers[operation] = _renderer(shape) if shape is not None else lambda _: {}
        return json.dumps(self._renderers[operation](answer)).encode()

    def error(self, code: str, message: str, members: Mapping[str, Any]) -> tuple[int, bytes]:
        """Return status and body of an error answer."""
        body = {"__type": code, "message": message, **{name: value for name, value in members.items() if value is not None}}
        return self._statuses.get(code, 400), json.dumps(body).encode()

    def operation(self, name: str) -> OperationModel:
        return self.service.operation_model(name)


@cache
def load(name: str) -> Model:
    """Return the model of a service, read once."""
    return Model(name)


@cache
def _loader() -> Loader:
    return Loader()


def _routes(service: ServiceModel) -> dict[tuple[str, int], list[Route]]:
    routes: dict[tuple[str, int], list[Route]] = {}
    for name in service.operation_names:
        http = service.operation_model(name).http
        uri = http["requestUri"].partition("?")[0]
        labels = tuple(re.findall(r"\{(\w+)\+?\}", uri))
        pattern = re.compile(re.sub(r"\{\w+\+?\}", "([^/]+)", uri))
        routes.setdefault((http["method"], uri.count("/")), []).append(Route(name, pattern, labels))
    return routes


def _member(name: str, shape: Shape, labels: Mapping[str, str], query: Mapping[str, list[str]], document: Mapping[str, Any]) -> Any:
    location = shape.serialization.get("location")
    wire_name = shape.serialization.get("name", name)
    if location == "uri":
        return labels.get(wire_name)
    if location == "querystring":
        return _from_text(shape, query[wire_name]) if wire_name in query else None
    return _read(shape, document.get(wire_name))


def _from_text(shape: Shape, values: list[str]) -> Any:
    if shape.type_name == "list":
        return values
    return _TEXT.get(shape.type_name, str)(values[0])


_TEXT: dict[str, Callable[[str], Any]] = {"integer": int, "boolean": lambda text: text == "true"}


def _read(shape: Shape, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        found = ((name, _read(member, value.get(member.serialization.get("name", name)))) for name, member in shape.members.items())
        return {name: each for name, each in found if each is not None}
    if shape.type_name == "list" and isinstance(value, list):
        return [_read(shape.member, each) for each in value]
    if shape.type_name == "timestamp":
        return _seconds(value)
    return value


def _seconds(value: Any) -> float:
    """Return epoch seconds from what a client may send: a number, or ISO 8601 text."""
    return float(value) if isinstance(value, int | float) else datetime.fromisoformat(value).timestamp()


def _renderer(shape: Shape) -> Render:
    kind = shape.type_name
    if kind == "structure":
        return _structure_renderer(shape)
    if kind == "list":
        each = _renderer(shape.member)
        return lambda values: [each(value) for value in values]
    if kind == "map":
        of_value = _renderer(shape.value)
        return lambda values: {key: of_value(value) for key, value in values.items()}
    if kind == "timestamp":
        return lambda value: round(value, 3)
    return lambda value: value


def _structure_renderer(shape: Shape) -> Render:
    members = [(name, member.serialization.get("name", name), _renderer(member)) for name, member in shape.members.items()]

    def render(value: Mapping[str, Any]) -> dict[str, Any]:
        return {wire: of_member(value[name]) for name, wire, of_member in members if value.get(name) is not None}

    return render
