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


def body_of(request: Request) -> Any:
    """Return the decoded body of a request, JSON, YAML or protobuf; an empty body is an empty object."""
    if not request.body:
        return {}
    if request.body.startswith(protobuf.MAGIC):
        return protobuf.decode(request.body)
    kind = request.content_type
    try:
        if "yaml" in kind and not request.body.lstrip().startswith(b"{"):
            return yaml.load(request.body, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        if kind and "json" not in kind and "yaml" not in kind:
            raise unsupported_media_type(BODY_TYPES)
        return json.loads(request.body)
    except (ValueError, yaml.YAMLError) as error:
        raise bad_request(f"error decoding the body: {error}") from error


def patch_of(request: Request) -> Any:
    """Return the decoded body of a patch. Raises the 400 that says in Go's words what is wrong with it."""
    if "yaml" in request.content_type:
        return body_of(request)
    try:
        return json.loads(request.body)
    except json.JSONDecodeError as error:
        raise bad_request(f"{_at_decoding(request)}{go_json.words(error)}") from error
    except UnicodeDecodeError as error:
        raise bad_request(f"{_at_decoding(request)}invalid UTF-8 in string") from error


def _at_decoding(request: Request) -> str:
    """Return how a fault of a patch's JSON is introduced: strategic patches leave that out."""
    return "" if "strategic" in request.content_type else "error decoding patch: "
