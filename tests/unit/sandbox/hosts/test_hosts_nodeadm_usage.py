"""Recorded command lines and NodeConfigs, row by row, in this process: nothing is installed, nothing answers."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox.hosts import standin
from tests.conformance.nodeadm.host import rows

sys.modules.setdefault("standin", standin)
from standin import nodeadm
from standin.machine import Machine

ACTIVATION = "activationCode: aaaaaaaaaaaaaaaaaaaaaaaa, activationId: 12345678-1234-1234-1234-123456789012"


def run(root: Path, argv: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, list[str]]:
    """Run nodeadm and return (rc, stdout, lines of stderr)."""
    rc = nodeadm.main(Machine({"NODEADM_ROOT": str(root)}), argv[1:], "v1.0.20")
    out, err = capsys.readouterr()
    return rc, out, err.splitlines()


@pytest.fixture(autouse=True)
def _as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)


@pytest.mark.conformance(part="nodeadm", backend="stand-in")
@pytest.mark.parametrize("row", rows("usage.jsonl"), ids=lambda row: " ".join(row["argv"][1:]) or "nothing")
def test_command_lines_end_as_recorded(tmp_path: Path, row: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    rc, out, err = run(tmp_path, row["argv"], capsys)
    last = row["last_line_of_stderr"]
    got = err[-1] if isinstance(last, str) else {key: json.loads(err[-1])[key] for key in last}
    assert (rc, out, got) == (row["rc"], row["stdout"], last)


@pytest.mark.conformance(part="nodeadm", backend="stand-in")
@pytest.mark.parametrize("row", rows("config-check.jsonl"), ids=lambda row: row["case"])
def test_config_check_says_what_was_recorded(tmp_path: Path, row: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/hostname").write_text("not a certificate\n")
    (tmp_path / "nc.yaml").write_text(row["text"] if "text" in row else json.dumps(row["config"]))
    rc, out, err = run(tmp_path, ["nodeadm", "config", "check", "-c", "file:///nc.yaml"], capsys)
    log = [{key: value for key, value in json.loads(line).items() if key in ("level", "msg", "error")} for line in err]
    assert (rc, out, log) == (row["rc"], row["stdout"], row["log"])


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a: [1", "did not find expected ',' or ']'"),
        ("spec:\n  cluster:\n    name: [a]\n", "cannot unmarshal array into Go struct field ClusterDetails.spec.cluster.name of type string"),
        ("spec:\n  kubelet:\n    flags: a\n", "cannot unmarshal string into Go struct field KubeletOptions.spec.kubelet.flags of type []string"),
        ("- 1\n", "cannot unmarshal array into Go value of type v1alpha1.NodeConfig"),
    ],
)
def test_other_texts_are_refused_in_the_same_words(tmp_path: Path, text: str, error: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "nc.yaml").write_text(text)
    rc, _, err = run(tmp_path, ["nodeadm", "config", "check", "-c", "file:///nc.yaml"], capsys)
    assert rc == 1
    assert error in json.loads(err[-1])["error"]


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: x\nspec:\n  cluster: {name: 12, region: us-west-2}\n  hybrid: {ssm: {@}}\n---\n{{{\n",
        "metadata: {name: 2026-01-01}\nspec:\n  cluster: {name: prod, region: nowhere, cidr: x}\n  hybrid:\n    ssm: {@}\n",
    ],
    ids=["a numeric name and a second document", "an unknown region and a bad CIDR"],
)
def test_config_check_accepts_what_proves_little(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "nc.yaml").write_text(text.replace("@", ACTIVATION))
    assert run(tmp_path, ["nodeadm", "config", "check", "-c", "file:///nc.yaml"], capsys)[0] == 0


def test_hostname_override_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = {"cluster": {"name": "a", "region": "b"}, "hybrid": {"ssm": {"activationCode": "a" * 20}}, "kubelet": {"flags": ["--hostname-override=x"]}}
    (tmp_path / "nc.yaml").write_text(json.dumps({"spec": spec}))
    rc, _, err = run(tmp_path, ["nodeadm", "config", "check", "-c", "file:///nc.yaml"], capsys)
    assert rc == 1
    assert json.loads(err[-1])["error"].startswith("hostname-override kubelet flag is not supported")


def test_the_old_release_cannot_install_the_ssm_agent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = {
        "region_config": {"us-west-2": {}},
        "supported_eks_releases": [{"major_minor_version": "1.33", "latest_patch_version": 5, "patch_releases": [{"version": "1.33.5", "patch_version": 5}]}],
    }
    (tmp_path / "m.yaml").write_text(json.dumps(manifest))
    argv = ["install", "1.33", "-p", "ssm", "-m", "file:///m.yaml", "--private-mode"]
    assert nodeadm.main(Machine({"NODEADM_ROOT": str(tmp_path)}), argv, "v1.0.18") == 1
    assert "openpgp: key expired" in capsys.readouterr().err


def test_only_root_may_change_a_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    rc, _, err = run(tmp_path, ["nodeadm", "uninstall"], capsys)
    assert (rc, json.loads(err[-1])["error"]) == (1, "must run as root")
