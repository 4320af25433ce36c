"""Leases: what is refused before any call, what a plan is, what a request says."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._lock import exclusive
from ansible_collections.fleetops.eks.plugins.module_utils._lock import lease as nouns
from ansible_collections.fleetops.eks.plugins.module_utils._lock.exclusive import plan_absent, plan_present
from ansible_collections.fleetops.eks.plugins.module_utils._lock.lease import Holder, Lease, LeaseSpec, to_result
from ansible_collections.fleetops.eks.plugins.module_utils._lock.table import plan_table, table_verdict

GIVEN: dict[str, Any] = {"name": "edge", "owner": "run-1", "table": "fleetops-locks", "state": "present"}
WHO = Holder("deploy-1", "deploy")
NOW = "2026-11-22T13:00:00+00:00"
FREE = Lease("edge", 3)
MINE = Lease("edge", 4, "run-1", "v1", 900, "deploy-1", "deploy", since=NOW, renewed=NOW)
OTHERS = Lease("edge", 5, "run-2", "v2", 900, "deploy-2", "ops", run="awx-9", reason="Upgrade", since=NOW, renewed=NOW)
FORCE = {"state": "absent", "force": True, "reason": "dead"}


def declared(**params: Any) -> LeaseSpec:
    return LeaseSpec.from_params({**GIVEN, **params})


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("no name", {"name": ""}, "not of 1 to 1024 bytes"),
    ("a long name", {"name": "é" * 513}, "not of 1 to 1024 bytes"),
    ("a name of the table's own", {"name": "audit#edge#1"}, "kept for the table's own records"),
    ("no owner", {"owner": " "}, "owner is empty"),
    ("a table with a slash", {"table": "fleet/locks"}, "cannot be a table's name"),
    ("a table of two letters", {"table": "ab"}, "cannot be a table's name"),
    ("no time to live", {"ttl": "0"}, "not within 5 s and 7 days"),
    ("eight days", {"ttl": "8d"}, "not within 5 s and 7 days"),
    ("a week in words", {"ttl": "1w"}, "is not a duration"),
    ("force to have it", {"force": True, "reason": "x"}, "force breaks a lease"),
    ("force without a reason", {"force": True, "state": "absent"}, "does not say why"),
    ("no fence", {"fence": 0}, "the first one is 1"),
    ("negative patience", {"wait_timeout": -1}, "negative"),
]


@pytest.mark.parametrize(("params", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused(params: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal) as caught:
        declared(**params)
    assert words in str(caught.value)
    assert caught.value.remedy
    assert caught.value.facts["refused_fields"]


@pytest.mark.parametrize(
    ("params", "lease", "words"),
    [
        ({"fence": 4}, None, "now it is held by nobody"),
        ({"fence": 3}, FREE, "now it is held by nobody"),
        ({"fence": 3}, MINE, "under fence 4"),
        ({"fence": 4}, OTHERS, "held by run-2 (ops@deploy-2, since 2026-11-22T13:00:00+00:00, run awx-9, for: Upgrade) under fence 5"),
    ],
)
def test_whoever_has_lost_the_lease_is_told(params: dict[str, Any], lease: Lease | None, words: str) -> None:
    with pytest.raises(Refusal) as caught:
        plan_present(declared(**params), lease, stale=True)
    assert "run-1 has lost lock edge" in str(caught.value)
    assert words in str(caught.value)


@pytest.mark.parametrize(("params", "words"), [({"state": "absent"}, "only its owner releases it"), ({**FORCE, "fence": 4}, "has fence 5 by now, and not 4")])
def test_the_lease_of_another_is_not_released(params: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal) as caught:
        plan_absent(declared(**params), OTHERS)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("lease", "stale", "owner", "fence", "warned"),
    [
        (None, False, (None, "run-1"), (None, 1), False),
        (FREE, False, (None, "run-1"), (3, 4), False),
        (OTHERS, True, ("run-2", "run-1"), (5, 6), False),
        (OTHERS, False, ("run-2", "run-1"), (5, 6), True),
    ],
)
def test_acquiring_shows_owner_and_fence(lease: Lease | None, stale: bool, owner: Any, fence: Any, warned: bool) -> None:
    plan = plan_present(declared(), lease, stale=stale)
    assert [(change.before, change.after) for step in plan.steps for change in step.changes] == [owner, fence]
    assert bool(plan.warnings) == warned
    assert plan.steps[0].request["seen"] == ("v2" if stale else None), "only a stale lease may be replaced"


def test_what_is_mine_is_no_plan() -> None:
    assert not plan_present(declared(), MINE, stale=True)
    assert not plan_present(declared(fence=4), MINE, stale=False)


@pytest.mark.parametrize(
    ("params", "lease", "operations"),
    [
        ({"state": "absent"}, None, []),
        ({"state": "absent"}, FREE, []),
        ({"state": "absent"}, MINE, ["update_item"]),
        (FORCE, MINE, ["update_item"]),
        (FORCE, OTHERS, ["update_item", "put_item"]),
        ({**FORCE, "fence": 5}, OTHERS, ["update_item", "put_item"]),
    ],
)
def test_releasing(params: dict[str, Any], lease: Lease | None, operations: list[str]) -> None:
    assert [step.operation for step in plan_absent(declared(**params), lease).steps] == operations


def requests() -> list[dict[str, Any]]:
    spec = declared(run="awx-1")
    return [
        exclusive.acquire_request(spec, WHO, None, version="v9", now=NOW),
        exclusive.acquire_request(declared(), WHO, "v2", version="v9", now=NOW),
        exclusive.renew_request(spec, "v1", version="v9", now=NOW),
        exclusive.release_request(spec, MINE),
    ]


@pytest.mark.parametrize("request_", requests())
def test_every_write_has_its_condition_and_uses_all_that_it_names(request_: dict[str, Any]) -> None:
    text = f"{request_['UpdateExpression']} {request_['ConditionExpression']}"
    assert set(re.findall(r"#\w+", text)) == set(request_["ExpressionAttributeNames"])
    assert set(re.findall(r":\w+", text)) == set(request_["ExpressionAttributeValues"])
    assert request_["ConditionExpression"]
    assert not re.findall(r"(?<![#:\w])(owner|user|host|version|fence|run|reason|since)\b", text)


def test_the_fence_survives_a_release_and_no_lease_is_ever_forgotten() -> None:
    for request in requests():
        assert "forget_at" not in request["UpdateExpression"]
    assert "#fence" not in exclusive.release_request(declared(), MINE)["UpdateExpression"]


def test_a_broken_lease_is_told_of() -> None:
    request = nouns.audit_request(declared(**FORCE), OTHERS, WHO, now=NOW, forget_at=1)
    told = nouns.audit_result(request["Item"])
    assert told == {
        "name": "edge", "fence": 5, "owner": "run-2", "broken_by": "run-1", "host": "deploy-1", "user": "deploy", "at": NOW, "reason": "dead",
    }  # fmt: skip
    assert request["Item"]["forget_at"] == {"N": "1"}


def test_an_item_is_read_as_it_was_written() -> None:
    values = exclusive.acquire_request(declared(reason="x"), WHO, None, version="v9", now=NOW)["ExpressionAttributeValues"]
    item = {name.removeprefix(":"): value for name, value in values.items() if name not in (":zero", ":one")}
    found = to_result(Lease.from_item({**item, "id": {"S": "edge"}, "fence": {"N": "7"}}))
    assert found is not None
    assert (found["owner"], found["fence"], found["lease_seconds"], found["reason"], found["run"], found["held"]) == ("run-1", 7, 900, "x", None, True)
    assert to_result(None) is None


TABLE = {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}]}


def test_a_table_is_made_once_and_billed_by_request() -> None:
    (create, forget) = plan_table("locks", None, protected=True).steps
    assert (create.request["BillingMode"], create.request["DeletionProtectionEnabled"]) == ("PAY_PER_REQUEST", True)
    assert forget.request["TimeToLiveSpecification"] == {"Enabled": True, "AttributeName": "forget_at"}
    assert not plan_table("locks", TABLE, protected=True)


@pytest.mark.parametrize(
    "state",
    [
        {**TABLE, "KeySchema": [{"AttributeName": "LockID", "KeyType": "HASH"}]},
        {**TABLE, "KeySchema": [*TABLE["KeySchema"], {"AttributeName": "sort", "KeyType": "RANGE"}]},
        {**TABLE, "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "N"}]},
    ],
)
def test_a_table_of_something_else_is_refused(state: dict[str, Any]) -> None:
    with pytest.raises(Refusal):
        plan_table("locks", state, protected=False)


@pytest.mark.parametrize(("status", "kind"), [("CREATING", "pending"), ("ACTIVE", "done"), ("UPDATING", "done"), ("DELETING", "failed")])
def test_where_a_table_stands(status: str, kind: str) -> None:
    assert table_verdict({"TableStatus": status}).kind == kind
