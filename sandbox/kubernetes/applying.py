"""Server-side apply: a configuration that fits the schema becomes, or changes, an object."""

from __future__ import annotations

import json
from typing import Any

from sandbox.kubernetes import admission, apply, bodies, fieldsets, patch, typed, writing
from sandbox.kubernetes.calls import Call
from sandbox.kubernetes.errors import ApiError, bad_request, conflict, not_found
from sandbox.kubernetes.fieldsets import FieldSet

Object = dict[str, Any]


def applied(call: Call, config: Any) -> tuple[Object, bool]:
    """Apply a configuration; returns (object, whether it was created)."""
    if not isinstance(config, dict):
        why = f"json: cannot unmarshal {patch.go_type(config)} into Go value of type map[string]interface {{}}"
        raise bad_request(f"error decoding YAML: error unmarshaling JSON: while decoding JSON: {why}")
    group, _, version = config.get("apiVersion", "").rpartition("/")
    if (config.get("apiVersion"), config.get("kind")) != (call.kind.api_version, call.kind.kind):
        raise bad_request(f"invalid object type: {group}/{version}, Kind={config.get('kind', '')}")
    if (config.get("metadata") or {}).get("managedFields") is not None:
        raise bad_request("metadata.managedFields must be nil")
    _check_declared(call, config)
    sent = config
    config = bodies.identified(call, {**config, "metadata": dict(config.get("metadata") or {})})
    with call.cluster.transaction():
        live = call.live()
        if live is None:
            return _new(call, config), True
        return _over(call, live, config, sent), False


def _check_declared(call: Call, config: Object) -> None:
    """Refuse what does not fit the schema, with the error that the real server makes of it."""
    faults = typed.faults(call.cluster.types, call.cluster.types.of(call.kind), config)
    if not faults:
        return
    metadata = config.get("metadata") or {}
    where = f"{metadata.get('namespace', '')}/{metadata.get('name', '')}; {call.kind.group}/{call.kind.version}, Kind={call.kind.kind}"
    text = faults[0] if len(faults) == 1 else "errors:" + "".join(f"\n  {fault}" for fault in faults)
    raise ApiError(500, "", f"failed to create typed patch object ({where}): {text}")


def _new(call: Call, config: Object) -> Object:
    if call.subresource and not (call.subresource == "status" and admission.creates_on_update(call.kind)):
        raise not_found(call.kind, call.name)
    if not config["metadata"].get("name"):
        raise bodies.undeterminable(call)
    if config["metadata"].get("uid"):
        raise conflict(call.kind, call.name, f"uid mismatch: the provided object specified uid {config['metadata']['uid']}, and no existing object was found")
    writing.check_namespace(call, call.name)
    writer = call.writer("Apply")

    def owned(new: Object) -> Object:
        return apply.with_managers_of(new, call.ownership.apply(admission.skeleton(call.kind), config, {}, writer, call.force))

    return writing.insert(call, bodies.clean(call, apply.without_managed_fields(config)), owned)


def _over(call: Call, live: Object, config: Object, sent: Object) -> Object:
    writing.check_version(call, live, config["metadata"])
    new = bodies.clean(call, _by(call, live, config, sent))
    return writing.over(call, live, new, "Apply")


def _by(call: Call, live: Object, config: Object, sent: Object) -> Object:
    """Return the object after the apply. `kubectl` takes what it applied on its own side before, and keeps its record of that up to date."""
    writer, managed = call.writer("Apply"), apply.entries_of(live)
    if call.manager != "kubectl":
        return call.ownership.apply(live, config, managed, writer, call.force, empty=admission.skeleton(call.kind))
    new = call.ownership.apply(live, config, managed, writer, call.force, _last_applied(call, live), admission.skeleton(call.kind))
    annotations = new["metadata"].get("annotations") or {}
    if not annotations.get(apply.LAST_APPLIED):
        return new
    return {**new, "metadata": {**new["metadata"], "annotations": annotations | {apply.LAST_APPLIED: apply.record_of(sent)}}}


def _last_applied(call: Call, live: Object) -> FieldSet:
    """Return the fields that kubectl's record says and that still are as it says."""
    try:
        record = json.loads((live["metadata"].get("annotations") or {}).get(apply.LAST_APPLIED, ""))
    except ValueError:
        return fieldsets.EMPTY
    if record.get("apiVersion") != call.kind.api_version:
        return fieldsets.EMPTY
    shape = call.ownership.shape
    changed, removed = fieldsets.compare(shape, record, apply.without_managed_fields(live))
    return fieldsets.field_set(shape, record) - changed - removed
