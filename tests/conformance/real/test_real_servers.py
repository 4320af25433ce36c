"""What starts real API servers keeps its promises: ready means ready, taken ports are told, and nothing outlives its starter."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
from pathlib import Path

import pytest

from sandbox.real import testing
from sandbox.real.servers import ControlPlanes, Settings
from sandbox.state import SandboxError
from tests.support.running import mentions

ROOT = Path(__file__).resolve().parents[3]
LONGEST = 30.0


def test_a_started_server_is_ready_and_of_the_version_that_is_pinned(server: testing.Running) -> None:
    assert server.call("GET", "/readyz") == "ok"
    assert server.call("GET", "/version")["gitVersion"] == "v1.36.3"


def test_the_python_client_is_its_administrator(server: testing.Running) -> None:
    from kubernetes import client

    found = client.CoreV1Api(server.client()).list_namespace()
    assert {"default", "kube-system"} <= {each.metadata.name for each in found.items}


def test_a_wrong_token_is_nobody(server: testing.Running) -> None:
    from kubernetes import client

    with pytest.raises(client.ApiException) as refused:
        client.CoreV1Api(server.client("wrong")).list_namespace()
    assert refused.value.status == 401


def test_two_servers_on_one_etcd_do_not_see_each_other(tmp_path: Path) -> None:
    configmap = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "mine"}}
    with ControlPlanes(tmp_path) as planes:
        one, other = planes.start("one"), planes.start("other")
        one.call("POST", "/api/v1/namespaces/default/configmaps", configmap)
        with pytest.raises(urllib.error.HTTPError, match="404"):
            other.call("GET", "/api/v1/namespaces/default/configmaps/mine")
        pids = [server.program.process.pid for server in (one, other)]
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_a_port_in_use_is_told_in_one_line_and_nothing_is_left_running(server: testing.Running, tmp_path: Path) -> None:
    with ControlPlanes(tmp_path) as planes, pytest.raises(SandboxError) as told:
        planes.start("late", Settings(port=server.server.port))
    port = server.server.port
    assert str(told.value) == f"Port {port} for kube-apiserver is in use: end what listens there, or name another port"
    assert mentions(str(tmp_path)) == []


def test_a_server_that_ends_is_told_with_its_own_words(tmp_path: Path) -> None:
    with (
        ControlPlanes(tmp_path) as planes,
        pytest.raises(SandboxError, match=r"^kube-apiserver ended with exit code 1: .*no-such-flag.*: the whole output is in "),
    ):
        planes.start("wrong", Settings(arguments=("--no-such-flag",)))


def test_servers_die_with_a_starter_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import pathlib, sys, time\nfrom sandbox.real.servers import ControlPlanes\n"
        "with ControlPlanes(pathlib.Path(sys.argv[1])) as planes:\n    planes.start('a')\n    print('up', flush=True)\n    time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == "up\n"
        os.kill(starter.pid, signal.SIGKILL)
    deadline = time.monotonic() + LONGEST
    while running := mentions(str(tmp_path)):
        assert time.monotonic() < deadline, running
        time.sleep(0.1)


def test_the_control_port_in_use_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "sandbox", "kubernetes-real", "--state", str(tmp_path), "--port", str(port)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"error: Port {port} cannot be used: Address already in use: end what listens there, or name another port\n"
    assert mentions(str(tmp_path)) == []
