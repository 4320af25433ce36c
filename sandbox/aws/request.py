"""What a request is: its bytes, and whose call of which operation it is."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from botocore.loaders import UnknownServiceError
from moto.core.request import Request as MotoRequest
from moto.core.routing import NotFound, get_service_router

from sandbox.aws import protocol
from sandbox.aws.protocol import Params

Environ = dict[str, Any]

_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
_OWN = ("eks", "ssm")
# what a request is signed for, where that is not the service's name in boto3
_SIGNING_NAMES = {
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "elasticloadbalancing": "elbv2",
    "tagging": "resourcegroupstaggingapi",
    "email": "ses",
    "aps": "amp",
    "servicequotas": "service-quotas",
}
_TARGETS = {"AmazonSSM": "ssm"}
_NAME_LIKE = re.compile(r".*(name|id|arn)$", re.IGNORECASE)


@dataclass(frozen=True)
class Wire:
    """One HTTP request. `raw_path` is as it was sent, percent-escapes and all."""

    method: str
    raw_path: str
    query: str
    host: str
    body: bytes
    environ: Environ = field(repr=False)

    def header(self, name: str) -> str:
        return str(self.environ.get("HTTP_" + name.upper().replace("-", "_"), ""))


@dataclass(frozen=True)
class Call:
    """One call of one operation. `names` are what a fault rule's resource may match; `params` are read for our own services only."""

    service: str
    operation: str
    account: str
    region: str
    access_key: str
    host: str
    user_agent: str
    names: tuple[str, ...] = ()
    resource: str = ""
    params: Params = field(default_factory=dict)


@dataclass(frozen=True)
class Credential:
    """Who signed the request, for which region and service; blanks when nobody did."""

    access_key: str = ""
    region: str = ""
    service: str = ""


def read_wire(environ: Environ) -> Wire:
    """Return the request; its body is read and left to be read again."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if length else b""
    environ["wsgi.input"] = io.BytesIO(body)
    raw_path, _, query = environ["RAW_URI"].partition("?")
    return Wire(environ["REQUEST_METHOD"], raw_path, query, environ.get("HTTP_HOST", ""), body, environ)


def credential_of(wire: Wire) -> Credential:
    """Return who signed the request, in its header or in its query."""
    found = _CREDENTIAL.search(wire.header("Authorization"))
    if found is None and "X-Amz-Credential" in wire.query:
        found = _CREDENTIAL.search("Credential=" + dict(parse_qsl(wire.query)).get("X-Amz-Credential", ""))
    if found is not None:
        return Credential(found[1], found[2], _SIGNING_NAMES.get(found[3], found[3]))
    target = wire.header("X-Amz-Target").partition(".")[0]
    return Credential(service=_TARGETS.get(target, ""))


def names_in(params: Any) -> Iterator[str]:
    """Yield the texts among params that name something."""
    for key, value in params.items() if isinstance(params, dict) else ():
        if isinstance(value, str) and _NAME_LIKE.match(key):
            yield value


def operation_of(wire: Wire, service: str) -> tuple[str, dict[str, Any]]:
    """Return the operation's name and its parameters as far as they show; the name is empty when it cannot be told."""
    target = wire.header("X-Amz-Target")
    if target:
        return target.rpartition(".")[2], _json_object(wire.body)
    if "/operation/" in wire.raw_path:  # smithy-rpc-v2-cbor
        return wire.raw_path.rpartition("/")[2], {}
    form = dict(parse_qsl(wire.query)) or dict(_form(wire))
    if "Action" in form or "Action" in (form := dict(_form(wire))):
        return form["Action"], form
    return _routed(wire, service), form


def _form(wire: Wire) -> list[tuple[str, str]]:
    if not str(wire.environ.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded"):
        return []
    return parse_qsl(wire.body.decode("utf-8", "replace"))


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _routed(wire: Wire, service: str) -> str:
    """Return the operation whose method and path the request has; empty for a path that is none's, which whoever answers then refuses."""
    router = _router(service)
    try:
        return str(router.match(MotoRequest(dict(wire.environ)))[0].name) if router is not None else ""
    except NotFound:
        return ""


@cache
def _router(service: str) -> Any:
    """Return what knows a service's paths; None where botocore has no such service, as for requests that nobody signed."""
    try:
        return get_service_router(service)
    except UnknownServiceError:
        return None


def own_model(service: str) -> protocol.Model | None:
    return protocol.load(service) if service in _OWN else None
