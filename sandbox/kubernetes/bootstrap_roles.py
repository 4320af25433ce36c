"""The cluster roles and bindings that a cluster is born with, as tables of rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sandbox.kubernetes.user_roles import ADMIN, EDIT, RBAC, READ, VIEW, Rule, rule, urls

_AGGREGATE = "rbac.authorization.k8s.io/aggregate-to-"


@dataclass(frozen=True)
class ClusterRole:
    name: str
    rules: list[Rule]
    labels: dict[str, str] = field(default_factory=dict)
    aggregation: dict[str, Any] | None = None


@dataclass(frozen=True)
class Binding:
    name: str
    role: str
    subjects: list[dict[str, str]]


_PUBLIC = urls("get", "/healthz /livez /readyz /version /version/")
_DISCOVERY = urls("get", "/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/")
_NODE = [
    rule("create", "authentication.k8s.io", "tokenreviews"),
    rule("create", "authorization.k8s.io", "localsubjectaccessreviews subjectaccessreviews"),
    rule(READ, "core", "services"),
    rule("create get list watch", "core", "nodes"),
    rule("patch update", "core", "nodes nodes/status"),
    rule("create patch update", "core", "events"),
    rule(READ, "core", "pods"),
    rule("create delete", "core", "pods"),
    rule("patch update", "core", "pods/status"),
    rule("create", "core", "pods/eviction"),
    rule(READ, "core", "configmaps secrets"),
    rule("get", "core", "persistentvolumeclaims persistentvolumes"),
    rule("get", "core", "endpoints"),
    rule("create get list watch", "certificates.k8s.io", "certificatesigningrequests"),
    rule("create delete get patch update", "coordination.k8s.io", "leases"),
    rule("get", "storage.k8s.io", "volumeattachments"),
    rule("create", "core", "serviceaccounts/token"),
    rule(READ, "storage.k8s.io", "csidrivers"),
    rule("create delete get patch update", "storage.k8s.io", "csinodes"),
    rule(READ, "node.k8s.io", "runtimeclasses"),
]
_BASIC_USER = [
    rule("create", "authorization.k8s.io", "selfsubjectaccessreviews selfsubjectrulesreviews"),
    rule("create", "authentication.k8s.io", "selfsubjectreviews"),
]
_NODE_PROXIER = [
    rule("list watch", "core", "endpoints services"),
    rule(READ, "core", "nodes"),
    rule("create patch update", "core events.k8s.io", "events"),
    rule("list watch", "discovery.k8s.io", "endpointslices"),
]


def _aggregating(name: str, to: tuple[str, ...], levels: tuple[str, ...] = ()) -> ClusterRole:
    selectors_ = [{"matchLabels": {f"{_AGGREGATE}{level}": "true"}} for level in levels or (name,)]
    return ClusterRole(name, [], {f"{_AGGREGATE}{level}": "true" for level in to}, {"clusterRoleSelectors": selectors_})


@cache
def cluster_roles() -> tuple[ClusterRole, ...]:
    """Return the cluster roles; the objects are shared and must not be changed."""
    return (
        ClusterRole("cluster-admin", [rule("*", "*", "*"), urls("*", "*")]),
        _aggregating("admin", ()),
        _aggregating("edit", ("admin",)),
        _aggregating("view", ("edit",)),
        ClusterRole("system:aggregate-to-admin", ADMIN, {f"{_AGGREGATE}admin": "true"}),
        ClusterRole("system:aggregate-to-edit", EDIT, {f"{_AGGREGATE}edit": "true"}),
        ClusterRole("system:aggregate-to-view", VIEW, {f"{_AGGREGATE}view": "true"}),
        ClusterRole("system:basic-user", _BASIC_USER),
        ClusterRole("system:discovery", [_DISCOVERY]),
        ClusterRole("system:public-info-viewer", [_PUBLIC]),
        ClusterRole(
            "system:service-account-issuer-discovery",
            [urls("get", "/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/")],
        ),
        ClusterRole("system:monitoring", [urls("get", "/healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/*")]),
        ClusterRole("system:node", _NODE),
        ClusterRole("system:node-proxier", _NODE_PROXIER),
        ClusterRole("system:auth-delegator", [_NODE[0], rule("create", "authorization.k8s.io", "subjectaccessreviews")]),
        ClusterRole("system:node-bootstrapper", [rule("create get list watch", "certificates.k8s.io", "certificatesigningrequests")]),
        ClusterRole("system:persistent-volume-provisioner", [rule("create delete get list watch", "core", "persistentvolumes")]),
    )


def _group(name: str) -> dict[str, str]:
    return {"apiGroup": RBAC, "kind": "Group", "name": name}


def _user(name: str) -> dict[str, str]:
    return {"apiGroup": RBAC, "kind": "User", "name": name}


@cache
def cluster_role_bindings() -> tuple[Binding, ...]:
    authenticated, everyone = _group("system:authenticated"), _group("system:unauthenticated")
    return (
        Binding("cluster-admin", "cluster-admin", [_group("system:masters")]),
        Binding("system:basic-user", "system:basic-user", [authenticated]),
        Binding("system:discovery", "system:discovery", [authenticated]),
        Binding("system:public-info-viewer", "system:public-info-viewer", [authenticated, everyone]),
        Binding("system:monitoring", "system:monitoring", [_group("system:monitoring")]),
        Binding("system:node", "system:node", []),
        Binding("system:node-proxier", "system:node-proxier", [_user("system:kube-proxy"), _group("system:node-proxier")]),
        Binding("system:service-account-issuer-discovery", "system:service-account-issuer-discovery", [_group("system:serviceaccounts")]),
    )
