"""A running etcd, and API servers on it, each with a prefix of its own. They die with the process that started them; the starter's thread must live.

One thread must start them all, and live as long as they are to: PR_SET_PDEATHSIG follows the thread that forked.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sandbox import tls
from sandbox.processes import exit_text, signal_groups, spawn
from sandbox.real import cache, programs
from sandbox.state import SandboxError, write_private

LOOPBACK = "127.0.0.1"
ISSUER = "https://kubernetes.default.svc"
READY_SECONDS = 180.0
# An API server with open watches would take a minute to end, and nothing of it is kept.
STOP_SECONDS = 1.0
POLL_SECONDS = 0.05
ATTEMPTS = 5
ADMIN = "kubernetes-admin"
Wanted = Callable[[], bool]
# Where the Service kubernetes leads to; EKS has it in the cluster's subnets. An address of loopback would be refused.
ADVERTISED = "10.0.0.10"


@dataclass
class Program:
    """A server that was started; `log` is its output."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def check(self) -> None:
        """Raise SandboxError when it has ended."""
        code = self.process.poll()
        if code is not None:
            raise SandboxError(f"{self.name} ended with {exit_text(code)}: {last_words(self.log)}: the whole output is in {self.log}")

    def stop(self) -> None:
        """End it for sure; return when it is gone."""
        signal_groups([self.process.pid], signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            signal_groups([self.process.pid], signal.SIGKILL)
            self.process.wait()


def last_words(log: Path) -> str:
    """Return the last line that says something; an error that klog wraps, by itself."""
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    last = lines[-1] if lines else "it said nothing"
    return last.partition('"command failed" err=')[2].strip('"')[:300] or last[:300]


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def started(start: Callable[[int], Program], ready: Callable[[int], bool], port: int = 0, wanted: Wanted = lambda: True) -> tuple[Program, int]:
    """Start a server on a port and wait until it answers, as long as it is wanted; with port 0, on another one where somebody else was faster."""
    for attempt in range(ATTEMPTS):
        chosen = port or free_port()
        program = start(chosen)
        try:
            _wait(program, chosen, lambda port: not wanted() or ready(port))
        except SandboxError as error:
            program.stop()
            if not _in_use(program):
                raise
            if port or attempt == ATTEMPTS - 1:
                raise SandboxError(f"Port {chosen} for {program.name} is in use: end what listens there, or name another port") from error
        except BaseException:
            program.stop()
            raise
        else:
            return program, chosen
    raise AssertionError("the last attempt raises")


def _in_use(program: Program) -> bool:
    return "address already in use" in program.log.read_text(encoding="utf-8", errors="replace")


def _wait(program: Program, port: int, ready: Callable[[int], bool]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not ready(port):
        program.check()
        if time.monotonic() > deadline:
            raise SandboxError(f"{program.name} was not ready after {READY_SECONDS:g} s: {last_words(program.log)}: the whole output is in {program.log}")
        time.sleep(POLL_SECONDS)
    program.check()  # what answered may be another's server


def reads(url: str, ca: Path | None = None, token: str = "") -> bool:
    """Tell whether a URL answers with 200."""
    try:
        fetch("GET", url, ca=ca, token=token, timeout=2.0)
    except OSError:
        return False
    return True


def fetch(method: str, url: str, body: Any = None, *, ca: Path | None = None, token: str = "", kind: str = "application/json", timeout: float = 30.0) -> Any:
    """Make one request, past any proxy, and return the JSON (or the text) of its answer. Raises urllib's errors, which are OSErrors."""
    import ssl

    handlers: list[Any] = [urllib.request.ProxyHandler({})]
    if ca is not None:
        handlers.append(urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=str(ca))))
    headers = {"Content-Type": kind, **({"Authorization": f"Bearer {token}"} if token else {})}
    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    with urllib.request.build_opener(*handlers).open(urllib.request.Request(url, data, headers, method=method), timeout=timeout) as answer:
        text = answer.read()
        return json.loads(text) if text[:1] in (b"{", b"[") else text.decode(errors="replace")


@dataclass(frozen=True)
class Etcd:
    """A running etcd."""

    program: Program
    url: str


