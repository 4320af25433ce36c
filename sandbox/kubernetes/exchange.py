"""A request as the handlers see it and the answers that they give."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from sandbox.kubernetes import go_json, protobuf
from sandbox.kubernetes.errors import bad_request, unsupported_media_type
from sandbox.kubernetes.patch import go_type

JSON = "application/json"
YAML = "application/yaml"
BODY_TYPES = (JSON, YAML, protobuf.MEDIA_TYPE)


@dataclass(frozen=True)
class Request:
    """`path` is relative to the cluster's prefix and starts with a slash; header names are lower case. `repeated` has all values of each."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    repeated: Mapping[str, list[str]] = field(default_factory=dict)

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").split(";")[0].strip()

    @property
    def accept(self) -> str:
        return self.headers.get("accept", "")

    @property
    def agent(self) -> str:
        return self.headers.get("user-agent", "")


@dataclass(frozen=True)
class Response:
    """A whole answer; a body that is neither text nor bytes goes out as JSON, or as YAML where that is the content type."""

    status: int
    body: Any
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)

    def data(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        if self.content_type == YAML:
            return yaml.dump(self.body, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), allow_unicode=True).encode()
        text = self.body if isinstance(self.body, str) else json.dumps(self.body, separators=(",", ":"), ensure_ascii=False) + "\n"
        return text.encode()


@dataclass(frozen=True)
class Stream:
    """An answer that goes on until its chunks end; an empty chunk asks whether the client is still there."""

    chunks: Iterator[bytes]
    content_type: str = JSON


def best(accept: str) -> str:
    """Return the media type that a header wants most: the first of those with the highest quality."""
    choices = [[word.strip() for word in choice.split(";")] for choice in accept.split(",")]
    qualities = [next((float(word[2:]) for word in words if re.fullmatch(r"q=[0-9.]+", word)), 1.0) for words in choices]
    return choices[qualities.index(max(qualities))][0]


_META = "couldn't get version/kind; json parse error: "
_META_TYPE = r'struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }'
_SHOWN = 30


class Unreadable(Exception):
    """A body that is no object, in the words of Go's decoder."""


def body_of(request: Request, kind: str, *, typed: bool = True) -> Any:
    """Return the object in a request's body, JSON, YAML or protobuf. Raises the 400 for none; what is not typed has to say what it is."""
    try:
        value = parsed(request)
        if not typed and not (value or {}).get("kind"):
            raise Unreadable(f"Object 'Kind' is missing in '{request.body.decode(errors='replace')}'")
    except Unreadable as error:
        raise bad_request(f"the object provided is unrecognized (must be of type {kind}): {error} ({_summary(request.body)})") from error
    if value is not None and not typed:
        value.setdefault("apiVersion", "")
    return {} if value is None else value


def _summary(body: bytes) -> str:
    """Return the beginning of a body: as text where it may be JSON, else in hexadecimal digits."""
    if not body:
        return "<empty>"
    start = body[:_SHOWN].decode(errors="replace") if body.startswith(b"{") else body[:_SHOWN].hex()
    return start + (" ..." if len(body) > _SHOWN else "")


def parsed(request: Request) -> Any:
    """Return the object in a body, None where it says null. Raises Unreadable, or the 415 for a media type that nobody reads."""
    if request.body.startswith(protobuf.MAGIC):
        return protobuf.decode(request.body)
    kind = request.content_type.lower()
    if kind and kind not in BODY_TYPES:
        raise unsupported_media_type(BODY_TYPES)
    value = _yaml(request.body) if "yaml" in kind and not request.body.lstrip().startswith(b"{") else _json(request.body)
    if value is not None and not isinstance(value, dict):
        raise Unreadable(f"{_META}json: cannot unmarshal {go_type(value)} into Go value of type {_META_TYPE}")
    for key in ("apiVersion", "kind"):
        said = (value or {}).get(key)
        if said is not None and not isinstance(said, str):
            raise Unreadable(f"{_META}json: cannot unmarshal {go_type(said)} into Go struct field .{key} of type string")
    return value


def _json(body: bytes) -> Any:
    try:
        return go_json.loads(body.decode(errors="replace"))
    except json.JSONDecodeError as error:
        raise Unreadable(_META + go_json.words(error)) from error


def _yaml(body: bytes) -> Any:
    try:
        return yaml.load(body, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise Unreadable(f"yaml: {line}{error.problem}") from error
    except (ValueError, yaml.YAMLError) as error:
        raise Unreadable(f"yaml: {error}") from error


def patch_of(request: Request) -> Any:
    """Return the decoded body of a patch. Raises the 400 that says in Go's words what is wrong with it."""
    if "yaml" in request.content_type:
        return _applied(request)
    try:
        return go_json.loads(request.body.decode())
    except json.JSONDecodeError as error:
        raise bad_request(f"{_at_decoding(request)}{go_json.words(error)}") from error
    except UnicodeDecodeError as error:
        raise bad_request(f"{_at_decoding(request)}invalid UTF-8 in string") from error


def _at_decoding(request: Request) -> str:
    """Return how a fault of a patch's JSON is introduced: strategic patches leave that out."""
    return "" if "strategic" in request.content_type else "error decoding patch: "


def _applied(request: Request) -> Any:
    """Return the configuration that is applied, YAML or JSON."""
    try:
        value = _json(request.body) if request.body.lstrip().startswith(b"{") else _yaml(request.body)
    except Unreadable as error:
        raise bad_request(f"error decoding YAML: {str(error).removeprefix(_META)}") from error
    return {} if value is None else value
