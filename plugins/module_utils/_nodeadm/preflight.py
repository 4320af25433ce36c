# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must be true of a host before nodeadm touches it: facts in, findings out, all at once. Pure.

Facts about nodeadm are those of aws/eks-hybrid v1.0.20; network and size minima those of the EKS user guide.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

Facts = Mapping[str, Any]
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
MINIMUM_MEMORY_MIB = 900
"""1 GiB is asked for; a machine of 1 GiB shows somewhat less."""
OTHERS = {"k3s": "k3s", "rke2": "RKE2", "microk8s": "MicroK8s", "kubeadm": "kubeadm"}


def findings(facts: Facts, wanted: Facts) -> list[dict[str, str]]:
    """Return what speaks against a join, each with `what` and `remedy`; empty for a host that may join, or has."""
    return [{"what": what, "remedy": remedy} for rule in RULES for what, remedy in rule(facts, wanted)]


Pairs = Iterator["tuple[str, str]"]


def _root(facts: Facts, wanted: Facts) -> Pairs:
    if facts["uid"] != 0:
        yield "the task does not run as root", "Set ansible_become: true for the host."


def _system(facts: Facts, wanted: Facts) -> Pairs:
    if not facts["systemd"]:
        yield "systemd does not run it", "nodeadm needs systemd and its D-Bus; use an operating system that has them."
    if facts["architecture"] not in ARCHITECTURES:
        yield f"its architecture is {facts['architecture']}", "nodeadm exists for x86_64 and aarch64."
    if facts["package_manager"] is None and not wanted.get("private_mode"):
        yield "it has neither apt nor yum", "Install containerd and iptables yourself and set hybrid_node_private_mode, or use another operating system."


def _size(facts: Facts, wanted: Facts) -> Pairs:
    if facts["memory_mib"] < MINIMUM_MEMORY_MIB:
        yield f"it has {facts['memory_mib']} MiB of memory", "A hybrid node needs 1 GiB."


def _swap(facts: Facts, wanted: Facts) -> Pairs:
    for swap in facts["swaps"]:
        if swap["type"] == "partition":
            yield f"swap partition {swap['path']} is on", "nodeadm refuses it: swapoff it, and remove it from /etc/fstab."


def _address(facts: Facts, wanted: Facts) -> Pairs:
    networks = [ipaddress.ip_network(network, strict=False) for network in wanted.get("remote_node_networks") or ()]
    own = wanted.get("node_ip")
    if own and own not in facts["addresses"]:
        yield f"{own} is not one of its addresses ({', '.join(facts['addresses'])})", "Set hybrid_node_ip to an address that the host has."
        return
    addresses = [own] if own else facts["addresses"]
    if networks and not any(ipaddress.ip_address(address) in network for address in addresses for network in networks):
        what = f"none of its addresses ({', '.join(addresses)}) lies in the remote node networks ({', '.join(map(str, networks))})"
        yield what, "Add its network to the cluster's, or give it an address inside."


def _strangers(facts: Facts, wanted: Facts) -> Pairs:
    for name in facts["other_distributions"]:
        yield f"{OTHERS.get(name, name)} is on it", "Remove it: a host is a node of one cluster."
    if facts["kubelet_active"] and not facts["tracker"]:
        yield "a kubelet runs that nodeadm did not install", "Remove the other Kubernetes first."


def _left_overs(facts: Facts, wanted: Facts) -> Pairs:
    if facts["registered"] or facts["node_name"]:
        return
    if facts["cni_files"]:
        files = ", ".join(facts["cni_files"])
        yield f"an earlier CNI left {files}", "Remove them: the node would be Ready without a network."
    if facts["aws_profiles"]:
        what = f"root's AWS configuration has profiles ({', '.join(facts['aws_profiles'])})"
        yield what, "Move it: the agent writes /root/.aws/credentials, and the whole folder goes when the host leaves."


def _registration(facts: Facts, wanted: Facts) -> Pairs:
    region = facts["registration_region"]
    if region and wanted.get("region") and region != wanted["region"]:
        yield f"it is registered with Systems Manager in {region}", f"Let it leave (playbook remove_node), then join it in {wanted['region']}."


def _identity(facts: Facts, wanted: Facts) -> Pairs:
    if not facts["machine_id"]:
        yield "/etc/machine-id is empty", "Run systemd-machine-id-setup: registrations are told apart by it."


RULES = (_root, _system, _size, _swap, _address, _strangers, _left_overs, _registration, _identity)
