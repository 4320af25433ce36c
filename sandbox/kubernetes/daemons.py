"""What the DaemonSet controller does: on every node that a DaemonSet fits runs one pod of it, at once.

Only nodeSelector and the required node affinity keep a DaemonSet off a node; taints do not, as most system DaemonSets tolerate all of them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sandbox.kubernetes import lifecycle, names, pod_defaults, selectors, workloads
from sandbox.kubernetes.nodes import NODES
from sandbox.kubernetes.selectors import Requirement
from sandbox.kubernetes.status import write_status

if TYPE_CHECKING:
    from sandbox.kubernetes.cluster import Cluster

Object = dict[str, Any]
PODS = ("", "pods")
DAEMON_SETS = ("apps", "daemonsets")
REVISION = "controller-revision-hash"
# EKS gives its VPC CNI an affinity that keeps it off these compute types, whatever else a manifest says.
_IMPLIED = {("kube-system", "aws-node"): Requirement("eks.amazonaws.com/compute-type", "notin", frozenset({"fargate", "hybrid", "auto"}))}
_TOLERATED = (
    *(("not-ready", "NoExecute"), ("unreachable", "NoExecute"), ("disk-pressure", "NoSchedule")),
    *(("memory-pressure", "NoSchedule"), ("pid-pressure", "NoSchedule"), ("unschedulable", "NoSchedule")),
)
_TOLERATIONS = [{"key": f"node.kubernetes.io/{key}", "operator": "Exists", "effect": effect} for key, effect in _TOLERATED]


def sync(cluster: Cluster, daemon_set: Object) -> None:
    """Give a DaemonSet its pods and its status; quiet when it has them. One that is being deleted is left alone."""
    if daemon_set["metadata"].get("deletionTimestamp"):
        return
    wanted = [node["metadata"]["name"] for node in cluster.store.rows(NODES) if fits(daemon_set, node)]
    pods = pods_of(cluster, daemon_set)
    revision = _revision(daemon_set) if wanted or pods else ""
    surplus = _surplus(daemon_set, pods, set(wanted), revision)
    if surplus:
        _remove(cluster, surplus)
        pods = pods_of(cluster, daemon_set)
    missing = [node for node in wanted if node not in pods]
    if missing:
        _create(cluster, daemon_set, missing, revision)
        pods = pods_of(cluster, daemon_set)
    write_status(cluster, DAEMON_SETS, daemon_set, _status(daemon_set, list(pods.values()), len(wanted), revision))


def sync_all(cluster: Cluster) -> None:
    for daemon_set in cluster.store.rows(DAEMON_SETS):
        sync(cluster, daemon_set)


def owner_of(cluster: Cluster, pod: Object) -> Object | None:
    """Return the DaemonSet that controls a pod; None for other pods and when it is gone."""
    for reference in pod["metadata"].get("ownerReferences") or ():
        if reference.get("controller") and reference["kind"] == "DaemonSet":
            found = cluster.store.get(DAEMON_SETS, pod["metadata"]["namespace"], reference["name"])
            return found if found is not None and found["metadata"]["uid"] == reference["uid"] else None
    return None


def pods_of(cluster: Cluster, daemon_set: Object) -> dict[str, Object]:
    """Return the pods that a DaemonSet controls, by node."""
    metadata = daemon_set["metadata"]
    return {pod["spec"].get("nodeName", ""): pod for pod in cluster.store.rows(PODS, metadata["namespace"]) if _controls(metadata["uid"], pod)}


def _controls(uid: str, pod: Object) -> bool:
    return any(reference["uid"] == uid and reference.get("controller") for reference in pod["metadata"].get("ownerReferences") or ())


def fits(daemon_set: Object, node: Object) -> bool:
    """Tell whether a DaemonSet's pods run on a node."""
    labels = node["metadata"].get("labels") or {}
    metadata, spec = daemon_set["metadata"], daemon_set["spec"]["template"].get("spec") or {}
    implied = _IMPLIED.get((metadata["namespace"], metadata["name"]))
    chosen = (spec.get("nodeSelector") or {}).items() <= labels.items()
    return chosen and (implied is None or implied.matches(labels)) and _affine(spec, labels, node["metadata"]["name"])


