"""Every recorded command of nodeadm's life on a host, in order, against the stand-in: exit code, log, files with modes, tracker, AWS calls."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.hosts.standin.nodefiles import reserved_millicores
from tests.conformance.ledger import Conformance
from tests.conformance.nodeadm.host import ANYWHERE, INSTANCE, RECORDED, Host, rows

KEPT_LINES = 40  # of each log; the recording dropped what came before
ENVIRONMENT = "/etc/eks/kubelet/environment"
ACTIVATION = "12345678-1234-1234-1234-123456789012"
INSTALL = ["nodeadm", "install", "1.33", "-p", "iam-ra", "-m", "file:///srv/artifacts/manifest.yaml", "--private-mode"]

# What the log of a real host has and a folder has not: waiting for systemd, containerd that is not back yet.
NOISE = ("Daemon is not in the desired state yet", "Pulling sandbox image...")
DIGESTS = re.compile(r"(\(expect != actual\)): .*", re.DOTALL)  # raw bytes of two checksums
UNLIKE = {"certificateAuthority", "image-ref"}

# (case, what) → why the two differ
KNOWN: dict[tuple[str, str], str] = {
    ("debug after join", "stdout"): "NTP, limits and the API's address in a VPC are the recording host's; titles, their order, calls and rc are compared",
    ("upgrade 1.34: control plane still 1.33", "changed"): "the order of the kubelet's flags is random: the recording came out as it was, one time in 5,040",
    ("ssm init: joins", "created"): "the recording's agent was not AWS's and wrote registration and credentials 0644; the stand-in's writes them 0600",
    ("ssm init: joins anew", "created"): "the same",
    ("ssm init: joins a third time", "created"): "the same",
}


@pytest.fixture(scope="module")
def anywhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    host = Host(tmp_path_factory.mktemp("anywhere"))
    yield host
    host.close()


@pytest.fixture(scope="module")
def ssm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    host = Host(tmp_path_factory.mktemp("ssm"))
    _reinstall_ssm(host, agent=False)
    yield host
    host.close()


def _set(**values: Any) -> Callable[[Host], None]:
    """Return a preparation that starts from a world where everything is well."""

    def prepare(host: Host) -> None:
        well = {
            "sts_refuses": False,
            "entries": (ANYWHERE["roleArn"],),
            "remote_networks": ("10.88.0.0/16",),
            "status": "ACTIVE",
            "version": "1.33",
            "pods": (),
        }
        for name, value in {**well, **values}.items():
            setattr(host.world, name, value)

    return prepare


def _reinstall(host: Host) -> None:
    assert host.run(INSTALL)["rc"] == 0


def _reinstall_ssm(host: Host, *, agent: bool = True) -> None:
    """Install as the recording did: with the other provider, then the tracker edited, because the SSM installer's address cannot be changed."""
    _reinstall(host)
    tracker = host.path("/opt/nodeadm/tracker")
    tracker.write_text(tracker.read_text().replace("IamRolesAnywhere: true", "IamRolesAnywhere: false").replace("Ssm: false", "Ssm: true"))
    host.path("/usr/local/bin/aws_signing_helper").unlink()
    _activate(host, "plantedcodeAAAAAAAAAA")
    if agent:
        host.agent()


def _activate(host: Host, code: str, **more: Any) -> None:
    host.configure({"ssm": {"activationCode": code, "activationId": ACTIVATION}, **more})


def _agent(code: str, error: tuple[str, str] | None) -> Callable[[Host], None]:
    def prepare(host: Host) -> None:
        host.agent()
        host.world.registration_error = error
        _activate(host, code)

    return prepare


def _deny(host: Host) -> None:
    host.world.deregistration_denied = True


def _good_certificate(host: Host) -> None:
    host.certificate()


def _again_denied_no_more(host: Host) -> None:
    host.world.deregistration_denied = False
    _reinstall_ssm(host)


def _gone(host: Host) -> None:
    host.world.listed = False


def _sts_refuses(host: Host) -> None:
    _reinstall(host)
    host.certificate()
    _set(sts_refuses=True)(host)


