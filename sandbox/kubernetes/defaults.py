"""Defaults of the built-in kinds, and the parts that Go writes even when they are empty."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from sandbox.kubernetes import pod_defaults, service_defaults, structural
from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.kinds import Kind

Object = dict[str, Any]
_RBAC = "rbac.authorization.k8s.io"
_TEMPLATE: Object = {"metadata": {}, "spec": {"containers": None}}
_WORKLOAD: Object = {"selector": None, "template": _TEMPLATE}
# What an empty object of a kind looks like once Go has written it: its structs without omitempty.
ZERO: dict[tuple[str, str], Object] = {
    ("", "LimitRange"): {"spec": {"limits": None}},
    ("", "Pod"): {"spec": {"containers": None}},
    ("", "PersistentVolumeClaim"): {"spec": {"resources": {}}},
    ("", "Service"): {"status": {"loadBalancer": {}}},
    ("apps", "Deployment"): {"spec": {**_WORKLOAD, "strategy": {}}},
    ("apps", "StatefulSet"): {"spec": {**_WORKLOAD, "serviceName": "", "updateStrategy": {}}},
    ("apps", "DaemonSet"): {"spec": {**_WORKLOAD, "updateStrategy": {}}},
    ("apps", "ReplicaSet"): {"spec": {"selector": None, "template": {"metadata": {}, "spec": {"containers": None}}}},
    ("batch", "Job"): {"spec": {"template": _TEMPLATE}},
    ("batch", "CronJob"): {"spec": {"schedule": "", "jobTemplate": {"metadata": {}, "spec": {"template": _TEMPLATE}}}},
    ("networking.k8s.io", "NetworkPolicy"): {"spec": {"podSelector": {}}},
    ("autoscaling", "HorizontalPodAutoscaler"): {"spec": {"scaleTargetRef": {"kind": "", "name": ""}, "maxReplicas": 0}},
    ("apiextensions.k8s.io", "CustomResourceDefinition"): {"spec": {"group": "", "names": {"plural": "", "kind": ""}, "scope": "", "versions": None}},
    (_RBAC, "Role"): {"rules": None},
    (_RBAC, "ClusterRole"): {"rules": None},
    (_RBAC, "RoleBinding"): {"roleRef": {}},
    (_RBAC, "ClusterRoleBinding"): {"roleRef": {}},
}


def fill(cluster: Cluster, kind: Kind, obj: Object) -> Object:
    """Return the object with every default filled in that needs nothing but the object."""
    if kind.custom is not None:
        filled: Object = structural.fill_defaults(kind.schema, obj)
        return filled
    if (kind.group, kind.kind) == ("", "Service"):
        return service_defaults.fill(obj)
    filler = _FILLERS.get((kind.group, kind.kind))
    return _timed(kind, _whole(cluster, kind, filler(obj) if filler else obj))


# Times of conditions that Go writes even when they say nothing, by kind.
_TIMES: dict[tuple[str, str], tuple[str, ...]] = {
    **{("", kind): ("lastProbeTime", "lastTransitionTime") for kind in ("PersistentVolumeClaim", "Pod")},
    **{("apps", kind): ("lastTransitionTime",) for kind in ("DaemonSet", "ReplicaSet", "StatefulSet")},
    ("", "Namespace"): ("lastTransitionTime",),
    ("", "Node"): ("lastHeartbeatTime", "lastTransitionTime"),
    ("apps", "Deployment"): ("lastUpdateTime", "lastTransitionTime"),
    ("batch", "Job"): ("lastProbeTime", "lastTransitionTime"),
}


def _timed(kind: Kind, obj: Object) -> Object:
    """Return the object with every time in its conditions, null where it is not known."""
    keys, conditions = _TIMES.get((kind.group, kind.kind), ()), (obj.get("status") or {}).get("conditions")
    if not keys or not conditions or all(key in each for each in conditions for key in keys):
        return obj
    return {**obj, "status": {**obj["status"], "conditions": [{**dict.fromkeys(keys), **each} for each in conditions]}}


def _whole(cluster: Cluster, kind: Kind, obj: Object) -> Object:
    """Return the object with an empty spec or status where it has none: Go writes structs even when nothing is in them."""
    properties = (cluster.types.of(kind) or {}).get("properties") or {}
    return obj | {key: {} for key in ("spec", "status") if key in properties and key not in obj}


def settled(kind: Kind, obj: Object) -> Object:
    """Return the object as it comes back from the store: rules or limits of which there are none are null, although an empty list counts as said."""
    if (kind.group, kind.kind) == ("", "LimitRange") and obj["spec"].get("limits") == []:
        return {**obj, "spec": {**obj["spec"], "limits": None}}
    return {**obj, "rules": None} if kind.group == _RBAC and obj.get("rules") == [] else obj


def over(obj: Object, key: str, defaults: Object) -> Object:
    """Return the object with defaults laid under one of its parts."""
    return {**obj, key: {**defaults, **(obj.get(key) or {})}}


def _secret(obj: Object) -> Object:
    plain = obj.get("stringData") or {}
    data = (obj.get("data") or {}) | {key: base64.b64encode(value.encode()).decode() for key, value in plain.items()}
    rest = {key: value for key, value in obj.items() if key not in ("stringData", "data")}
    return {**rest, "type": obj.get("type") or "Opaque"} | ({"data": data} if data else {})


def _namespace(obj: Object) -> Object:
    metadata = obj["metadata"]
    labels = {**(metadata.get("labels") or {}), "kubernetes.io/metadata.name": metadata["name"]}
    return {**obj, "metadata": {**metadata, "labels": labels}, "status": {"phase": "Active"} | (obj.get("status") or {})}


def _templated(obj: Object, defaults: Object, status: Object) -> Object:
    filled = over(obj, "spec", defaults)
    filled["spec"]["template"] = pod_defaults.template(filled["spec"].get("template") or {})
    return {**filled, "status": obj.get("status") or status}


def _strategy(obj: Object, key: str, rolling: Object) -> Object:
    """Return the workload with its update strategy's defaults."""
    given = obj["spec"].get(key) or {}
    chosen = {"type": "RollingUpdate", **given}
    if chosen["type"] == "RollingUpdate":
        chosen["rollingUpdate"] = {**rolling, **(given.get("rollingUpdate") or {})}
    return {**obj, "spec": {**obj["spec"], key: chosen}}


