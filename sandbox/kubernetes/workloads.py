"""The status that workloads would have where every pod starts at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.kubernetes import selectors

if TYPE_CHECKING:
    from sandbox.kubernetes.cluster import Cluster

Object = dict[str, Any]


def status(cluster: Cluster, obj: Object) -> Object:
    """Return the settled status of a Deployment, StatefulSet or ReplicaSet."""
    return _STATUS[obj["kind"]](cluster, obj)


def _replicas(obj: Object) -> int:
    replicas: int = obj["spec"].get("replicas", 1)
    return replicas


def _generation(obj: Object) -> int:
    generation: int = obj["metadata"].get("generation", 1)
    return generation


def _condition(cluster: Cluster, obj: Object, kind: str, value: str, reason: str, message: str) -> Object:
    """Return a condition; its times stay as they were while its status does."""
    before = next((each for each in (obj.get("status") or {}).get("conditions") or () if each["type"] == kind), None)
    since = before["lastTransitionTime"] if before and before["status"] == value else cluster.now()
    updated = before["lastUpdateTime"] if before and before["status"] == value and before["reason"] == reason and "lastUpdateTime" in before else cluster.now()
    return {"type": kind, "status": value, "lastUpdateTime": updated, "lastTransitionTime": since, "reason": reason, "message": message}


def _deployment(cluster: Cluster, obj: Object) -> Object:
    count, name = _replicas(obj), obj["metadata"]["name"]
    conditions = [
        _condition(cluster, obj, "Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability."),
        _condition(cluster, obj, "Progressing", "True", "NewReplicaSetAvailable", f'ReplicaSet "{name}" has successfully progressed.'),
    ]
    counts = {"replicas": count, "updatedReplicas": count, "readyReplicas": count, "availableReplicas": count}
    return {"observedGeneration": _generation(obj), **{key: value for key, value in counts.items() if value}, "conditions": conditions}


def _stateful_set(cluster: Cluster, obj: Object) -> Object:
    count = _replicas(obj)
    revision = f"{obj['metadata']['name']}-{_generation(obj)}"
    counts = {"readyReplicas": count, "currentReplicas": count, "updatedReplicas": count}
    shown = {key: value for key, value in counts.items() if value}
    base = {"observedGeneration": _generation(obj), "replicas": count, "availableReplicas": count, "collisionCount": 0}
    return base | shown | {"currentRevision": revision, "updateRevision": revision}


def _replica_set(cluster: Cluster, obj: Object) -> Object:
    count = _replicas(obj)
    counts = {"fullyLabeledReplicas": count, "readyReplicas": count, "availableReplicas": count}
    return {"replicas": count, **{key: value for key, value in counts.items() if value}, "observedGeneration": _generation(obj)}


_STATUS = {"Deployment": _deployment, "StatefulSet": _stateful_set, "ReplicaSet": _replica_set}


def running_pod(cluster: Cluster, pod: Object) -> Object:
    """Return the status of a pod that its node runs."""
    now = cluster.now()
    ready = [{"type": kind, "status": "True", "lastTransitionTime": now} for kind in ("PodScheduled", "Initialized", "ContainersReady", "Ready")]
    containers = [
        {
            "name": each["name"],
            "image": each.get("image", ""),
            "imageID": "",
            "ready": True,
            "started": True,
            "restartCount": 0,
            "state": {"running": {"startedAt": now}},
        }
        for each in pod["spec"]["containers"]
    ]
    before = pod.get("status") or {}
    return {**before, "phase": "Running", "conditions": ready, "containerStatuses": containers, "startTime": now}


def is_ready(pod: Object) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return not pod["metadata"].get("deletionTimestamp") and any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def budget_status(cluster: Cluster, budget: Object) -> Object:
    """Return the status of a PodDisruptionBudget from the pods that it selects."""
    spec = budget["spec"]
    chosen = selectors.from_label_selector(spec.get("selector"))
    pods = [pod for pod in cluster.store.rows(("", "pods"), budget["metadata"]["namespace"]) if selectors.labels_match(chosen, pod["metadata"].get("labels"))]
    healthy = sum(map(is_ready, pods))
    desired = _desired_healthy(spec, len(pods))
    allowed = max(0, healthy - desired) if pods else 0
    reason = "SufficientPods" if allowed else "InsufficientPods"
    before: Object = next(iter((budget.get("status") or {}).get("conditions") or ()), {})
    value = "True" if allowed else "False"
    since = before["lastTransitionTime"] if before.get("status") == value else cluster.now()
    condition = {"type": "DisruptionAllowed", "status": value, "reason": reason, "message": "", "lastTransitionTime": since}
    condition["observedGeneration"] = _generation(budget)
    counts = {"currentHealthy": healthy, "desiredHealthy": desired, "disruptionsAllowed": allowed, "expectedPods": len(pods)}
    return {**counts, "observedGeneration": _generation(budget), "conditions": [condition]}


def _desired_healthy(spec: Object, expected: int) -> int:
    if "maxUnavailable" in spec:
        return max(0, expected - _scaled(spec["maxUnavailable"], expected))
    return _scaled(spec.get("minAvailable", 1), expected)


def _scaled(value: Any, total: int) -> int:
    """Return a count from a number or a percentage, rounded up."""
    if isinstance(value, str) and value.endswith("%"):
        return -(-int(value[:-1]) * total // 100)
    return int(value)
