"""What can be done to the objects of a kind: create, update, patch, apply, delete, get and list, with the API's rules."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.kubernetes import (
    admission,
    apply,
    content_rules,
    conversion,
    crds,
    decode,
    deletion,
    escalation,
    fieldsets,
    go_json,
    names,
    patch,
    strategic,
    structural,
    subresources,
    typed,
    validation,
)
from sandbox.kubernetes.apply import Manager, Ownership
from sandbox.kubernetes.authn import User
from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.errors import ApiError, Cause, already_exists, bad_request, conflict, forbidden, invalid, not_found, unsupported_media_type
from sandbox.kubernetes.fieldsets import FieldSet
from sandbox.kubernetes.go_json import Doubled
from sandbox.kubernetes.kinds import Kind
from sandbox.kubernetes.resets import reset_fields

Object = dict[str, Any]
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
APPLY_YAML = "application/apply-patch+yaml"
APPLY_CBOR = "application/apply-patch+cbor"


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


def get(call: Call) -> Object:
    live = call.live()
    if live is None:
        raise not_found(call.kind, call.name)
    return live


def create(call: Call, body: Object) -> Object:
    """Create an object and return it as stored."""
    obj = identified(call, _decoded(call, body))
    metadata = obj["metadata"]
    with call.cluster.transaction():
        _check_namespace(call, metadata.get("name") or metadata.get("generateName", ""))
        obj = _named(call, obj)
        return _insert(call, obj, lambda new: call.ownership.created(admission.skeleton(call.kind), new, call.writer("Update")))


def _insert(call: Call, obj: Object, owned: Any) -> Object:
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


def _named(call: Call, obj: Object) -> Object:
    metadata = obj["metadata"]
    if metadata.get("name"):
        return obj
    if metadata.get("generateName"):
        return {**obj, "metadata": {**metadata, "name": names.generated(metadata["generateName"])}}
    raise invalid(call.kind, "", [Cause("FieldValueRequired", "metadata.name", "Required value: name or generateName is required")])


def _check_namespace(call: Call, name: str) -> None:
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


@dataclass(frozen=True)
class _Patched:
    """That an object is the result of a patch: `quoted` tells how errors cite it, `converted` that no decoder of JSON read it."""

    quoted: Callable[[], str]
    converted: bool


def _clean(call: Call, body: Any, patched: _Patched | None = None) -> Object:
    """Return the body without unknown fields, which are refused, warned about or dropped as the caller asked."""
    if not isinstance(body, dict):
        raise bad_request("json: cannot unmarshal into Go value of type map[string]interface {}")
    check_type(call, body, patched)
    twice = body if isinstance(body, Doubled) else Doubled()
    metadata = body.get("metadata")
    if isinstance(metadata, dict) and metadata.get("managedFields") == []:
        body = {**body, "metadata": {**body["metadata"], "managedFields": [{}]}}
    try:
        decoded = decode.prune(call.cluster.types, call.cluster.types.of(call.kind), body, call.kind.custom is not None, call.kind.kind)
    except decode.WrongType as error:
        if patched:
            raise _bad_patch(patched, error.converted if patched.converted else str(error)) from error
        raise bad_request(_undecodable(call.kind, str(error))) from error
    broken = content_rules.undecodable_data(decoded.value) if (call.kind.group, call.kind.kind) == ("", "Secret") else None
    if broken:
        raise bad_request(_undecodable(call.kind, broken))
    if decoded.unknown or twice.twice:
        _report(call, _remarks(call.kind, decoded.unknown, twice), patched)
    return {**decoded.value, "metadata": _with_owners(call, dict(decoded.value.get("metadata") or {}), patched is not None)}


def _remarks(kind: Kind, unknown: list[str], body: Doubled) -> list[str]:
    """Return what a strict decoder says of a body: as it comes to it, or for a custom resource what is said twice first."""
    if kind.custom is not None:
        return [f'duplicate field "{path}"' for path in body.twice] + [f'unknown field "{path}"' for path in sorted(unknown)]
    places = [(body.places.get(path, 0), f'unknown field "{path}"') for path in unknown]
    places += [(place, f'duplicate field "{path}"') for path, place in body.twice.items()]
    return [text for _, text in sorted(places, key=lambda each: each[0])]


_OWNERS_TWICE = (
    ".metadata.ownerReferences contains duplicate entries{}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24;"
    " please fix your requests; duplicate UID(s) observed: {}"
)


def _with_owners(call: Call, metadata: Object, patched_object: bool) -> Object:
    """Return metadata with every owner reference once; the client is told."""
    references: list[Object] = metadata.get("ownerReferences") or []
    kept = [each for index, each in enumerate(references) if each not in references[:index]]
    if len(kept) == len(references):
        return metadata
    uids = [each.get("uid", "") for index, each in enumerate(references) if each in references[:index]]
    call.warnings.append(_OWNERS_TWICE.format(" after mutating admission happens" if patched_object else "", ", ".join(uids)))
    return {**metadata, "ownerReferences": kept}


def _decoded(call: Call, body: Any, patched: _Patched | None = None) -> Object:
    """Return the body as it is decoded. In what was applied, nulls of custom resources stay."""
    obj = _clean(call, body, patched)
    return structural.without_nulls(call.kind.schema, obj) if call.kind.custom is not None else obj


def _report(call: Call, problems: list[str], patched: _Patched | None) -> None:
    if call.validation == "Strict":
        text = "strict decoding error: " + ", ".join(problems)
        if patched is not None:
            raise _bad_patch(patched, text)
        raise bad_request(_undecodable(call.kind, text))
    if call.validation == "Warn":
        call.warnings += problems


def _bad_patch(patched: _Patched, why: str) -> ApiError:
    """Return the 422 of a patch whose result cannot be decoded; it names no kind."""
    cause = Cause("FieldValueInvalid", "patch", f"Invalid value: {json.dumps(patched.quoted())}: {why}")
    return ApiError(422, "Invalid", f' "" is invalid: {cause.text()}', {"causes": [cause.as_dict()]})


def _undecodable(kind: Kind, why: str) -> str:
    return f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: {why}'


def check_type(call: Call, body: Object, patched: _Patched | None = None) -> None:
    """Refuse an object of another type than the call's; one that does not say its type is of that."""
    kind = call.kind
    if patched and patched.converted:  # no decoder looked for a type: what a strategic patch says of it is lost
        body |= {"apiVersion": kind.api_version, "kind": kind.kind}
    body.setdefault("apiVersion", kind.api_version)
    body.setdefault("kind", kind.kind)
    said = (body["apiVersion"], body["kind"])
    if said == (kind.api_version, kind.kind):
        return
    if kind.custom is not None:
        raise bad_request(_wrong_version(kind, said))
    other = call.cluster.kind_of(*said)
    why = f'no kind "{said[1]}" is registered for version "{said[0]}" in scheme "pkg/runtime/scheme.go:111"'
    if other is not None and other.custom is None:
        package = kind.group.partition(".")[0] or "core"
        why = f"converting ({other.version}.{said[1]}) to ({package}.{kind.kind}): unknown conversion"
    if patched:
        raise _bad_patch(patched, why)
    version = said[0].rpartition("/")[2]
    raise bad_request(f'{said[1]} in version "{version}" cannot be handled as a {kind.kind}: {why}')


