"""One simulated cluster: its store, its kinds, and the writes that the system itself makes in it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sandbox.kubernetes import controllers, names
from sandbox.kubernetes.kinds import Kind, builtin, builtin_kind
from sandbox.kubernetes.store import Event, Store, Table
from sandbox.kubernetes.tokens import Signer
from sandbox.kubernetes.types import Types, builtin_types

Object = dict[str, Any]
SYSTEM_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
# A store's first version: high enough that clients never meet the special 0.
FIRST_VERSION = 100


@dataclass(frozen=True)
class World:
    """What all clusters of a process share. `clock` gives seconds since the epoch; `ca` is PEM text; without controllers a cluster is an API server alone."""

    clock: Callable[[], float]
    ca: str
    signer: Signer
    controllers: bool = True


@dataclass
class Cluster:
    """`path` is the cluster's prefix in URLs, empty at the root; `version` its Kubernetes version, like 1.33.

    `impersonations`: by which way a user acted as somebody else last.
    """

    path: str
    version: str
    world: World
    store: Store = field(default_factory=lambda: Store(FIRST_VERSION))
    custom: dict[str, dict[str, Kind]] = field(default_factory=dict)
    uid: str = field(default_factory=names.new_uid)
    impersonations: dict[str, str] = field(default_factory=dict)
    _pending: deque[Event] = field(default_factory=deque)
    _depth: int = 0

    @property
    def types(self) -> Types:
        return builtin_types()

    def now(self) -> str:
        return names.timestamp(self.world.clock())

    @property
    def issuer(self) -> str:
        return f"https://kubernetes.default.svc/{self.path}".rstrip("/")

    def lookup(self, api_version: str, plural: str) -> Kind | None:
        """Return the kind served at a group/version under a plural; None when there is none."""
        return builtin().get(api_version, {}).get(plural) or self.custom.get(api_version, {}).get(plural)

    def kinds(self) -> Iterator[Kind]:
        """Yield every kind at every version, built-in ones first."""
        for versions in (builtin(), dict(self.custom)):
            for kinds in versions.values():
                yield from list(kinds.values())

    def api_versions(self) -> list[str]:
        return [*builtin(), *(gv for gv, kinds in list(self.custom.items()) if kinds and gv not in builtin())]

    def serves(self, api_version: str) -> bool:
        return api_version in builtin() or bool(self.custom.get(api_version))

    def kind_of(self, api_version: str, kind: str) -> Kind | None:
        """Return the kind that an object's apiVersion and kind name."""
        served = {**builtin().get(api_version, {}), **self.custom.get(api_version, {})}
        return next((each for each in served.values() if each.kind == kind), None)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the cluster for a write; when the outermost ends, the controllers react to what was written."""
        with self.store.lock:
            self._depth += 1
            try:
                yield
                if self._depth == 1:
                    self._settle()
            finally:
                self._depth -= 1

    def _settle(self) -> None:
        while self._pending:
            controllers.react(self, self._pending.popleft())

    def put(self, table: Table, obj: Object) -> Object:
        old = self.store.get(table, obj["metadata"].get("namespace", ""), obj["metadata"]["name"])
        stored = self.store.put(table, obj)
        self._pending.append(Event(self.store.version, "MODIFIED" if old else "ADDED", table, stored, old))
        return stored

    def remove(self, table: Table, obj: Object) -> Object:
        last = self.store.delete(table, obj)
        self._pending.append(Event(self.store.version, "DELETED", table, last, obj))
        return last

    def make(self, api_version: str, kind: str, name: str, namespace: str = "", **content: Any) -> Object:
        """Create an object as the system does, without checks; an object that exists is left as it is."""
        table = builtin_kind(api_version, kind).store
        present = self.store.get(table, namespace, name)
        return present or self.put(table, self.fresh(api_version, kind, name, namespace, **content))

    def fresh(self, api_version: str, kind: str, name: str, namespace: str = "", **content: Any) -> Object:
        metadata: Object = {"name": name, "uid": names.new_uid(), "creationTimestamp": self.now()}
        if namespace:
            metadata["namespace"] = namespace
        metadata |= content.pop("metadata", {})
        return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **content}

    def change(self, table: Table, obj: Object, **content: Any) -> Object:
        """Write new top-level content over an object as the system does; quiet when nothing would change."""
        changed = {**obj, **content}
        return obj if changed == obj else self.put(table, changed)
