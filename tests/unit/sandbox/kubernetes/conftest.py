"""One server for all tests of this directory; each test gets a cluster of its own."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest
import requests

from sandbox.kubernetes.testing import Running, start

_NUMBERS = itertools.count()
PATCHES = {
    "json": "application/json-patch+json",
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "apply": "application/apply-patch+yaml",
}


@dataclass(frozen=True)
class Api:
    """One cluster over plain HTTP. Answers are (status code, body)."""

    running: Running
    path: str
    session: requests.Session

    def raw(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, token: str | None = None) -> requests.Response:
        credentials = {"Authorization": f"Bearer {self.running.admin_token if token is None else token}"} if token != "" else {}
        data = body if isinstance(body, (bytes, str)) or body is None else json.dumps(body)
        sent = {"Content-Type": "application/json", **credentials, **(headers or {})}
        return self.session.request(method, self.running.endpoint(self.path) + path, data=data, headers=sent, timeout=20)

    def call(self, method: str, path: str, body: Any = None, token: str | None = None) -> tuple[int, Any]:
        answer = self.raw(method, path, body, token=token)
        return answer.status_code, answer.json() if "json" in answer.headers["Content-Type"] else answer.text

    def get(self, path: str, token: str | None = None) -> tuple[int, Any]:
        return self.call("GET", path, token=token)

    def post(self, path: str, body: Any, token: str | None = None) -> tuple[int, Any]:
        return self.call("POST", path, body, token)

    def put(self, path: str, body: Any, token: str | None = None) -> tuple[int, Any]:
        return self.call("PUT", path, body, token)

    def delete(self, path: str, body: Any = None, token: str | None = None) -> tuple[int, Any]:
        return self.call("DELETE", path, body, token)

    def patch(self, kind: str, path: str, body: Any, token: str | None = None) -> tuple[int, Any]:
        answer = self.raw("PATCH", path, body, {"Content-Type": PATCHES[kind]}, token)
        return answer.status_code, answer.json()


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    with start() as server:
        yield server


@pytest.fixture
def api(running: Running) -> Iterator[Api]:
    path = f"111122223333/us-east-1/c{next(_NUMBERS)}"
    running.put_cluster(path, "1.33")
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(running.ca)
        yield Api(running, path, session)


PEOPLE: dict[str, dict[str, Any]] = {
    "k8s-aws-v1.viewer": {"username": "viewer", "groups": ["eks:access-policy:AmazonEKSViewPolicy:default"]},
    "k8s-aws-v1.editor": {"username": "editor", "groups": ["eks:access-policy:AmazonEKSEditPolicy"]},
    "k8s-aws-v1.admin": {"username": "admin", "groups": ["eks:access-policy:AmazonEKSClusterAdminPolicy"]},
    "k8s-aws-v1.node": {"username": "system:node:n1", "groups": ["system:nodes"]},
    "k8s-aws-v1.plain": {"username": "plain", "groups": ["team"]},
}


class Reviewer(BaseHTTPRequestHandler):
    """The AWS endpoint's side of a TokenReview."""

    asked: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append(self.path)
        user = PEOPLE.get(review["spec"]["token"])
        body = json.dumps({**review, "status": {"authenticated": user is not None, "user": user or {}}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def eks() -> Iterator[Api]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Reviewer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    path = "111122223333/us-east-1/eks"
    with start([path], aws=f"http://127.0.0.1:{server.server_port}") as running, requests.Session() as session:
        session.trust_env = False
        session.verify = str(running.ca)
        yield Api(running, path, session)
    server.shutdown()


@pytest.fixture
def reviews_asked() -> list[str]:
    """Return the list, empty at first, of the paths at which reviews are asked for."""
    Reviewer.asked.clear()
    return Reviewer.asked
