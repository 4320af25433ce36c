# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host's own facts, read from its files. Runs on the host: Python 3.9, standard library. `root` is / but in tests."""

from __future__ import annotations

import configparser
import json
import os
import pathlib
import platform
import re
import shutil
import socket
import subprocess
from typing import Any

TRACKER = "opt/nodeadm/tracker"
REGISTRATION = "var/lib/amazon/ssm/registration"
OWN_DIRECTORY = "etc/fleetops"
FINGERPRINT = f"{OWN_DIRECTORY}/hybrid_node.json"
NODE_CONFIG = f"{OWN_DIRECTORY}/node_config.json"
LEFT = f"{OWN_DIRECTORY}/left.json"
KUBELET = "usr/bin/kubelet"
_HOSTNAME_OVERRIDE = re.compile(r"--hostname-override=(\S+)")
_OTHERS = {"k3s": "usr/local/bin/k3s", "rke2": "usr/local/bin/rke2", "microk8s": "snap/bin/microk8s", "kubeadm": "etc/kubernetes/manifests/kube-apiserver.yaml"}


class HostFiles:
    """Reads below a root; what is not there is None."""

    def __init__(self, root: str = "/") -> None:
        self.root = pathlib.Path(root)

    def text(self, path: str) -> str | None:
        try:
            return (self.root / path).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None

    def json(self, path: str) -> dict[str, Any]:
        """Return a JSON file's object; a file that an interrupted run left in pieces counts as none."""
        try:
            found = json.loads(self.text(path) or "{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def names(self, path: str) -> list[str]:
        try:
            return sorted(os.listdir(self.root / path))
        except OSError:
            return []

    def exists(self, path: str) -> bool:
        return (self.root / path).exists()


def facts(files: HostFiles) -> dict[str, Any]:
    """Return what preflight looks at."""
    registration = files.json(REGISTRATION)
    return {
        "uid": os.geteuid(),
        "hostname": socket.gethostname(),
        "machine_id": (files.text("etc/machine-id") or "").strip(),
        "product_uuid": (files.text("sys/class/dmi/id/product_uuid") or "").strip(),
        "os": os_release(files),
        "architecture": platform.machine(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "systemd": files.exists("run/systemd/system"),
        "package_manager": next((name for name in ("yum", "apt") if shutil.which(name)), None),
        "memory_mib": memory_mib(files),
        "swaps": swaps(files),
        "addresses": addresses(),
        "tracker": tracker(files),
        "registered": bool(registration.get("ManagedInstanceID")),
        "instance_id": registration.get("ManagedInstanceID"),
        "registration_region": registration.get("Region"),
        "node_name": node_name(files),
        "left": files.json(LEFT),
        "kubelet_active": unit_active("kubelet"),
        "other_distributions": sorted(name for name, path in _OTHERS.items() if files.exists(path)),
        "cni_files": [f"/etc/cni/net.d/{name}" for name in files.names("etc/cni/net.d")],
        "aws_profiles": aws_profiles(files),
        "mounts_below_kubelet": [line.split()[1] for line in (files.text("proc/mounts") or "").splitlines() if line.split()[1].startswith("/var/lib/kubelet/")],
    }


def os_release(files: HostFiles) -> dict[str, str]:
    pairs = [line.split("=", 1) for line in (files.text("etc/os-release") or "").splitlines() if "=" in line]
    values = {key: value.strip('"') for key, value in pairs}
    return {"id": values.get("ID", ""), "version": values.get("VERSION_ID", ""), "like": values.get("ID_LIKE", "")}


def memory_mib(files: HostFiles) -> int:
    found = re.search(r"MemTotal:\s+(\d+)", files.text("proc/meminfo") or "")
    return int(found[1]) // 1024 if found else 0


def swaps(files: HostFiles) -> list[dict[str, str]]:
    lines = (files.text("proc/swaps") or "").splitlines()[1:]
    return [{"path": line.split()[0], "type": line.split()[1]} for line in lines if len(line.split()) > 1]


def addresses() -> list[str]:
    """Return the IPv4 addresses of the host, loopback apart, as `ip` shows them."""
    shown = _run(["ip", "-j", "-4", "addr"])
    links = json.loads(shown.stdout or b"[]") if shown.returncode == 0 else []
    found = [address["local"] for link in links for address in link.get("addr_info", [])]
    return [address for address in found if not address.startswith("127.")]


def tracker(files: HostFiles) -> dict[str, str] | None:
    """Return nodeadm's record of what it installed: flat YAML below `Artifacts:`."""
    text = files.text(TRACKER)
    return None if text is None else dict(re.findall(r"^\s+(\w+):\s*(\S+)", text, re.MULTILINE))


def aws_profiles(files: HostFiles) -> list[str]:
    parser = configparser.ConfigParser()
    for path in ("root/.aws/config", "root/.aws/credentials"):
        try:
            parser.read_string(files.text(path) or "")
        except configparser.Error:
            continue
    return sorted({section.replace("profile ", "") for section in parser.sections()})


def unit_active(unit: str) -> bool:
    return _run(["systemctl", "is-active", "--quiet", unit]).returncode == 0 if shutil.which("systemctl") else False


def node_name(files: HostFiles) -> str | None:
    """Return the name that the kubelet registers under, from the flags that nodeadm gave it."""
    found = _HOSTNAME_OVERRIDE.search(files.text("etc/eks/kubelet/environment") or "")
    return found[1].strip("\"'") if found else None


def version_of(command: list[str], pattern: str) -> str | None:
    """Return what a program says its version is; None where it is missing or says something else."""
    try:
        shown = _run(command)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(pattern, shown.stdout + shown.stderr)
    return found[1] if found else None


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a short command and return what it said. AnsibleModule.run_command has no time limit, and a hung program must not hang the task."""
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)  # pylint: disable=ansible-bad-function
