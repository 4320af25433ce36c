"""An Argo CD's processes: they listen on loopback on free ports, log into one folder, and end with the process that started them.

The application controller's metrics are the exception on loopback: 3.2 has no flag for their address.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.argocd.install import NAMESPACE
from sandbox.argocd.repository import Repository
from sandbox.processes import exit_text, signal_groups, spawn, tail
from sandbox.state import SandboxError

READY_SECONDS = 120.0
STOP_SECONDS = 15.0
POLL_SECONDS = 0.1
NAMES = ("argocd-application-controller", "argocd-repo-server", "argocd-k8s-auth")


@dataclass(frozen=True)
class Binaries:
    """The one program of Argo CD, which is what its name says, and redis-server."""

    argocd: Path
    redis: Path


@dataclass(frozen=True)
class Running:
    """An Argo CD at work. `repository` is what its Applications read; `logs` has one file for each process."""

    repository: Repository
    repository_url: str
    logs: Path


@contextmanager
def run(directory: Path, binaries: Binaries, kubeconfig: Path, identity: Mapping[str, str], namespace: str = NAMESPACE) -> Iterator[Running]:
    """Run an Argo CD on the hub of a kubeconfig until the block ends; `identity` is the environment by which its pods would reach AWS.

    directory: all of its files; its path has to be short, for it holds a socket.
    """
    ports = dict(zip(("redis", "git", "repo", "repo_metrics", "metrics"), free_ports(5), strict=True))
    environment = _environment(directory, binaries, namespace)
    repository = Repository(directory / "git")
    with Processes(directory / "logs") as processes:
        redis = ["--port", str(ports["redis"]), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(directory)]
        processes.start("redis", [str(binaries.redis), *redis], environment, lambda: _listens(ports["redis"]))
        processes.start("git", repository.daemon(ports["git"]), environment, lambda: _listens(ports["git"]))
        processes.start("repo-server", _repo_server(directory, ports), environment, lambda: _listens(ports["repo"]))
        controller = _controller(directory, ports, kubeconfig, namespace)
        processes.start("application-controller", controller, {**environment, **identity}, lambda: _healthy(ports["metrics"]))
        yield Running(repository, repository.url(ports["git"]), directory / "logs")


def _repo_server(directory: Path, ports: Mapping[str, int]) -> list[str]:
    listen = ["--address", "127.0.0.1", "--port", str(ports["repo"]), "--metrics-address", "127.0.0.1", "--metrics-port", str(ports["repo_metrics"])]
    return [str(directory / "bin" / "argocd-repo-server"), "--disable-tls", "--redis", f"127.0.0.1:{ports['redis']}", *listen]


def _controller(directory: Path, ports: Mapping[str, int], kubeconfig: Path, namespace: str) -> list[str]:
    peers = ["--redis", f"127.0.0.1:{ports['redis']}", "--repo-server", f"127.0.0.1:{ports['repo']}", "--repo-server-plaintext"]
    hub = ["--kubeconfig", str(kubeconfig), "--namespace", namespace]
    return [str(directory / "bin" / "argocd-application-controller"), *hub, *peers, "--metrics-port", str(ports["metrics"])]


def _environment(directory: Path, binaries: Binaries, namespace: str) -> dict[str, str]:
    """Make the folders that Argo CD's image has, and return the environment that leads its programs there."""
    folders = {name: directory / name for name in ("bin", "home", "tmp", "tls", "ssh", "gnupg", "gpg")}
    for folder in folders.values():
        folder.mkdir(mode=0o700)
    for name in NAMES:
        (folders["bin"] / name).symlink_to(binaries.argocd)
    (folders["ssh"] / "ssh_known_hosts").touch()
    return {
        "PATH": f"{folders['bin']}:{os.environ['PATH']}",
        "HOME": str(folders["home"]),
        "TMPDIR": str(folders["tmp"]),
        "ARGOCD_TLS_DATA_PATH": str(folders["tls"]),
        "ARGOCD_SSH_DATA_PATH": str(folders["ssh"]),
        "ARGOCD_GNUPGHOME": str(folders["gnupg"]),
        "ARGOCD_GPG_DATA_PATH": str(folders["gpg"]),
        "ARGOCD_GPG_ENABLED": "false",
        "ARGOCD_ASK_PASS_SOCK": str(directory / "askpass.sock"),
        "POD_NAMESPACE": namespace,
    }


class Processes:
    """Programs that are started one after the other and ended together."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self.started: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Processes:
        return self

    def start(self, name: str, argv: list[str], environment: Mapping[str, str], ready: Callable[[], bool]) -> None:
        """Start a program and return when it is ready; raise SandboxError with its last words when it is not."""
        log = self.logs / f"{name}.log"
        process = spawn(argv, dict(environment), log)
        self.started.append(process)
        deadline = time.monotonic() + READY_SECONDS
        while not ready():
            if process.poll() is not None:
                raise SandboxError(f"{name} ended with {exit_text(process.returncode)}{tail(log)}")
            if time.monotonic() > deadline:
                raise SandboxError(f"{name} was not ready after {READY_SECONDS:g} s{tail(log)}")
            time.sleep(POLL_SECONDS)

    def __exit__(self, *_: object) -> None:
        """Ask the process groups to end, the last started first; insist after a while."""
        for process in reversed(self.started):
            signal_groups({process.pid}, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for process in self.started:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                continue
        signal_groups({process.pid for process in self.started}, signal.SIGKILL)
        for process in self.started:
            process.wait()


def free_ports(count: int) -> list[int]:
    """Return ports of loopback that nobody listens on."""
    holders = [socket.socket() for _ in range(count)]
    try:
        for holder in holders:
            holder.bind(("127.0.0.1", 0))
        return [holder.getsockname()[1] for holder in holders]
    finally:
        for holder in holders:
            holder.close()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
