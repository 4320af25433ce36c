#!/usr/bin/env python3
"""Inventory of what only the running sandbox knows: the hosts' addresses and key, the accounts' subnets, the artifact server.

Reads state.json of the sandbox (FLEETOPS_SANDBOX_STATE, else .cache/sandbox of this checkout). Without one it is empty.
"""

from __future__ import annotations

import json
import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
STATE = pathlib.Path(os.environ.get("FLEETOPS_SANDBOX_STATE") or ROOT / ".cache" / "sandbox")
HOSTS = ("edge-a1", "edge-a2")
CLUSTERS = {
    "dev-use1": ("111122223333", "us-east-1"),
    "staging-use1": ("111122223333", "us-east-1"),
    "staging-euw1": ("111122223333", "eu-west-1"),
    "prod-use1": ("444455556666", "us-east-1"),
    "prod-apse2": ("444455556666", "ap-southeast-2"),
}


def main() -> None:
    path = STATE / "state.json"
    state = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    hostvars = {**clusters(state), **hosts(state)}
    names = [name for name in hostvars if name not in CLUSTERS]
    left_out = dict.fromkeys(HOSTS, state["hosts_left_out"]) if state.get("hosts_left_out") else {}
    everywhere = {"fleet_hosts_left_out": left_out}
    declared = [name for name in hostvars if name in CLUSTERS]
    groups = {"all": {"vars": everywhere}, "eks_clusters": {"hosts": declared}, "hybrid_nodes": {"hosts": names}}
    print(json.dumps({"_meta": {"hostvars": hostvars}, **groups}))


def clusters(state: dict) -> dict:
    """Return the subnets and the VPC's network of each cluster."""
    found = {}
    for name, (account, region) in CLUSTERS.items():
        network = state.get("foundation", {}).get(account, {}).get(region)
        if network:
            found[name] = {"eks_cluster_subnets": network["subnet_ids"], "eks_cluster_vpc_cidrs": [network["cidr"]]}
    return found


def hosts(state: dict) -> dict:
    """Return how each host is reached and where it gets its binaries."""
    if not state.get("hosts"):
        return {}
    artifacts = (state.get("artifacts") or {}).get("url", "")
    common = {
        "ansible_ssh_private_key_file": str(STATE / "hosts" / "id_ed25519"),
        "ansible_ssh_common_args": f"-o StrictHostKeyChecking=accept-new -o UserKnownHostsFile={STATE / 'hosts' / 'known_hosts'}",
        "hybrid_node_nodeadm_base_url": artifacts,
        "hybrid_node_nodeadm_checksums": checksums(),
        "hybrid_node_environment": {"AWS_ENDPOINT_URL": gateway_url(state)},
    }
    return {name: {"ansible_host": host["address"], **common} for name, host in state["hosts"].items()}


def checksums() -> dict:
    """Return the SHA-256 of the stand-in nodeadm, as a user would pin that of the real one."""
    found = {}
    for arch in ("amd64", "arm64"):
        path = STATE / "artifacts" / "releases" / "v1.0.20" / "bin" / "linux" / arch / "nodeadm.sha256"
        if path.exists():
            found[arch] = path.read_text(encoding="utf-8").split()[0]
    return found


def gateway_url(state: dict) -> str:
    """Return the AWS endpoint as the hosts reach it."""
    port = state["aws"]["url"].rpartition(":")[2]
    return f"http://{state['network']['gateway']}:{port}"


main()
