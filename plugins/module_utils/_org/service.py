# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service that an organization trusts, and the account that administers it. Pure: declaration and state in, plan out.

Facts: only the management account may change either, and never administers a service by delegation itself; trusted access needs all features; EKS allows one
delegated administrator; the EKS console makes the Dashboard's service-linked role, the API does not, so that it comes first. EKS user guide, EKS Dashboard.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.naming import to_snake
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Change, Plan, Step

EKS = "eks.amazonaws.com"
DASHBOARD_ROLE = "dashboard.eks.amazonaws.com"
_PRINCIPAL = re.compile(r"[a-z0-9][a-z0-9.-]*\.amazonaws\.com(\.cn)?")
_ACCOUNT = re.compile(r"\d{12}")


@dataclass(frozen=True)
class ServiceSpec:
    """A declared service; None = not mentioned, and an empty administrator = none wanted."""

    service_principal: str = EKS
    delegated_administrator: str | None = None
    service_linked_role: str | None = None

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> ServiceSpec:
        """Return the spec; what Organizations would refuse is refused here."""
        spec = cls(**{name: params[name] for name in cls.__dataclass_fields__ if params.get(name) is not None})
        _refuse_impossible(spec)
        return spec


@dataclass(frozen=True)
class ServiceState:
    """What the organization says of a service. `role` is None where it was not asked for."""

    organization: Mapping[str, Any]
    access: Mapping[str, Any] | None
    administrators: Sequence[Mapping[str, Any]]
    role: bool | None = None

    @property
    def accounts(self) -> list[str]:
        return sorted(each["Id"] for each in self.administrators)


def plan_present(spec: ServiceSpec, state: ServiceState) -> Plan:
    """Return the steps that make the organization trust the service, and its administrator the declared one; empty when it is so."""
    _refuse_organization(spec, state)
    steps: list[Step] = []
    if spec.service_linked_role and state.role is False:
        request = {"AWSServiceName": spec.service_linked_role}
        steps.append(Step("create_service_linked_role", request, (Change("service_linked_role", None, spec.service_linked_role),), settle="role"))
    if state.access is None:
        change = (Change("trusted_access", False, True),)
        steps.append(Step("enable_aws_service_access", {"ServicePrincipal": spec.service_principal}, change, settle="trusted"))
    return Plan((*steps, *_administrators(spec, state)))


def plan_absent(spec: ServiceSpec, state: ServiceState) -> Plan:
    """Return the steps that end the delegation, then the trust; empty when there is neither. The service-linked role stays."""
    steps = [_deregister(spec, state, account, []) for account in state.accounts]
    if state.access is not None:
        change = (Change("trusted_access", True, False),)
        steps.append(Step("disable_aws_service_access", {"ServicePrincipal": spec.service_principal}, change, settle="untrusted"))
    return Plan(tuple(steps))


def to_result(spec: ServiceSpec, state: ServiceState | None) -> dict[str, Any]:
    """Return what the organization says of the service."""
    if state is None:
        return {"service_principal": spec.service_principal, "trusted_access": False, "date_enabled": None, "delegated_administrators": []}
    enabled = (state.access or {}).get("DateEnabled")
    return {
        "service_principal": spec.service_principal,
        "trusted_access": state.access is not None,
        "date_enabled": enabled.isoformat() if enabled else None,
        "delegated_administrators": [to_snake(each) for each in sorted(state.administrators, key=lambda each: str(each["Id"]))],
    }


def _administrators(spec: ServiceSpec, state: ServiceState) -> tuple[Step, ...]:
    """Whoever is not declared goes first: EKS takes no second one."""
    if spec.delegated_administrator is None:
        return ()
    wanted = [spec.delegated_administrator] if spec.delegated_administrator else []
    steps = [_deregister(spec, state, account, wanted) for account in state.accounts if account not in wanted]
    for account in wanted:
        if account not in state.accounts:
            request = {"AccountId": account, "ServicePrincipal": spec.service_principal}
            change = (Change("delegated_administrators", state.accounts, wanted),)
            steps.append(Step("register_delegated_administrator", request, change, settle="registered"))
    return tuple(steps)


def _deregister(spec: ServiceSpec, state: ServiceState, account: str, wanted: Sequence[str]) -> Step:
    request = {"AccountId": account, "ServicePrincipal": spec.service_principal}
    return Step("deregister_delegated_administrator", request, (Change("delegated_administrators", state.accounts, list(wanted)),), settle="deregistered")


def _refuse_impossible(spec: ServiceSpec) -> None:
    admin, role = spec.delegated_administrator, spec.service_linked_role
    principal = "Write it as eks.amazonaws.com."
    checks = (
        (not _PRINCIPAL.fullmatch(spec.service_principal), f"service_principal {spec.service_principal!r} is none.", principal, "service_principal"),
        (spec.service_principal == DASHBOARD_ROLE, f"service_principal {DASHBOARD_ROLE} is the principal of the Dashboard's role, not what is trusted.",
         f"Give service_principal {EKS}, and {DASHBOARD_ROLE} as service_linked_role.", "service_principal"),
        (bool(admin) and not _ACCOUNT.fullmatch(admin or ""), f"delegated_administrator {admin} is not an account id of 12 digits.",
         "Quote it, so that YAML keeps its zeros: '012345678901'.", "delegated_administrator"),
        (bool(role) and not _PRINCIPAL.fullmatch(role or ""), f"service_linked_role {role!r} is not the name of a service.",
         f"Write it as {DASHBOARD_ROLE}.", "service_linked_role"),
    )  # fmt: skip
    for impossible, what, remedy, name in checks:
        if impossible:
            raise Refusal(what, remedy=remedy, fields=(name,))


def _refuse_organization(spec: ServiceSpec, state: ServiceState) -> None:
    management, features = state.organization.get("MasterAccountId"), state.organization.get("FeatureSet")
    if features is not None and features != "ALL" and state.access is None:
        raise Refusal(
            f"The organization has the feature set {features}, and trusted access needs all features.",
            remedy="Enable all features of the organization first.",
            fields=("service_principal",),
        )
    if spec.delegated_administrator and spec.delegated_administrator == management:
        raise Refusal(
            f"Account {management} is the management account: it administers the service anyway, and cannot be its delegated administrator.",
            remedy="Name a member account, or leave delegated_administrator out.",
            fields=("delegated_administrator",),
        )
