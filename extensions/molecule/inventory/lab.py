#!/usr/bin/env python
"""Inventory of molecule's lab: the hosts of its sandbox (MOLECULE_SANDBOX), and the cluster that they join. Empty before `create`."""

from __future__ import annotations

import json
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from sandbox import hosts

STATE = pathlib.Path(os.environ.get("MOLECULE_SANDBOX") or ROOT / ".cache" / "molecule" / "sandbox")
RELEASE = "v1.0.20"


def main() -> None:
    path = STATE / "state.json"
    state = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    found = hosts.find(STATE) if state.get("network") else {}
    variables = {name: host_variables(state, host.address) for name, host in found.items()}
    cluster = {"mol": {"eks_cluster_subnets": state["foundation"]["111122223333"]["us-east-1"]["subnet_ids"]}} if state.get("foundation") else {}
    groups = {"hybrid_nodes": {"hosts": sorted(variables)}, "eks_clusters": {"hosts": sorted(cluster)}}
    print(json.dumps({"_meta": {"hostvars": {**variables, **cluster}}, **groups}))


def host_variables(state: dict, address: str) -> dict:
    """Return how a host is reached, and where it gets its binaries and reaches AWS; nothing that would have to be templated."""
    gateway, port = state["network"]["gateway"], state["aws"]["url"].rpartition(":")[2]
    checksums = {arch: (STATE / f"artifacts/releases/{RELEASE}/bin/linux/{arch}/nodeadm.sha256") for arch in ("amd64", "arm64")}
    return {
        "ansible_host": address,
        "ansible_ssh_private_key_file": str(STATE / "hosts" / "id_ed25519"),
        "ansible_ssh_common_args": f"-o StrictHostKeyChecking=yes -o UserKnownHostsFile={STATE / 'hosts' / 'known_hosts'}",
        "hybrid_node_nodeadm_base_url": state["artifacts"]["url"],
        "hybrid_node_nodeadm_checksums": {arch: file.read_text(encoding="utf-8").split()[0] for arch, file in checksums.items()},
        "hybrid_node_environment": {"AWS_ENDPOINT_URL": f"http://{gateway}:{port}"},
    }


main()
