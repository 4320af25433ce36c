"""One request on one kind, as all that answers it sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.kubernetes import conversion
from sandbox.kubernetes.apply import Manager, Ownership
from sandbox.kubernetes.authn import User
from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.kinds import Kind
from sandbox.kubernetes.resets import reset_fields

Object = dict[str, Any]


@dataclass
class Call:
    """One request on one kind. `validation` is Strict, Warn or Ignore; `warnings` go back to the client."""

    cluster: Cluster
    kind: Kind
    user: User
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    manager: str = "unknown"
    dry_run: bool = False
    validation: str = "Warn"
    force: bool = False
    warnings: list[str] = field(default_factory=list)

    @property
    def ownership(self) -> Ownership:
        # What a Scale changes has no time: the real server leaves it out.
        now = "" if self.subresource == "scale" else self.cluster.now()
        return Ownership(self.cluster.types, self.cluster.types.of(self.kind), reset_fields(self.kind), now)

    def writer(self, operation: str) -> Manager:
        return Manager(self.manager, operation, self.kind.api_version, self.subresource)

    def live(self) -> Object | None:
        """Return the object in the version that the call speaks."""
        stored = self.cluster.store.get(self.kind.store, self.namespace, self.name)
        return None if stored is None else conversion.outward(self.kind, stored)