def start_etcd(directory: Path, say: programs.Say = programs.note) -> Etcd:
    """Start an etcd that keeps its data in a directory and does not wait for the disk."""
    binary = programs.ensure("etcd", say)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def start(port: int) -> Program:
        shutil.rmtree(directory / "data", ignore_errors=True)
        client, peer = f"http://{LOOPBACK}:{port}", f"http://{LOOPBACK}:{free_port()}"
        places = ["--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer]
        limits = ["--unsafe-no-fsync", "--quota-backend-bytes", str(4 << 30), "--auto-compaction-retention", "1"]
        words = [str(binary), "--name", "sandbox", "--data-dir", str(directory / "data"), *places, "--initial-cluster", f"sandbox={peer}", *limits]
        return Program("etcd", spawn(words, dict(os.environ), directory / "logs" / "etcd.log"), directory / "logs" / "etcd.log")

    program, port = started(start, lambda port: reads(f"http://{LOOPBACK}:{port}/health"))
    return Etcd(program, f"http://{LOOPBACK}:{port}")


@dataclass(frozen=True)
class ApiServer:
    """A running kube-apiserver. The admin token is of a member of system:masters; `ca` is a PEM file."""

    program: Program
    port: int
    ca: Path
    admin_token: str

    accounts_key: Path

    @property
    def url(self) -> str:
        return f"https://{LOOPBACK}:{self.port}"

    def call(self, method: str, path: str, body: Any = None, *, kind: str = "application/json") -> Any:
        """Make a request as the administrator and return the decoded answer. Raises urllib's HTTPError for a refusal."""
        return fetch(method, self.url + path, body, ca=self.ca, token=self.admin_token, kind=kind)


@dataclass(frozen=True)
class Settings:
    """How an API server is to be. `certificates` is a directory of sandbox/tls.py (its own when none); `names` are further names of the server;
    `webhook` is the address of a TokenReview for tokens that the server does not know itself; `authorizer` the kubeconfig of a webhook that is
    asked when RBAC does not allow something."""

    certificates: Path | None = None
    names: tuple[str, ...] = ()
    webhook: str | None = None
    port: int = 0
    admin_token: str = ""
    arguments: tuple[str, ...] = ()
    issuer: str = ISSUER
    authorizer: Path | None = None


def start_api_server(
    directory: Path, etcd: Etcd, prefix: str, settings: Settings = Settings(), say: programs.Say = programs.note, wanted: Wanted = lambda: True
) -> ApiServer:
    """Start an API server whose objects lie below a prefix of etcd; return when it is ready."""
    binary = programs.ensure("kube-apiserver", say)
    certificates = tls.ensure(settings.certificates or directory, settings.names)
    token = settings.admin_token or secrets.token_urlsafe(24)
    arguments = [*_arguments(directory, certificates, settings, token), f"--etcd-servers={etcd.url}", f"--etcd-prefix=/{prefix}", *settings.arguments]
    log = directory / "logs" / "kube-apiserver.log"

    def start(port: int) -> Program:
        return Program("kube-apiserver", spawn([str(binary), f"--secure-port={port}", *arguments], dict(os.environ), log), log)

    def ready(port: int) -> bool:
        return reads(f"https://{LOOPBACK}:{port}/readyz", certificates.ca, token)

    program, port = started(start, ready, settings.port, wanted)
    return ApiServer(program, port, certificates.ca, token, directory / "accounts.key")


def _arguments(directory: Path, certificates: tls.Certificates, settings: Settings, token: str) -> list[str]:
    write_private(directory / "tokens.csv", f'{token},{ADMIN},{ADMIN},"system:masters"\n')
    _make_key(directory / "accounts.key")
    return [
        f"--bind-address={LOOPBACK}",
        f"--tls-cert-file={certificates.cert}",
        f"--tls-private-key-file={certificates.key}",
        f"--cert-dir={directory}",
        f"--token-auth-file={directory / 'tokens.csv'}",
        f"--service-account-key-file={directory / 'accounts.key'}",
        f"--service-account-signing-key-file={directory / 'accounts.key'}",
        f"--service-account-issuer={settings.issuer}",
        "--enable-admission-plugins=NodeRestriction",
        "--service-cluster-ip-range=10.100.0.0/16",
        "--allow-privileged=true",
        f"--advertise-address={ADVERTISED}",
        *_webhook(directory, settings),
        *_authorization(settings),
    ]


def _webhook(directory: Path, settings: Settings) -> Iterable[str]:
    """Let tokens that are not the server's own be reviewed elsewhere, each time anew: an entry that is gone admits nobody from then on."""
    if settings.webhook is None:
        return ()
    cluster = {"name": "reviewer", "cluster": {"server": settings.webhook}}
    context = {"name": "reviewer", "context": {"cluster": "reviewer", "user": "none"}}
    config = {"apiVersion": "v1", "kind": "Config", "clusters": [cluster], "contexts": [context], "current-context": "reviewer", "users": [{"name": "none"}]}
    write_private(directory / "reviewer.json", json.dumps(config))
    ours = f"--authentication-token-webhook-config-file={directory / 'reviewer.json'}"
    return (ours, "--authentication-token-webhook-version=v1", "--authentication-token-webhook-cache-ttl=0s")


def _authorization(settings: Settings) -> Iterable[str]:
    """The order of EKS. What the authorizer knows follows from the groups alone, so that its answers may be kept."""
    if settings.authorizer is None:
        return ("--authorization-mode=Node,RBAC",)
    return ("--authorization-mode=Node,RBAC,Webhook", f"--authorization-webhook-config-file={settings.authorizer}", "--authorization-webhook-version=v1")


def _make_key(path: Path) -> None:
    if not path.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        kind = (serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
        write_private(path, key.private_bytes(*kind).decode())


@dataclass
class ControlPlanes:
    """An etcd and the API servers on it, by name; ends them all when its block ends."""

    directory: Path
    say: programs.Say = programs.note
    etcd: Etcd | None = None
    servers: dict[str, ApiServer] = field(default_factory=dict)
    stopped: bool = False

    def __enter__(self) -> ControlPlanes:
        programs.ensure("kube-apiserver", self.say)
        self.etcd = start_etcd(self.directory / "etcd", self.say)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, name: str, settings: Settings = Settings()) -> ApiServer:
        """Start a server with a name, which gives it its prefix and its directory; an earlier server's objects are there again."""
        assert self.etcd is not None
        prefix = cache.key([name])
        server = self.servers[name] = start_api_server(self.directory / prefix, self.etcd, prefix, settings, self.say, lambda: not self.stopped)
        if self.stopped:
            self.end(name)
            raise SandboxError("the servers are being ended")
        return server

    def end(self, name: str) -> None:
        """End a server; its objects stay in etcd."""
        server = self.servers.pop(name, None)
        if server is not None:
            server.program.stop()

    def stop(self) -> None:
        """End all, together, for sure."""
        self.stopped = True
        running = [*(server.program for server in self.servers.values()), *([self.etcd.program] if self.etcd else [])]
        signal_groups([program.process.pid for program in running], signal.SIGTERM)
        for program in running:
            program.stop()
        self.servers.clear()
        self.etcd = None
