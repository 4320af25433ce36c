"""Custom resources: a CustomResourceDefinition becomes kinds that the cluster serves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.kubernetes.kinds import ALL_VERBS, STATUS_VERBS, Kind, Subresource
from sandbox.kubernetes.store import Event, Table
from sandbox.kubernetes.types import OBJECT_META, Schema

if TYPE_CHECKING:
    from sandbox.kubernetes.cluster import Cluster

Object = dict[str, Any]
TABLE: Table = ("apiextensions.k8s.io", "customresourcedefinitions")
FINALIZER = "customresourcecleanup.apiextensions.k8s.io"


@dataclass(frozen=True, eq=False)
class Custom:
    """What only custom kinds have, for one version."""

    storage_version: str
    scale: Object | None
    columns: tuple[Object, ...]
    selectable: frozenset[str]
    deprecation: str | None


def react(cluster: Cluster, event: Event) -> None:
    """Serve, change or stop serving the kinds of a definition, and keep its status."""
    crd = cluster.store.get(TABLE, "", event.obj["metadata"]["name"])
    if crd is None:
        _stop(cluster, event.obj)
        return
    if crd["metadata"].get("deletionTimestamp"):
        _end(cluster, crd)
        return
    old = event.old if event.old is not None and event.old["metadata"]["uid"] == crd["metadata"].get("uid") else None
    if old is None or old.get("spec") != crd["spec"]:
        _stop(cluster, event.old or crd)
        if old is None:
            cluster.store.begin(_table(crd))
        _serve(cluster, crd)
    _accept(cluster, crd)


def fresh(crd: Object) -> Object:
    """Return a new definition with the status that it has before the server's own controllers have seen it."""
    stored = [version["name"] for version in crd["spec"].get("versions") or () if version.get("storage")]
    return {**crd, "status": {"conditions": None, "acceptedNames": {"plural": "", "kind": ""}, "storedVersions": stored}}


def _serve(cluster: Cluster, crd: Object) -> None:
    for kind in kinds(crd):
        cluster.custom.setdefault(kind.api_version, {})[kind.plural] = kind


def _table(crd: Object) -> Table:
    return crd["spec"]["group"], crd["spec"]["names"]["plural"]


def _stop(cluster: Cluster, crd: Object) -> None:
    """Serve the kinds of a definition no longer; who watches them is told by the end of the watch."""
    spec = crd["spec"]
    cluster.store.end(_table(crd))
    for version in spec["versions"]:
        api_version = f"{spec['group']}/{version['name']}"
        cluster.custom.get(api_version, {}).pop(spec["names"]["plural"], None)
        if not cluster.custom.get(api_version):
            cluster.custom.pop(api_version, None)


def _end(cluster: Cluster, crd: Object) -> None:
    """Delete all objects of a definition that is being deleted, then let the definition go."""
    from sandbox.kubernetes import deletion, lifecycle

    table = _table(crd)
    for obj in cluster.store.rows(table):
        if not obj["metadata"].get("deletionTimestamp"):
            lifecycle.begin(cluster, table, obj)
    if cluster.store.rows(table):
        return
    left = [each for each in crd["metadata"].get("finalizers") or () if each != FINALIZER]
    released = {**crd, "metadata": {**crd["metadata"], "finalizers": left}}
    if deletion.finished(released, TABLE):
        cluster.remove(TABLE, crd)
    elif released != crd:
        cluster.put(TABLE, released)


def finish(cluster: Cluster, table: Table) -> None:
    """End the definition of a table whose last object is gone, if it waits for that."""
    crd = cluster.store.get(TABLE, "", f"{table[1]}.{table[0]}")
    if crd is not None and crd["metadata"].get("deletionTimestamp"):
        _end(cluster, crd)


_CONDITIONS = (
    ("NamesAccepted", "NoConflicts", "no conflicts found"),
    ("Established", "InitialNamesAccepted", "the initial names have been accepted"),
)


def _accept(cluster: Cluster, crd: Object) -> None:
    """Write what the server's own controllers write: accepted names, Established, the cleanup finalizer."""
    spec, status = crd["spec"], crd.get("status") or {}
    stored = list(status.get("storedVersions") or ())
    stored += [version["name"] for version in spec["versions"] if version["storage"] and version["name"] not in stored]
    conditions = status.get("conditions") or [_condition(cluster, *row) for row in _CONDITIONS]
    changed = {**crd, "status": {"conditions": conditions, "acceptedNames": spec["names"], "storedVersions": stored}}
    finalizers = crd["metadata"].get("finalizers") or []
    if not status.get("conditions") and FINALIZER not in finalizers:
        changed["metadata"] = {**crd["metadata"], "finalizers": [*finalizers, FINALIZER]}
    if changed != crd:
        cluster.put(TABLE, changed)


def _condition(cluster: Cluster, kind: str, reason: str, message: str) -> Object:
    return {"type": kind, "status": "True", "lastTransitionTime": cluster.now(), "reason": reason, "message": message}


def kinds(crd: Object) -> list[Kind]:
    """Return a kind for every version that a definition serves."""
    spec = crd["spec"]
    storage = next(version["name"] for version in spec["versions"] if version["storage"])
    return [_kind(spec, version, storage) for version in spec["versions"] if version["served"]]


def _kind(spec: Object, version: Object, storage: str) -> Kind:
    words, parts = spec["names"], version.get("subresources") or {}
    return Kind(
        group=spec["group"],
        version=version["name"],
        plural=words["plural"],
        kind=words["kind"],
        singular=words.get("singular") or words["kind"].lower(),
        namespaced=spec["scope"] == "Namespaced",
        short=tuple(words.get("shortNames") or ()),
        categories=tuple(words.get("categories") or ()),
        verbs=ALL_VERBS,
        subresources=_subresources(words["kind"], parts),
        list_kind=words.get("listKind") or f"{words['kind']}List",
        schema=_schema((version.get("schema") or {}).get("openAPIV3Schema") or {}),
        custom=_custom(version, parts, storage),
    )


def _subresources(kind: str, parts: Object) -> tuple[Subresource, ...]:
    status = (Subresource("status", kind, STATUS_VERBS),) if "status" in parts else ()
    return status + ((Subresource("scale", "Scale", STATUS_VERBS, "autoscaling", "v1"),) if "scale" in parts else ())


def _custom(version: Object, parts: Object, storage: str) -> Custom:
    warning = version.get("deprecationWarning") if version.get("deprecated") else None
    return Custom(
        storage_version=storage,
        scale=parts.get("scale"),
        columns=tuple(version.get("additionalPrinterColumns") or ()),
        selectable=frozenset(field["jsonPath"].lstrip(".") for field in version.get("selectableFields") or ()),
        deprecation=warning,
    )


def _schema(schema: Schema) -> Schema:
    """Return the schema with the fields that every object has."""
    properties = dict(schema.get("properties") or {})
    common: Schema = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"$ref": f"#/definitions/{OBJECT_META}"}}
    return {**schema, "type": "object", "properties": properties | common}
