"""A service of an organization: what is refused before any call, and what a plan is."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._org.service import ServiceSpec, ServiceState, plan_absent, plan_present

MANAGEMENT, MEMBER, OTHER = "111122223333", "444455556666", "777788889999"
ALL = {"MasterAccountId": MANAGEMENT, "FeatureSet": "ALL"}
TRUSTED = {"ServicePrincipal": "eks.amazonaws.com"}


def state(*admins: str, trusted: bool = True, organization: dict[str, Any] = ALL, role: bool | None = None) -> ServiceState:
    return ServiceState(organization, TRUSTED if trusted else None, [{"Id": each} for each in admins], role)


REFUSED: list[tuple[str, dict[str, Any], ServiceState, str]] = [
    ("a word", {"service_principal": "eks"}, state(), "is none"),
    ("capitals", {"service_principal": "EKS.amazonaws.com"}, state(), "is none"),
    ("the principal of the role", {"service_principal": "dashboard.eks.amazonaws.com"}, state(), "not what is trusted"),
    ("a name", {"delegated_administrator": "platform"}, state(), "not an account id of 12 digits"),
    ("lost zeros", {"delegated_administrator": "12345678901"}, state(), "Quote it"),
    ("a role's name", {"service_linked_role": "AWSServiceRoleForAmazonEKSDashboard"}, state(), "is not the name of a service"),
    ("the management account", {"delegated_administrator": MANAGEMENT}, state(), "is the management account"),
    ("billing only", {}, state(trusted=False, organization={**ALL, "FeatureSet": "CONSOLIDATED_BILLING"}), "needs all features"),
]


@pytest.mark.parametrize(("params", "found", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused(params: dict[str, Any], found: ServiceState, words: str) -> None:
    with pytest.raises(Refusal) as caught:
        plan_present(ServiceSpec.from_params(params), found)
    assert words in str(caught.value)
    assert caught.value.remedy
    assert caught.value.facts["refused_fields"]


ROLE = {"service_linked_role": "dashboard.eks.amazonaws.com"}


@pytest.mark.parametrize(
    ("params", "found", "operations"),
    [
        ({}, state(trusted=False), ["enable_aws_service_access"]),
        ({}, state(), []),
        ({}, state(MEMBER), []),
        (ROLE, state(role=False), ["create_service_linked_role"]),
        (ROLE, state(role=True), []),
        ({"delegated_administrator": MEMBER}, state(MEMBER), []),
        ({"delegated_administrator": MEMBER}, state(trusted=False), ["enable_aws_service_access", "register_delegated_administrator"]),
        ({"delegated_administrator": MEMBER}, state(OTHER), ["deregister_delegated_administrator", "register_delegated_administrator"]),
        ({"delegated_administrator": MEMBER}, state(MEMBER, OTHER), ["deregister_delegated_administrator"]),
        ({"delegated_administrator": ""}, state(MEMBER), ["deregister_delegated_administrator"]),
    ],
)
def test_plans(params: dict[str, Any], found: ServiceState, operations: list[str]) -> None:
    assert [step.operation for step in plan_present(ServiceSpec.from_params(params), found).steps] == operations


@pytest.mark.parametrize(
    ("found", "operations"),
    [
        (state(trusted=False), []),
        (state(), ["disable_aws_service_access"]),
        (state(MEMBER), ["deregister_delegated_administrator", "disable_aws_service_access"]),
        (state(MEMBER, trusted=False), ["deregister_delegated_administrator"]),
    ],
)
def test_absence(found: ServiceState, operations: list[str]) -> None:
    assert [step.operation for step in plan_absent(ServiceSpec(), found).steps] == operations
