"""A queue of interruptions: what is refused before any call, and what a plan is."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._events.queue import (
    EVENTS,
    Place,
    QueueSpec,
    QueueState,
    RuleState,
    event_pattern,
    plan_absent,
    plan_present,
    queue_policy,
    to_result,
)
from ansible_collections.fleetops.eks.plugins.module_utils._iam.policy import as_text

HERE = Place("aws", "eu-west-1", "111122223333")
NOTHING = QueueState(None, {}, {}, {})
URL = "https://sqs.eu-west-1.amazonaws.com/111122223333/edge"

REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("a dot", {"name": "edge.fifo"}, "is no name of a queue"),
    ("no room for the rules' names", {"name": "x" * 55}, "at most 54"),
    ("too short a memory", {"message_retention_period": 59}, "60 to 1209600"),
    ("too long a memory", {"message_retention_period": 1209601}, "60 to 1209600"),
    ("no events", {"events": []}, "nothing would ever fill it"),
    ("an unknown event", {"events": ["weather"]}, "unknown events"),
    ("a tag of AWS's own", {"tags": {"aws:x": "y"}}, "reserved"),
]


@pytest.mark.parametrize(("params", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused(params: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal) as caught:
        QueueSpec.from_params({"name": "edge", **params})
    assert words in str(caught.value)
    assert caught.value.remedy
    assert caught.value.facts["refused_fields"]


def spec(**params: Any) -> QueueSpec:
    return QueueSpec.from_params({"name": "edge", **params})


def rule(event: str, **differs: Any) -> RuleState:
    given = {"pattern": as_text(event_pattern(event)), "enabled": True, "feeds": True, **differs}
    return RuleState(f"edge-{event}", HERE.arn("events", f"rule/edge-{event}"), **given)


def state(attributes: dict[str, str] | None = None, tags: dict[str, str] | None = None, **rules: RuleState) -> QueueState:
    """Return a queue that is as `spec()` declares it, but for what is given."""
    whole = {"QueueArn": HERE.arn("sqs", "edge"), "SqsManagedSseEnabled": "true", "Policy": as_text(queue_policy(spec(), HERE)), **(attributes or {})}
    return QueueState(URL, whole, tags or {}, {**{event: rule(event) for event in EVENTS}, **rules})


@pytest.mark.parametrize(
    ("params", "found", "operations"),
    [
        ({}, NOTHING, ["create_queue", *["put_rule", "put_targets"] * 5]),
        ({"events": ["spot"]}, NOTHING, ["create_queue", "put_rule", "put_targets"]),
        ({}, state(), []),
        ({}, state({"SqsManagedSseEnabled": "false"}), ["set_queue_attributes"]),
        ({}, state({"SqsManagedSseEnabled": "false", "KmsMasterKeyId": "alias/mine"}), []),
        ({}, state({"Policy": ""}), ["set_queue_attributes"]),
        ({"message_retention_period": 300}, state({"MessageRetentionPeriod": "300"}), []),
        ({"message_retention_period": 300}, state({"MessageRetentionPeriod": "345600"}), ["set_queue_attributes"]),
        ({}, state(tags={"a": "b"}), []),
        ({"tags": {}}, state(tags={"a": "b"}), ["untag_queue"]),
        ({"tags": {}, "purge_tags": False}, state(tags={"a": "b"}), []),
        ({}, state(spot=rule("spot", enabled=False)), ["put_rule"]),
        ({}, state(spot=rule("spot", pattern="{}")), ["put_rule"]),
        ({}, state(spot=rule("spot", feeds=False)), ["put_targets"]),
    ],
)
def test_plans(params: dict[str, Any], found: QueueState, operations: list[str]) -> None:
    assert [step.operation for step in plan_present(spec(**params), found, HERE).steps] == operations


def test_a_rule_goes_after_its_targets_and_the_queue_last() -> None:
    found = state(spot=rule("spot", targets=["queue", "another"]))
    steps = plan_absent(spec(), found).steps
    assert [(step.operation, step.subject) for step in steps][1:3] == [("remove_targets", "edge-spot"), ("delete_rule", "edge-spot")]
    assert steps[1].request["Ids"] == ["queue", "another"]
    assert steps[-1].operation == "delete_queue"


def test_nothing_is_no_result_and_nothing_to_remove() -> None:
    assert to_result(spec(), NOTHING) is None
    assert not plan_absent(spec(), NOTHING)


def test_numbers_as_tags_are_text() -> None:
    assert spec(tags={"CostCenter": 7}).tags == {"CostCenter": "7"}
