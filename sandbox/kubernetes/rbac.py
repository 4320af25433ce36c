"""Role based access control: rules, the roles that every cluster starts with, and the evaluation over bindings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.kubernetes import bootstrap_roles, selectors
from sandbox.kubernetes.store import Table

if TYPE_CHECKING:
    from sandbox.kubernetes.authn import User
    from sandbox.kubernetes.cluster import Cluster

Object = dict[str, Any]
Rule = Object
ROLES: Table = ("rbac.authorization.k8s.io", "roles")
CLUSTER_ROLES: Table = ("rbac.authorization.k8s.io", "clusterroles")
BINDINGS: Table = ("rbac.authorization.k8s.io", "rolebindings")
CLUSTER_BINDINGS: Table = ("rbac.authorization.k8s.io", "clusterrolebindings")
API = "rbac.authorization.k8s.io/v1"


@dataclass(frozen=True)
class Attempt:
    """What somebody wants to do: to a resource, or, where `path` is set, to a URL of no resource."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""


def bootstrap(cluster: Cluster) -> None:
    """Make the roles and bindings that every cluster starts with; their rules are shared by all clusters."""
    about = {"labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}, "annotations": {"rbac.authorization.kubernetes.io/autoupdate": "true"}}
    for role in bootstrap_roles.cluster_roles():
        labels = about["labels"] | role.labels
        extra: Object = {"aggregationRule": role.aggregation} if role.aggregation else {}
        cluster.make(API, "ClusterRole", role.name, metadata={**about, "labels": labels}, rules=role.rules, **extra)
    for binding in bootstrap_roles.cluster_role_bindings():
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": binding.role}
        cluster.make(API, "ClusterRoleBinding", binding.name, metadata=about, roleRef=reference, subjects=binding.subjects)
    aggregate(cluster)


def aggregate(cluster: Cluster) -> None:
    """Give roles with an aggregation rule the rules of the roles that it selects."""
    roles = cluster.store.rows(CLUSTER_ROLES)
    for role in roles:
        if role.get("aggregationRule"):
            rules = _aggregated(role, roles)
            if rules != (role.get("rules") or []):
                cluster.change(CLUSTER_ROLES, role, rules=rules)


def _aggregated(role: Object, roles: list[Object]) -> list[Rule]:
    rules: list[Rule] = []
    for selector in role["aggregationRule"].get("clusterRoleSelectors") or ():
        chosen = selectors.from_label_selector(selector)
        for other in roles:
            if other["metadata"]["name"] != role["metadata"]["name"] and selectors.labels_match(chosen, other["metadata"].get("labels")):
                rules += [rule for rule in other.get("rules") or () if rule not in rules]
    return rules


def allows(cluster: Cluster, user: User, attempt: Attempt) -> bool:
    """Tell whether any role bound to the user permits the attempt."""
    return any(rule_allows(rule, attempt) for rule in rules_of(cluster, user, attempt.namespace))


def rules_of(cluster: Cluster, user: User, namespace: str) -> Iterator[Rule]:
    """Yield the rules that hold for a user in the whole cluster and in a namespace."""
    for binding in cluster.store.rows(CLUSTER_BINDINGS):
        if _binds(binding, user):
            yield from _rules(cluster, binding, "")
    for binding in cluster.store.rows(BINDINGS, namespace) if namespace else ():
        if _binds(binding, user):
            yield from _rules(cluster, binding, namespace)


def _rules(cluster: Cluster, binding: Object, namespace: str) -> list[Rule]:
    reference = binding["roleRef"]
    table, where = (ROLES, namespace) if reference["kind"] == "Role" else (CLUSTER_ROLES, "")
    role = cluster.store.get(table, where, reference["name"])
    return (role or {}).get("rules") or []


def _binds(binding: Object, user: User) -> bool:
    return any(_is_subject(subject, user, binding["metadata"].get("namespace", "")) for subject in binding.get("subjects") or ())


def _is_subject(subject: Object, user: User, namespace: str) -> bool:
    if subject["kind"] == "ServiceAccount":
        return user.name == f"system:serviceaccount:{subject.get('namespace') or namespace}:{subject['name']}"
    return subject["name"] == user.name if subject["kind"] == "User" else subject["name"] in user.groups


def rule_allows(rule: Rule, attempt: Attempt) -> bool:
    """Tell whether one rule permits an attempt."""
    if not _has(rule.get("verbs"), attempt.verb):
        return False
    if attempt.path:
        return any(_url_matches(pattern, attempt.path) for pattern in rule.get("nonResourceURLs") or ())
    names = rule.get("resourceNames")
    return _has(rule.get("apiGroups"), attempt.group) and _has_resource(rule, attempt) and (not names or attempt.name in names)


def _has(values: list[str] | None, value: str) -> bool:
    return bool(values) and ("*" in (values or ()) or value in (values or ()))


def _has_resource(rule: Rule, attempt: Attempt) -> bool:
    whole = f"{attempt.resource}/{attempt.subresource}" if attempt.subresource else attempt.resource
    wanted = {"*", whole} | ({f"*/{attempt.subresource}"} if attempt.subresource else set())
    return not wanted.isdisjoint(rule.get("resources") or ())


def _url_matches(pattern: str, path: str) -> bool:
    return pattern == "*" or pattern == path or (pattern.endswith("*") and path.startswith(pattern[:-1]))
