"""How the controllers of a cluster write status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.kubernetes import apply
from sandbox.kubernetes.apply import Manager, Ownership
from sandbox.kubernetes.kinds import builtin_kind
from sandbox.kubernetes.resets import reset_fields
from sandbox.kubernetes.store import Table

if TYPE_CHECKING:
    from sandbox.kubernetes.cluster import Cluster

Object = dict[str, Any]
CONTROLLER_MANAGER = "kube-controller-manager"


def write_status(cluster: Cluster, table: Table, obj: Object, status: Object) -> None:
    """Set an object's status as the controller manager does, field ownership included; quiet when nothing changes."""
    if obj.get("status") == status:
        return
    kind = builtin_kind(obj["apiVersion"], obj["kind"])
    manager = Manager(CONTROLLER_MANAGER, "Update", obj["apiVersion"], "status")
    ownership = Ownership(cluster.types, cluster.types.of(kind), reset_fields(kind), cluster.now())
    cluster.put(table, ownership.update(obj, {**obj, "status": status}, apply.entries_of(obj), manager))
