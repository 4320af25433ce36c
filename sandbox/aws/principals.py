"""Whose an access key is: the account, and the ARN that STS answers with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.models import get_account_id_from, iam_backends
from moto.sts.models import AssumedRole, sts_backends

OPERATOR = "sandbox"


@dataclass(frozen=True)
class Identity:
    """`arn` is what GetCallerIdentity says, `principal_arn` the user or role behind it; `session` is a role's session name.

    `secret` is known for keys that the simulator itself gave out, and empty for others.
    """

    account: str
    arn: str
    principal_arn: str
    user_id: str
    session: str = ""
    secret: str = ""


class Principals:
    """The owners of access keys: the accounts table, sessions issued to hosts, and whatever moto's IAM and STS know."""

    def __init__(self, accounts: Mapping[str, str]) -> None:
        self._accounts = dict(accounts)
        self._issued: dict[str, Identity] = {}
        self._cache: dict[str, str] = {}

    def account_of(self, access_key: str) -> str:
        if access_key in self._accounts:
            return self._accounts[access_key]
        if access_key in self._issued:
            return self._issued[access_key].account
        if access_key not in self._cache:
            self._cache[access_key] = get_account_id_from(access_key) if access_key else DEFAULT_ACCOUNT_ID
        return self._cache[access_key]

    def own_identity(self, access_key: str) -> Identity | None:
        """Return the identity of a key that moto does not know."""
        if access_key in self._accounts:
            account = self._accounts[access_key]
            arn = f"arn:aws:iam::{account}:user/{OPERATOR}"
            return Identity(account, arn, arn, "AIDASANDBOX" + account)
        return self._issued.get(access_key)

    def identity(self, access_key: str) -> Identity:
        """Return whose key this is; moto's stand-in user for a key that nobody gave out."""
        own = self.own_identity(access_key)
        return own or _role_identity(access_key) or _user_identity(access_key) or _nobody(self.account_of(access_key))

    def issue(self, access_key: str, identity: Identity) -> None:
        self._issued[access_key] = identity

    def clear(self) -> None:
        """Forget everything but the accounts table."""
        self._issued.clear()
        self._cache.clear()


def _assumed_roles() -> Iterator[AssumedRole]:
    for account in list(sts_backends.values()):
        for backend in list(account.values()):
            yield from backend.assumed_roles


def _role_identity(access_key: str) -> Identity | None:
    for role in _assumed_roles():
        if role.access_key_id == access_key:
            return Identity(role.account_id, role.arn, role.role_arn, role.user_id, role.session_name, role.secret_access_key)
    return None


def _user_identity(access_key: str) -> Identity | None:
    for account in list(iam_backends.values()):
        for backend in list(account.values()):
            key = backend.access_keys.get(access_key)
            user = backend.get_user_from_access_key_id(access_key) if key is not None else None
            if user is not None and key is not None:
                return Identity(user.account_id, user.arn, user.arn, user.id, secret=key.secret_access_key)
    return None


def _nobody(account: str) -> Identity:
    """Return the identity moto answers for keys it never gave out."""
    return Identity(account, f"arn:aws:sts::{account}:user/moto", f"arn:aws:iam::{account}:user/moto", "AKIAIOSFODNN7EXAMPLE")