def _affine(spec: Object, labels: Mapping[str, str], name: str) -> bool:
    """Tell whether any term of the required node affinity holds; without one, every node is right."""
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    return required is None or any(_holds(term, labels, name) for term in required.get("nodeSelectorTerms") or ())


def _holds(term: Object, labels: Mapping[str, str], name: str) -> bool:
    """Tell whether a term's conditions hold; a term without conditions never does."""
    about_labels = selectors.from_expressions(term.get("matchExpressions"))
    about_fields = selectors.from_expressions(term.get("matchFields"))
    said = bool(about_labels or about_fields)
    return said and selectors.labels_match(about_labels, labels) and selectors.labels_match(about_fields, {"metadata.name": name})


def _revision(daemon_set: Object) -> str:
    """Return a word for the template as it is now."""
    text = json.dumps(daemon_set["spec"]["template"], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def _is_of(pod: Object, revision: str) -> bool:
    return (pod["metadata"].get("labels") or {}).get(REVISION) == revision


def _surplus(daemon_set: Object, pods: Mapping[str, Object], wanted: set[str], revision: str) -> list[Object]:
    """Return the pods without their node, and those of an older template where updates roll."""
    rolls = (daemon_set["spec"].get("updateStrategy") or {}).get("type") != "OnDelete"
    return [pod for node, pod in pods.items() if node not in wanted or (rolls and not _is_of(pod, revision))]


def _remove(cluster: Cluster, pods: list[Object]) -> None:
    for pod in pods:
        if not pod["metadata"].get("deletionTimestamp"):
            lifecycle.begin(cluster, PODS, pod)


def _create(cluster: Cluster, daemon_set: Object, nodes: list[str], revision: str) -> None:
    """Make running pods on these nodes; what is alike in all of them is one object in memory."""
    pod = _model(daemon_set, revision)
    status = workloads.running_pod(cluster, pod)
    for node in nodes:
        name = _free_name(cluster, pod["metadata"])
        spec = {**pod["spec"], "nodeName": node}
        cluster.make("v1", "Pod", name, pod["metadata"]["namespace"], metadata=pod["metadata"], spec=spec, status=status)


def _model(daemon_set: Object, revision: str) -> Object:
    """Return what all pods of a DaemonSet have in common."""
    owner, template = daemon_set["metadata"], daemon_set["spec"]["template"]
    given = template.get("metadata") or {}
    reference = {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": owner["name"], "uid": owner["uid"], "controller": True, "blockOwnerDeletion": True}
    metadata = {"generateName": f"{owner['name']}-", "namespace": owner["namespace"], "generation": 1, "ownerReferences": [reference]}
    metadata |= {"annotations": given["annotations"]} if given.get("annotations") else {}
    metadata |= {"labels": {**(given.get("labels") or {}), REVISION: revision}}
    tolerations = [*((template.get("spec") or {}).get("tolerations") or ()), *_TOLERATIONS]
    account = (template.get("spec") or {}).get("serviceAccountName") or "default"
    pod = pod_defaults.pod({"metadata": metadata, "spec": {**(template.get("spec") or {}), "serviceAccountName": account, "tolerations": tolerations}})
    return {**pod_defaults.admitted(pod), "status": {"phase": "Pending", "qosClass": pod_defaults.quality(pod["spec"])}}


def _free_name(cluster: Cluster, metadata: Object) -> str:
    while True:
        name = names.generated(metadata["generateName"])
        if cluster.store.get(PODS, metadata["namespace"], name) is None:
            return name


def _status(daemon_set: Object, pods: list[Object], desired: int, revision: str) -> Object:
    """Return the status that follows from the pods and from how many nodes the DaemonSet fits."""
    ready = sum(map(workloads.is_ready, pods))
    always = {"currentNumberScheduled": len(pods), "numberMisscheduled": 0, "desiredNumberScheduled": desired, "numberReady": ready}
    counts = {"updatedNumberScheduled": sum(_is_of(pod, revision) for pod in pods), "numberAvailable": ready, "numberUnavailable": desired - ready}
    return always | {"observedGeneration": daemon_set["metadata"].get("generation", 1)} | {key: value for key, value in counts.items() if value > 0}
