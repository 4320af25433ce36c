"""kubernetes.core's modules do the same things on the embedded API and on a real one, and return the same."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.clients.script import make_namespace, on_both, plain
from tests.conformance.kubernetes.backends import Backend
from tests.conformance.ledger import Conformance, Row

PLAYBOOK = Path(__file__).with_name("kubernetes_core.yml")
NAMESPACE = "kubernetes-core"
_SECONDS = 300
# Of Ansible, not of the cluster.
_OURS = ("invocation", "ansible_facts", "duration", "managedFields", "exception", "deprecations")


def test_kubernetes_core_returns_the_same(embedded: Backend, real: Backend, tmp_path: Path, conformance: Conformance) -> None:
    ours, theirs = on_both(lambda backend: _played(backend, tmp_path), embedded, real)
    assert ours.keys() == theirs.keys()
    differing = [task for task in ours if ours[task] != theirs[task]]
    for task in ours:
        shown = f"embedded {ours[task]}\nreal {theirs[task]}" if task in differing else ""
        outcome = "different" if task in differing else "equal"
        conformance.record(Row("clients", f"kubernetes.core: {task}", "embedded against kube-apiserver", outcome, shown))
    for task in differing:
        assert ours[task].splitlines() == theirs[task].splitlines(), task


def _played(backend: Backend, folder: Path) -> dict[str, str]:
    """Run the playbook on a backend and return each task's result as text."""
    make_namespace(backend, NAMESPACE)
    result = folder / f"{backend.name}.json"
    environment = {
        **os.environ,
        "K8S_AUTH_HOST": backend.url,
        "K8S_AUTH_API_KEY": backend.token,
        "K8S_AUTH_SSL_CA_CERT": str(backend.ca),
        "ANSIBLE_HOME": str(folder / "ansible"),
    }
    command = ["ansible-playbook", "-i", "localhost,", str(PLAYBOOK), "-e", json.dumps({"where": NAMESPACE, "result_file": str(result)})]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_SECONDS, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        pytest.fail(f"{backend.name}: {done.stdout[-4000:]}{done.stderr[-1000:]}", pytrace=False)
    found: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    return {task: plain(json.dumps(_theirs(answer), indent=1, sort_keys=True), backend, folder) for task, answer in found.items()}


def _theirs(found: Any) -> Any:
    """Leave out what is not the cluster's, and the empty metadata that a diff of hidden managedFields leaves: whether they differ is a matter of seconds."""
    if isinstance(found, dict):
        shown = {key: _theirs(value) for key, value in found.items() if key not in _OURS}
        return {key: value for key, value in shown.items() if key != "metadata" or value}
    return [_theirs(each) for each in found] if isinstance(found, list) else found
