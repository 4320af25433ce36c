"""What a request sends becomes an object of its kind: of the right type, without unknown fields, with the name and namespace of the URL."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.kubernetes import content_rules, decode, structural
from sandbox.kubernetes.calls import Call
from sandbox.kubernetes.errors import ApiError, Cause, bad_request
from sandbox.kubernetes.go_json import Doubled
from sandbox.kubernetes.kinds import Kind

Object = dict[str, Any]


@dataclass(frozen=True)
class Patched:
    """That an object is the result of a patch: `quoted` tells how errors cite it, `converted` that no decoder of JSON read it."""

    quoted: Callable[[], str]
    converted: bool


def clean(call: Call, body: Any, patched: Patched | None = None) -> Object:
    """Return the body without unknown fields, which are refused, warned about or dropped as the caller asked."""
    if not isinstance(body, dict):
        raise bad_request("json: cannot unmarshal into Go value of type map[string]interface {}")
    check_type(call, body, patched)
    twice = body if isinstance(body, Doubled) else Doubled()
    metadata = body.get("metadata")
    if isinstance(metadata, dict) and metadata.get("managedFields") == []:
        body = {**body, "metadata": {**body["metadata"], "managedFields": [{}]}}
    try:
        read = decode.prune(call.cluster.types, call.cluster.types.of(call.kind), body, call.kind.custom is not None, call.kind.kind)
    except decode.WrongType as error:
        if patched:
            raise _bad_patch(patched, error.converted if patched.converted else str(error)) from error
        raise bad_request(_undecodable(call.kind, str(error))) from error
    broken = content_rules.undecodable_data(read.value) if (call.kind.group, call.kind.kind) == ("", "Secret") else None
    if broken:
        raise bad_request(_undecodable(call.kind, broken))
    if read.unknown or twice.twice:
        _report(call, _remarks(call.kind, read.unknown, twice), patched)
    return {**read.value, "metadata": _with_owners(call, dict(read.value.get("metadata") or {}), patched is not None)}


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


def decoded(call: Call, body: Any, patched: Patched | None = None) -> Object:
    """Return the body as it is decoded. In what was applied, nulls of custom resources stay."""
    obj = clean(call, body, patched)
    return structural.without_nulls(call.kind.schema, obj) if call.kind.custom is not None else obj


def _report(call: Call, problems: list[str], patched: Patched | None) -> None:
    if call.validation == "Strict":
        text = "strict decoding error: " + ", ".join(problems)
        if patched is not None:
            raise _bad_patch(patched, text)
        raise bad_request(_undecodable(call.kind, text))
    if call.validation == "Warn":
        call.warnings += problems


def _bad_patch(patched: Patched, why: str) -> ApiError:
    """Return the 422 of a patch whose result cannot be decoded; it names no kind."""
    cause = Cause("FieldValueInvalid", "patch", f"Invalid value: {json.dumps(patched.quoted())}: {why}")
    return ApiError(422, "Invalid", f' "" is invalid: {cause.text()}', {"causes": [cause.as_dict()]})


def _undecodable(kind: Kind, why: str) -> str:
    return f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: {why}'


def check_type(call: Call, body: Object, patched: Patched | None = None) -> None:
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


def undeterminable(call: Call) -> ApiError:
    """Return the 400 of an object without a name, which that in the URL does not replace."""
    return bad_request(f"the name of the object ({call.name} based on URL) was undeterminable: name must be provided")
