"""How a new or changed object is written: over which state it may be, what of it counts, and who owns its fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sandbox.kubernetes import admission, apply, conversion, crds, deletion, escalation, names, subresources, validation
from sandbox.kubernetes.calls import Call
from sandbox.kubernetes.errors import ApiError, Cause, already_exists, conflict, forbidden, invalid

Object = dict[str, Any]


def insert(call: Call, obj: Object, owned: Callable[[Object], Object]) -> Object:
    """Store a new object, whose fields `owned` gives their owners; a dry run only returns what it would be."""
    kind, metadata = call.kind, obj["metadata"]
    identity = {"uid": names.new_uid(), "creationTimestamp": call.cluster.now()}
    counted = ("generation",) if admission.counts_generations(kind) else ()
    ignored = ("selfLink", "deletionTimestamp", "deletionGracePeriodSeconds", "resourceVersion", *counted)
    kept = {key: value for key, value in metadata.items() if key not in ignored}
    obj = {**obj, "metadata": {**kept, **identity} | ({"generation": 1} if admission.counts_generations(kind) else {})}
    obj = admission.prepare_create(call.cluster, kind, obj, owned)
    if kind.store == crds.TABLE:
        obj = crds.fresh(obj)
    escalation.check(call.cluster, call.user, kind, obj, None)
    call.warnings += validation.finalizer_warnings(kind, obj, None)
    if _number(metadata.get("resourceVersion", "")):
        raise ApiError(500, "", "resourceVersion should not be set on objects to be created")
    name = metadata["name"]
    taken = call.cluster.store.get(kind.store, call.namespace, name)
    if taken is not None:
        raise already_exists(kind, name, prefixed=bool(metadata.get("generateName")), ending="deletionTimestamp" in taken["metadata"])
    if call.dry_run:
        return obj
    return conversion.outward(kind, call.cluster.put(kind.store, conversion.inward(kind, obj)))


def _number(version: str) -> int:
    """Return the number in a resourceVersion; 0 where it has none."""
    return int(version) if version.isdecimal() else 0


def check_namespace(call: Call, name: str) -> None:
    """Refuse to create in a namespace that is missing or ending."""
    if not call.kind.namespaced:
        return
    namespace = call.cluster.store.get(deletion.NAMESPACES, "", call.namespace)
    if namespace is None:
        missing = ApiError(404, "NotFound", f'namespaces "{call.namespace}" not found', {"name": call.namespace, "kind": "namespaces"})
        raise missing
    if namespace["metadata"].get("deletionTimestamp"):
        why = f"unable to create new content in namespace {call.namespace} because it is being terminated"
        cause = Cause("NamespaceTerminating", "metadata.namespace", f"namespace {call.namespace} is being terminated")
        raise forbidden(call.kind, name, why, [cause])


def check_preconditions(call: Call, live: Object, metadata: Object) -> None:
    """Refuse a replacement that is meant for another object, or another state of it."""
    uid, present = metadata.get("uid"), live["metadata"]["uid"]
    if uid and uid != present:
        why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {present}"
        raise conflict(call.kind, call.name, f"StorageError: invalid object, Code: 4, Key: {_key(call)}, ResourceVersion: 0, AdditionalErrorMsg: {why}")
    if not _number(metadata.get("resourceVersion") or "0") and admission.needs_version(call.kind):
        cause = Cause("FieldValueInvalid", "metadata.resourceVersion", "Invalid value: 0: must be specified for an update")
        raise invalid(replace(call.kind, kind=call.kind.plural), call.name, [cause])
    check_version(call, live, metadata)


def check_version(call: Call, live: Object, metadata: Object) -> None:
    """Refuse a write over another state than the one that it knows."""
    version = metadata.get("resourceVersion") or "0"
    if not version.isdecimal():
        raise ApiError(500, "", f'strconv.ParseUint: parsing "{version}": invalid syntax')
    if int(version) and version != live["metadata"]["resourceVersion"]:
        raise conflict(call.kind, call.name)


# Where etcd has objects elsewhere than under their plural.
_STORED_AS = {
    ("", "services"): "services/specs",
    ("", "endpoints"): "services/endpoints",
    ("", "nodes"): "minions",
    ("", "replicationcontrollers"): "controllers",
    ("networking.k8s.io", "ingresses"): "ingress",
    ("apiextensions.k8s.io", "customresourcedefinitions"): "apiextensions.k8s.io/customresourcedefinitions",
    ("apiregistration.k8s.io", "apiservices"): "apiregistration.k8s.io/apiservices",
}


def _key(call: Call) -> str:
    """Return an object's key in etcd."""
    kind = call.kind
    place = f"{kind.group}/{kind.plural}" if kind.custom is not None else _STORED_AS.get(kind.store, kind.plural)
    return "/".join(filter(None, ["/registry", place, call.namespace, call.name]))


