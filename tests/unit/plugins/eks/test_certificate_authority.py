"""Rotation of certificate authorities: each step has one meaning in each state of the cluster."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._eks.certificate_authority import AuthoritySpec, AuthorityState, in_flight, plan, settled, subject

NOW = datetime(2026, 11, 22, tzinfo=UTC)
CREATE, ACTIVATE, DELETE = "create_certificate_authority", "activate_certificate_authority", "delete_certificate_authority"


def authority(name: str, signing: str = "NOT_USED", distribution: str = "COMPLETE", *, days: int = 3650, **fields: Any) -> AuthorityState:
    validity = {"notBefore": NOW, "notAfter": NOW + timedelta(days=days)}
    answer = {"id": name, "createdBy": "CUSTOMER", "signingStatus": signing, "distributionStatus": distribution, "validity": validity}
    return AuthorityState.from_api({**answer, **fields})


SIGNS = authority("a", "IN_USE", activatedAt=NOW, createdBy="EKS")
SUCCESSOR = authority("b")
RETIRED = authority("a", activatedAt=NOW, createdBy="EKS")
NEW = authority("b", "IN_USE", activatedAt=NOW)
ONE, BEGUN, TURNED = [SIGNS], [SIGNS, SUCCESSOR], [NEW, RETIRED]
COMING = [SIGNS, authority("b", distribution="IN_PROGRESS")]
TURNING = [SIGNS, authority("b", "ACTIVATING")]
GOING = [NEW, authority("a", distribution="DELETING", activatedAt=NOW)]


def steps(found: list[AuthorityState], **params: Any) -> list[tuple[str, str | None]]:
    planned = plan(AuthoritySpec.from_params({"cluster_name": "edge", **params}), found, NOW)
    return [(step.operation, step.request.get("certificateAuthorityId")) for step in planned.steps]


ROWS: list[tuple[str, list[AuthorityState], dict[str, Any], list[tuple[str, str | None]]]] = [
    ("a rotation begins", ONE, {"state": "present"}, [(CREATE, None)]),
    ("it has begun", BEGUN, {"state": "present"}, []),
    ("it is beginning", COMING, {"state": "present"}, []),
    ("its successor is about to sign", TURNING, {"state": "present"}, []),
    ("the one that goes leaves room", GOING, {"state": "present"}, [(CREATE, None)]),
    ("valid long enough", ONE, {"state": "present", "valid_for_days": 3650}, []),
    ("not valid long enough", ONE, {"state": "present", "valid_for_days": 3651}, [(CREATE, None)]),
    ("valid long enough, after a turn", TURNED, {"state": "present", "valid_for_days": 365}, []),
    ("named and there", BEGUN, {"state": "present", "id": "b"}, []),
    ("the successor signs", BEGUN, {"state": "active"}, [(ACTIVATE, "b")]),
    ("planned while it is distributed", COMING, {"state": "active"}, [(ACTIVATE, "b")]),
    ("it is about to", TURNING, {"state": "active"}, []),
    ("it does", TURNED, {"state": "active"}, []),
    ("nothing to turn to", ONE, {"state": "active"}, []),
    ("named, and signs", TURNED, {"state": "active", "id": "b"}, []),
    ("named", BEGUN, {"state": "active", "id": "b"}, [(ACTIVATE, "b")]),
    ("the way back", [authority("b", "IN_USE", activatedAt=NOW, rollbackAvailable=True), RETIRED], {"state": "active", "id": "a"}, [(ACTIVATE, "a")]),
    ("the old one goes", TURNED, {"state": "absent"}, [(DELETE, "a")]),
    ("it is going", GOING, {"state": "absent"}, []),
    ("none is old", ONE, {"state": "absent"}, []),
    ("a successor stays", BEGUN, {"state": "absent"}, []),
    ("a successor goes by its id", BEGUN, {"state": "absent", "id": "b"}, [(DELETE, "b")]),
    ("named and gone", ONE, {"state": "absent", "id": "z"}, []),
    ("no cluster", [], {"state": "absent"}, []),
]


@pytest.mark.parametrize(("state", "params", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_step_of_the_rotation(state: list[AuthorityState], params: dict[str, Any], expected: list[tuple[str, str | None]]) -> None:
    assert steps(state, **params) == expected


def test_the_diff_tells_who_signs_and_who_is_there() -> None:
    assert plan(AuthoritySpec("edge", "active"), BEGUN, NOW).diff() == {
        "before": {"signing_certificate_authority": "a"},
        "after": {"signing_certificate_authority": "b"},
    }
    assert plan(AuthoritySpec("edge", "absent"), TURNED, NOW).diff()["after"] == {"certificate_authorities": ["b"]}
    assert plan(AuthoritySpec("edge"), ONE, NOW).diff()["after"] == {"certificate_authorities": ["a", "a successor"]}


def test_what_is_under_way_is_waited_for() -> None:
    assert [in_flight(state) is None for state in (ONE, BEGUN, TURNED)] == [True] * 3
    assert [in_flight(state) is None for state in (COMING, TURNING, GOING)] == [False] * 3


@pytest.mark.parametrize(
    ("settle", "found", "kind"),
    [
        ("distributed", None, "pending"),
        ("distributed", COMING[1], "pending"),
        ("distributed", SUCCESSOR, "done"),
        ("distributed", authority("b", distribution="FAILED"), "failed"),
        ("signing", TURNING[1], "pending"),
        ("signing", NEW, "done"),
        ("deleted", GOING[1], "pending"),
        ("deleted", None, "done"),
    ],
)
def test_when_a_step_is_done(settle: str, found: AuthorityState | None, kind: str) -> None:
    assert settled(settle, found).kind == kind


def test_the_result_is_about_the_successor_the_signer_or_none() -> None:
    def shown(state: str) -> list[str | None]:
        found = [subject(AuthoritySpec("edge", state), each) for each in (ONE, BEGUN, TURNED)]
        return [each and each.id for each in found]

    assert shown("present") == ["a", "b", "b"]
    assert shown("active") == ["a", "a", "b"]
    assert shown("absent") == [None, None, None]
