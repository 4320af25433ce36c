"""Who asks: static tokens, EKS tokens by TokenReview, ServiceAccount tokens; everybody else is anonymous or refused."""

from __future__ import annotations

import base64
import hmac
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.kubernetes import tokens
from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.errors import ApiError, unauthorized

Object = dict[str, Any]
EKS_PREFIX = "k8s-aws-v1."
CACHE_SECONDS = 10.0
_CACHE_LIMIT = 4096
_REVIEW_TIMEOUT = 10.0


@dataclass(frozen=True)
class User:
    """An authenticated caller."""

    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: Mapping[str, list[str]] = field(default_factory=dict, compare=False, hash=False)

    def info(self) -> Object:
        """Return the `userInfo` of review answers."""
        full = {"username": self.name, "uid": self.uid, "groups": list(self.groups), "extra": dict(self.extra)}
        return {key: value for key, value in full.items() if value}


AUTHENTICATED = "system:authenticated"
ANONYMOUS = User("system:anonymous", ("system:unauthenticated",))
ADMIN = User("kubernetes-admin", ("system:masters", AUTHENTICATED))
SYSTEM = User("system:apiserver", ("system:masters", AUTHENTICATED))


class Unproven(Exception):
    """A token proves nobody; the text is why, as a TokenReview says it."""

    unknown = "unknown"

    def __init__(self, why: str = unknown) -> None:
        super().__init__(why)


class Authenticator:
    """Turns an Authorization header into a User. `tokens` are the static ones; `aws` is the endpoint that reviews EKS tokens."""

    def __init__(self, tokens: Mapping[str, User], aws: str | None, clock: Callable[[], float]) -> None:
        self._tokens = {token.encode(): user for token, user in tokens.items()}
        self._aws = aws.rstrip("/") if aws else None
        self._clock = clock
        self._reviewed: dict[tuple[str, str], tuple[float, User]] = {}

    @property
    def of_eks(self) -> bool:
        """Tell whether the clusters are of an EKS, which decides on tokens and access policies."""
        return self._aws is not None

    def identify(self, cluster: Cluster, authorization: str | None) -> User:
        """Return the caller; anonymous without credentials. Raises 401 for credentials that prove nothing."""
        if not authorization:
            return ANONYMOUS
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return ANONYMOUS
        try:
            return self._user_of(cluster, token.strip())
        except Unproven as unproven:
            raise unauthorized() from unproven

    def _user_of(self, cluster: Cluster, token: str) -> User:
        """Return the user that a token proves. Raises Unproven."""
        for known, user in self._tokens.items():
            if hmac.compare_digest(known, token.encode()):
                return user
        if token.startswith(EKS_PREFIX):
            return self._eks(cluster, token)
        account = self._service_account(cluster, token)
        if account is None:
            raise Unproven
        return account

    def _eks(self, cluster: Cluster, token: str) -> User:
        key = (cluster.path, token)
        until, user = self._reviewed.get(key, (0.0, ANONYMOUS))
        if self._clock() < until:
            return user
        reviewed = self._review(cluster, token)
        if len(self._reviewed) >= _CACHE_LIMIT:
            self._reviewed.clear()
        self._reviewed[key] = (self._clock() + CACHE_SECONDS, reviewed)
        return reviewed

    def _review(self, cluster: Cluster, token: str) -> User:
        """Ask AWS whose a token is. Raises Unproven with AWS's own reason where it gives one."""
        if self._aws is None:
            raise Unproven
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}
        url = f"{self._aws}/_sandbox/{cluster.path}/tokenreview"
        request = urllib.request.Request(url, json.dumps(review).encode(), {"Content-Type": "application/json"}, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=_REVIEW_TIMEOUT) as answer:
                status: Object = json.load(answer).get("status") or {}
        except (urllib.error.URLError, TimeoutError, ValueError) as error:
            raise Unproven from error
        if not status.get("authenticated"):
            raise Unproven(status.get("error") or Unproven.unknown)
        return _reviewed_user(status)

    def _service_account(self, cluster: Cluster, token: str) -> User | None:
        claims = self._account_claims(cluster, token)
        return _account_user(claims) if claims is not None and cluster.issuer in claims.get("aud", ()) else None

    def _account_claims(self, cluster: Cluster, token: str) -> Object | None:
        """Return what a living ServiceAccount's token says, whoever it is for; None for a token that proves nothing."""
        claims = cluster.world.signer.read(token)
        if claims is None or ("exp" in claims and claims["exp"] < self._clock()):
            return None
        namespace, name = claims["sub"].split(":")[2:4]
        account = cluster.store.get(("", "serviceaccounts"), namespace, name)
        if account is None or account["metadata"]["uid"] != _account_uid(claims):
            return None
        if not _secret_lives(cluster, namespace, claims, token) or not _bound_lives(cluster, namespace, claims):
            return None
        return claims

    def review(self, cluster: Cluster, token: str, wanted: list[str]) -> Object:
        """Return the status of a TokenReview that asks for these audiences. Tokens that are not a ServiceAccount's are for the API server alone."""
        claims = self._account_claims(cluster, token)
        if claims is None:
            return self._own(cluster, token) if cluster.issuer in wanted else _unproven(Unproven.unknown)
        meant: list[str] = claims.get("aud", [])
        common = [each for each in wanted if each in meant]
        if not common:
            return _unproven(f"token audiences {_listed(meant)} is invalid for the target audiences {_listed(wanted)}")
        return _proven(_account_user(claims), common)

    def _own(self, cluster: Cluster, token: str) -> Object:
        try:
            return _proven(self._user_of(cluster, token), [cluster.issuer])
        except Unproven as unproven:
            return _unproven(str(unproven))


