"""How objects end where controllers are: the garbage collector's cascades over owner references, and namespaces that empty themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.kubernetes import deletion
from sandbox.kubernetes.deletion import FOREGROUND, NAMESPACES, ORPHAN
from sandbox.kubernetes.store import Table

if TYPE_CHECKING:
    from sandbox.kubernetes.cluster import Cluster

Object = dict[str, Any]


def begin(cluster: Cluster, table: Table, obj: Object, policy: str = "Background") -> None:
    """Delete an object as a controller does: at once, unless finalizers hold it."""
    carry_out(cluster, table, obj, {"propagationPolicy": policy, "gracePeriodSeconds": 0})


def carry_out(cluster: Cluster, table: Table, obj: Object, options: Object) -> tuple[Object, bool]:
    """Delete an object, or mark it when something holds it; returns (last state, whether it is gone)."""
    ending, held = deletion.begun(table, obj, options, cluster.world.clock())
    if not held:
        return cluster.remove(table, obj), True
    return (obj if ending == obj else cluster.put(table, ending)), False


def collect(cluster: Cluster, table: Table, obj: Object) -> None:
    """Do what the finalizer of a deletion's policy waits for, and take it off: let dependents go, or delete those that block."""
    metadata = obj["metadata"]
    finalizers = metadata.get("finalizers") or () if metadata.get("deletionTimestamp") else ()
    if ORPHAN in finalizers:
        _release(cluster, metadata["uid"])
        _let_go(cluster, table, obj, ORPHAN)
    elif FOREGROUND in finalizers:
        _delete_blocking(cluster, metadata["uid"])
        if not _blocking(cluster, metadata["uid"]):
            _let_go(cluster, table, obj, FOREGROUND)


def _let_go(cluster: Cluster, table: Table, obj: Object, finalizer: str) -> None:
    """Take a finalizer off; the object goes when it was the last."""
    obj = cluster.store.get(table, obj["metadata"].get("namespace", ""), obj["metadata"]["name"]) or obj
    left = [each for each in obj["metadata"].get("finalizers") or () if each != finalizer]
    metadata = {key: value for key, value in obj["metadata"].items() if key != "finalizers"}
    released = {**obj, "metadata": metadata | ({"finalizers": left} if left else {})}
    if deletion.finished(released, table):
        cluster.remove(table, obj)
    elif released != obj:
        cluster.put(table, released)


def _dependents(cluster: Cluster, uid: str) -> list[tuple[Table, Object]]:
    return [(table, obj) for table, obj in cluster.store.everything() if any(ref.get("uid") == uid for ref in obj["metadata"].get("ownerReferences") or ())]


def _blocking(cluster: Cluster, uid: str) -> list[tuple[Table, Object]]:
    return [(table, obj) for table, obj in _dependents(cluster, uid) if blocks(obj, uid)]


def blocks(obj: Object, uid: str) -> bool:
    """Tell whether an object holds up its owner's deletion in the foreground."""
    return any(ref.get("uid") == uid and ref.get("blockOwnerDeletion") for ref in obj["metadata"].get("ownerReferences") or ())


def without_owner(obj: Object, uid: str) -> Object:
    """Return an object that an owner has let go of."""
    left = [ref for ref in obj["metadata"].get("ownerReferences") or () if ref.get("uid") != uid]
    metadata = {key: value for key, value in obj["metadata"].items() if key != "ownerReferences"}
    return {**obj, "metadata": metadata | ({"ownerReferences": left} if left else {})}


def _release(cluster: Cluster, uid: str) -> None:
    for table, obj in _dependents(cluster, uid):
        cluster.put(table, without_owner(obj, uid))


def _delete_blocking(cluster: Cluster, uid: str) -> None:
    for table, obj in _blocking(cluster, uid):
        if not obj["metadata"].get("deletionTimestamp"):
            begin(cluster, table, obj, "Foreground" if _dependents(cluster, obj["metadata"]["uid"]) else "Background")


def collect_dependents(cluster: Cluster, owner: Object) -> None:
    """Delete what a gone object alone owned; let go of what others own too; end owners that waited in the foreground."""
    uid = owner["metadata"]["uid"]
    for table, obj in _dependents(cluster, uid):
        if any(ref.get("uid") != uid for ref in obj["metadata"]["ownerReferences"]):
            cluster.put(table, without_owner(obj, uid))
        elif not obj["metadata"].get("deletionTimestamp"):
            begin(cluster, table, obj)
    owners = {reference.get("uid") for reference in owner["metadata"].get("ownerReferences") or ()}
    for table, obj in [each for each in cluster.store.everything() if each[1]["metadata"]["uid"] in owners] if owners else ():
        collect(cluster, table, obj)


def empty_namespace(cluster: Cluster, name: str) -> None:
    """Delete everything in a terminating namespace, then the namespace when nothing holds it."""
    for table, obj in list(cluster.store.everything()):
        metadata = obj["metadata"]
        lives = metadata.get("namespace") == name and not metadata.get("deletionTimestamp")
        if lives and cluster.store.get(table, name, metadata["name"]) is not None:
            begin(cluster, table, obj)
    finish_namespace(cluster, name)


def finish_namespace(cluster: Cluster, name: str) -> None:
    """Forget a terminating namespace once its content is gone."""
    namespace = cluster.store.get(NAMESPACES, "", name) if name else None
    if namespace is None or not namespace["metadata"].get("deletionTimestamp"):
        return
    if any(obj["metadata"].get("namespace") == name for _, obj in cluster.store.everything()):
        return
    spec = {key: value for key, value in (namespace.get("spec") or {}).items() if key != "finalizers"}
    if namespace["metadata"].get("finalizers"):
        cluster.change(NAMESPACES, namespace, spec=spec)
    else:
        cluster.remove(NAMESPACES, namespace)
