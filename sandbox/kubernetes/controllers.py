"""What a cluster's controllers do after a write, at once: status, pods of DaemonSets, default objects, cascades, tokens."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox.kubernetes import crds, daemons, front_door, lifecycle, nodes, rbac, workloads
from sandbox.kubernetes.status import write_status
from sandbox.kubernetes.store import Event, Table
from sandbox.kubernetes.tokens import legacy_claims

if TYPE_CHECKING:
    from sandbox.kubernetes.cluster import Cluster

Object = dict[str, Any]
Reaction = Callable[["Cluster", Event], None]
TOKEN_TYPE = "kubernetes.io/service-account-token"
_ACCOUNT = "kubernetes.io/service-account.name"
_ACCOUNT_UID = "kubernetes.io/service-account.uid"


def react(cluster: Cluster, event: Event) -> None:
    """Run the reactions to one write: those of the API server itself, and those of the controllers where there are any."""
    for reaction in _OF_THE_SERVER.get(event.table, ()):
        reaction(cluster, event)
    if not cluster.world.controllers:
        return
    if event.type == "DELETED":
        lifecycle.collect_dependents(cluster, event.obj)
        lifecycle.finish_namespace(cluster, event.obj["metadata"].get("namespace", ""))
    else:
        _collect(cluster, event)
    for reaction in REACTIONS.get(event.table, ()):
        reaction(cluster, event)


def _collect(cluster: Cluster, event: Event) -> None:
    """Let the garbage collector do what a deletion's policy asks of it."""
    if event.obj["metadata"].get("deletionTimestamp"):
        obj = _current(cluster, event)
        if obj is not None:
            lifecycle.collect(cluster, event.table, obj)


def _current(cluster: Cluster, event: Event) -> Object | None:
    metadata = event.obj["metadata"]
    return cluster.store.get(event.table, metadata.get("namespace", ""), metadata["name"])


def _workload(cluster: Cluster, event: Event) -> None:
    obj = _current(cluster, event)
    if obj is not None and not obj["metadata"].get("deletionTimestamp"):
        write_status(cluster, event.table, obj, workloads.status(cluster, obj))


def _node_taints(cluster: Cluster, event: Event) -> None:
    node = _current(cluster, event)
    if node is not None and not node["metadata"].get("deletionTimestamp"):
        nodes.sync_taints(cluster, node)


def _daemon_set(cluster: Cluster, event: Event) -> None:
    obj = _current(cluster, event)
    if obj is not None:
        daemons.sync(cluster, obj)


def _nodes_changed(cluster: Cluster, event: Event) -> None:
    """Let DaemonSets follow nodes that come, go, or change labels; heartbeats concern them not."""
    before = event.old["metadata"].get("labels") if event.old is not None else None
    if event.type != "MODIFIED" or event.obj["metadata"].get("labels") != before:
        daemons.sync_all(cluster)


def _daemon_pod(cluster: Cluster, event: Event) -> None:
    """Replace a DaemonSet's pod that is gone, and count one whose readiness changed."""
    if event.type == "ADDED" or event.old is None:
        return
    if event.type == "DELETED" or workloads.is_ready(event.old) != workloads.is_ready(event.obj):
        owner = daemons.owner_of(cluster, event.obj)
        if owner is not None:
            daemons.sync(cluster, owner)


def _namespace(cluster: Cluster, event: Event) -> None:
    obj = _current(cluster, event)
    if obj is None:
        return
    if obj["metadata"].get("deletionTimestamp"):
        lifecycle.empty_namespace(cluster, obj["metadata"]["name"])
        return
    provide_defaults(cluster, obj["metadata"]["name"])


def provide_defaults(cluster: Cluster, namespace: str) -> None:
    """Give a namespace its default ServiceAccount and the cluster's CA."""
    cluster.make("v1", "ServiceAccount", "default", namespace)
    about = {"annotations": {"kubernetes.io/description": CA_DESCRIPTION}}
    cluster.make("v1", "ConfigMap", "kube-root-ca.crt", namespace, metadata=about, data={"ca.crt": cluster.world.ca})


CA_DESCRIPTION = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP"
    " or kubernetes.default.svc. "
    "No other usage is guaranteed across distributions of Kubernetes clusters."
)


