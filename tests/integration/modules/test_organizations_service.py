"""organizations_service against the simulator: what the EKS Dashboard needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.aws.testing import ACCOUNT, Running, start
from tests.support.modules import call_on

DASHBOARD = "dashboard.eks.amazonaws.com"


@pytest.fixture
def nowhere() -> Iterator[Running]:
    with start(delay=0) as running:
        yield running


@pytest.fixture
def aws(nowhere: Running) -> Running:
    """A simulator with an organization."""
    nowhere.client("organizations").create_organization(FeatureSet="ALL")
    nowhere.clear_log()
    return nowhere


def member(aws: Running, name: str) -> str:
    made = aws.client("organizations").create_account(AccountName=name, Email=f"{name}@example.com")
    aws.clear_log()
    return str(made["CreateAccountStatus"]["AccountId"])


def converge(aws: Running, *, check_mode: bool = False, **params: Any) -> dict[str, Any]:
    return call_on(aws, "organizations_service", params, check_mode=check_mode)


def operations(result: dict[str, Any]) -> list[str]:
    return [each["operation"] for each in result["actions"]]


def admins(result: dict[str, Any]) -> list[str]:
    return [each["id"] for each in result["service"]["delegated_administrators"]]


def test_creates_the_role_first_then_the_trust_then_the_delegation(aws: Running) -> None:
    account = member(aws, "platform")
    result = converge(aws, service_linked_role=DASHBOARD, delegated_administrator=account)
    assert operations(result) == ["create_service_linked_role", "enable_aws_service_access", "register_delegated_administrator"]
    assert (result["service"]["trusted_access"], admins(result)) == (True, [account])
    roles = aws.client("iam").list_roles(PathPrefix=f"/aws-service-role/{DASHBOARD}/")["Roles"]
    assert len(roles) == 1


def test_quiet_again(aws: Running) -> None:
    account = member(aws, "platform")
    converge(aws, service_linked_role=DASHBOARD, delegated_administrator=account)
    aws.clear_log()
    assert not converge(aws, service_linked_role=DASHBOARD, delegated_administrator=account)["changed"]
    assert not converge(aws)["changed"]
    assert aws.writes() == []


def test_checks_without_touching(aws: Running) -> None:
    account = member(aws, "platform")
    result = converge(aws, delegated_administrator=account, check_mode=True)
    assert (result["diff"]["before"], result["diff"]["after"]) == (
        {"trusted_access": False, "delegated_administrators": []},
        {"trusted_access": True, "delegated_administrators": [account]},
    )
    assert aws.writes() == []


def test_updates_with_diff_the_old_administrator_goes_first(aws: Running) -> None:
    old, new = member(aws, "old"), member(aws, "new")
    converge(aws, delegated_administrator=old)
    result = converge(aws, delegated_administrator=new)
    assert operations(result) == ["deregister_delegated_administrator", "register_delegated_administrator"]
    assert (result["diff"]["before"], result["diff"]["after"]) == ({"delegated_administrators": [old]}, {"delegated_administrators": [new]})
    assert admins(result) == [new]
    assert admins(converge(aws, delegated_administrator="")) == []


def test_absent_and_absent_again(aws: Running) -> None:
    converge(aws, service_linked_role=DASHBOARD, delegated_administrator=member(aws, "platform"))
    result = converge(aws, state="absent")
    assert operations(result) == ["deregister_delegated_administrator", "disable_aws_service_access"]
    assert (result["service"]["trusted_access"], admins(result)) == (False, [])
    aws.clear_log()
    assert not converge(aws, state="absent")["changed"]
    assert aws.writes() == []


def test_no_organization_is_said_planned_on_and_nothing_to_take_back(nowhere: Running) -> None:
    assert "in no organization" in converge(nowhere)["msg"]
    assert converge(nowhere, check_mode=True)["changed"]
    assert not converge(nowhere, state="absent")["changed"]
    assert call_on(nowhere, "organizations_service_info", {})["service"]["trusted_access"] is False


def test_the_management_account_is_refused_before_any_call(aws: Running) -> None:
    result = converge(aws, delegated_administrator=ACCOUNT)
    assert "is the management account" in result["msg"]
    assert result["refused_fields"] == ["delegated_administrator"]
    assert aws.writes() == []


def test_whoever_may_not_is_told_to_run_as_the_management_account(aws: Running) -> None:
    aws.faults({"match": "organizations:EnableAWSServiceAccess", "code": "AccessDeniedException", "message": "no", "times": 9})
    assert "Run as the organization's management account" in converge(aws)["msg"]


@pytest.mark.parametrize(
    "operation", ["EnableAWSServiceAccess", "RegisterDelegatedAdministrator", "DeregisterDelegatedAdministrator", "DisableAWSServiceAccess"]
)
def test_a_lost_answer_is_no_error(aws: Running, operation: str) -> None:
    account = member(aws, "platform")
    aws.faults({"match": f"organizations:{operation}", "lost_answer": True, "times": 1})
    assert admins(converge(aws, delegated_administrator=account)) == [account]
    assert converge(aws, state="absent")["service"]["trusted_access"] is False


def test_info(aws: Running) -> None:
    account = member(aws, "platform")
    made = converge(aws, delegated_administrator=account)["service"]
    assert call_on(aws, "organizations_service_info", {})["service"] == made
    assert call_on(aws, "organizations_service_info", {"service_principal": "ssm.amazonaws.com"})["service"]["trusted_access"] is False
