# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service of an organization, live."""

from __future__ import annotations

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking
from ansible_collections.fleetops.eks.plugins.module_utils._aws.propagation import Propagation
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Busy, ParentMissing, ServiceError
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan, Step
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Clock, Verdict, done, pending
from ansible_collections.fleetops.eks.plugins.module_utils._org import api
from ansible_collections.fleetops.eks.plugins.module_utils._org.service import ServiceSpec, ServiceState, plan_absent, plan_present

ECHOES = {"register_delegated_administrator": "AccountAlreadyRegisteredException", "deregister_delegated_administrator": "AccountNotRegisteredException"}
"""What a repeated call meets whose first answer was lost."""
DENIED = "Run as the organization's management account: only it may do this (profile, AWS_PROFILE)."
NOT_FOUND = "Name an account that is a member of the organization, and active."


class LiveService:
    """One service principal. iam is asked only where a service-linked role is declared."""

    def __init__(self, client: Any, iam: Any, spec: ServiceSpec, *, present: bool = True, clock: Clock | None = None) -> None:
        self.client = client
        self.iam = iam
        self.spec = spec
        self.present = present
        self.changing = Propagation(("concurrentmodification",), clock=clock)

    def observe(self) -> ServiceState | None:
        """Return the state; None where there is no organization, in which nothing can be."""
        state = found_service(self.client, self.spec.service_principal, iam=self.iam if self.present else None, role=self.spec.service_linked_role)
        if state is None and self.present:
            raise ParentMissing("This account is in no organization.", remedy="Create the organization first, or run as its management account.")
        return state

    def nothing(self) -> ServiceState:
        return ServiceState({}, None, (), role=False)

    def in_flight(self, state: ServiceState | None) -> Verdict | None:
        return None

    def plan(self, state: ServiceState | None) -> Plan:
        if state is None:
            return Plan()
        return plan_present(self.spec, state) if self.present else plan_absent(self.spec, state)

    def perform(self, step: Step) -> Any:
        client = self.iam if step.settle == "role" else self.client
        try:
            with self.changing.patient(), speaking(self.describe(step)):
                getattr(client, step.operation)(**step.request)
        except ServiceError as error:
            self._weigh(step, error)
        return {}

    def verdict(self, step: Step, answer: Any) -> Verdict:
        """Lists lag behind: a second run must see what this one did."""
        state = found_service(self.client, self.spec.service_principal, iam=self.iam, role=self.spec.service_linked_role)
        if state is None:
            return done()
        account = step.request.get("AccountId", "")
        met = {
            "role": bool(state.role),
            "trusted": state.access is not None,
            "untrusted": state.access is None,
            "registered": account in state.accounts,
            "deregistered": account not in state.accounts,
        }
        return done() if met[str(step.settle)] else pending(f"not yet {step.settle}")

    def busy(self, error: Busy) -> Verdict:
        return done()

    def describe(self, step: Step) -> str:
        account = f" by account {step.request['AccountId']}" if "AccountId" in step.request else ""
        return f"{step.operation.replace('_', ' ')} (service {self.spec.service_principal} of the organization{account})"

    def _weigh(self, step: Step, error: ServiceError) -> None:
        role_exists = step.settle == "role" and "has been taken" in error.message
        if role_exists or ECHOES.get(step.operation) == error.code:
            return
        error.remedy = {"AccessDeniedException": DENIED, "AccountNotFoundException": NOT_FOUND}.get(error.code, error.remedy)
        raise error


def found_service(client: Any, service: str, *, iam: Any = None, role: str | None = None) -> ServiceState | None:
    """Return what the organization says of a service; None where there is no organization."""
    try:
        with speaking(f"read the organization's access of service {service}"):
            organization = api.describe_organization(client)
            if organization is None:
                return None
            access = next((each for each in api.list_aws_service_access_for_organization(client) if each["ServicePrincipal"] == service), None)
            administrators = api.list_delegated_administrators(client, service)
            has_role = api.has_service_linked_role(iam, role) if role and iam is not None else None
    except ServiceError as error:
        error.remedy = DENIED if error.code == "AccessDeniedException" else error.remedy
        raise
    return ServiceState(organization, access, administrators, has_role)