def _default_objects(cluster: Cluster, event: Event) -> None:
    """Put back a default ServiceAccount or CA that was deleted from a living namespace."""
    metadata = event.obj["metadata"]
    if event.type == "DELETED" and metadata["name"] in ("default", "kube-root-ca.crt"):
        namespace = cluster.store.get(("", "namespaces"), "", metadata["namespace"])
        if namespace is not None and not namespace["metadata"].get("deletionTimestamp"):
            provide_defaults(cluster, metadata["namespace"])


def _front_door(cluster: Cluster, event: Event) -> None:
    """Put back the Service `kubernetes`, or where it leads."""
    metadata = event.obj["metadata"]
    if event.type == "DELETED" and (metadata["namespace"], metadata["name"]) == (front_door.NAMESPACE, front_door.NAME):
        front_door.provide(cluster)


def _token_secret(cluster: Cluster, event: Event) -> None:
    """Fill a long-lived token Secret."""
    secret = _current(cluster, event)
    if secret is None or secret.get("type") != TOKEN_TYPE or "token" in (secret.get("data") or {}):
        return
    metadata = secret["metadata"]
    annotations = metadata.get("annotations") or {}
    account = cluster.store.get(("", "serviceaccounts"), metadata["namespace"], annotations.get(_ACCOUNT, ""))
    if account is None:
        cluster.remove(event.table, secret)
        return
    token = cluster.world.signer.sign(legacy_claims(metadata["namespace"], account, metadata["name"]) | {"aud": [cluster.issuer]})
    values = {"ca.crt": cluster.world.ca, "namespace": metadata["namespace"], "token": token}
    data = (secret.get("data") or {}) | {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
    cluster.put(event.table, {**secret, "metadata": {**metadata, "annotations": annotations | {_ACCOUNT_UID: account["metadata"]["uid"]}}, "data": data})


def _account_gone(cluster: Cluster, event: Event) -> None:
    """Delete the token Secrets of a deleted ServiceAccount."""
    if event.type != "DELETED":
        return
    metadata = event.obj["metadata"]
    for secret in cluster.store.rows(("", "secrets"), metadata["namespace"]):
        annotations = secret["metadata"].get("annotations") or {}
        if secret.get("type") == TOKEN_TYPE and annotations.get(_ACCOUNT_UID) == metadata["uid"]:
            cluster.remove(("", "secrets"), secret)


def _disruption_budgets(cluster: Cluster, event: Event) -> None:
    namespace = event.obj["metadata"].get("namespace", "")
    table = ("policy", "poddisruptionbudgets")
    for budget in cluster.store.rows(table, namespace):
        write_status(cluster, table, budget, workloads.budget_status(cluster, budget))


def _pod(cluster: Cluster, event: Event) -> None:
    pod = _current(cluster, event)
    if event.type == "ADDED" and pod is not None and pod["spec"].get("nodeName") and pod["status"].get("phase") != "Running":
        write_status(cluster, event.table, pod, workloads.running_pod(cluster, pod))


def _ending_pod(cluster: Cluster, event: Event) -> None:
    """End a pod that is given time to end, as the kubelet of its node would."""
    pod = _current(cluster, event)
    if pod is not None and pod["metadata"].get("deletionGracePeriodSeconds"):
        lifecycle.begin(cluster, event.table, pod)


def _aggregate_roles(cluster: Cluster, event: Event) -> None:
    rbac.aggregate(cluster)


_OF_THE_SERVER: dict[Table, tuple[Reaction, ...]] = {
    ("", "services"): (_front_door,),
    ("", "endpoints"): (_front_door,),
    ("discovery.k8s.io", "endpointslices"): (_front_door,),
    ("apiextensions.k8s.io", "customresourcedefinitions"): (crds.react,),
}
REACTIONS: dict[Table, tuple[Reaction, ...]] = {
    ("apps", "deployments"): (_workload,),
    ("apps", "statefulsets"): (_workload,),
    ("apps", "replicasets"): (_workload,),
    ("apps", "daemonsets"): (_daemon_set,),
    ("", "nodes"): (_node_taints, _nodes_changed),
    ("", "namespaces"): (_namespace,),
    ("", "serviceaccounts"): (_account_gone, _default_objects),
    ("", "configmaps"): (_default_objects,),
    ("", "secrets"): (_token_secret,),
    ("", "pods"): (_pod, _ending_pod, _daemon_pod, _disruption_budgets),
    ("policy", "poddisruptionbudgets"): (_disruption_budgets,),
    ("rbac.authorization.k8s.io", "clusterroles"): (_aggregate_roles,),
}
