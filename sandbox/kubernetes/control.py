"""The control API: clusters and system objects from outside, the request log, faults, reset."""

from __future__ import annotations

import hmac
import json
from typing import Any

from sandbox.kubernetes import patching, registry
from sandbox.kubernetes.authn import SYSTEM
from sandbox.kubernetes.calls import Call
from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.errors import ApiError, PageNotFound, bad_request, unauthorized
from sandbox.kubernetes.exchange import Request, Response
from sandbox.kubernetes.fleet import Fleet

Object = dict[str, Any]
PREFIX = "/_sandbox/"
MANAGER = "eks"


def handle(fleet: Fleet, token: str, request: Request) -> Response:
    """Answer a control request. Raises 401 without the control token, 404 for what there is not."""
    words = request.path.removeprefix(PREFIX).strip("/").split("/")
    if words == ["health"]:
        return Response(200, {"ok": True})
    sent = request.headers.get("authorization", "").partition(" ")[2]
    if not hmac.compare_digest(sent.encode(), token.encode()):
        raise unauthorized()
    if words[0] == "clusters" and len(words) in (4, 5):
        return _cluster(fleet, request, "/".join(words[:4]), words[4:])
    return _plain(fleet, request, words[0])


def _plain(fleet: Fleet, request: Request, word: str) -> Response:
    asked = (request.method, word)
    if asked == ("POST", "reset"):
        fleet.reset()
    elif asked == ("GET", "log"):
        return Response(200, fleet.journal.since(int(request.query.get("since") or 0), request.query.get("writes") == "1"))
    elif asked == ("DELETE", "log"):
        fleet.journal.clear()
    elif asked == ("PUT", "faults"):
        fleet.faults.replace(_json(request))
    elif asked != ("GET", "faults"):
        raise PageNotFound
    return Response(200, fleet.faults.shown() if word == "faults" else {})


def _json(request: Request) -> Any:
    try:
        return json.loads(request.body or b"{}")
    except ValueError as error:
        raise bad_request(f"the body is not JSON: {error}") from error


def _cluster(fleet: Fleet, request: Request, path: str, rest: list[str]) -> Response:
    if rest == ["objects"] and request.method == "POST":
        return Response(200, objects(_known(fleet, path), _json(request)))
    if rest:
        raise PageNotFound
    if request.method == "PUT":
        cluster = fleet.put(path, _json(request).get("version") or "1.33")
        return Response(200, {"path": cluster.path, "version": cluster.version})
    if request.method == "DELETE":
        return Response(200, {"deleted": fleet.drop(path)})
    raise PageNotFound


def _known(fleet: Fleet, path: str) -> Cluster:
    cluster = fleet.get(path)
    if cluster is None:
        raise ApiError(404, "NotFound", f'cluster "{path}" not found', {"name": path, "kind": "clusters"})
    return cluster


def objects(cluster: Cluster, orders: Object) -> Object:
    """Apply and delete objects as the system itself; returns what was applied and how many were deleted."""
    applied = [_apply(cluster, manifest) for manifest in orders.get("apply") or ()]
    return {"applied": applied, "deleted": sum(_delete(cluster, each) for each in orders.get("delete") or ())}


def _call(cluster: Cluster, manifest: Object) -> Call:
    kind = cluster.kind_of(manifest.get("apiVersion", ""), manifest.get("kind", ""))
    if kind is None:
        raise bad_request(f'no matches for kind "{manifest.get("kind")}" in version "{manifest.get("apiVersion")}"')
    metadata = manifest["metadata"]
    namespace = metadata.get("namespace") or "default" if kind.namespaced else ""
    return Call(cluster, kind, SYSTEM, namespace, metadata["name"], manager=MANAGER, force=True, validation="Ignore")


def _apply(cluster: Cluster, manifest: Object) -> Object:
    call = _call(cluster, manifest)
    status = manifest.get("status")
    obj, _ = patching.patched(call, patching.APPLY_YAML, {key: value for key, value in manifest.items() if key != "status"})
    if status is None or call.kind.subresource("status") is None:
        return obj
    call.subresource = "status"
    head = {key: manifest[key] for key in ("apiVersion", "kind")} | {"metadata": {"name": call.name}}
    return patching.patched(call, patching.APPLY_YAML, head | {"status": status})[0]


def _delete(cluster: Cluster, reference: Object) -> int:
    call = _call(cluster, reference)
    if call.live() is None:
        return 0
    registry.delete(call, {})
    return 1
