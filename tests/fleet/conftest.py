"""A sandbox of the tests' own, and runs of site.yml against it."""

from __future__ import annotations

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLUSTERS = ("dev-use1", "prod-apse2", "prod-use1", "staging-euw1", "staging-use1")


@dataclass
class Result:
    """What a run of site.yml came to."""

    code: int
    output: str
    seconds: float

    def recap(self) -> dict[str, dict[str, int]]:
        """Return {host: {changed, failed, …}} as the play recap says."""
        lines = self.output.rpartition("PLAY RECAP")[2].splitlines()
        found = [(match[1], match[2]) for line in lines if (match := re.match(r"(\S+)\s+: (ok=.*)", line))]
        return {host: {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", numbers)} for host, numbers in found}

    def changed(self) -> dict[str, int]:
        return {host: numbers["changed"] for host, numbers in self.recap().items() if numbers["changed"]}


class Fleet:
    """The sandbox and its fleet."""

    def __init__(self, state: pathlib.Path, scratch: pathlib.Path) -> None:
        self.directory = state
        self.scratch = scratch
        self.report_path = scratch / "fleet.json"

    @property
    def state(self) -> dict[str, Any]:
        return json.loads((self.directory / "state.json").read_text(encoding="utf-8"))

    @property
    def hosts(self) -> list[str]:
        return sorted(self.state["hosts"])

    def sandbox(self, *argv: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "sandbox", *argv, "--state", str(self.directory)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        ours = {
            "AWS_ENDPOINT_URL": self.state["aws"]["url"],
            "AWS_CONFIG_FILE": str(self.directory / "aws" / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.directory / "aws" / "credentials"),
            "AWS_EC2_METADATA_DISABLED": "true",
            "FLEETOPS_SANDBOX_STATE": str(self.directory),
            "ANSIBLE_FORCE_COLOR": "false",
            "HOME": str(self.scratch),
            "ANSIBLE_HOME": str(self.scratch / "ansible"),
        }
        return {**kept, **ours, **more}

    def start(self, *argv: str, override: Mapping[str, Any] | None = None, playbook: str = "site.yml", **environment: str) -> subprocess.Popen[str]:
        """Start a playbook; override is {host: variables} that win over the inventory's."""
        inventories = ["-i", str(ROOT / "inventories" / "sandbox")]
        if override:
            path = self.scratch / "override.json"
            path.write_text(json.dumps(with_groups(override)), encoding="utf-8")
            inventories += ["-i", str(path)]
        command = ["ansible-playbook", playbook, *inventories, "-e", f"fleet_report_path={self.report_path}", *argv]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL, "text": True}
        return subprocess.Popen(command, cwd=ROOT, env=self.environment(**environment), start_new_session=True, **pipes)  # type: ignore[call-overload]

    def run(self, *argv: str, override: Mapping[str, Any] | None = None, playbook: str = "site.yml", **environment: str) -> Result:
        began = time.monotonic()
        process = self.start(*argv, override=override, playbook=playbook, **environment)
        output, _ = process.communicate(timeout=900)
        return Result(process.returncode, output, time.monotonic() - began)

    def kill_after(self, seconds: float) -> bool:
        """Run site.yml, kill it and all it started with SIGKILL after that time; return whether it was still running."""
        process = self.start()
        try:
            process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return True
        return False

    def report(self) -> dict[str, Any]:
        return json.loads(self.report_path.read_text(encoding="utf-8"))

    def control(self, method: str, path: str, body: Any = None) -> Any:
        return call(f"{self.state['aws']['url']}/_sandbox/{path}", method, body)

    def faults(self, *rules: Mapping[str, Any], seed: int = 0) -> None:
        self.control("PUT", "faults", {"seed": seed, "rules": list(rules)})

    def writes(self) -> list[str]:
        """Return the requests that wrote, at AWS and at every cluster's API, since the logs were emptied."""
        aws = self.control("GET", "log?writes=1")["requests"]
        return [f"{each['service']}:{each['operation']}" for each in aws] + [f"{each['verb']} {each['path']}" for each in self.kubernetes_writes()]

    def kubernetes_writes(self) -> list[dict[str, Any]]:
        """Return what people and playbooks wrote: the simulator's own doings and the nodes' heartbeats are not theirs."""
        requests = self.kubernetes("GET", "log?writes=1")["requests"]
        return [each for each in requests if not str(each.get("user", "")).startswith("system:")]

    def kubernetes(self, method: str, path: str, body: Any = None) -> Any:
        import ssl

        state = self.state
        context = ssl.create_default_context(cafile=state["kubernetes"]["ca"])
        request = urllib.request.Request(f"{state['kubernetes']['url']}/_sandbox/{path}", method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        request.add_header("Authorization", f"Bearer {state['control_token']}")
        with urllib.request.urlopen(request, context=context) as answer:
            return json.loads(answer.read() or b"{}")

    def forget_log(self) -> None:
        self.control("DELETE", "log")
        self.kubernetes("DELETE", "log")

    def reset(self) -> None:
        self.faults()
        done = self.sandbox("reset")
        assert done.returncode == 0, done.stdout + done.stderr


def call(url: str, method: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"{}")


def with_groups(override: Mapping[str, Any]) -> dict[str, Any]:
    """Return an inventory of hosts with variables; a name that is no cluster becomes a hybrid node."""
    nodes = {host: None for host in override if host not in CLUSTERS}
    return {"all": {"hosts": dict(override), "children": {"hybrid_nodes": {"hosts": nodes}}}}


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A sandbox with its hosts, where an engine works, and without them where none does."""
    state = tmp_path_factory.mktemp("fleet") / "sandbox"
    fleet = Fleet(state, tmp_path_factory.mktemp("scratch"))
    done = fleet.sandbox("up", "--delay", "0.5")
    assert done.returncode == 0, done.stdout + done.stderr
    try:
        yield fleet
    finally:
        fleet.sandbox("down")