def over(call: Call, live: Object, obj: Object, operation: str = "Update") -> Object:
    """Write a changed object over the live one; quiet when nothing changes."""

    def own(new: Object) -> Object:
        new = _counted(call, live, new)
        applied = operation == "Apply"
        owned = apply.with_managers_of(new, obj) if applied else call.ownership.update(live, new, _managed(live, obj), call.writer("Update"))
        return subresources.kept_spec(call.kind, call.subresource, live, owned)

    new = admission.prepare_update(call.cluster, call.kind, live, _carried(call, live, obj), own, call.subresource)
    escalation.check(call.cluster, call.user, call.kind, new, live)
    call.warnings += validation.finalizer_warnings(call.kind, new, live)
    if apply.timeless(new) == apply.timeless(live):
        return live
    if call.dry_run:
        return new
    if deletion.finished(new, call.kind.store):
        remove(call, conversion.inward(call.kind, new))
        return new
    return conversion.outward(call.kind, call.cluster.put(call.kind.store, conversion.inward(call.kind, new)))


def remove(call: Call, stored: Object) -> Object:
    """Forget an object, and the definition of its kind when that waited for it."""
    last = call.cluster.remove(call.kind.store, stored)
    if call.kind.custom is not None:
        crds.finish(call.cluster, call.kind.store)
    return last


def _managed(live: Object, obj: Object) -> apply.Entries:
    """Return the managers in force: a client may send the list on, changed or emptied by a single empty item."""
    sent = obj["metadata"].get("managedFields")
    if sent == [{}]:
        return {}
    return apply.entries_of(obj if sent else live)


def _carried(call: Call, live: Object, obj: Object) -> Object:
    """Return the new object with what a client cannot change taken from the live one, and the other half of a subresource."""
    obj = subresources.kept_half(call.kind, call.subresource, live, obj)
    fixed = ("creationTimestamp", "generation", "resourceVersion", "selfLink")
    metadata = {key: value for key, value in obj["metadata"].items() if key not in fixed}
    metadata |= {key: live["metadata"][key] for key in fixed if key in live["metadata"]}
    metadata.setdefault("uid", live["metadata"]["uid"])
    if "deletionTimestamp" in live["metadata"]:
        metadata["deletionTimestamp"] = live["metadata"]["deletionTimestamp"]
    if "deletionGracePeriodSeconds" in live["metadata"]:
        metadata.setdefault("deletionGracePeriodSeconds", live["metadata"]["deletionGracePeriodSeconds"])
    return {**obj, "metadata": metadata}


def _counted(call: Call, live: Object, new: Object) -> Object:
    """Return a changed object, defaults filled in, with the generation that it is."""
    metadata = new["metadata"]
    if "generation" not in metadata or call.subresource == "status" or not admission.spec_changed(call.kind, live, new):
        return new
    return {**new, "metadata": {**metadata, "generation": metadata["generation"] + 1}}