PREPARE: dict[str, Callable[[Host], None]] = {
    "install: an artifact is missing (404) halfway": lambda host: host.publish(missing="kubectl"),
    "install: kubelet checksum wrong": lambda host: host.publish(wrong="kubelet"),
    "install 1.33 iam-ra private mode": lambda host: host.publish(),
    "config check: certificate expired": lambda host: host.certificate(days=-1),
    "config check: key does not match": _good_certificate,
    "init: STS refuses": _sts_refuses,
    "init: role has no access entry": _set(entries=()),
    "init: cluster without remote networks": _set(remote_networks=()),
    "init: address outside remote node networks": _set(remote_networks=("192.0.2.0/24",)),
    "init: cluster CREATING": _set(status="CREATING"),
    "init: kubelet newer than the control plane": _set(version="1.30"),
    "init: joins": _set(),
    "upgrade 1.34: a pod runs on the node": _set(pods=("web",)),
    "upgrade 1.34: drained but schedulable": _set(),
    "upgrade 1.34: control plane still 1.33": _set(unschedulable=True),
    "upgrade 1.34: drained and cordoned": _set(version="1.34"),
    "ssm init: activation expired": _agent("expiredcodeAAAAAAAAAA", ("ActivationExpired", "Activation has expired")),
    "ssm init: activation invalid": _agent("invalidcodeAAAAAAAAAA", ("InvalidActivation", "")),
    "ssm init: joins": _agent("plantedcodeAAAAAAAAAA", None),
    "ssm init: other activation, already registered, credentials file on": lambda host: _activate(host, "othercodeAAAAAAAAAAAA", enableCredentialsFile=True),
    "ssm uninstall: deregistration denied": _deny,
    "ssm init: joins anew": _again_denied_no_more,
    "ssm init: joins a third time": _reinstall_ssm,
    "ssm uninstall: no longer a managed instance": _gone,
}


@pytest.mark.conformance(part="nodeadm", backend="stand-in")
@pytest.mark.parametrize("row", rows("lifecycle.jsonl"), ids=lambda row: row["case"])
def test_lifecycle_with_iam_roles_anywhere(anywhere: Host, row: dict[str, Any], conformance: Conformance) -> None:
    _excuse(row, conformance)
    _replay(anywhere, row)


@pytest.mark.conformance(part="nodeadm", backend="stand-in")
@pytest.mark.parametrize("row", rows("lifecycle-ssm.jsonl"), ids=lambda row: row["case"])
def test_lifecycle_with_ssm(ssm: Host, row: dict[str, Any], conformance: Conformance) -> None:
    _excuse(row, conformance)
    _replay(ssm, row)


def _excuse(row: dict[str, Any], conformance: Conformance) -> None:
    """Say of a row what of it is not compared, and why."""
    for (case, what), why in KNOWN.items():
        if case == row["case"]:
            conformance.excuse(f"{what}: {why}")
    lines = [line for line in row["log"] if isinstance(line, dict)]
    if any(line["msg"] in NOISE for line in lines):
        conformance.excuse("log: lines about waiting for systemd and containerd are left out: a folder has neither")
    if any(UNLIKE & line.keys() or DIGESTS.search(json.dumps(line)) for line in lines):
        conformance.excuse("log: the CA, the sandbox image and raw bytes of checksums are the recording host's")
    if len(row["log"]) == KEPT_LINES:
        conformance.excuse(f"log: the recording kept the last {KEPT_LINES} lines; these are compared")


def _replay(host: Host, row: dict[str, Any]) -> None:
    case = row["case"]
    PREPARE.get(case, lambda _host: None)(host)
    got = host.run(row["argv"])
    assert got["rc"] == row["rc"], got["stderr"]
    compared = {"log": _log(got["log"]), "aws_calls": got["aws_calls"], "created": got["created"], "changed": got["changed"], "removed": got["removed"]}
    wanted = {
        "log": _log(row["log"]),
        "aws_calls": row.get("aws_calls", []),
        "created": dict(row["created"] or {}),
        "changed": sorted(row["changed"]),
        "removed": sorted(row["removed"]),
    }
    compared, wanted = {**compared, "tracker": got["tracker"]}, {**wanted, "tracker": row["tracker"]}
    compared["log"] = compared["log"][-len(wanted["log"]) :] if len(row["log"]) == KEPT_LINES else compared["log"]
    if case.startswith("debug"):
        compared, wanted = {"stdout": _titles(got["stdout"]), **compared}, {"stdout": _titles(row["stdout"]), **wanted}
        compared["stdout"] = compared["stdout"][: len(wanted["stdout"])]
    _forgive(case, compared, wanted)
    for what in wanted:
        assert compared[what] == wanted[what], what


def _log(lines: list[Any]) -> list[dict[str, Any]]:
    """Return the log without noise and without what differs from host to host."""
    return [_alike(line) for line in lines if isinstance(line, dict) and line["msg"] not in NOISE]


def _alike(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _alike(item) for key, item in value.items() if key not in UNLIKE}
    return DIGESTS.sub(r"\1", value) if isinstance(value, str) else value


def _titles(text: str) -> list[str]:
    """Return the titles of debug's checks, in order, outcome left out."""
    return [line.rpartition(" [")[0] for line in text.splitlines() if line.startswith("* ")]


