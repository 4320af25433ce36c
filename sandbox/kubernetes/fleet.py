"""All clusters of a process, and the log and faults that they share."""

from __future__ import annotations

import random
import re
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from sandbox.kubernetes import controllers, front_door, rbac
from sandbox.kubernetes.cluster import SYSTEM_NAMESPACES, Cluster, World
from sandbox.kubernetes.errors import ApiError

Object = dict[str, Any]
LOG_LIMIT = 50_000


class Journal:
    """The request log: numbered entries, the oldest forgotten beyond a limit."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: deque[Object] = deque(maxlen=LOG_LIMIT)
        self._next = 1

    def add(self, entry: Object) -> None:
        with self._lock:
            self._entries.append({"n": self._next, **entry})
            self._next += 1

    def since(self, number: int, writes: bool) -> Object:
        """Return entries numbered `number` or higher, and the next number."""
        with self._lock:
            found = [entry for entry in self._entries if entry["n"] >= number and (entry["write"] or not writes)]
            return {"next": self._next, "requests": found}

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()


@dataclass
class Rule:
    """One fault: which requests it hits, how often, and what they get."""

    spec: Object
    left: int | None

    def hits(self, cluster: str, operation: str, resource: str) -> bool:
        spec = self.spec
        if self.left == 0 or not re.fullmatch(spec.get("match", ".*"), operation):
            return False
        account, _, region = cluster.removeprefix("clusters/").partition("/")
        fits = spec.get("account") in (None, account) and spec.get("region") in (None, region.partition("/")[0])
        wanted = spec.get("resource")
        return fits and (not wanted or re.search(wanted, resource) is not None)


@dataclass(frozen=True)
class Fault:
    """What happens to a request: seconds of latency, an error, an answer that never arrives."""

    latency: float = 0.0
    error: ApiError | None = None
    lost: bool = False


class Faults:
    """The fault rules in force; the first that hits wins. Chance comes from a seed, so runs repeat."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.replace({})

    def replace(self, settings: Object) -> None:
        with self._lock:
            self._settings: Object = {"seed": settings.get("seed", 0), "rules": settings.get("rules") or []}
            self._random = random.Random(self._settings["seed"])
            self._rules = [Rule(rule, rule.get("times")) for rule in self._settings["rules"]]

    def shown(self) -> Object:
        return self._settings

    def strike(self, cluster: str, operation: str, resource: str) -> Fault | None:
        """Return the fault for a request, if one hits. `operation` is like `update:configmaps`, `resource` the object's name."""
        with self._lock:
            for rule in self._rules:
                if rule.hits(cluster, operation, resource) and self._random.random() < rule.spec.get("probability", 1.0):
                    rule.left = None if rule.left is None else rule.left - 1
                    return _fault(rule.spec)
        return None


def _fault(spec: Object) -> Fault:
    error = None
    if spec.get("code") or spec.get("status"):
        status = spec.get("status", 500)
        details = {"retryAfterSeconds": 1} if status in (429, 503) else None
        error = ApiError(status, spec.get("code") or "InternalError", spec.get("message") or "a fault was ordered", details)
    return Fault(spec.get("latency", 0), error, bool(spec.get("lost_answer")))


@dataclass
class Fleet:
    """The clusters by path prefix."""

    world: World
    journal: Journal = field(default_factory=Journal)
    faults: Faults = field(default_factory=Faults)
    _clusters: dict[str, Cluster] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, path: str) -> Cluster | None:
        return self._clusters.get(path)

    def all(self) -> list[Cluster]:
        return list(self._clusters.values())

    def put(self, path: str, version: str) -> Cluster:
        """Make a cluster, or change the version of one that is there."""
        with self._lock:
            cluster = self._clusters.get(path)
            if cluster is None:
                cluster = self._clusters[path] = _new_cluster(path, version, self.world)
            cluster.version = version
            return cluster

    def drop(self, path: str) -> bool:
        """Forget a cluster and end its watches; tells whether it was there."""
        with self._lock:
            cluster = self._clusters.pop(path, None)
        if cluster is not None:
            cluster.store.close()
        return cluster is not None

    def reset(self) -> None:
        """Forget all clusters but one at the root, which starts anew; empty the log and the faults."""
        root = self._clusters.get("")
        for path in list(self._clusters):
            self.drop(path)
        self.journal.clear()
        self.faults.replace({})
        if root is not None:
            self.put("", root.version)


def _new_cluster(path: str, version: str, world: World) -> Cluster:
    cluster = Cluster(path, version, world)
    with cluster.transaction():
        for namespace in SYSTEM_NAMESPACES:
            labels = {"labels": {"kubernetes.io/metadata.name": namespace}}
            cluster.make("v1", "Namespace", namespace, metadata=labels, spec={"finalizers": ["kubernetes"]}, status={"phase": "Active"})
            controllers.provide_defaults(cluster, namespace)
        front_door.provide(cluster)
        rbac.bootstrap(cluster)
    return cluster
