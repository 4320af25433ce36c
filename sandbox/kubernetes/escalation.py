"""Nobody gives away what they do not have: roles and bindings that grant more than their writer may do are refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from typing import Any

from sandbox.kubernetes import authz, rbac
from sandbox.kubernetes.authn import User
from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.errors import forbidden
from sandbox.kubernetes.kinds import Kind
from sandbox.kubernetes.rbac import Attempt, Rule

Object = dict[str, Any]
_ROLES = ("roles", "clusterroles")
_BINDINGS = ("rolebindings", "clusterrolebindings")


def check(cluster: Cluster, user: User, kind: Kind, obj: Object, live: Object | None) -> None:
    """Raise the 403 for a role with rules, or a binding to a role, beyond what the user may do. `live` is what an update replaces."""
    if kind.group != "rbac.authorization.k8s.io" or authz.MASTERS in user.groups:
        return
    name, namespace = obj["metadata"]["name"], obj["metadata"].get("namespace", "")
    if kind.plural in _ROLES and (live is None or live.get("rules") != obj.get("rules")):
        granted, verb, about = obj.get("rules") or [], "escalate", Attempt("escalate", kind.group, kind.plural, "", namespace, name)
    elif kind.plural in _BINDINGS and (live is None or live.get("subjects") != obj.get("subjects")):
        reference = obj["roleRef"]
        plural = "roles" if reference["kind"] == "Role" else "clusterroles"
        granted, verb = _rules(cluster, reference, namespace), "bind"
        about = Attempt(verb, kind.group, plural, "", namespace, reference["name"])
    else:
        return
    missing = [] if authz.allowed(cluster, user, about) else [rule for rule in granted if not _held(cluster, user, rule, namespace)]
    if missing:
        groups = " ".join(json.dumps(group) for group in user.groups)
        who = f'user "{user.name}" (groups=[{groups}])'
        raise forbidden(kind, name, f"{who} is attempting to grant RBAC permissions not currently held:\n" + "\n".join(sorted(map(_shown, missing))))


def _rules(cluster: Cluster, reference: Object, namespace: str) -> list[Rule]:
    table, where = (rbac.ROLES, namespace) if reference["kind"] == "Role" else (rbac.CLUSTER_ROLES, "")
    role = cluster.store.get(table, where, reference["name"])
    return (role or {}).get("rules") or []


def _held(cluster: Cluster, user: User, rule: Rule, namespace: str) -> bool:
    return all(authz.allowed(cluster, user, attempt) for attempt in _attempts(rule, namespace))


def _attempts(rule: Rule, namespace: str) -> Iterator[Attempt]:
    """Yield every single permission of a rule; a star is a permission that only a star holds."""
    for verb, path in product(rule.get("verbs") or (), rule.get("nonResourceURLs") or ()):
        yield Attempt(verb=verb, path=path)
    names = rule.get("resourceNames") or [""]
    for verb, group, resource, name in product(rule.get("verbs") or (), rule.get("apiGroups") or (), rule.get("resources") or (), names):
        plural, _, subresource = resource.partition("/")
        yield Attempt(verb, group, plural, subresource, namespace, name)


_PARTS = (
    ("apiGroups", "APIGroups"),
    ("resources", "Resources"),
    ("resourceNames", "ResourceNames"),
    ("nonResourceURLs", "NonResourceURLs"),
    ("verbs", "Verbs"),
)


def _shown(rule: Rule) -> str:
    """Return a rule as the refusal lists it."""
    parts = [f"{word}:[{' '.join(json.dumps(each) for each in rule[key])}]" for key, word in _PARTS if rule.get(key)]
    return "{" + ", ".join(parts) + "}"
