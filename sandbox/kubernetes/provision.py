"""What the server adds to an object after its fields have owners: admission plugins, allocators, and what a new object starts with."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from sandbox.kubernetes import names, nodes, pod_defaults, service_defaults
from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.errors import forbidden
from sandbox.kubernetes.kinds import Kind, builtin_kind

Object = dict[str, Any]
_TOKENS_AT = "/var/run/secrets/kubernetes.io/serviceaccount"
# An hour and the seconds by which the kubelet is late.
_TOKEN_SECONDS = 3607


def create(cluster: Cluster, kind: Kind, obj: Object) -> Object:
    """Return a new object with what the server adds to it. Raises the 403 of an admission plugin."""
    add = _CREATE.get((kind.group, kind.kind))
    return add(cluster, obj) if add else obj


def update(cluster: Cluster, kind: Kind, live: Object, new: Object) -> Object:
    """Return a changed object with what the server keeps for it."""
    if (kind.group, kind.kind) == ("", "Service"):
        return service_defaults.allocate(cluster, new, live)
    if (kind.group, kind.kind) == ("", "Pod"):
        return pod_defaults.tolerant(new)
    return new


def _namespace(cluster: Cluster, obj: Object) -> Object:
    finalizers = (obj.get("spec") or {}).get("finalizers") or []
    kept = finalizers if "kubernetes" in finalizers else [*finalizers, "kubernetes"]
    return {**obj, "spec": {"finalizers": kept}, "status": {"phase": "Active"}}


def _node(cluster: Cluster, obj: Object) -> Object:
    spec = obj.get("spec") or {}
    return {**obj, "spec": {**spec, "taints": [*(spec.get("taints") or ()), nodes.NEW_TAINT]}}


def _job(cluster: Cluster, obj: Object) -> Object:
    """Return a Job with the selector that ties its pods to it, unless it selects by hand."""
    spec = obj["spec"]
    if spec.get("manualSelector"):
        return obj
    uid, name = obj["metadata"]["uid"], obj["metadata"]["name"]
    labels = {"batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": name, "controller-uid": uid, "job-name": name}
    template = spec["template"]
    labels = {**(template["metadata"].get("labels") or {}), **labels}
    selector = spec.get("selector") or {}
    selector = {**selector, "matchLabels": {**(selector.get("matchLabels") or {}), "batch.kubernetes.io/controller-uid": uid}}
    metadata = {**obj["metadata"], "labels": obj["metadata"].get("labels") or labels}
    template = {**template, "metadata": {**template["metadata"], "labels": labels}}
    return {**obj, "metadata": metadata, "spec": {**spec, "selector": selector, "template": template}}


def _pod(cluster: Cluster, obj: Object) -> Object:
    """Return a pod with its ServiceAccount, its priority, the tolerations that every pod gets, and the status of a pod that nobody has seen yet."""
    obj = pod_defaults.admitted(_with_account(cluster, obj))
    return {**obj, "status": {"phase": "Pending", "qosClass": pod_defaults.quality(obj["spec"])}}


def _with_account(cluster: Cluster, obj: Object) -> Object:
    spec, metadata = obj["spec"], obj["metadata"]
    name = spec.get("serviceAccountName") or "default"
    account = cluster.store.get(("", "serviceaccounts"), metadata["namespace"], name)
    if account is None:
        kind = builtin_kind("v1", "Pod")
        raise forbidden(kind, metadata["name"], f'error looking up service account {metadata["namespace"]}/{name}: serviceaccount "{name}" not found')
    spec = {**spec, "serviceAccountName": name, "serviceAccount": name}
    if account.get("imagePullSecrets") and not spec.get("imagePullSecrets"):
        spec["imagePullSecrets"] = account["imagePullSecrets"]
    wanted = spec.get("automountServiceAccountToken", account.get("automountServiceAccountToken", True))
    return {**obj, "spec": _with_token(spec) if wanted else spec}


def _with_token(spec: Object) -> Object:
    """Return a pod spec whose containers have the account's token mounted, but for those that mount something there themselves."""
    volume = "kube-api-access-" + "".join(random.choices(names.SUFFIX, k=5))
    mount = {"name": volume, "readOnly": True, "mountPath": _TOKENS_AT}
    mounted = dict(spec)
    for key in ("initContainers", "containers"):
        if key in spec:
            mounted[key] = [each if _mounts_there(each) else {**each, "volumeMounts": [*(each.get("volumeMounts") or ()), mount]} for each in spec[key]]
    if all(mounted.get(key) == spec.get(key) for key in ("initContainers", "containers")):
        return spec
    return {**mounted, "volumes": [*(spec.get("volumes") or ()), {"name": volume, "projected": {"sources": _sources(), "defaultMode": 0o644}}]}


def _mounts_there(container: Object) -> bool:
    return any(each.get("mountPath") == _TOKENS_AT for each in container.get("volumeMounts") or ())


def _sources() -> list[Object]:
    field = {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
    return [
        {"serviceAccountToken": {"expirationSeconds": _TOKEN_SECONDS, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [field]}},
    ]


_CREATE: dict[tuple[str, str], Callable[[Cluster, Object], Object]] = {
    ("", "Namespace"): _namespace,
    ("", "Node"): _node,
    ("", "Pod"): _pod,
    ("", "Service"): lambda cluster, obj: service_defaults.allocate(cluster, obj, None),
    ("batch", "Job"): _job,
}
