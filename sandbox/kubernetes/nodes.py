"""What the node controller does: a node whose heartbeats stop becomes unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.kubernetes.names import parse_timestamp
from sandbox.kubernetes.status import write_status

if TYPE_CHECKING:
    from sandbox.kubernetes.cluster import Cluster

Object = dict[str, Any]
CHECK_SECONDS = 2.0
GRACE_SECONDS = 40.0
LEASES = ("coordination.k8s.io", "leases")
NODES = ("", "nodes")
LEASE_NAMESPACE = "kube-node-lease"
_UNKNOWN = {"status": "Unknown", "reason": "NodeStatusUnknown", "message": "Kubelet stopped posting node status."}
_NOT_READY = "node.kubernetes.io/not-ready"
_UNREACHABLE = "node.kubernetes.io/unreachable"
_UNSCHEDULABLE = "node.kubernetes.io/unschedulable"
_OWN_TAINTS = {_NOT_READY, _UNREACHABLE, _UNSCHEDULABLE}
NEW_TAINT = {"key": _NOT_READY, "effect": "NoSchedule"}


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
    write_status(cluster, NODES, node, {**(node.get("status") or {}), "conditions": conditions})


def sync_taints(cluster: Cluster, node: Object) -> None:
    """Give a node the taints that its readiness and `unschedulable` call for."""
    spec = node.get("spec") or {}
    present = spec.get("taints") or []
    wanted = [taint for taint in present if taint["key"] not in _OWN_TAINTS] + _called_for(cluster, node, present)
    if {(taint["key"], taint["effect"]) for taint in wanted} != {(taint["key"], taint["effect"]) for taint in present}:
        rest = {key: value for key, value in spec.items() if key != "taints"}
        cluster.change(NODES, node, spec=rest | ({"taints": wanted} if wanted else {}))


def _called_for(cluster: Cluster, node: Object, present: list[Object]) -> list[Object]:
    ready = next((each["status"] for each in _conditions(node) if each["type"] == "Ready"), "False")
    taints: list[Object] = []
    if ready != "True":
        key = _UNREACHABLE if ready == "Unknown" else _NOT_READY
        known = next((taint for taint in present if taint["key"] == key and "timeAdded" in taint), {"timeAdded": cluster.now()})
        taints.append({"key": key, "effect": "NoSchedule"})
        if _conditions(node):
            taints.append({"key": key, "effect": "NoExecute", "timeAdded": known["timeAdded"]})
    if (node.get("spec") or {}).get("unschedulable"):
        known = next((taint for taint in present if taint["key"] == _UNSCHEDULABLE), {"timeAdded": cluster.now()})
        taints.append({"key": _UNSCHEDULABLE, "effect": "NoSchedule", "timeAdded": known.get("timeAdded", cluster.now())})
    return taints
