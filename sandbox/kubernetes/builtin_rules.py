"""Rules of single built-in kinds: what may not change, and what the schemas cannot say."""

from __future__ import annotations

from typing import Any

from sandbox.kubernetes import content_rules, pod_rules
from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.errors import Cause, forbidden_field, invalid_value
from sandbox.kubernetes.kinds import Kind

Object = dict[str, Any]
_FIXED: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {
    ("", "Secret"): (("type", "field is immutable"),),
    ("apps", "Deployment"): (("spec.selector", "field is immutable"),),
    ("apps", "DaemonSet"): (("spec.selector", "field is immutable"),),
    ("apps", "ReplicaSet"): (("spec.selector", "field is immutable"),),
    ("batch", "Job"): (("spec.selector", "field is immutable"), ("spec.template", "field is immutable")),
    ("rbac.authorization.k8s.io", "RoleBinding"): (("roleRef", "cannot change roleRef"),),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): (("roleRef", "cannot change roleRef"),),
    ("storage.k8s.io", "StorageClass"): (("provisioner", "field is immutable"), ("parameters", "field is immutable")),
}
_FROZEN = {("", "Secret"): ("data", "immutable"), ("", "ConfigMap"): ("data", "binaryData", "immutable")}


def _at(obj: Any, path: str) -> Any:
    for step in path.split("."):
        obj = obj.get(step) if isinstance(obj, dict) else None
    return obj


def _as_told(path: str, value: Any) -> Any:
    """Return a value as the real server prints it: a roleRef is a type without JSON names."""
    return {_GO_NAMES.get(key, key): item for key, item in value.items()} if path == "roleRef" and value else value


_GO_NAMES = {"apiGroup": "APIGroup", "kind": "Kind", "name": "Name"}


def immutable(kind: Kind, live: Object, new: Object) -> list[Cause]:
    """Return the fields that an update changes although it may not."""
    key = (kind.group, kind.kind)
    causes = [invalid_value(path, _as_told(path, _at(new, path)), words) for path, words in _FIXED.get(key, ()) if _at(live, path) != _at(new, path)]
    if key == ("", "Pod"):
        causes += pod_rules.changed(live, new)
    if live.get("immutable") is True and key in _FROZEN:
        changed = [field for field in _FROZEN[key] if live.get(field) != new.get(field)]
        causes += [forbidden_field(field, "field is immutable when `immutable` is set") for field in changed]
    return causes


def validate(cluster: Cluster, kind: Kind, obj: Object) -> list[Cause]:
    """Return what is wrong with the content of a built-in object."""
    check = content_rules.CHECKS.get((kind.group, kind.kind))
    return check(obj) if check else []
