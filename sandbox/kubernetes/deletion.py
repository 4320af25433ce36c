"""Deletions as the API server does them: options, preconditions, grace, and what then holds an object. What follows is up to controllers (lifecycle.py)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.kubernetes import decode, exchange, names
from sandbox.kubernetes.errors import Cause, bad_request, conflict, invalid, invalid_value, not_supported, shown
from sandbox.kubernetes.exchange import Request
from sandbox.kubernetes.kinds import Kind
from sandbox.kubernetes.store import Table
from sandbox.kubernetes.types import Types

Object = dict[str, Any]
NAMESPACES: Table = ("", "namespaces")
PODS: Table = ("", "pods")
FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"
_POLICIES = ("Foreground", "Background", "Orphan", "nil")
_OPTIONS = "DeleteOptions"
_SCHEMA = {"$ref": "#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"}
_META_KINDS = ("Status", "CreateOptions", "GetOptions", "ListOptions", "PatchOptions", "UpdateOptions", "WatchEvent")
# Kinds whose dependents stay unless a deletion says otherwise, and those that never have dependents.
_ORPHANING = frozenset({("batch", "jobs"), ("", "replicationcontrollers")})
_WITHOUT_DEPENDENTS = frozenset({("", "events")})
_DEFAULT_GRACE = 30


def options_of(types: Types, request: Request) -> Object:
    """Return the DeleteOptions of a request: those of its body, without one those of its query. Raises what the server says to those that are none."""
    options = _decoded(types, request) if request.body else _queried(request.query)
    check(options)
    return options


def _decoded(types: Types, request: Request) -> Object:
    try:
        body = exchange.parsed(request) or {}
    except exchange.Unreadable as error:
        raise bad_request(str(error)) from error
    said = (body.get("apiVersion") or "v1", body.get("kind") or _OPTIONS)
    if said[1] in _META_KINDS:
        raise bad_request(f"converting ({said[0].rpartition('/')[2]}.{said[1]}) to (v1.{_OPTIONS}): unknown conversion")
    if said[1] != _OPTIONS:
        raise bad_request(f'no kind "{said[1]}" is registered for version "{said[0]}" in scheme "pkg/runtime/scheme.go:111"')
    try:
        found: Object = decode.prune(types, _SCHEMA, body, False, _OPTIONS).value
    except decode.WrongType as error:
        raise bad_request(str(error)) from error
    return found


def _queried(query: Mapping[str, str]) -> Object:
    options: Object = {key: query[key] for key in ("propagationPolicy",) if key in query}
    if "dryRun" in query:
        options["dryRun"] = [query["dryRun"]]
    if "orphanDependents" in query:
        options["orphanDependents"] = query["orphanDependents"].lower() not in ("0", "false")
    grace = query.get("gracePeriodSeconds")
    if grace is not None:
        if not grace.removeprefix("-").isdigit():
            raise bad_request(f"strconv.ParseInt: parsing {shown(grace)}: invalid syntax")
        options["gracePeriodSeconds"] = int(grace)
    return options


def check(options: Object) -> None:
    """Raise the 422 that lists what is wrong with options."""
    causes = list(_faults(options))
    if causes:
        raise invalid(Kind("meta.k8s.io", "v1", "", _OPTIONS, "", False), "", causes)


def _faults(options: Object) -> Iterator[Cause]:
    policy = options.get("propagationPolicy")
    if policy is not None and "orphanDependents" in options:
        yield invalid_value("propagationPolicy", policy, "orphanDependents and deletionPropagation cannot be both set")
    if policy is not None and policy not in _POLICIES[:-1]:
        yield not_supported("propagationPolicy", policy, _POLICIES, in_order=True)
    if any(value != "All" for value in options.get("dryRun") or ()):
        yield not_supported("dryRun", options["dryRun"], ("All",))


def check_preconditions(kind: Kind, live: Object, options: Object) -> None:
    """Raise the 409 of a deletion that is meant for another object, or another state of it."""
    preconditions, metadata = options.get("preconditions") or {}, live["metadata"]
    for key, title, happened in (("uid", "UID", "deleted and then recreated"), ("resourceVersion", "ResourceVersion", "modified")):
        wanted, present = preconditions.get(key), metadata[key]
        if not wanted or wanted == present:
            continue
        if kind.store == NAMESPACES:
            raise conflict(kind, metadata["name"], f"Precondition failed: {title} in precondition: {wanted}, {title} in object meta: {present}")
        why = f"the {title} in the precondition ({wanted}) does not match the {title} in record ({present}). The object might have been {happened}"
        raise conflict(kind, metadata["name"], why, named=kind.kind)


def begun(table: Table, obj: Object, options: Object, now: float) -> tuple[Object, bool]:
    """Return an object as its deletion leaves it, and whether something still holds it."""
    if table == NAMESPACES:
        if "deletionTimestamp" not in obj["metadata"]:
            return _ending_namespace(obj, options, now), True
        if (obj.get("spec") or {}).get("finalizers"):
            return obj, True
    if table == PODS:
        return _ending_pod(obj, options, now)
    finalizers = _finalizers(table, obj, options)
    return (_marked(obj, finalizers, now, 0), True) if finalizers else (obj, False)


def _ending_namespace(obj: Object, options: Object, now: float) -> Object:
    """Return a namespace that begins to end; it is marked whatever holds it."""
    metadata = {**obj["metadata"], "deletionTimestamp": names.timestamp(now)}
    finalizers = _finalizers(NAMESPACES, obj, options)
    return {**obj, "metadata": _with_finalizers(metadata, finalizers), "status": {**(obj.get("status") or {}), "phase": "Terminating"}}


def _ending_pod(obj: Object, options: Object, now: float) -> tuple[Object, bool]:
    """Return a pod that is given time to end, or less of it than before; whether it has any, or finalizers."""
    metadata, period = obj["metadata"], options.get("gracePeriodSeconds")
    left = metadata.get("deletionGracePeriodSeconds")
    if "deletionTimestamp" in metadata and left is not None:
        if period is None or period >= left:
            return obj, True
        period = max(period, 0)
        ended = names.timestamp(names.parse_timestamp(metadata["deletionTimestamp"]) - left + period)
        obj = {**obj, "metadata": {**metadata, "deletionTimestamp": ended, "deletionGracePeriodSeconds": period}}
    else:
        period = _grace(obj, period)
        obj = _marked(obj, metadata.get("finalizers") or [], now + period, period)
    finalizers = _finalizers(PODS, obj, options)
    return {**obj, "metadata": _with_finalizers(obj["metadata"], finalizers)}, bool(finalizers or period)


def _grace(pod: Object, period: int | None) -> int:
    """Return the seconds that a pod gets: none where nothing runs."""
    spec = pod.get("spec") or {}
    if not spec.get("nodeName") or (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
        return 0
    period = spec.get("terminationGracePeriodSeconds", _DEFAULT_GRACE) if period is None else period
    return 1 if period < 0 else period


def _marked(obj: Object, finalizers: list[str], now: float, grace: int) -> Object:
    metadata = dict(obj["metadata"])
    if "deletionGracePeriodSeconds" not in metadata and "generation" in metadata:
        metadata["generation"] += 1
    metadata.setdefault("deletionTimestamp", names.timestamp(now))
    return {**obj, "metadata": _with_finalizers({**metadata, "deletionGracePeriodSeconds": grace}, finalizers)}


def _with_finalizers(metadata: Object, finalizers: list[str]) -> Object:
    others = {key: value for key, value in metadata.items() if key != "finalizers"}
    return others | ({"finalizers": finalizers} if finalizers else {})


def _finalizers(table: Table, obj: Object, options: Object) -> list[str]:
    """Return an object's finalizers with the one that the policy of its deletion asks for."""
    present: list[str] = obj["metadata"].get("finalizers") or []
    wanted = [each for each in present if each not in (ORPHAN, FOREGROUND)]
    wanted += _policy_finalizer(table, present, options)
    return present if set(present) == set(wanted) else wanted


def _policy_finalizer(table: Table, present: list[str], options: Object) -> list[str]:
    if table in _WITHOUT_DEPENDENTS:
        return []
    if options.get("orphanDependents") is not None:
        return [ORPHAN] if options["orphanDependents"] else []
    if options.get("propagationPolicy"):
        return {"Orphan": [ORPHAN], "Foreground": [FOREGROUND]}.get(options["propagationPolicy"], [])
    kept = [each for each in present if each in (ORPHAN, FOREGROUND)]
    return kept or ([ORPHAN] if table in _ORPHANING else [])


def finished(obj: Object, table: Table) -> bool:
    """Tell whether an object that is being deleted has nothing left that holds it."""
    metadata = obj["metadata"]
    held = metadata.get("finalizers") or metadata.get("deletionGracePeriodSeconds") or (table == NAMESPACES and (obj.get("spec") or {}).get("finalizers"))
    return bool(metadata.get("deletionTimestamp")) and not held
