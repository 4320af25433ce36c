# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes as results, and whether those that a task waits for are there. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Verdict, done, pending
from ansible_collections.fleetops.eks.plugins.module_utils._kube.readiness import condition


@dataclass(frozen=True)
class Awaited:
    """What a task waits for: these nodes, so many nodes, or both; `ready` None = in whatever state, False = not Ready."""

    names: tuple[str, ...] = ()
    count: int | None = None
    ready: bool | None = True

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Awaited:
        return cls(tuple(params.get("names") or ()), params.get("count"), params.get("ready"))


def to_result(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a play wants to know of a node."""
    metadata, spec, status = node["metadata"], node.get("spec") or {}, node.get("status") or {}
    info, ready = status.get("nodeInfo") or {}, condition(node, "Ready")
    return {
        "name": metadata["name"],
        "ready": ready.get("status") == "True",
        "ready_reason": ready.get("reason") or ("no condition Ready" if not ready else None),
        "unschedulable": bool(spec.get("unschedulable")),
        "kubelet_version": info.get("kubeletVersion"),
        "os_image": info.get("osImage"),
        "kernel_version": info.get("kernelVersion"),
        "container_runtime_version": info.get("containerRuntimeVersion"),
        "architecture": info.get("architecture"),
        "internal_ip": _address(status, "InternalIP"),
        "hostname": _address(status, "Hostname"),
        "provider_id": spec.get("providerID"),
        "labels": metadata.get("labels") or {},
        "taints": [{key: taint.get(key) for key in ("key", "value", "effect")} for taint in spec.get("taints") or []],
        "created": metadata.get("creationTimestamp"),
    }


def arrived(awaited: Awaited, nodes: Sequence[Mapping[str, Any]]) -> Verdict:
    """Return whether the awaited nodes are there, naming what is missing; `nodes` are results of to_result."""
    there = {node["name"]: node for node in nodes}
    fitting = [name for name, node in there.items() if awaited.ready is None or node["ready"] == awaited.ready]
    missing = [_missing(name, there.get(name), awaited) for name in awaited.names if name not in fitting]
    if missing:
        return pending(", ".join(missing), nodes=list(nodes))
    if awaited.count is not None and len(fitting) < awaited.count:
        others = [_missing(name, there[name], awaited) for name in sorted(set(there) - set(fitting))]
        return pending(_counted(len(fitting), awaited, others), nodes=list(nodes))
    return done()


def _missing(name: str, node: Mapping[str, Any] | None, awaited: Awaited) -> str:
    if node is None:
        return f"{name} not registered"
    return f"{name} still Ready" if node["ready"] else f"{name} not Ready ({node['ready_reason'] or 'no reason given'})"


def _address(status: Mapping[str, Any], kind: str) -> str | None:
    return next((item.get("address") for item in status.get("addresses") or [] if item.get("type") == kind), None)


def _counted(fitting: int, awaited: Awaited, others: Sequence[str]) -> str:
    return f"{fitting} of {awaited.count} nodes" + (f" ({', '.join(others)})" if others else "")