def _deployment(obj: Object) -> Object:
    filled = _templated(obj, {"replicas": 1, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600}, {})
    return _strategy(filled, "strategy", {"maxUnavailable": "25%", "maxSurge": "25%"})


def _stateful_set(obj: Object) -> Object:
    retention = {"whenDeleted": "Retain", "whenScaled": "Retain"}
    defaults = {"replicas": 1, "revisionHistoryLimit": 10, "podManagementPolicy": "OrderedReady", "persistentVolumeClaimRetentionPolicy": retention}
    filled = _templated(obj, defaults, {"replicas": 0, "availableReplicas": 0})
    claims = filled["spec"].get("volumeClaimTemplates")
    if claims:
        filled["spec"]["volumeClaimTemplates"] = [_claim({"kind": "PersistentVolumeClaim", "apiVersion": "v1", **each}) for each in claims]
    return _strategy(filled, "updateStrategy", {"partition": 0})


def _daemon_set(obj: Object) -> Object:
    counts = {"currentNumberScheduled": 0, "numberMisscheduled": 0, "desiredNumberScheduled": 0, "numberReady": 0}
    return _strategy(_templated(obj, {"revisionHistoryLimit": 10}, counts), "updateStrategy", {"maxUnavailable": 1, "maxSurge": 0})


_JOB = {
    "manualSelector": False,
    "parallelism": 1,
    "completions": 1,
    "backoffLimit": 6,
    "completionMode": "NonIndexed",
    "suspend": False,
    "podReplacementPolicy": "TerminatingOrFailed",
}


