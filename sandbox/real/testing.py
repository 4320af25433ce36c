"""A running real kube-apiserver for tests, on an etcd of its own; the manner of sandbox/kubernetes/testing.py."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.real.servers import ApiServer, ControlPlanes, Settings


@dataclass(frozen=True)
class Running:
    """One cluster at `url`, with no controllers. `ca` is a PEM file; the admin token is of a member of system:masters."""

    url: str
    ca: Path
    admin_token: str
    server: ApiServer

    def call(self, method: str, path: str, body: Any = None, *, kind: str = "application/json") -> Any:
        """Make a request as the administrator. Raises urllib's HTTPError for a refusal."""
        return self.server.call(method, path, body, kind=kind)

    def client(self, token: str | None = None) -> Any:
        """Return a `kubernetes.client.ApiClient`, with the admin token unless told another."""
        from kubernetes import client

        configuration = client.Configuration(host=self.url)
        configuration.ssl_ca_cert = str(self.ca)
        configuration.api_key = {"authorization": f"Bearer {token or self.admin_token}"}
        return client.ApiClient(configuration)


@contextmanager
def start(settings: Settings = Settings()) -> Iterator[Running]:  # noqa: B008
    """Run an etcd and an API server until the block ends. The first time on a machine it builds them, which takes minutes."""
    with tempfile.TemporaryDirectory(prefix="sandbox-real-") as directory, ControlPlanes(Path(directory)) as planes:
        server = planes.start("test", settings)
        yield Running(server.url, server.ca, server.admin_token, server)
