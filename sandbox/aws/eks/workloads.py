"""What EKS puts into a cluster's Kubernetes API: nodes, add-ons' workloads, the self-managed add-ons.

Nothing happens where no Kubernetes API stands behind the clusters.
"""

from __future__ import annotations

import hashlib
from typing import Any

from sandbox.aws.context import Context
from sandbox.aws.eks import versions
from sandbox.aws.store import Body

Manifest = dict[str, Any]

SELF_MANAGED = {"aws-node": "DaemonSet", "kube-proxy": "DaemonSet", "coredns": "Deployment"}
WORKLOADS = {
    "vpc-cni": ("DaemonSet", "aws-node"),
    "kube-proxy": ("DaemonSet", "kube-proxy"),
    "eks-pod-identity-agent": ("DaemonSet", "eks-pod-identity-agent"),
    "eks-node-monitoring-agent": ("DaemonSet", "eks-node-monitoring-agent"),
    "aws-ebs-csi-driver": ("Deployment", "ebs-csi-controller"),
    "aws-efs-csi-driver": ("Deployment", "efs-csi-controller"),
    "prometheus-node-exporter": ("DaemonSet", "prometheus-node-exporter"),
    "aws-guardduty-agent": ("DaemonSet", "aws-guardduty-agent"),
    "amazon-cloudwatch-observability": ("DaemonSet", "cloudwatch-agent"),
}


def apply(ctx: Context, cluster: str, manifests: list[Manifest], delete: list[Manifest] | None = None) -> None:
    if manifests or delete:
        ctx.world.push("apply", ctx.call.account, ctx.call.region, cluster, manifests, delete or [])


def cluster_is_active(ctx: Context, cluster: Body, *, self_managed: bool) -> None:
    """Apply what a new cluster begins with; Cilium stands in for the CNI that users install for hybrid nodes."""
    found = [workload(kind, name, "kube-system", cluster["version"]) for name, kind in SELF_MANAGED.items()] if self_managed else []
    apply(ctx, cluster["name"], [*found, *_cni(cluster)])


def cluster_changed(ctx: Context, name: str) -> None:
    cluster = ctx.clusters.get(name)
    if cluster is not None:
        apply(ctx, name, _cni(cluster))


def _cni(cluster: Body) -> list[Manifest]:
    """Return what an installed Cilium leaves in the API; hosts know by its configuration that their CNI runs."""
    if not cluster.get("remoteNetworkConfig"):
        return []
    settings = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cilium-config", "namespace": "kube-system"}, "data": {"ipam": "cluster-pool"}}
    agent = workload("DaemonSet", "cilium", "kube-system", "v1.18.6-1")
    template = agent["spec"]["template"]["metadata"]
    template["labels"] = {**template["labels"], "k8s-app": "cilium"}  # of Cilium's chart: by it a node finds the pod that it may see, and nothing else
    return [settings, agent]


def version_changed(ctx: Context, name: str, version: str) -> None:
    ctx.world.push("put_cluster", ctx.call.account, ctx.call.region, name, version)


def addon_manifest(addon: Body, *, ready: bool = True) -> Manifest:
    kind, name = WORKLOADS.get(addon["addonName"], ("Deployment", addon["addonName"]))
    return workload(kind, name, addon["namespaceConfig"]["namespace"], addon["addonVersion"], ready=ready)


def addon_is_active(ctx: Context, addon: Body, *, ready: bool = True) -> None:
    namespace = addon["namespaceConfig"]["namespace"]
    extra = [] if namespace == "kube-system" else [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}]
    apply(ctx, addon["clusterName"], [*extra, addon_manifest(addon, ready=ready)])


def addon_is_gone(ctx: Context, addon: Body) -> None:
    apply(ctx, addon["clusterName"], [], [addon_manifest(addon)])


def workload(kind: str, name: str, namespace: str, version: str, *, ready: bool = True) -> Manifest:
    """Return a Deployment or DaemonSet with the status of one that runs (or, not ready, of one that does not)."""
    labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/version": version, "app.kubernetes.io/managed-by": "eks"}
    container = {"name": name, "image": f"602401143452.dkr.ecr.us-west-2.amazonaws.com/eks/{name}:{version}"}
    template = {"metadata": {"labels": labels}, "spec": {"serviceAccountName": name, "containers": [container]}}
    spec: Manifest = {"selector": {"matchLabels": {"app.kubernetes.io/name": name}}, "template": template}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {**spec, "replicas": 2} if kind == "Deployment" else spec,
        "status": _status(kind, ready),
    }


def _status(kind: str, ready: bool) -> Manifest:
    count = 2 if ready else 0
    if kind == "DaemonSet":
        numbers = ("currentNumberScheduled", "desiredNumberScheduled", "numberReady", "numberAvailable", "updatedNumberScheduled")
        return {"observedGeneration": 1, "numberMisscheduled": 0, **dict.fromkeys(numbers, count)}
    condition = {"type": "Available", "status": "True" if ready else "False", "reason": "MinimumReplicasAvailable" if ready else "MinimumReplicasUnavailable"}
    return {"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "readyReplicas": count, "availableReplicas": count, "conditions": [condition]}


def nodes(ctx: Context, group: Body, count: int) -> list[Manifest]:
    """Return the Node objects of a node group of that size; the same names every time."""
    return [_node(ctx, group, index) for index in range(count)]


def _node(ctx: Context, group: Body, index: int) -> Manifest:
    digest = hashlib.sha256(f"{group['nodegroupArn']}/{index}".encode()).digest()
    address = f"10.{digest[0]}.{digest[1]}.{digest[2] % 254 + 1}"
    name = f"ip-{address.replace('.', '-')}.{ctx.call.region}.compute.internal"
    instance = (group.get("instanceTypes") or ["t3.medium"])[0]
    labels = {
        **(group.get("labels") or {}),
        "eks.amazonaws.com/nodegroup": group["nodegroupName"],
        "eks.amazonaws.com/capacityType": group["capacityType"],
        "node.kubernetes.io/instance-type": instance,
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "arm64" if "ARM" in group["amiType"] else "amd64",
        "topology.kubernetes.io/region": ctx.call.region,
        "topology.kubernetes.io/zone": f"{ctx.call.region}{'abc'[index % 3]}",
    }
    kubelet = f"v{versions.BY_MINOR[group['version']].patch}-eks-{digest[:4].hex()[:7]}"
    conditions = [{"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is posting ready status"}]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {"providerID": f"aws:///{labels['topology.kubernetes.io/zone']}/i-{digest.hex()[:17]}", "taints": _taints(group)},
        "status": {
            "addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}],
            "capacity": {"cpu": "2", "memory": "3976120Ki", "pods": "17"},
            "allocatable": {"cpu": "1930m", "memory": "3420Mi", "pods": "17"},
            "conditions": conditions,
            "nodeInfo": {"kubeletVersion": kubelet, "operatingSystem": "linux", "architecture": labels["kubernetes.io/arch"], "osImage": group["amiType"]},
        },
    }


def _taints(group: Body) -> list[Manifest]:
    words = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute", "PREFER_NO_SCHEDULE": "PreferNoSchedule"}
    return [{"key": taint["key"], "value": taint.get("value", ""), "effect": words[taint["effect"]]} for taint in group.get("taints") or []]
