"""What viewers, editors and administrators of a namespace may: by Kubernetes' own roles, and by the access policies of EKS, which are older and grant less."""

from __future__ import annotations

from typing import Any

Rule = dict[str, Any]
READ = "get list watch"
WRITE = "create delete deletecollection patch update"
ALL = "create delete deletecollection get list patch update watch"
RBAC = "rbac.authorization.k8s.io"


def rule(verbs: str, group: str, resources: str) -> Rule:
    """Return a rule; words are separated by blanks, the core group is `core`."""
    return {"apiGroups": ["" if each == "core" else each for each in group.split()], "resources": resources.split(), "verbs": verbs.split()}


def urls(verbs: str, paths: str) -> Rule:
    return {"nonResourceURLs": paths.split(), "verbs": verbs.split()}


_SEEN = [
    rule(
        READ,
        "apps",
        "controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status"
        " statefulsets statefulsets/scale statefulsets/status",
    ),
    rule(READ, "autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status"),
    rule(READ, "batch", "cronjobs cronjobs/status jobs jobs/status"),
    rule(
        READ,
        "extensions",
        "daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status networkpolicies replicasets replicasets/scale"
        " replicasets/status replicationcontrollers/scale",
    ),
    rule(READ, "policy", "poddisruptionbudgets poddisruptionbudgets/status"),
    rule(READ, "networking.k8s.io", "ingresses ingresses/status networkpolicies"),
]
_CORE_SEEN = rule(
    READ,
    "core",
    "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale"
    " serviceaccounts services services/status",
)
_STATES = "limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status"
_NAMESPACES = rule(READ, "core", "namespaces")
_SLICES = rule(READ, "discovery.k8s.io", "endpointslices")
VIEW = [
    _CORE_SEEN,
    rule(READ, "core", f"bindings {_STATES}"),
    _NAMESPACES,
    rule(READ, "core events.k8s.io", "events"),
    _SLICES,
    *_SEEN,
    rule(READ, "resource.k8s.io", "resourceclaims resourceclaims/status resourceclaimtemplates"),
]

_TAKEN = [
    rule(READ, "core", "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy"),
    rule("impersonate", "core", "serviceaccounts"),
    rule(WRITE, "core", "pods pods/attach pods/exec pods/portforward pods/proxy"),
]
_CHANGED = [
    rule(
        WRITE,
        "apps",
        "daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale",
    ),
    rule(WRITE, "autoscaling", "horizontalpodautoscalers"),
    rule(WRITE, "batch", "cronjobs jobs"),
    rule(
        WRITE,
        "extensions",
        "daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies replicasets replicasets/scale replicationcontrollers/scale",
    ),
    rule(WRITE, "policy", "poddisruptionbudgets"),
    rule(WRITE, "networking.k8s.io", "ingresses networkpolicies"),
]
_OBJECTS = "persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy"
EDIT = [
    *_TAKEN,
    rule("create", "core", "pods/eviction"),
    rule(WRITE, "core", f"configmaps {_OBJECTS}"),
    rule("create", "core", "serviceaccounts/token"),
    rule(WRITE, "core events.k8s.io", "events"),
    *_CHANGED,
    rule(ALL, "coordination.k8s.io", "leases"),
    rule(WRITE, "resource.k8s.io", "resourceclaims resourceclaimtemplates"),
]
ADMIN = [rule("create", "authorization.k8s.io", "localsubjectaccessreviews"), rule(ALL, RBAC, "rolebindings roles")]

_VIEW_POLICY = [_CORE_SEEN, rule(READ, "core", f"bindings events {_STATES}"), _NAMESPACES, _SLICES, *_SEEN]
_EDIT_POLICY = [*_VIEW_POLICY, *_TAKEN, rule(WRITE, "core", f"configmaps events {_OBJECTS}"), *_CHANGED]


def policy_rules() -> dict[str, list[Rule]]:
    """Return what each EKS access policy grants, as AWS documents it."""
    return {
        "AmazonEKSClusterAdminPolicy": [rule("*", "*", "*"), urls("*", "*")],
        "AmazonEKSAdminPolicy": ADMIN + _EDIT_POLICY,
        "AmazonEKSAdminViewPolicy": [rule(READ, "*", "*")],
        "AmazonEKSEditPolicy": _EDIT_POLICY,
        "AmazonEKSViewPolicy": _VIEW_POLICY,
        "AmazonEKSSecretReaderPolicy": [rule(READ, "core", "secrets")],
        "AmazonEKSHybridPolicy": [rule("list", "core", "nodes")],
    }
