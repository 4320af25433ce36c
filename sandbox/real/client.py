"""An administrator's client of one real API server: requests that give JSON or raise Refused, and watches."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from sandbox.kubernetes.kinds import Kind
from sandbox.real.servers import LOOPBACK, ApiServer

Object = dict[str, Any]
JSON, MERGE, APPLY = "application/json", "application/merge-patch+json", "application/apply-patch+yaml"
TIMEOUT = 60.0
WATCH_SECONDS = 300


class Refused(Exception):
    """An answer other than success; `code` is HTTP's."""

    def __init__(self, code: int, status: Object) -> None:
        super().__init__(f"{code} {status.get('reason', '')}: {status.get('message', '')}")
        self.code = code
        self.status = status


@dataclass
class Client:
    """One connection a thread, opened anew when the server has closed it."""

    server: ApiServer
    _local: threading.local = field(default_factory=threading.local)

    def __post_init__(self) -> None:
        self._tls = ssl.create_default_context(cafile=str(self.server.ca))

    def call(self, method: str, path: str, body: Any = None, *, kind: str = JSON, accept: str = JSON, **query: Any) -> Object:
        """Make a request and return the decoded answer. Raises Refused, or OSError when the server does not answer."""
        url = f"{path}?{urlencode(query)}" if query else path
        data = None if body is None else json.dumps(body)
        try:
            answer, text = self._exchange(method, url, data, self._headers(kind, accept))
        except (http.client.RemoteDisconnected, http.client.CannotSendRequest, ConnectionResetError, BrokenPipeError):
            self._local.connection = None
            answer, text = self._exchange(method, url, data, self._headers(kind, accept))
        found: Object = json.loads(text) if text[:1] == b"{" else {"message": text.decode(errors="replace")}
        if answer.status >= 400:
            raise Refused(answer.status, found)
        return found

    def _exchange(self, method: str, url: str, data: str | None, headers: dict[str, str]) -> tuple[http.client.HTTPResponse, bytes]:
        connection: http.client.HTTPSConnection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._open(TIMEOUT)
        try:
            connection.request(method, url, data, headers)
            answer = connection.getresponse()
            return answer, answer.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            self._local.connection = None
            raise

    def close(self) -> None:
        """Close this thread's connection; the next call opens another."""
        connection: http.client.HTTPSConnection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    def _open(self, timeout: float) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(LOOPBACK, self.server.port, timeout=timeout, context=self._tls)

    def _headers(self, kind: str, accept: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.server.admin_token}", "Content-Type": kind, "Accept": accept, "User-Agent": "kube-controller-manager"}

    def watch(self, path: str, version: str, *, accept: str = JSON) -> Iterator[tuple[str, Object]]:
        """Yield the events of a list from a version on, until the server ends it or has forgotten that version. Raises Refused for a list that there is not."""
        connection = self._open(WATCH_SECONDS + 30)
        query = urlencode({"watch": 1, "resourceVersion": version, "timeoutSeconds": WATCH_SECONDS})
        try:
            connection.request("GET", f"{path}?{query}", headers=self._headers(JSON, accept))
            answer = connection.getresponse()
            if answer.status != 200:
                raise Refused(answer.status, {"message": answer.read().decode(errors="replace")})
            while line := answer.readline():
                event = json.loads(line)
                if event["type"] == "ERROR":
                    return
                yield event["type"], event["object"]
        finally:
            connection.close()


def path_of(kind: Kind, namespace: str = "", name: str = "", subresource: str = "") -> str:
    """Return the address of a kind's list, of one object, or of a part of it."""
    root = f"/apis/{kind.group}/{kind.version}" if kind.group else f"/api/{kind.version}"
    where = f"/namespaces/{namespace}" if kind.namespaced and namespace else ""
    return "/".join(filter(None, [f"{root}{where}", kind.plural, name, subresource])).replace("//", "/")