def _job(obj: Object) -> Object:
    given = obj.get("spec") or {}
    filled = _templated(obj, {key: value for key, value in _JOB.items() if not (key == "completions" and "parallelism" in given)}, {})
    labels = (filled["spec"]["template"].get("metadata") or {}).get("labels")
    return filled if filled["metadata"].get("labels") or not labels else {**filled, "metadata": {**filled["metadata"], "labels": labels}}


def _cron_job(obj: Object) -> Object:
    defaults = {"concurrencyPolicy": "Allow", "suspend": False, "successfulJobsHistoryLimit": 3, "failedJobsHistoryLimit": 1}
    filled = over(obj, "spec", defaults)
    job = filled["spec"].get("jobTemplate") or {}
    spec = {**(job.get("spec") or {}), "template": pod_defaults.template((job.get("spec") or {}).get("template") or {})}
    filled["spec"]["jobTemplate"] = {**job, "metadata": job.get("metadata") or {}, "spec": spec}
    return {**filled, "status": obj.get("status") or {}}


def _claim(obj: Object) -> Object:
    filled = over(obj, "spec", {"resources": {}, "volumeMode": "Filesystem"})
    return over(filled, "status", {"phase": "Pending"})


def _rules(obj: Object) -> Object:
    return {**obj, "rules": obj.get("rules")}


def _subject(given: Object) -> Object:
    return given if given.get("kind") == "ServiceAccount" else {"apiGroup": _RBAC, **given}


def _role_binding(obj: Object) -> Object:
    filled = over(obj, "roleRef", {"apiGroup": _RBAC})
    if "subjects" in obj:
        filled["subjects"] = [_subject(each) for each in obj["subjects"]]
    namespace = obj["metadata"].get("namespace")
    if namespace and "subjects" in filled:
        filled["subjects"] = [
            {**each, "namespace": each.get("namespace") or namespace} if each.get("kind") == "ServiceAccount" else each for each in filled["subjects"]
        ]
    return filled


def _network_policy(obj: Object) -> Object:
    given = obj.get("spec") or {}
    types = ["Ingress", *(["Egress"] if given.get("egress") else [])]
    filled = over(obj, "spec", {"podSelector": {}, "policyTypes": types})
    for key in ("ingress", "egress"):
        if key in given:
            filled["spec"][key] = [
                {**rule, "ports": [{"protocol": "TCP", **port} for port in rule["ports"]]} if "ports" in rule else rule for rule in given[key]
            ]
    return filled


def _autoscaler(obj: Object) -> Object:
    cpu = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}
    metrics = {} if obj["apiVersion"] == "autoscaling/v1" else {"metrics": [cpu]}
    status = {"currentReplicas": 0, "desiredReplicas": 0} if obj["apiVersion"] == "autoscaling/v1" else {"desiredReplicas": 0, "currentMetrics": None}
    return {**over(obj, "spec", {"minReplicas": 1, **metrics}), "status": obj.get("status") or status}


def _definition(obj: Object) -> Object:
    """Return a CustomResourceDefinition with defaults for names and conversion."""
    filled = over(obj, "spec", {"conversion": {"strategy": "None"}})
    spec = {key: value for key, value in filled["spec"].items() if value or key != "preserveUnknownFields"}
    names = spec.get("names") or {}
    kind = names.get("kind", "")
    return {**filled, "spec": {**spec, "names": {"singular": kind.lower(), "listKind": f"{kind}List", **names}}}


def _webhooks(obj: Object) -> Object:
    hook = {"failurePolicy": "Fail", "matchPolicy": "Equivalent", "namespaceSelector": {}, "objectSelector": {}, "timeoutSeconds": 10}
    if obj["kind"].startswith("Mutating"):
        hook["reinvocationPolicy"] = "Never"
    return {**obj, "webhooks": [_hook({**hook, **each}) for each in obj.get("webhooks") or ()]} if obj.get("webhooks") else obj