def _wrong_version(kind: Kind, said: tuple[str, str]) -> str:
    if said[0] != kind.api_version:
        return f"the API version in the data ({said[0]}) does not match the expected API version ({kind.api_version})"
    return f'{said[1]} in version "{kind.version}" cannot be handled as a {kind.kind}: no kind "{said[1]}" is expected here'


def identified(call: Call, obj: Object) -> Object:
    """Return the object with the namespace of the URL; a contradiction is refused."""
    metadata = obj["metadata"]
    if call.kind.namespaced:
        if metadata.get("namespace") and metadata["namespace"] != call.namespace:
            raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
        metadata = metadata | {"namespace": call.namespace}
    else:
        metadata = {key: value for key, value in metadata.items() if key != "namespace"}
    if call.name and metadata.get("name") and metadata["name"] != call.name:
        raise bad_request(f"the name of the object ({metadata['name']}) does not match the name on the URL ({call.name})")
    return {**obj, "metadata": metadata}


def update(call: Call, body: Object) -> tuple[Object, bool]:
    """Replace an object; returns (object, whether it was created)."""
    obj = identified(call, _decoded(call, body))
    if not obj["metadata"].get("name"):
        raise _undeterminable(call)
    with call.cluster.transaction():
        live = call.live()
        if live is None:
            # The status of what an update may make makes it too: the real server knows no difference.
            if not admission.creates_on_update(call.kind) or call.subresource not in ("", "status"):
                raise not_found(call.kind, call.name)
            return create(call, {**obj, "metadata": {**obj["metadata"], "resourceVersion": ""}}), True
        _check_preconditions(call, live, obj["metadata"])
        return _replace(call, live, obj, "Update"), False


