"""A running Kubernetes API for tests: a subprocess on a free port, and short calls to its control API."""

from __future__ import annotations

import json
import secrets
import ssl
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Object = dict[str, Any]
_ROOT = Path(__file__).resolve().parents[2]
_STOP_SECONDS = 10


@dataclass(frozen=True)
class Running:
    """`url` is the server's; a cluster's endpoint is `url/path`. `ca` is a PEM file; the admin token is good for every cluster."""

    url: str
    ca: Path
    admin_token: str
    control_token: str

    def endpoint(self, path: str) -> str:
        """Return the address of a cluster, given as `clusters/<account>/<region>/<name>`, or without the first word."""
        return f"{self.url}/{_path(path)}"

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Make a control call and return its decoded answer. Raises urllib's HTTPError for a refusal."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.control_token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/_sandbox/{path}", data, headers, method=method)
        with urllib.request.urlopen(request, context=ssl.create_default_context(cafile=str(self.ca))) as answer:
            return json.load(answer)

    def log(self, since: int = 0) -> list[Object]:
        """Return the requests made so far."""
        requests: list[Object] = self.control("GET", f"log?since={since}")["requests"]
        return requests

    def writes(self, since: int = 0) -> list[Object]:
        """Return the requests that changed something or tried to."""
        requests: list[Object] = self.control("GET", f"log?since={since}&writes=1")["requests"]
        return requests

    def clear_log(self) -> None:
        self.control("DELETE", "log")

    def faults(self, *rules: Mapping[str, Any], seed: int = 0) -> None:
        """Put these fault rules in force in place of those before; none clears them."""
        self.control("PUT", "faults", {"seed": seed, "rules": list(rules)})

    def reset(self) -> None:
        """Forget all clusters, the log and the faults."""
        self.control("POST", "reset")

    def put_cluster(self, path: str, version: str = "1.33") -> str:
        """Make a cluster and return its endpoint."""
        self.control("PUT", _path(path), {"version": version})
        return self.endpoint(path)

    def objects(self, path: str, apply: Iterable[Object] = (), delete: Iterable[Object] = ()) -> Object:
        """Apply and delete objects in a cluster as the system itself."""
        answer: Object = self.control("POST", f"{_path(path)}/objects", {"apply": list(apply), "delete": list(delete)})
        return answer

    def client(self, path: str, token: str | None = None) -> Any:
        """Return a `kubernetes.client.ApiClient` for a cluster, with the admin token unless told another."""
        from kubernetes import client

        configuration = client.Configuration(host=self.endpoint(path).rstrip("/"))
        configuration.ssl_ca_cert = str(self.ca)
        configuration.api_key = {"authorization": f"Bearer {token or self.admin_token}"}
        return client.ApiClient(configuration)


def _path(path: str) -> str:
    return path if not path or path.startswith("clusters/") else f"clusters/{path}"


@contextmanager
def start(
    clusters: Iterable[str] = (),
    *,
    version: str = "1.33",
    aws: str | None = None,
    arguments: Iterable[str] = (),
    program: Sequence[str] = ("sandbox.kubernetes",),
) -> Iterator[Running]:
    """Run a server with clusters, each given as `<account>/<region>/<name>`, until the block ends. `program`: a module, with words, of the same options."""
    with tempfile.TemporaryDirectory(prefix="sandbox-kubernetes-") as directory:
        state = Path(directory)
        control, admin = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        for name, token in (("control", control), ("admin", admin)):
            (state / name).touch(mode=0o600)
            (state / name).write_text(token, encoding="utf-8")
        files = ["--state", directory, "--control-token-file", str(state / "control"), "--admin-token-file", str(state / "admin")]
        command = [sys.executable, "-m", *program, *files, *(["--aws", aws] if aws else []), *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_ROOT)
        try:
            running = Running(_ready(process), state / "ca.crt", admin, control)
            for path in clusters:
                running.put_cluster(path, version)
            yield running
        finally:
            process.terminate()
            process.wait(_STOP_SECONDS)


def _ready(process: subprocess.Popen[str]) -> str:
    """Return the address that the server announces. Raises RuntimeError when it ends instead."""
    assert process.stdout is not None
    word, _, url = process.stdout.readline().strip().partition(" ")
    if word != "ready":
        raise RuntimeError(f"the Kubernetes API did not start: exit code {process.wait(_STOP_SECONDS)}")
    return url
