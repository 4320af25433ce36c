"""What the containers of a pod must be like."""

from __future__ import annotations

import string
from collections.abc import Iterator
from typing import Any

from sandbox.kubernetes import names
from sandbox.kubernetes.errors import Cause, forbidden_field, invalid_value, not_supported, required
from sandbox.kubernetes.field_rules import NEGATIVE, not_negative, port
from sandbox.kubernetes.quantities import amount

Object = dict[str, Any]
PROTOCOLS = ("SCTP", "TCP", "UDP")
_PULLS = ("Always", "IfNotPresent", "Never")
_ENV_NAME = "a valid environment variable name must consist only of printable ASCII characters other than '='"
_PRINTABLE = frozenset(string.printable[:95]) - {"="}
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_COUNTS = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")


def containers(found: list[Object], at: str, volumes: set[Any], pods_own: bool) -> Iterator[Cause]:
    """Yield what is wrong with containers that may mount these volumes; a pod's own images may have no space around them."""
    seen: set[str] = set()
    for index, container in enumerate(found):
        yield from _container(container, f"{at}[{index}]", volumes)
        name = container.get("name", "")
        if name in seen:
            yield Cause("FieldValueDuplicate", f"{at}[{index}].name", f'Duplicate value: "{name}"')
        seen.add(name)
        for key in _PROBES:
            if key in container:
                yield from _probe(container[key], f"{at}[{index}].{key}")
    for index, container in enumerate(found if pods_own else ()):
        if container.get("image", "").strip() != container.get("image", ""):
            yield invalid_value(f"{at}[{index}].image", container["image"], "must not have leading or trailing whitespace")


def _container(container: Object, at: str, volumes: set[Any]) -> Iterator[Cause]:
    if not container.get("name"):
        yield required(f"{at}.name")
    else:
        yield from (invalid_value(f"{at}.name", container["name"], text) for text in names.label(container["name"]))
    if not container.get("image"):
        yield required(f"{at}.image")
    yield from _ports(container.get("ports") or (), f"{at}.ports")
    yield from _environment(container.get("env") or (), f"{at}.env")
    yield from _mounts(container.get("volumeMounts") or (), f"{at}.volumeMounts", volumes)
    if container.get("imagePullPolicy") not in _PULLS:
        yield not_supported(f"{at}.imagePullPolicy", container.get("imagePullPolicy"), _PULLS)
    yield from _resources(container.get("resources") or {}, f"{at}.resources")


def _ports(ports: Any, at: str) -> Iterator[Cause]:
    seen: set[str] = set()
    for index, each in enumerate(ports):
        here, name = f"{at}[{index}]", each.get("name")
        if name:
            problems = names.port_name(name)
            yield from (invalid_value(f"{here}.name", name, text) for text in problems)
            if not problems and name in seen:
                yield Cause("FieldValueDuplicate", f"{here}.name", f'Duplicate value: "{name}"')
            seen |= set() if problems else {name}
        if not each.get("containerPort"):
            yield required(f"{here}.containerPort")
        yield from port(each.get("containerPort") or 1, f"{here}.containerPort")
        yield from port(each.get("hostPort") or 1, f"{here}.hostPort")
        if each.get("protocol", "TCP") not in PROTOCOLS:
            yield not_supported(f"{here}.protocol", each["protocol"], PROTOCOLS)


def _environment(variables: Any, at: str) -> Iterator[Cause]:
    for index, each in enumerate(variables):
        here, name = f"{at}[{index}]", each.get("name")
        if not name:
            yield required(f"{here}.name")
        elif not set(name) <= _PRINTABLE:
            yield invalid_value(f"{here}.name", name, _ENV_NAME)
        source = each.get("valueFrom")
        if source is not None and each.get("value"):
            yield invalid_value(f"{here}.valueFrom", "", "may not be specified when `value` is not empty")
        elif source is not None and len(source) != 1:
            words = (
                "may not have more than one field specified at a time"
                if source
                else "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"
            )
            yield invalid_value(f"{here}.valueFrom", "", words)


def _mounts(mounts: Any, at: str, volumes: set[Any]) -> Iterator[Cause]:
    paths: set[str] = set()
    for index, mount in enumerate(mounts):
        here, path = f"{at}[{index}]", mount.get("mountPath")
        if not mount.get("name"):
            yield required(f"{here}.name")
        if mount.get("name") not in volumes:
            yield Cause("FieldValueNotFound", f"{here}.name", f'Not found: "{mount.get("name", "")}"')
        if not path:
            yield required(f"{here}.mountPath")
        elif path in paths:
            yield invalid_value(f"{here}.mountPath", path, "must be unique")
        paths.add(path)


def _resources(given: Object, at: str) -> Iterator[Cause]:
    limits, requests = given.get("limits") or {}, given.get("requests") or {}
    for kind, values in (("limits", limits), ("requests", requests)):
        for name, value in sorted(values.items()):
            if amount(value) < 0:
                yield invalid_value(f"{at}.{kind}[{name}]", value, NEGATIVE)
    for name, value in sorted(requests.items()):
        if name in limits and amount(value) > amount(limits[name]):
            yield invalid_value(f"{at}.requests", value, f"must be less than or equal to {name} limit of {limits[name]}")


def _probe(probe: Object, at: str) -> Iterator[Cause]:
    said = [key for key in _HANDLERS if probe.get(key) is not None]
    if not said:
        yield required(at, "must specify a handler type")
    for key in said[1:]:
        yield forbidden_field(f"{at}.{key}", "may not specify more than 1 handler type")
    for key in said[:1]:
        handler = probe[key]
        if key == "exec" and not handler.get("command"):
            yield required(f"{at}.exec.command")
        if key in ("httpGet", "tcpSocket", "grpc"):
            yield from port(handler.get("port", 0), f"{at}.{key}.port")
    yield from not_negative(probe, _COUNTS, at)
