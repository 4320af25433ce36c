"""Nobody gives away what they do not have by RBAC: roles and bindings that grant more are refused.

As on EKS, what one may by an access policy counts only where the policy has the verb `escalate` or `bind` itself.
"""

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
    missing = [] if authz.allowed(cluster, user, about) else _missing(cluster, user, granted, namespace)
    if missing:
        groups = " ".join(json.dumps(group) for group in user.groups)
        who = f'user "{user.name}" (groups=[{groups}])'
        raise forbidden(kind, name, f"{who} is attempting to grant RBAC permissions not currently held:\n" + "\n".join(sorted(set(map(_shown, missing)))))


def _rules(cluster: Cluster, reference: Object, namespace: str) -> list[Rule]:
    table, where = (rbac.ROLES, namespace) if reference["kind"] == "Role" else (rbac.CLUSTER_ROLES, "")
    role = cluster.store.get(table, where, reference["name"])
    return (role or {}).get("rules") or []


def _missing(cluster: Cluster, user: User, granted: list[Rule], namespace: str) -> list[Rule]:
    """Return every permission that a user does not hold, those of one resource in one rule."""
    held = list(rbac.rules_of(cluster, user, namespace))
    found: dict[str, Rule] = {}
    for each in (permission for rule in granted for permission in _permissions(rule)):
        if not any(rbac.rule_allows(rule, _attempt(each, namespace)) for rule in held):
            about = json.dumps({key: value for key, value in each.items() if key != "verbs" or "nonResourceURLs" in each})
            found.setdefault(about, {**each, "verbs": []})["verbs"].extend(each["verbs"])
    return list(found.values())


def _permissions(rule: Rule) -> Iterator[Rule]:
    """Yield every single permission of a rule, each as a rule."""
    verbs = rule.get("verbs") or ()
    for group, resource, verb, name in product(rule.get("apiGroups") or (), rule.get("resources") or (), verbs, rule.get("resourceNames") or [None]):
        yield {"apiGroups": [group], "resources": [resource], "verbs": [verb], **({"resourceNames": [name]} if name is not None else {})}
    for path, verb in product(rule.get("nonResourceURLs") or (), verbs):
        yield {"nonResourceURLs": [path], "verbs": [verb]}


def _attempt(permission: Rule, namespace: str) -> Attempt:
    """Return the attempt that a permission is for; a star is one that only a star allows."""
    (verb,) = permission["verbs"]
    if "nonResourceURLs" in permission:
        return Attempt(verb=verb, path=permission["nonResourceURLs"][0])
    plural, _, subresource = permission["resources"][0].partition("/")
    return Attempt(verb, permission["apiGroups"][0], plural, subresource, namespace, permission.get("resourceNames", [""])[0])


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