def _proven(user: User, audiences: list[str]) -> Object:
    return {"authenticated": True, "user": user.info(), "audiences": audiences}


def _unproven(why: str) -> Object:
    return {"user": {}, "error": f"[invalid bearer token, {why}]"}


def _listed(words: list[str]) -> str:
    return "[" + " ".join(json.dumps(word) for word in words) + "]"


_EXTRA = "authentication.kubernetes.io"


def _account_user(claims: Object) -> User:
    namespace = claims["sub"].split(":")[2]
    private = claims.get("kubernetes.io") or {}
    extra = {f"{_EXTRA}/credential-id": [f"JTI={claims['jti']}"]} if "jti" in claims else {}
    for kind in ("node", "pod"):
        extra |= {f"{_EXTRA}/{kind}-{key}": [private[kind][key]] for key in ("name", "uid") if kind in private}
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", AUTHENTICATED)
    return User(claims["sub"], groups, _account_uid(claims), extra)


def _reviewed_user(status: Object) -> User:
    info = status.get("user") or {}
    groups = tuple(info.get("groups") or ())
    return User(info.get("username", ""), groups if AUTHENTICATED in groups else (*groups, AUTHENTICATED), info.get("uid", ""), info.get("extra") or {})


def _account_uid(claims: Object) -> str:
    private = claims.get("kubernetes.io")
    uid: str = private["serviceaccount"]["uid"] if private else claims.get("kubernetes.io/serviceaccount/service-account.uid", "")
    return uid


def _secret_lives(cluster: Cluster, namespace: str, claims: Object, token: str) -> bool:
    """Tell whether the Secret of a long-lived token still holds it; true for tokens that live in none."""
    name = claims.get("kubernetes.io/serviceaccount/secret.name")
    if name is None:
        return True
    secret = cluster.store.get(("", "secrets"), namespace, name)
    return secret is not None and base64.b64decode((secret.get("data") or {}).get("token", "")).decode() == token


def _bound_lives(cluster: Cluster, namespace: str, claims: Object) -> bool:
    """Tell whether the object that a token is bound to is still the same one; a pod's token also names its node, and may outlive that."""
    private = claims.get("kubernetes.io") or {}
    for kind in ("Secret", "Pod", "Node"):
        bound = private.get(kind.lower())
        if bound is not None:
            found = cluster.store.get(("", tokens.BOUND[kind]), "" if kind == "Node" else namespace, bound["name"])
            return found is not None and found["metadata"]["uid"] == bound["uid"]
    return True


def review(authenticator: Authenticator, cluster: Cluster, spec: Object) -> Object:
    """Return the status of a TokenReview."""
    token = spec.get("token", "")
    if not token:
        raise ApiError(400, "BadRequest", "token is required for TokenReview in authentication")
    return authenticator.review(cluster, token, spec.get("audiences") or [cluster.issuer])
