"""Acting as somebody else, by the Impersonate-* headers (`kubectl --as`), where the caller may.

Two ways lead there, as in Kubernetes 1.36: the verb `impersonate` on whoever is named, or the constrained verbs, `impersonate:<mode>` on who is named together
with `impersonate-on:<mode>:<verb>` on what is asked. The way by which a caller got there last is tried first, else the constrained one where there is one for
whoever is named; a refusal is that of the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote

from sandbox.kubernetes import authz
from sandbox.kubernetes.authn import ANONYMOUS, AUTHENTICATED, User
from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.errors import ApiError
from sandbox.kubernetes.exchange import Request
from sandbox.kubernetes.rbac import Attempt

_USER, _GROUP, _UID, _EXTRA = "impersonate-user", "impersonate-group", "impersonate-uid", "impersonate-extra-"
_ACCOUNT = "system:serviceaccount:"
_IDENTITY = "authentication.k8s.io"
_PLAIN = "plain"


def acting(cluster: Cluster, user: User, request: Request, asked: Attempt) -> User:
    """Return who the request is to be answered for: the caller, or whom it names. Raises 400 and 403."""
    wanted = _wanted(request)
    if wanted is None:
        return user
    if not wanted.name:
        raise ApiError(400, "BadRequest", f"requested {_go(wanted)} without impersonating a user name")
    refusals: list[ApiError] = []
    for way in _ways(cluster, user, wanted):
        try:
            _check(cluster, user, wanted, asked, way)
        except ApiError as refusal:
            refusals.append(refusal)
        else:
            cluster.impersonations[user.name] = way
            return _complete(wanted)
    raise refusals[0]


def _ways(cluster: Cluster, user: User, wanted: User) -> list[str]:
    """Return the mode and the plain way, as far as they lead to whom is wanted, in the order in which they are tried."""
    ways = [*filter(None, [_mode(wanted)]), _PLAIN]
    return sorted(ways, key=lambda way: way != cluster.impersonations.get(user.name))


def _check(cluster: Cluster, user: User, wanted: User, asked: Attempt, way: str) -> None:
    """Raise 403 unless the caller may act as whom is wanted by a way."""
    if way != _PLAIN:
        authz.require(cluster, user, replace(asked, verb=f"impersonate-on:{way}:{asked.verb}"))
    for each in _attempts(wanted):
        authz.require(cluster, user, each if way == _PLAIN else _constrained(each, way))


def _constrained(attempt: Attempt, mode: str) -> Attempt:
    resource = "nodes" if mode == "arbitrary-node" and attempt.resource == "users" else attempt.resource
    return replace(attempt, verb=f"impersonate:{mode}", group=_IDENTITY, resource=resource)


def _wanted(request: Request) -> User | None:
    """Return whom the headers name, groups as they were given; None without such headers."""
    if not any(name.startswith("impersonate-") for name in request.headers):
        return None
    groups = request.repeated.get(_GROUP, ())
    extra: dict[str, list[str]] = {}
    for name, values in request.repeated.items():
        if name.startswith(_EXTRA):
            extra[unquote(name.removeprefix(_EXTRA))] = list(values)
    return User(request.headers.get(_USER, ""), tuple(groups), request.headers.get(_UID, ""), extra)


def _go(user: User) -> str:
    """Return a user as Go prints the value."""
    groups = "[]string{" + ", ".join(f'"{group}"' for group in user.groups) + "}" if user.groups else "[]string(nil)"
    extra = "map[string][]string(nil)"
    if user.extra:
        extra = (
            "map[string][]string{"
            + ", ".join(f'"{key}":[]string{{{", ".join(chr(34) + each + chr(34) for each in user.extra[key])}}}' for key in sorted(user.extra))
            + "}"
        )
    return f'&user.DefaultInfo{{Name:"{user.name}", UID:"{user.uid}", Groups:{groups}, Extra:{extra}}}'


def _attempts(wanted: User) -> Iterator[Attempt]:
    """Yield what the caller must be allowed under the verb `impersonate`, the user first."""
    if wanted.name.startswith(_ACCOUNT):
        namespace, _, name = wanted.name.removeprefix(_ACCOUNT).partition(":")
        yield Attempt(verb="impersonate", resource="serviceaccounts", namespace=namespace, name=name)
    else:
        yield Attempt(verb="impersonate", resource="users", name=wanted.name)
    if wanted.uid:
        yield Attempt(verb="impersonate", group=_IDENTITY, resource="uids", name=wanted.uid)
    for group in wanted.groups:
        yield Attempt(verb="impersonate", resource="groups", name=group)
    for key, values in sorted(wanted.extra.items()):
        for value in values:
            yield Attempt(verb="impersonate", group=_IDENTITY, resource="userextras", subresource=key, name=value)


def _mode(wanted: User) -> str:
    """Return the constrained mode for whom is wanted; empty for a ServiceAccount or a node of which more than the name is given."""
    special = "serviceaccount" if wanted.name.startswith(_ACCOUNT) else "arbitrary-node" if wanted.name.startswith(authz.NODE_PREFIX) else ""
    if not special:
        return "user-info"
    return "" if wanted.groups or wanted.uid or wanted.extra else special


def _complete(wanted: User) -> User:
    """Return the user with the groups that everybody of its sort has."""
    if wanted.name == ANONYMOUS.name:
        return replace(wanted, groups=tuple(dict.fromkeys((*wanted.groups, *ANONYMOUS.groups))))
    groups = wanted.groups
    if wanted.name.startswith(_ACCOUNT) and not groups:
        namespace = wanted.name.removeprefix(_ACCOUNT).partition(":")[0]
        groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}")
    return replace(wanted, groups=groups if AUTHENTICATED in groups else (*groups, AUTHENTICATED))