def _hook(given: Object) -> Object:
    rules = [{"scope": "*", **rule} for rule in given.get("rules") or ()]
    client = given.get("clientConfig") or {}
    service = {"service": {"port": 443, **client["service"]}} if "service" in client else {}
    return {**given, "clientConfig": {**client, **service}, **({"rules": rules} if rules else {})}


_NODE_INFO = (
    *("machineID", "systemUUID", "bootID", "kernelVersion", "osImage", "containerRuntimeVersion"),
    *("kubeletVersion", "kubeProxyVersion", "operatingSystem", "architecture"),
)


def _node(obj: Object) -> Object:
    empty = {"daemonEndpoints": {"kubeletEndpoint": {"Port": 0}}, "nodeInfo": dict.fromkeys(_NODE_INFO, "")}
    status = obj.get("status") or {}
    allocatable = {"allocatable": status["capacity"]} if status.get("capacity") and not status.get("allocatable") else {}
    spec = obj.get("spec") or {}
    networks = {"podCIDRs": [spec["podCIDR"]]} if spec.get("podCIDR") and not spec.get("podCIDRs") else {}
    return {**obj, "spec": {**spec, **networks}, "status": {**empty, **status, **allocatable}}


def _limit_range(obj: Object) -> Object:
    filled = over(obj, "spec", {})
    limits = filled["spec"].get("limits")
    filled["spec"]["limits"] = limits and [_container_limit(each) if each.get("type") == "Container" else each for each in limits]
    return filled


def _container_limit(limit: Object) -> Object:
    """Return a limit of containers whose default is the most where it says none, and whose default request is that default, then the least."""
    default = {**(limit.get("max") or {}), **(limit.get("default") or {})}
    asked = {**(limit.get("min") or {}), **default, **(limit.get("defaultRequest") or {})}
    return {**limit, **({"default": default} if default else {}), **({"defaultRequest": asked} if asked else {})}


_BUDGET_STATUS = {"disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0}
_FILLERS: dict[tuple[str, str], Callable[[Object], Object]] = {
    ("", "Secret"): _secret,
    ("", "Namespace"): _namespace,
    ("", "Node"): _node,
    ("", "LimitRange"): _limit_range,
    ("", "Pod"): pod_defaults.pod,
    ("", "PersistentVolumeClaim"): _claim,
    ("", "PersistentVolume"): lambda obj: over(
        over(obj, "spec", {"persistentVolumeReclaimPolicy": "Retain", "volumeMode": "Filesystem"}), "status", {"phase": "Pending"}
    ),
    ("", "ReplicationController"): lambda obj: _templated(obj, {"replicas": 1}, {"replicas": 0}),
    ("apps", "Deployment"): _deployment,
    ("apps", "StatefulSet"): _stateful_set,
    ("apps", "DaemonSet"): _daemon_set,
    ("apps", "ReplicaSet"): lambda obj: _templated(obj, {"replicas": 1}, {"replicas": 0}),
    ("batch", "Job"): _job,
    ("batch", "CronJob"): _cron_job,
    ("autoscaling", "HorizontalPodAutoscaler"): _autoscaler,
    ("networking.k8s.io", "NetworkPolicy"): _network_policy,
    ("networking.k8s.io", "Ingress"): lambda obj: over(obj, "status", {"loadBalancer": {}}),
    ("policy", "PodDisruptionBudget"): lambda obj: {**obj, "status": obj.get("status") or _BUDGET_STATUS},
    ("scheduling.k8s.io", "PriorityClass"): lambda obj: {"preemptionPolicy": "PreemptLowerPriority", **obj},
    ("storage.k8s.io", "StorageClass"): lambda obj: {"reclaimPolicy": "Delete", "volumeBindingMode": "Immediate", **obj},
    (_RBAC, "Role"): _rules,
    (_RBAC, "ClusterRole"): _rules,
    (_RBAC, "RoleBinding"): _role_binding,
    (_RBAC, "ClusterRoleBinding"): _role_binding,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _definition,
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"): _webhooks,
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"): _webhooks,
}
