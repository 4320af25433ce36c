"""What can be done to the objects of a kind: create, update, delete and get, with the API's rules."""

from __future__ import annotations

from typing import Any

from sandbox.kubernetes import admission, bodies, conversion, deletion, names, writing
from sandbox.kubernetes.calls import Call
from sandbox.kubernetes.errors import Cause, invalid, not_found

Object = dict[str, Any]


def get(call: Call) -> Object:
    live = call.live()
    if live is None:
        raise not_found(call.kind, call.name)
    return live


def create(call: Call, body: Object) -> Object:
    """Create an object and return it as stored."""
    obj = bodies.identified(call, bodies.decoded(call, body))
    metadata = obj["metadata"]
    with call.cluster.transaction():
        writing.check_namespace(call, metadata.get("name") or metadata.get("generateName", ""))
        obj = _named(call, obj)
        return writing.insert(call, obj, lambda new: call.ownership.created(admission.skeleton(call.kind), new, call.writer("Update")))


def _named(call: Call, obj: Object) -> Object:
    metadata = obj["metadata"]
    if metadata.get("name"):
        return obj
    if metadata.get("generateName"):
        return {**obj, "metadata": {**metadata, "name": names.generated(metadata["generateName"])}}
    raise invalid(call.kind, "", [Cause("FieldValueRequired", "metadata.name", "Required value: name or generateName is required")])


def update(call: Call, body: Object) -> tuple[Object, bool]:
    """Replace an object; returns (object, whether it was created)."""
    obj = bodies.identified(call, bodies.decoded(call, body))
    if not obj["metadata"].get("name"):
        raise bodies.undeterminable(call)
    with call.cluster.transaction():
        live = call.live()
        if live is None:
            # The status of what an update may make makes it too: the real server knows no difference.
            if not admission.creates_on_update(call.kind) or call.subresource not in ("", "status"):
                raise not_found(call.kind, call.name)
            return create(call, {**obj, "metadata": {**obj["metadata"], "resourceVersion": ""}}), True
        writing.check_preconditions(call, live, obj["metadata"])
        return writing.over(call, live, obj), False


def delete(call: Call, options: Object) -> tuple[Object, bool]:
    """Delete an object; returns (its last state, whether it is gone)."""
    with call.cluster.transaction():
        admission.check_delete(call.kind, call.name)
        live = get(call)
        deletion.check_preconditions(call.kind, live, options)
        stored = call.cluster.store.get(call.kind.store, call.namespace, call.name)
        assert stored is not None
        ending, held = deletion.begun(call.kind.store, stored, options, call.cluster.world.clock())
        if not options.get("dryRun"):
            ending = _end(call, stored, ending, held)
        return conversion.outward(call.kind, ending), not held


def _end(call: Call, stored: Object, ending: Object, held: bool) -> Object:
    """Write what a deletion makes of an object."""
    if not held:
        return writing.remove(call, ending)
    return stored if ending == stored else call.cluster.put(call.kind.store, ending)
