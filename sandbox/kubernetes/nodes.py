"""What the node controller does: a node whose heartbeats stop becomes unknown."""

from __future__ import annotations

from typing import Any

from sandbox.kubernetes import controllers
from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.names import parse_timestamp

Object = dict[str, Any]
CHECK_SECONDS = 2.0
GRACE_SECONDS = 40.0
LEASES = ("coordination.k8s.io", "leases")
NODES = ("", "nodes")
LEASE_NAMESPACE = "kube-node-lease"
_UNKNOWN = {"status": "Unknown", "reason": "NodeStatusUnknown", "message": "Kubelet stopped posting node status."}
_TAINT = "node.kubernetes.io/unreachable"


def check(cluster: Cluster) -> None:
    """Mark the nodes whose Lease and status are both older than the grace period; nodes without a Lease are left alone."""
    leases = cluster.store.rows(LEASES, LEASE_NAMESPACE)
    late = [lease for lease in leases if cluster.world.clock() - _renewed(lease) > GRACE_SECONDS]
    for lease in late:
        with cluster.transaction():
            node = cluster.store.get(NODES, "", lease["metadata"]["name"])
            if node is not None and _is_late(cluster, node):
                _mark_unknown(cluster, node)


def _renewed(lease: Object) -> float:
    text = (lease.get("spec") or {}).get("renewTime")
    return parse_timestamp(text) if text else parse_timestamp(lease["metadata"]["creationTimestamp"])


def _conditions(node: Object) -> list[Object]:
    return list((node.get("status") or {}).get("conditions") or ())


def _is_late(cluster: Cluster, node: Object) -> bool:
    beats = [parse_timestamp(each["lastHeartbeatTime"]) for each in _conditions(node) if each.get("lastHeartbeatTime")]
    newest = max(beats, default=parse_timestamp(node["metadata"]["creationTimestamp"]))
    marked = any(each["type"] == "Ready" and each["status"] == "Unknown" for each in _conditions(node))
    return not marked and cluster.world.clock() - newest > GRACE_SECONDS


def _mark_unknown(cluster: Cluster, node: Object) -> None:
    now = cluster.now()
    present = {each["type"]: each for each in _conditions(node)}
    kinds = dict.fromkeys([*present, "Ready"])
    conditions = [{**present.get(kind, {"type": kind}), **_UNKNOWN, "lastTransitionTime": now} for kind in kinds]
    controllers.write_status(cluster, NODES, node, {**(node.get("status") or {}), "conditions": conditions})
    _taint(cluster, node["metadata"]["name"], now)


def _taint(cluster: Cluster, name: str, now: str) -> None:
    node = cluster.store.get(NODES, "", name)
    if node is None:
        return
    spec = node.get("spec") or {}
    others = [taint for taint in spec.get("taints") or () if taint["key"] != _TAINT]
    added = [{"key": _TAINT, "effect": "NoSchedule"}, {"key": _TAINT, "effect": "NoExecute", "timeAdded": now}]
    cluster.change(NODES, node, spec={**spec, "taints": [*others, *added]})