def _forgive(case: str, compared: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Make the known differences equal, and nothing else."""
    for what in [what for known, what in KNOWN if known == case]:
        if what == "created":
            for found in (compared, wanted):
                found["created"] = {path: None if path.startswith(("/root/.aws", "/var/lib/amazon")) else mode for path, mode in found["created"].items()}
        if what == "changed":
            for found in (compared, wanted):
                found["changed"] = [path for path in found["changed"] if path != ENVIRONMENT]


def test_what_differs_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    cases = {row["case"] for name in ("lifecycle.jsonl", "lifecycle-ssm.jsonl") for row in rows(name)}
    assert {case for case, _ in KNOWN} <= cases
    assert PREPARE.keys() <= cases
    with capsys.disabled():
        print(f"\n{len(cases)} recorded commands replayed; differences that are accepted:")
        for (case, what), why in KNOWN.items():
            print(f"  {case} | {what} | {why}")


# SHA-256 of the recordings: they are measured, and nobody edits them to fit the stand-in.
DIGEST = {
    "config-check.jsonl": "35f10a9c09bee4f7b96b72fb92950bd78f51721f44b44c51a1032c3e5c2e943a",
    "files-after-init.json": "4e9616a78ff42c1c2d1ab819bd5759df7b40cda724fa88b154336a54ac2fe085",
    "lifecycle-ssm.jsonl": "bb5a5110bfc2fdfaff7482e922f6146d6303e808f7fb017ced1aee7556162377",
    "lifecycle.jsonl": "c9098904c2953fc956dcf93c8b88efc318c0beca0d7f204e9a6e9bcb49b29aed",
    "manifest-used.json": "3fc32021e1c8b9b13a8a34bd9a02c68eaf83eef45f5855ab2bbac5e3cd1f4884",
    "usage.jsonl": "2d61f6f80397a4e8713948c96196c39922e327eb16df96157d699da3b7b3c577",
}


def test_the_recordings_are_as_they_were_made() -> None:
    assert {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in RECORDED.iterdir()} == DIGEST


FILES = {
    "/etc/kubernetes/kubelet/config.json": "/etc/kubernetes/kubelet/config.json",
    "/var/lib/kubelet/kubeconfig": "/var/lib/kubelet/kubeconfig",
    "/etc/containerd/config.toml": "/etc/containerd/config.toml",
    "/etc/eks/image-credential-provider/config.json": "/etc/eks/image-credential-provider/config.json",
    "/etc/sysctl.d/99-nodeadm.conf": "/etc/sysctl.d/99-nodeadm.conf",
    "/etc/modules-load.d/containerd.conf": "/etc/modules-load.d/containerd.conf",
    "/etc/aws/hybrid/config": "/etc/aws/hybrid/config",
    ENVIRONMENT: ENVIRONMENT,
}
SSM_FILES = {"/var/lib/amazon/ssm/registration", ENVIRONMENT, "/var/lib/kubelet/kubeconfig"}


def test_init_writes_the_recorded_texts(tmp_path: Path) -> None:
    host = Host(tmp_path)
    _reinstall(host)
    for path in FILES:
        host.path(path).unlink(missing_ok=True)
    joined = host.run(["nodeadm", "init", "-c", "file:///root/nc.yaml", "-m", "file:///srv/artifacts/manifest.yaml"])
    assert joined["rc"] == 0, joined["stderr"]
    _same_texts(host, dict.fromkeys(FILES, ""))
    assert host.path("/var/lib/kubelet").stat().st_mode & 0o777 == 0o644
    host.close()


def test_ssm_init_writes_the_recorded_texts(tmp_path: Path) -> None:
    host = Host(tmp_path)
    _reinstall_ssm(host)
    joined = host.run(["nodeadm", "init", "-c", "file:///root/nc.yaml", "-m", "file:///srv/artifacts/manifest.yaml"])
    assert joined["rc"] == 0, joined["stderr"]
    assert INSTANCE in host.path("/etc/kubernetes/kubelet/config.json").read_text()
    _same_texts(host, dict.fromkeys(SSM_FILES, " (ssm)"))
    host.close()


def _same_texts(host: Host, files: dict[str, str]) -> None:

    recorded = json.loads((RECORDED / "files-after-init.json").read_text())
    for path, suffix in files.items():
        wanted = recorded[path + suffix].replace("https://127.0.0.1:6443", host.world.endpoint)
        got = host.path(path).read_text()
        if path == ENVIRONMENT:
            assert sorted(got.strip('"').split('"')[-1].split()) == sorted(wanted.strip('"').split('"')[-1].split())
        elif path.endswith("kubelet/config.json"):
            expected = json.loads(wanted)
            expected["kubeReserved"]["cpu"] = f"{reserved_millicores(os.cpu_count() or 1)}m"
            assert json.loads(got) == expected
        else:
            assert got == wanted, path
