"""Rules of single built-in kinds: what may not change, and what the schemas cannot say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sandbox.kubernetes import content_rules, network_rules, pod_rules, policy_rules, quota_rules, workload_rules
from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.errors import Cause, forbidden_field, invalid_value
from sandbox.kubernetes.field_rules import shown_selector
from sandbox.kubernetes.kinds import Kind

Object = dict[str, Any]
_RBAC = "rbac.authorization.k8s.io"
_FIXED: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {
    ("", "Secret"): (("type", "field is immutable"),),
    ("apps", "Deployment"): (("spec.selector", "field is immutable"),),
    ("apps", "DaemonSet"): (("spec.selector", "field is immutable"),),
    ("apps", "ReplicaSet"): (("spec.selector", "field is immutable"),),
    ("rbac.authorization.k8s.io", "RoleBinding"): (("roleRef", "cannot change roleRef"),),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): (("roleRef", "cannot change roleRef"),),
    ("storage.k8s.io", "StorageClass"): tuple((field, "field is immutable") for field in ("parameters", "provisioner", "reclaimPolicy", "volumeBindingMode")),
}
_FROZEN = {("", "Secret"): ("immutable", "data"), ("", "ConfigMap"): ("immutable", "data", "binaryData")}
_CHANGES: dict[tuple[str, str], Callable[[Object, Object], Iterable[Cause]]] = {
    ("", "PersistentVolumeClaim"): policy_rules.changed_claim,
    ("", "Pod"): pod_rules.changed,
    ("", "ResourceQuota"): quota_rules.changed_quota,
    ("", "Service"): network_rules.moved,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): content_rules.changed_definition,
    ("apps", "StatefulSet"): workload_rules.changed_set,
    ("batch", "Job"): workload_rules.changed_job,
    ("scheduling.k8s.io", "PriorityClass"): policy_rules.changed_priority,
}


def _at(obj: Any, path: str) -> Any:
    for step in path.split("."):
        obj = obj.get(step) if isinstance(obj, dict) else None
    return obj


def _as_told(path: str, value: Any) -> Any:
    """Return a value as the real server prints it: a roleRef is a type without JSON names."""
    if path == "spec.selector":
        return shown_selector(value)
    return {_GO_NAMES.get(key, key): item for key, item in value.items()} if path == "roleRef" and value else value


_GO_NAMES = {"apiGroup": "APIGroup", "kind": "Kind", "name": "Name"}


def immutable(kind: Kind, live: Object, new: Object) -> list[Cause]:
    """Return the fields that an update changes although it may not."""
    key = (kind.group, kind.kind)
    causes = [invalid_value(path, _as_told(path, _at(new, path)), words) for path, words in _FIXED.get(key, ()) if _at(live, path) != _at(new, path)]
    causes += _CHANGES[key](live, new) if key in _CHANGES else ()
    if live.get("immutable") is True and key in _FROZEN:
        changed = [field for field in _FROZEN[key] if live.get(field) != new.get(field)]
        causes += [forbidden_field(field, "field is immutable when `immutable` is set") for field in changed]
    return causes


_STATUS_CHECKS: dict[tuple[str, str], Callable[[Object], Iterable[Cause]]] = {
    ("apps", "Deployment"): workload_rules.deployment_status,
    ("policy", "PodDisruptionBudget"): policy_rules.budget_status,
}
_CONTENT_FIRST = frozenset({("apps", "Deployment"), ("apps", "DaemonSet"), ("apps", "ReplicaSet"), (_RBAC, "RoleBinding"), (_RBAC, "ClusterRoleBinding")})


_WRITTEN_STATUS: dict[tuple[str, str], Callable[[Object], Iterable[Cause]]] = {
    ("", "resourcequotas"): quota_rules.quota_status,
    ("", "services"): network_rules.service_status,
}


def status(kind: Kind, obj: Object) -> list[Cause]:
    """Return what is wrong with a built-in status that is written, beside what `validate` finds."""
    check = _WRITTEN_STATUS.get(kind.store)
    return list(check(obj)) if check else []


def content_first(kind: Kind) -> bool:
    """Tell whether the server says what is wrong with an update's content before what may not change."""
    return (kind.group, kind.kind) in _CONTENT_FIRST


def untold(kind: Kind) -> frozenset[str]:
    """Return the required fields whose lack the server tells by its consequences only."""
    return frozenset({"spec.selector"}) if kind.kind == "DaemonSet" else frozenset()


def validate(cluster: Cluster, kind: Kind, obj: Object) -> list[Cause]:
    """Return what is wrong with the content of a built-in object."""
    key = (kind.group, kind.kind)
    check = content_rules.CHECKS.get(key)
    return (check(obj) if check else []) + (list(_STATUS_CHECKS[key](obj)) if key in _STATUS_CHECKS else [])
