"""The whole service behind one address: which cluster, who asks, faults, log, answer."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.kubernetes import control, handlers, impersonation
from sandbox.kubernetes.authn import Authenticator
from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.errors import ApiError
from sandbox.kubernetes.exchange import Request, Response, Stream
from sandbox.kubernetes.fleet import Fault, Fleet
from sandbox.kubernetes.routes import Route, route

Object = dict[str, Any]
_READS = frozenset({"get", "list", "watch", "head"})
# Reviews ask and change nothing.
_QUESTIONS = ("reviews",)


class _Current(threading.local):
    """What the thread's request is about, for the log."""

    entry: Object | None = None
    fault: Fault | None = None


@dataclass
class Service:
    fleet: Fleet
    authenticator: Authenticator
    control_token: str
    _current: _Current = field(default_factory=_Current)

    def answer(self, request: Request) -> Response | Stream:
        """Answer a request. Raises ApiError or PageNotFound."""
        self._current.entry = self._current.fault = None
        if request.path.startswith(control.PREFIX):
            return control.handle(self.fleet, self.control_token, request)
        cluster, request = self._locate(request)
        where = route(request)
        self._current.entry = _entry(cluster, request, where)
        user = self.authenticator.identify(cluster, request.headers.get("authorization"))
        user = impersonation.acting(cluster, user, request, where.attempt())
        self._current.entry["user"] = user.name
        self._suffer(cluster, where)
        return handlers.handle(handlers.Context(cluster, self.authenticator, user, request, where))

    def _locate(self, request: Request) -> tuple[Cluster, Request]:
        """Return the cluster that a path names and the request with the rest of the path."""
        words = request.path.split("/", 5)
        if words[1] == "clusters" and len(words) >= 5:
            path = "/".join(words[1:5])
            cluster = self.fleet.get(path)
            if cluster is None:
                raise ApiError(404, "NotFound", f'cluster "{path}" not found', {"name": path, "kind": "clusters"})
            return cluster, replace(request, path="/" + (words[5] if len(words) > 5 else ""))
        root = self.fleet.get("")
        if root is None:
            raise ApiError(404, "NotFound", "no cluster is served at this path; clusters are at /clusters/<account>/<region>/<name>", {})
        return root, request

    def _suffer(self, cluster: Cluster, where: Route) -> None:
        fault = self.fleet.faults.strike(cluster.path, f"{where.verb}:{where.resource or where.path}", where.name)
        if fault is None:
            return
        time.sleep(fault.latency)
        self._current.fault = fault
        if fault.error is not None and not fault.lost:
            raise fault.error

    def record(self, status: int, milliseconds: float) -> None:
        """Log the thread's request with its outcome."""
        if self._current.entry is not None:
            self.fleet.journal.add(self._current.entry | {"status": status, "ms": round(milliseconds, 3)})

    def loses_answer(self) -> bool:
        """Tell whether the answer of the thread's request is to be swallowed, after the request did its work."""
        return self._current.fault is not None and self._current.fault.lost


def _entry(cluster: Cluster, request: Request, where: Route) -> Object:
    resource = f"{where.resource}/{where.subresource}" if where.subresource else where.resource
    return {
        "time": cluster.world.clock(),
        "cluster": cluster.path,
        "user": "",
        "verb": where.verb,
        "path": request.path,
        "resource": resource,
        "namespace": where.namespace,
        "name": where.name,
        "write": where.verb not in _READS and not where.resource.endswith(_QUESTIONS) and request.query.get("dryRun") != "All",
        "dry_run": request.query.get("dryRun") == "All",
        "user_agent": request.agent,
    }
