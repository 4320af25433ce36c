"""How objects end: finalizers, cascades over owner references, and namespaces that empty themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.kubernetes.store import Table

if TYPE_CHECKING:
    from sandbox.kubernetes.cluster import Cluster

Object = dict[str, Any]
NAMESPACES: Table = ("", "namespaces")
FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"


def table_of(cluster: Cluster, obj: Object) -> Table:
    """Return the table that an object lives in."""
    kind = cluster.kind_of(obj["apiVersion"], obj["kind"])
    return kind.store if kind else (obj["apiVersion"].rpartition("/")[0], obj["kind"])


def begin(cluster: Cluster, table: Table, obj: Object, policy: str, grace: int) -> tuple[Object, bool]:
    """Delete an object, or mark it when finalizers hold it; returns (last state, whether it is gone)."""
    finalizers = list(obj["metadata"].get("finalizers") or ())
    if policy == "Foreground" and _dependents(cluster, obj["metadata"]["uid"]) and FOREGROUND not in finalizers:
        finalizers.append(FOREGROUND)
    if policy == "Orphan":
        _release(cluster, obj["metadata"]["uid"])
    held = bool(finalizers) or (table == NAMESPACES and bool((obj.get("spec") or {}).get("finalizers")))
    if not held:
        return cluster.remove(table, obj), True
    marked = _marked(cluster, obj, finalizers, grace)
    if table == NAMESPACES:
        marked = {**marked, "status": {**(marked.get("status") or {}), "phase": "Terminating"}}
    stored = obj if marked == obj else cluster.put(table, marked)
    if FOREGROUND in finalizers:
        _delete_dependents(cluster, obj["metadata"]["uid"])
    return stored, False


def _marked(cluster: Cluster, obj: Object, finalizers: list[str], grace: int) -> Object:
    metadata = dict(obj["metadata"])
    if "deletionTimestamp" not in metadata:
        metadata |= {"deletionTimestamp": cluster.now(), "deletionGracePeriodSeconds": grace}
        if "generation" in metadata:
            metadata["generation"] += 1
    return {**obj, "metadata": {**metadata, "finalizers": finalizers} if finalizers else metadata}


def finished(obj: Object, table: Table) -> bool:
    """Tell whether an object that is being deleted has nothing left that holds it."""
    metadata = obj["metadata"]
    held = metadata.get("finalizers") or (table == NAMESPACES and (obj.get("spec") or {}).get("finalizers"))
    return bool(metadata.get("deletionTimestamp")) and not held


def _dependents(cluster: Cluster, uid: str) -> list[tuple[Table, Object]]:
    return [(table, obj) for table, obj in cluster.store.everything() if any(ref.get("uid") == uid for ref in obj["metadata"].get("ownerReferences") or ())]


def _release(cluster: Cluster, uid: str) -> None:
    for table, obj in _dependents(cluster, uid):
        left = [ref for ref in obj["metadata"]["ownerReferences"] if ref.get("uid") != uid]
        metadata = {key: value for key, value in obj["metadata"].items() if key != "ownerReferences"}
        cluster.put(table, {**obj, "metadata": metadata | ({"ownerReferences": left} if left else {})})


def _delete_dependents(cluster: Cluster, uid: str) -> None:
    for table, obj in _dependents(cluster, uid):
        if not obj["metadata"].get("deletionTimestamp"):
            begin(cluster, table, obj, "Foreground", 0)


def collect_dependents(cluster: Cluster, owner: Object) -> None:
    """Delete what a gone object alone owned; let go of what others own too; end owners that waited in the foreground."""
    uid = owner["metadata"]["uid"]
    for table, obj in _dependents(cluster, uid):
        others = [ref for ref in obj["metadata"]["ownerReferences"] if ref.get("uid") != uid]
        if others:
            cluster.put(table, {**obj, "metadata": {**obj["metadata"], "ownerReferences": others}})
        elif not obj["metadata"].get("deletionTimestamp"):
            begin(cluster, table, obj, "Background", 0)
    for reference in owner["metadata"].get("ownerReferences") or ():
        _end_foreground(cluster, reference.get("uid", ""))


def _end_foreground(cluster: Cluster, uid: str) -> None:
    if _dependents(cluster, uid):
        return
    owner = next(((table, obj) for table, obj in cluster.store.everything() if obj["metadata"]["uid"] == uid), None)
    if owner is None or FOREGROUND not in (owner[1]["metadata"].get("finalizers") or ()):
        return
    table, obj = owner
    left = [each for each in obj["metadata"]["finalizers"] if each != FOREGROUND]
    released = {**obj, "metadata": {**obj["metadata"], "finalizers": left}}
    if finished(released, table):
        cluster.remove(table, obj)
    else:
        cluster.put(table, released)


def empty_namespace(cluster: Cluster, name: str) -> None:
    """Delete everything in a terminating namespace, then the namespace when nothing holds it."""
    for table, obj in list(cluster.store.everything()):
        metadata = obj["metadata"]
        lives = metadata.get("namespace") == name and not metadata.get("deletionTimestamp")
        if lives and cluster.store.get(table, name, metadata["name"]) is not None:
            begin(cluster, table, obj, "Background", 0)
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
