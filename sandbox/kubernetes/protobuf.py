"""Bodies in the Kubernetes protobuf encoding, read into plain objects by a table of field numbers."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from sandbox.kubernetes.errors import bad_request
from sandbox.kubernetes.names import micro_timestamp, timestamp

Object = dict[str, Any]
Fields = dict[int, tuple[str, str]]
MAGIC = b"k8s\x00"
MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
_META = "apimachinery.pkg.apis.meta.v1."
_PACKAGES = {"apiextensions.k8s.io/v1": "apiextensions_apiserver.pkg.apis.apiextensions.v1"}
_META_KINDS = frozenset({"DeleteOptions", "CreateOptions", "UpdateOptions", "PatchOptions", "ListOptions", "Status"})
# Go structs that are embedded: their fields appear among their parent's in JSON.
_INLINE = frozenset({"localObjectReference", "volumeSource", "persistentVolumeSource", "handler", "probeHandler", "ephemeralContainerCommon"})

# Fields that Go always writes to protobuf and leaves out of JSON when they are zero: plain values, not pointers.
_ZERO_OMITTED = frozenset(
    {"generation", "stdin", "stdinOnce", "tty", "hostIPC", "hostNetwork", "hostPID", "readOnly", "count", "hostPort", "nodePort", "containerPort"}
    | {"initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold", "minReadySeconds"}
    | {"observedGeneration", "unschedulable"}
)


@cache
def _table() -> dict[str, Fields]:
    text = (Path(__file__).parent / "data" / "wire.txt").read_text(encoding="utf-8")
    return {name: dict(map(_field, words)) for name, *words in map(str.split, text.splitlines())}


def _field(word: str) -> tuple[int, tuple[str, str]]:
    number, name, kind = word.split(":")
    return int(number), (name, kind)


def decode(body: bytes) -> Object:
    """Return the object in a body that starts with the magic bytes. Raises a 400 for one that cannot be read."""
    try:
        envelope = dict(_raw(body[len(MAGIC) :]))
        about = dict(_raw(envelope[1]))
        api_version, kind = about.get(1, b"").decode(), about.get(2, b"").decode()
        return {"apiVersion": api_version, "kind": kind} | _message(_message_name(api_version, kind), envelope.get(2, b""))
    except (KeyError, IndexError, struct.error, UnicodeDecodeError, AttributeError) as error:
        raise bad_request(f"unable to decode protobuf body: {error!r}") from error


def _message_name(api_version: str, kind: str) -> str:
    if kind in _META_KINDS:
        return _META + kind
    group, _, version = api_version.rpartition("/")
    return f"{_PACKAGES.get(api_version) or 'api.' + (group.split('.')[0] or 'core') + '.' + version}.{kind}"


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def _raw(data: bytes) -> Iterator[tuple[int, Any]]:
    """Yield (field number, value): an int, or bytes for what has a length or is a fixed 8 or 4 bytes."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, at = _varint(data, at)
            yield number, value
            continue
        length, at = _varint(data, at) if wire == 2 else ({1: 8, 5: 4}[wire], at)
        yield number, data[at : at + length]
        at += length


def _message(name: str, data: bytes) -> Object:
    fields = _table()[name]
    result: Object = {}
    for number, raw in _raw(data):
        if number in fields:
            key, kind = fields[number]
            _put(result, key, kind, raw)
    return result


def _put(result: Object, key: str, kind: str, raw: Any) -> None:
    if kind.endswith("[]"):
        result.setdefault(key, []).append(_value(kind[:-2], raw))
    elif kind.endswith("{}"):
        entry = dict(_raw(raw))
        result.setdefault(key, {})[entry.get(1, b"").decode()] = _value(kind[:-2], entry.get(2, b""))
    elif key in _INLINE:
        result.update(_value(kind, raw))
    else:
        value = _value(kind, raw)
        if value not in (None, "") and (value or key not in _ZERO_OMITTED):
            result[key] = value


def _value(kind: str, raw: Any) -> Any:
    special = _SPECIAL.get(kind)
    return special(raw) if special else _message(kind, raw)


def _signed(raw: int) -> int:
    return raw - (1 << 64) if raw >= 1 << 63 else raw


def _time(raw: bytes) -> str | None:
    fields = dict(_raw(raw))
    return timestamp(fields[1]) if fields.get(1) else None


def _micro_time(raw: bytes) -> str | None:
    fields = dict(_raw(raw))
    return micro_timestamp(fields[1] + fields.get(2, 0) / 1e9) if fields.get(1) else None


def _int_or_string(raw: bytes) -> int | str:
    fields = dict(_raw(raw))
    return fields.get(3, b"").decode() if fields.get(1) == 1 else _signed(fields.get(2, 0))


def _first_text(raw: bytes) -> str:
    text: str = dict(_raw(raw)).get(1, b"").decode()
    return text


def _first_json(raw: bytes) -> Any:
    return json.loads(dict(_raw(raw)).get(1, b"null"))


def _texts(raw: bytes) -> list[str]:
    return [value.decode() for number, value in _raw(raw) if number == 1]


_SPECIAL: dict[str, Any] = {
    "string": lambda raw: raw.decode() if isinstance(raw, bytes) else "",
    "bytes": lambda raw: base64.b64encode(raw).decode(),
    "bool": bool,
    "int32": _signed,
    "int64": _signed,
    "uint32": int,
    "uint64": int,
    "double": lambda raw: struct.unpack("<d", raw)[0],
    _META + "Time": _time,
    _META + "MicroTime": _micro_time,
    _META + "FieldsV1": _first_json,
    _META + "Verbs": _texts,
    _META + "Duration": lambda raw: f"{dict(_raw(raw)).get(1, 0) / 1e9:g}s",
    "apimachinery.pkg.util.intstr.IntOrString": _int_or_string,
    "apimachinery.pkg.api.resource.Quantity": _first_text,
    "apimachinery.pkg.runtime.RawExtension": _first_json,
    "api.authentication.v1.ExtraValue": _texts,
    "api.authorization.v1.ExtraValue": _texts,
    "api.certificates.v1.ExtraValue": _texts,
}
