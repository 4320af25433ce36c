"""Clusters from elsewhere: what is refused before any call, and when one is registered anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._eks.connector import (
    ConnectorSpec,
    ConnectorState,
    connected_verdict,
    plan_absent,
    plan_present,
    to_result,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ROLE = "arn:aws:iam::111122223333:role/AmazonEKSConnectorAgentRole"
GIVEN: dict[str, Any] = {"name": "paris", "provider": "OTHER", "role_arn": ROLE, "code_dest": "/tmp/paris.json"}


def registered(status: str = "PENDING", *, hours: float = 24, code_id: str | None = "a-1", **config: Any) -> ConnectorState:
    connector = {"activationId": "a-1", "activationCode": "secret", "activationExpiry": NOW + timedelta(hours=hours), "provider": "OTHER", "roleArn": ROLE}
    raw = {"name": "paris", "arn": "arn:aws:eks:us-east-1:111122223333:cluster/paris", "status": status, "connectorConfig": {**connector, **config}}
    return ConnectorState(raw, code_id, NOW)


def nothing(code_id: str | None = None) -> ConnectorState:
    return ConnectorState(None, code_id, NOW)


OWN = ConnectorState({"name": "paris", "arn": "arn", "status": "ACTIVE"}, None, NOW)
REFUSED: list[tuple[str, dict[str, Any], ConnectorState, str]] = [
    ("a name with a dot", {"name": "paris.example"}, nothing(), "cannot be a cluster's"),
    ("a name that begins with a hyphen", {"name": "-paris"}, nothing(), "cannot be a cluster's"),
    ("a name of 101 characters", {"name": "p" * 101}, nothing(), "cannot be a cluster's"),
    ("a role's name", {"role_arn": "AmazonEKSConnectorAgentRole"}, nothing(), "not the ARN of an IAM role"),
    ("a user", {"role_arn": "arn:aws:iam::111122223333:user/me"}, nothing(), "not the ARN of an IAM role"),
    ("a reserved tag", {"tags": {"AWS:x": "y"}}, nothing(), "aws: is reserved"),
    ("51 tags", {"tags": {f"t{number}": "" for number in range(51)}}, nothing(), "more than 50"),
    ("no role", {"role_arn": None}, nothing(), "without role_arn"),
    ("no provider and no file", {"provider": None, "code_dest": None}, nothing(), "without provider, code_dest"),
    ("another role", {"role_arn": f"{ROLE}2"}, registered(), "EKS cannot change it"),
    ("another provider", {"provider": "GKE"}, registered("ACTIVE"), "EKS cannot change it"),
    ("a cluster of EKS", {}, OWN, "is a cluster of EKS itself"),
]


@pytest.mark.parametrize(("params", "state", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused(params: dict[str, Any], state: ConnectorState, words: str) -> None:
    with pytest.raises(Refusal) as caught:
        plan_present(ConnectorSpec.from_params({**GIVEN, **params}), state)
    assert words in str(caught.value)
    assert caught.value.remedy
    assert caught.value.facts["refused_fields"]


ANEW = ["deregister_cluster", "register_cluster"]


@pytest.mark.parametrize(
    ("renew", "state", "operations"),
    [
        ("if_needed", nothing(), ["register_cluster"]),
        ("if_needed", registered(), []),
        ("if_needed", registered(code_id=None), []),
        ("if_needed", registered(hours=0.2), []),
        ("if_needed", registered(hours=0.1), ANEW),
        ("if_needed", registered(hours=-1), ANEW),
        ("if_needed", registered("ACTIVE", hours=-1), []),
        ("without_code", registered(), []),
        ("without_code", registered(code_id=None), ANEW),
        ("without_code", registered(code_id="a-2"), ANEW),
        ("without_code", registered("ACTIVE", code_id=None), []),
        ("always", registered("ACTIVE"), ANEW),
        ("always", registered("ACTIVE", provider="GKE"), ANEW),
    ],
)
def test_when_it_is_registered_anew(renew: str, state: ConnectorState, operations: list[str]) -> None:
    plan = plan_present(ConnectorSpec.from_params({**GIVEN, "renew": renew}), state)
    assert [step.operation for step in plan.steps] == operations


@pytest.mark.parametrize(
    ("state", "operations"),
    [
        (nothing(), []),
        (nothing("a-1"), ["remove_code"]),
        (registered(), ["deregister_cluster", "remove_code"]),
        (registered(code_id=None), ["deregister_cluster"]),
    ],
)
def test_what_absence_takes(state: ConnectorState, operations: list[str]) -> None:
    assert [step.operation for step in plan_absent(ConnectorSpec.from_params(GIVEN), state).steps] == operations


def test_a_cluster_of_eks_is_not_deregistered() -> None:
    with pytest.raises(Refusal):
        plan_absent(ConnectorSpec.from_params(GIVEN), OWN)


def test_the_code_is_never_in_a_result() -> None:
    assert "secret" not in str(to_result(registered()))


@pytest.mark.parametrize(("state", "kind"), [(registered(), "pending"), (registered(hours=-1), "failed"), (registered("ACTIVE", hours=-1), "done")])
def test_waiting_for_the_agent(state: ConnectorState, kind: str) -> None:
    assert connected_verdict(state).kind == kind
