"""What a request is about: its verb and its object, read from method, path and query."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from sandbox.kubernetes.exchange import Request
from sandbox.kubernetes.rbac import Attempt

_VERBS = {"POST": "create", "GET": "get", "HEAD": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
# A namespace's own subresources; any other third word names a resource inside the namespace.
_NAMESPACE_PARTS = ("status", "finalize")


@dataclass(frozen=True)
class Route:
    """Where a request goes. `verb` is the API's; `api_version` is empty for paths of no resource."""

    verb: str
    path: str
    api_version: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""

    @property
    def group(self) -> str:
        return self.api_version.rpartition("/")[0]

    def attempt(self) -> Attempt:
        """Return the route as authorization sees it."""
        if not self.resource:
            return Attempt(verb=self.verb, path=self.path)
        return Attempt(self.verb, self.group, self.resource, self.subresource, self.namespace, self.name)


def route(request: Request) -> Route:
    """Return what a request is about."""
    parts = [unquote(part) for part in request.path.strip("/").split("/")]
    lower = request.method.lower()
    if parts[0] == "api" and len(parts) > 2:
        return _resource(request, parts[1], parts[2:])
    if parts[0] == "apis" and len(parts) > 3:
        return _resource(request, f"{parts[1]}/{parts[2]}", parts[3:])
    return Route(lower, request.path)


def _resource(request: Request, api_version: str, parts: list[str]) -> Route:
    """Return the route of a resource; `watch` before it is the old way to ask for a watch, of one object too."""
    namespace, old = "", parts[0] == "watch" and len(parts) > 1
    parts = parts[1:] if old else parts
    if parts[0] == "namespaces" and len(parts) > 1:
        namespace = parts[1]
        if len(parts) > 2 and not (len(parts) == 3 and parts[2] in _NAMESPACE_PARTS):
            parts = parts[2:]
    resource, name, subresource = parts[0], parts[1] if len(parts) > 1 else "", "/".join(parts[2:])
    verb = "watch" if old and request.method == "GET" else _verb(request, name)
    return Route(verb, request.path, api_version, resource, subresource, namespace, name)


def _verb(request: Request, name: str) -> str:
    verb = _VERBS.get(request.method, request.method.lower())
    if name:
        return verb
    if verb == "get" and request.query.get("watch", "false").lower() not in ("false", "0"):
        return "watch"
    return {"get": "list", "delete": "deletecollection"}.get(verb, verb)