def _check_preconditions(call: Call, live: Object, metadata: Object) -> None:
    """Refuse a replacement that is meant for another object, or another state of it."""
    uid, present = metadata.get("uid"), live["metadata"]["uid"]
    if uid and uid != present:
        why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {present}"
        raise conflict(call.kind, call.name, f"StorageError: invalid object, Code: 4, Key: {_key(call)}, ResourceVersion: 0, AdditionalErrorMsg: {why}")
    if not _number(metadata.get("resourceVersion") or "0") and admission.needs_version(call.kind):
        cause = Cause("FieldValueInvalid", "metadata.resourceVersion", "Invalid value: 0: must be specified for an update")
        raise invalid(replace(call.kind, kind=call.kind.plural), call.name, [cause])
    _check_version(call, live, metadata)


def _check_version(call: Call, live: Object, metadata: Object) -> None:
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


def _replace(call: Call, live: Object, obj: Object, operation: str) -> Object:
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
        _remove(call, conversion.inward(call.kind, new))
        return new
    return conversion.outward(call.kind, call.cluster.put(call.kind.store, conversion.inward(call.kind, new)))


def _remove(call: Call, stored: Object) -> Object:
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


def write_over(call: Call, live: Object, obj: Object) -> Object:
    """Write an object that the server itself changed in the caller's name."""
    return _replace(call, live, obj, "Update")


def patched(call: Call, content_type: str, change: Any) -> tuple[Object, bool]:
    """Apply a patch of one of the four types; returns (object, whether it was created)."""
    if content_type == APPLY_YAML:
        return _applied(call, change)
    with call.cluster.transaction():
        live = call.live()
        if live is None:
            raise not_found(call.kind, call.name)
        document = subresources.shown(call.kind, call.subresource, live)
        result = _again(_patch(call, content_type, document, change), change)
        if call.subresource == "scale":
            scale = scale_from(call, result, _patched_by(content_type, change, result))
            return subresources.set_scale(call, live, scale), False
        obj = identified(call, _decoded(call, result, _patched_by(content_type, change, result)))
        if not obj["metadata"].get("name"):
            raise _undeterminable(call)
        _check_version(call, live, obj["metadata"])
        return _replace(call, live, obj, "Update"), False


def scale_from(call: Call, body: Any, patched: _Patched | None = None) -> Object:
    """Return a Scale that was sent for the call's object. Raises the 400 or 422 of one that is none or is another's."""
    of_scale = replace(call, kind=subresources.SCALE)
    return identified(of_scale, _clean(of_scale, body, patched))


def _undeterminable(call: Call) -> ApiError:
    return bad_request(f"the name of the object ({call.name} based on URL) was undeterminable: name must be provided")


def _patched_by(content_type: str, change: Any, result: Any) -> _Patched:
    """Return what errors on a patch's result say: they cite the result, or the patch where it was a strategic one."""
    if content_type == STRATEGIC_PATCH:
        return _Patched(lambda: go_json.text(change), converted=True)
    return _Patched(lambda: json.dumps(result, separators=(",", ":")), converted=False)


