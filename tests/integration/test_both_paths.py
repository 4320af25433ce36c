"""The module suite through both paths: as packed modules and in-process. Every result must be the same, key for key."""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import sys
from typing import Any

import pytest
import yaml

from tests.support.clusters import lab

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGETS = sorted(path for path in (ROOT / "tests" / "integration" / "targets").iterdir() if path.is_dir())
OF_ITS_OWN = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<uuid>"),
    (re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[^\"' ]*"), "<time>"),
    (re.compile(r"\b(a|apl|ca|mi|sg|vpc|subnet|lt|eni|i)-[0-9a-z]{8,}"), r"\1-<id>"),
    (re.compile(r"\bo-[0-9a-z]{10,}"), "o-<id>"),
    (re.compile(r"\b(?!111122223333|444455556666|123456789012)\d{12}\b"), "<made account>"),
    (re.compile(r"(127\.0\.0\.1|localhost):\d+"), "<address>"),
    (re.compile(r"\b[0-9A-Fa-f]{32}\b"), "<hex>"),
    (re.compile(r"\bA(RO|ID|NP|KI|SI)A[A-Z0-9]{12,}"), "<iam id>"),
    (re.compile(r"LS0t[A-Za-z0-9+/=]{100,}"), "<certificate>"),
    (re.compile(r"/tmp/[^\"' ]+"), "<file>"),
    (re.compile(r"\b[a-z0-9]{10}\.gr7"), "<endpoint>.gr7"),
)
NOT_COMPARED = {"_ansible_no_log", "_ansible_verbose_override", "ansible_facts", "_ansible_parsed", "_ansible_verbose_always"}
"""Written by ansible-core for a packed module's own sake: the interpreter that it discovered, and how it shows a result."""


def play(target: pathlib.Path) -> list[dict[str, Any]]:
    tasks = yaml.safe_load((target / "tasks" / "main.yml").read_text(encoding="utf-8"))
    return [{"name": target.name, "hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}]


def run(target: pathlib.Path, folder: pathlib.Path, *, in_process: bool) -> list[tuple[str, Any]]:
    """Return (task, result) of every task of this collection, in order."""
    folder.mkdir()
    playbook = folder / "play.yml"
    (folder / "ansible.cfg").touch()
    playbook.write_text(yaml.safe_dump(play(target), sort_keys=False), encoding="utf-8")
    with lab() as world:
        variables = {"prefix": "suite", "scratch": str(folder), "ansible_python_interpreter": sys.executable}
        environment = {
            **os.environ,
            **world.environment(),
            "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.jsonl",
            "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "FLEETOPS_EKS_IN_PROCESS": "1" if in_process else "0",
        }
        command = ["ansible-playbook", "-v", "-i", "localhost,", str(playbook), "-e", json.dumps(variables)]
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{target.name}: {done.stdout[-3000:]}{done.stderr[-2000:]}"
    return [found for line in done.stdout.splitlines() if (found := result_of(line)) is not None]


def result_of(line: str) -> tuple[str, Any] | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    hosts = event.get("hosts") or {}
    result = hosts.get("localhost")
    if result is None or not str(result.get("action", "")).startswith("fleetops.eks."):
        return None
    return event["task"]["name"], clean({key: value for key, value in result.items() if key not in NOT_COMPARED})


def clean(value: Any) -> Any:
    """Return a result without what two runs on two simulators cannot share: ids, times, addresses."""
    if isinstance(value, dict):
        return {key: clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [clean(item) for item in value]
    if isinstance(value, str):
        for pattern, instead in OF_ITS_OWN:
            value = pattern.sub(instead, value)
    return value


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_both_paths_give_the_same_results(target: pathlib.Path, tmp_path: pathlib.Path) -> None:
    packed = run(target, tmp_path / "packed", in_process=False)
    in_process = run(target, tmp_path / "in_process", in_process=True)
    assert [task for task, _ in packed] == [task for task, _ in in_process]
    assert packed, "the target runs no task of this collection"
    for (task, one), (_, other) in zip(packed, in_process, strict=True):
        assert sorted(one) == sorted(other), task
        assert one == other, task
