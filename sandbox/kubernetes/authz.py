"""Who may: group system:masters everything, nodes their own, EKS access policies and RBAC the rest."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from sandbox.kubernetes import rbac
from sandbox.kubernetes.authn import User
from sandbox.kubernetes.bootstrap_roles import cluster_roles
from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.errors import ApiError
from sandbox.kubernetes.rbac import Attempt, Rule
from sandbox.kubernetes.user_roles import policy_rules

MASTERS = "system:masters"
NODES = "system:nodes"
NODE_PREFIX = "system:node:"
_POLICY = "eks:access-policy:"


def allowed(cluster: Cluster, user: User, attempt: Attempt) -> bool:
    """Tell whether a user may make an attempt."""
    if MASTERS in user.groups:
        return True
    if any(rbac.rule_allows(rule, attempt) for rule in group_rules(user, attempt.namespace)):
        return _within_node(user, attempt)
    return rbac.allows(cluster, user, attempt)


def group_rules(user: User, namespace: str, *, nodes: bool = True) -> Iterator[Rule]:
    """Yield what a user's groups grant beside RBAC: EKS access policies, and, where asked for, what a node may."""
    for group in user.groups:
        if group.startswith(_POLICY):
            policy, _, scope = group.removeprefix(_POLICY).partition(":")
            if not scope or scope == namespace:
                yield from _policies().get(policy, ())
    if nodes and _is_node(user):
        yield from _node_rules()


@cache
def _policies() -> dict[str, list[Rule]]:
    return policy_rules()


@cache
def _node_rules() -> list[Rule]:
    return next(role.rules for role in cluster_roles() if role.name == "system:node")


def _is_node(user: User) -> bool:
    return NODES in user.groups and user.name.startswith(NODE_PREFIX)


def _within_node(user: User, attempt: Attempt) -> bool:
    """Tell whether a node stays with what is its own: itself, its Lease and its CSINode, once the name is known."""
    if not _is_node(user) or attempt.verb in ("list", "watch", "create") or attempt.resource not in ("nodes", "leases", "csinodes"):
        return True
    own = user.name.removeprefix(NODE_PREFIX)
    return attempt.name == own or (attempt.resource == "nodes" and attempt.verb == "get")


def require(cluster: Cluster, user: User, attempt: Attempt) -> None:
    """Raise the 403 that names what was refused, in the words of the real server."""
    if _is_node(user) and attempt.resource == "nodes" and attempt.verb in ("update", "patch") and not _within_node(user, attempt):
        own = user.name.removeprefix(NODE_PREFIX)
        message = f'nodes "{attempt.name}" is forbidden: node "{own}" is not allowed to modify node "{attempt.name}"'
        raise ApiError(403, "Forbidden", message, _details(attempt))
    if not allowed(cluster, user, attempt):
        raise ApiError(403, "Forbidden", _refusal(user, attempt), _details(attempt))


def _details(attempt: Attempt) -> dict[str, Any]:
    shown = {"name": attempt.name, "group": attempt.group, "kind": attempt.resource}
    return {key: value for key, value in shown.items() if value}


def _refusal(user: User, attempt: Attempt) -> str:
    if attempt.path:
        return f'forbidden: User "{user.name}" cannot {attempt.verb} path "{attempt.path}"'
    resource = f"{attempt.resource}/{attempt.subresource}" if attempt.subresource else attempt.resource
    where = f' in the namespace "{attempt.namespace}"' if attempt.namespace else " at the cluster scope"
    what = f"{attempt.resource}.{attempt.group}" if attempt.group else attempt.resource
    name = f' "{attempt.name}"' if attempt.name else ""
    return f'{what}{name} is forbidden: User "{user.name}" cannot {attempt.verb} resource "{resource}" in API group "{attempt.group}"{where}'