def _again(result: Any, change: Any) -> Any:
    """Return the result of a merge with what its patch said twice."""
    if not isinstance(change, Doubled):
        return result
    doubled = Doubled(result)
    doubled.places, doubled.twice = change.places, change.twice
    return doubled


def _patch(call: Call, content_type: str, document: Object, change: Any) -> Any:
    if content_type == JSON_PATCH:
        return patch.json_patch(document, change)
    if content_type == STRATEGIC_PATCH and change is None:
        return document
    if content_type == STRATEGIC_PATCH and not isinstance(change, dict):
        raise bad_request(f"json: cannot unmarshal {patch.go_type(change)} into Go value of type map[string]interface {{}}")
    if not isinstance(change, dict):
        raise bad_request(f"error decoding patch: json: cannot unmarshal {patch.go_type(change)} into Go value of type map[string]interface {{}}")
    if content_type == MERGE_PATCH:
        return patch.merge_patch(document, change)
    return strategic.merge(call.cluster.types, call.cluster.types.of(call.kind), document, change)


def patch_types(kind: Kind) -> tuple[str, ...]:
    """Return the patch media types that a kind takes; custom resources have no strategic merge."""
    common = (JSON_PATCH, MERGE_PATCH)
    return (*common, APPLY_YAML) if kind.custom is not None else (*common, STRATEGIC_PATCH, APPLY_YAML)


def check_patch_type(kind: Kind, content_type: str) -> None:
    if content_type not in patch_types(kind):
        # The router of the built-in kinds refuses; that of custom resources leaves it to the handler.
        raise unsupported_media_type(patch_types(kind)) if kind.custom is not None else ApiError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})


def _applied(call: Call, config: Any) -> tuple[Object, bool]:
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
    config = identified(call, {**config, "metadata": dict(config.get("metadata") or {})})
    with call.cluster.transaction():
        live = call.live()
        if live is None:
            return _applied_new(call, config), True
        return _applied_over(call, live, config, sent), False


def _check_declared(call: Call, config: Object) -> None:
    """Refuse what does not fit the schema, with the error that the real server makes of it."""
    faults = typed.faults(call.cluster.types, call.cluster.types.of(call.kind), config)
    if not faults:
        return
    metadata = config.get("metadata") or {}
    where = f"{metadata.get('namespace', '')}/{metadata.get('name', '')}; {call.kind.group}/{call.kind.version}, Kind={call.kind.kind}"
    text = faults[0] if len(faults) == 1 else "errors:" + "".join(f"\n  {fault}" for fault in faults)
    raise ApiError(500, "", f"failed to create typed patch object ({where}): {text}")


def _applied_new(call: Call, config: Object) -> Object:
    if call.subresource and not (call.subresource == "status" and admission.creates_on_update(call.kind)):
        raise not_found(call.kind, call.name)
    if not config["metadata"].get("name"):
        raise _undeterminable(call)
    if config["metadata"].get("uid"):
        raise conflict(call.kind, call.name, f"uid mismatch: the provided object specified uid {config['metadata']['uid']}, and no existing object was found")
    _check_namespace(call, call.name)
    writer = call.writer("Apply")

    def owned(new: Object) -> Object:
        return apply.with_managers_of(new, call.ownership.apply(admission.skeleton(call.kind), config, {}, writer, call.force))

    return _insert(call, _clean(call, apply.without_managed_fields(config)), owned)


def _applied_over(call: Call, live: Object, config: Object, sent: Object) -> Object:
    _check_version(call, live, config["metadata"])
    new = _clean(call, _applied_by(call, live, config, sent))
    return _replace(call, live, new, "Apply")


def _applied_by(call: Call, live: Object, config: Object, sent: Object) -> Object:
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
        return _remove(call, ending)
    return stored if ending == stored else call.cluster.put(call.kind.store, ending)
