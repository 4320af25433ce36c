"""The columns of each kind's table."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.kubernetes.kinds import Kind
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
    seconds = max(0, int(now - parse_timestamp(text)))
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


def _path(path: str, default: Any = "") -> Cell:
    return lambda obj, now: at(obj, path, default)


NAME = Column("Name", _path("metadata.name"), format="name", description="Name must be unique within a namespace.")
AGE = Column(
    "Age", lambda obj, now: age(at(obj, "metadata.creationTimestamp"), now), description="CreationTimestamp is the server time when this object was created."
)


def columns_of(kind: Kind) -> tuple[Column, ...]:
    """Return the columns of a kind; name and age for one that has none of its own."""
    if kind.custom is not None:
        return _custom(kind)
    return _COLUMNS.get(kind.store, (NAME, AGE))


def _custom(kind: Kind) -> tuple[Column, ...]:
    if not kind.custom.columns:
        return (NAME, AGE)
    return (NAME, *(_printer_column(column) for column in kind.custom.columns))


def _printer_column(spec: Object) -> Column:
    path, dated = spec["jsonPath"], spec["type"] == "date"

    def value(obj: Object, now: float) -> Any:
        found = json_path(obj, path)
        return age(found, now) if dated and found else found

    return Column(spec["name"], value, spec["type"], spec.get("format", ""), spec.get("priority", 0), spec.get("description", ""))


_STEP = re.compile(r"\.?([^.\[\]]+)|\[\?\(@\.([\w.]+)==\"([^\"]*)\"\)\]|\[(\d+|\*)\]|\['([^']+)'\]")


def json_path(obj: Any, path: str) -> Any:
    """Return what a simple JSONPath finds: fields, indexes and `[?(@.a=="b")]`; None when nothing is there."""
    for match in _STEP.finditer(path.replace("\\.", "\0")):
        field, key, wanted, index, quoted = match.groups()
        if isinstance(obj, dict) and (field or quoted):
            obj = obj.get((field or quoted).replace("\0", "."))
        elif isinstance(obj, list) and key:
            obj = next((item for item in obj if str(at(item, key)) == wanted), None)
        elif isinstance(obj, list) and index:
            obj = obj[int(index)] if index != "*" and int(index) < len(obj) else None
        else:
            return None
    return obj


def _ready_of(ready: str, total: str) -> Cell:
    return lambda obj, now: f"{at(obj, ready, 0)}/{at(obj, total, 0)}"


def _node_status(node: Object, now: float) -> str:
    conditions = at(node, "status.conditions", [])
    ready = next((str(each["status"]) for each in conditions if each["type"] == "Ready"), "")
    word = {"True": "Ready", "False": "NotReady", "Unknown": "NotReady"}.get(ready, "Unknown")
    return word + (",SchedulingDisabled" if at(node, "spec.unschedulable") else "")


def _node_roles(node: Object, now: float) -> str:
    prefix = "node-role.kubernetes.io/"
    roles = sorted(key.removeprefix(prefix) for key in at(node, "metadata.labels", {}) if key.startswith(prefix))
    return ",".join(roles) or "<none>"


def _pod_ready(pod: Object, now: float) -> str:
    statuses = at(pod, "status.containerStatuses", [])
    return f"{sum(bool(each.get('ready')) for each in statuses)}/{len(at(pod, 'spec.containers', []))}"


def _pod_status(pod: Object, now: float) -> str:
    return "Terminating" if at(pod, "metadata.deletionTimestamp") else str(at(pod, "status.reason") or at(pod, "status.phase", ""))


def _pod_restarts(pod: Object, now: float) -> str:
    return str(sum(each.get("restartCount", 0) for each in at(pod, "status.containerStatuses", [])))


def _ports(service: Object, now: float) -> str:
    shown = [
        f"{port['port']}{':' + str(port['nodePort']) if port.get('nodePort') else ''}/{port.get('protocol', 'TCP')}" for port in at(service, "spec.ports", [])
    ]
    return ",".join(shown) or "<none>"


def _count(path: str) -> Cell:
    return lambda obj, now: len(at(obj, path, {}))


def _number(name: str, path: str) -> Column:
    return Column(name, _path(path, 0), "integer")


def _role_ref(obj: Object, now: float) -> str:
    return f"{at(obj, 'roleRef.kind')}/{at(obj, 'roleRef.name')}"


_BINDING = (NAME, Column("Role", _role_ref), AGE)
_ROLE = (NAME, Column("Created At", _path("metadata.creationTimestamp")))
_COLUMNS: dict[tuple[str, str], tuple[Column, ...]] = {
    ("", "namespaces"): (NAME, Column("Status", _path("status.phase")), AGE),
    ("", "nodes"): (
        NAME,
        Column("Status", _node_status),
        Column("Roles", _node_roles),
        AGE,
        Column("Version", _path("status.nodeInfo.kubeletVersion")),
    ),
    ("", "pods"): (
        NAME,
        Column("Ready", _pod_ready),
        Column("Status", _pod_status),
        Column("Restarts", _pod_restarts),
        AGE,
        Column("IP", _path("status.podIP", "<none>"), priority=1),
        Column("Node", _path("spec.nodeName", "<none>"), priority=1),
    ),
    ("", "configmaps"): (NAME, Column("Data", _count("data")), AGE),
    ("", "secrets"): (NAME, Column("Type", _path("type")), Column("Data", _count("data")), AGE),
    ("", "serviceaccounts"): (NAME, AGE),
    ("", "services"): (
        NAME,
        Column("Type", _path("spec.type")),
        Column("Cluster-IP", _path("spec.clusterIP", "<none>")),
        Column("External-IP", lambda obj, now: "<none>"),
        Column("Port(s)", _ports),
        AGE,
    ),
    ("", "events"): (
        Column("Last Seen", lambda obj, now: age(at(obj, "lastTimestamp") or at(obj, "eventTime"), now)),
        Column("Type", _path("type")),
        Column("Reason", _path("reason")),
        Column("Object", lambda obj, now: f"{at(obj, 'involvedObject.kind', '').lower()}/{at(obj, 'involvedObject.name')}"),
        Column("Message", lambda obj, now: str(at(obj, "message", "")).strip()),
    ),
    ("apps", "deployments"): (
        NAME,
        Column("Ready", _ready_of("status.readyReplicas", "spec.replicas")),
        _number("Up-to-date", "status.updatedReplicas"),
        _number("Available", "status.availableReplicas"),
        AGE,
    ),
    ("apps", "statefulsets"): (NAME, Column("Ready", _ready_of("status.readyReplicas", "spec.replicas")), AGE),
    ("apps", "daemonsets"): (
        NAME,
        _number("Desired", "status.desiredNumberScheduled"),
        _number("Current", "status.currentNumberScheduled"),
        _number("Ready", "status.numberReady"),
        _number("Up-to-date", "status.updatedNumberScheduled"),
        _number("Available", "status.numberAvailable"),
        AGE,
    ),
    ("rbac.authorization.k8s.io", "rolebindings"): _BINDING,
    ("rbac.authorization.k8s.io", "clusterrolebindings"): _BINDING,
    ("rbac.authorization.k8s.io", "roles"): _ROLE,
    ("rbac.authorization.k8s.io", "clusterroles"): _ROLE,
    ("apiextensions.k8s.io", "customresourcedefinitions"): _ROLE,
    ("coordination.k8s.io", "leases"): (NAME, Column("Holder", _path("spec.holderIdentity")), AGE),
}
