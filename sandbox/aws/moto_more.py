"""What moto lacks, added to its own classes: client ids of OIDC providers, rules of delegated administrators, unique ids of users as IAM gives them."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.iam.models import User
from moto.iam.responses import IamResponse
from moto.iam.utils import generate_access_key_id_from_account_id
from moto.organizations.exceptions import ConstraintViolationException
from moto.organizations.models import FakeDelegatedAdministrator, FakeServiceAccess, OrganizationsBackend

DASHBOARD = "eks.amazonaws.com"
"""The EKS Dashboard's principal; moto refuses principals that it does not list."""
_register = OrganizationsBackend.register_delegated_administrator
_init_user = User.__init__


def _add_client_id(self: IamResponse) -> ActionResult:
    """Add a client id; one that is there already is no error (IAM API reference: the operation is idempotent)."""
    provider = self.backend.get_open_id_connect_provider(self._get_param("OpenIDConnectProviderArn"))
    client = self._get_param("ClientID")
    provider.client_id_list = [*(each for each in provider.client_id_list if each != client), client]
    return EmptyResult()


def _remove_client_id(self: IamResponse) -> ActionResult:
    """Remove a client id; one that is not there is no error (IAM API reference: the operation is idempotent)."""
    provider = self.backend.get_open_id_connect_provider(self._get_param("OpenIDConnectProviderArn"))
    provider.client_id_list = [each for each in provider.client_id_list if each != self._get_param("ClientID")]
    return EmptyResult()


def _register_delegated_administrator(self: OrganizationsBackend, **kwargs: str) -> None:
    """Refuse what Organizations refuses and moto does not: a service without trusted access; a second administrator of the EKS Dashboard."""
    service = kwargs["ServicePrincipal"]
    if not any(each["ServicePrincipal"] == service for each in self.services):
        raise ConstraintViolationException("You must enable service access before you register a delegated administrator.")
    others = [admin for admin in self.admins if service in admin.services and admin.account.id != kwargs["AccountId"]]
    if service == DASHBOARD and others:
        raise ConstraintViolationException("You have exceeded the number of delegated administrators allowed for the delegated service.")
    _register(self, **kwargs)


def _identified_user(self: User, account_id: str, *args: Any, **kwargs: Any) -> None:
    """Give a user a unique id that begins as IAM's do, by which GetCallerIdentity, and so Kubernetes, tells a user from a role."""
    _init_user(self, account_id, *args, **kwargs)
    self.id = generate_access_key_id_from_account_id(account_id, prefix="AIDA", total_length=21)


def extend() -> None:
    """Add all of it to moto, once for the process."""
    User.__init__ = _identified_user  # type: ignore[method-assign]
    more: dict[str, Any] = {"add_client_id_to_open_id_connect_provider": _add_client_id, "remove_client_id_from_open_id_connect_provider": _remove_client_id}
    for name, action in more.items():
        setattr(IamResponse, name, action)
    OrganizationsBackend.register_delegated_administrator = _register_delegated_administrator  # type: ignore[method-assign]
    for services in (FakeServiceAccess.TRUSTED_SERVICES, FakeDelegatedAdministrator.SUPPORTED_SERVICES):
        if DASHBOARD not in services:
            services.append(DASHBOARD)
