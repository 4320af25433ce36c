"""eks_interruption_queue against the simulator."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.aws.testing import ACCOUNT, Running, start
from tests.support.modules import call_on

ALL = ("health", "spot", "rebalance", "state", "capacity")


@pytest.fixture
def aws() -> Iterator[Running]:
    with start(delay=0) as running:
        yield running


def converge(aws: Running, *, check_mode: bool = False, **params: Any) -> dict[str, Any]:
    aws.clear_log()
    return call_on(aws, "eks_interruption_queue", {"name": "edge", **params}, check_mode=check_mode)


def operations(result: dict[str, Any]) -> list[str]:
    return [each["operation"] for each in result["actions"]]


def test_creates(aws: Running) -> None:
    result = converge(aws, message_retention_period=300, tags={"Fleet": "x"})
    assert operations(result) == ["create_queue", *["put_rule", "put_targets"] * 5]
    queue = result["interruption_queue"]
    assert (queue["encrypted"], queue["message_retention_period"], queue["tags"]) == (True, 300, {"Fleet": "x"})
    assert [(rule["name"], rule["enabled"], rule["feeds"]) for rule in queue["rules"]] == [(f"edge-{event}", True, True) for event in ALL]
    sources = queue["policy"]["Statement"][0]["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert sources == [rule["arn"] for rule in queue["rules"]] == [f"arn:aws:events:us-east-1:{ACCOUNT}:rule/edge-{event}" for event in ALL]
    assert aws.client("events").list_targets_by_rule(Rule="edge-spot")["Targets"] == [{"Id": "queue", "Arn": queue["arn"]}]
    assert aws.client("events").list_tags_for_resource(ResourceARN=sources[0])["Tags"] == [{"Key": "Fleet", "Value": "x"}]


def test_quiet_again(aws: Running) -> None:
    declared = {"message_retention_period": 300, "tags": {"Fleet": "x"}, "account_id": ACCOUNT}
    made = converge(aws, **declared)["interruption_queue"]
    result = converge(aws, **declared)
    assert (result["changed"], result["interruption_queue"]) == (False, made)
    assert aws.writes() == []
    assert len(aws.log()) == 10  # the queue's url, attributes and tags, the rules, who feeds it, and each rule's tags


def test_checks_without_touching(aws: Running) -> None:
    result = converge(aws, tags={"Fleet": "x"}, check_mode=True)
    assert (result["changed"], result["interruption_queue"]) == (True, None)
    assert result["diff"]["after"]["rules"]["spot"]["event_pattern"]["source"] == ["aws.ec2"]
    assert {action["status"] for action in result["actions"]} == {"planned"}
    assert aws.writes() == []


def test_updates_with_diff(aws: Running) -> None:
    converge(aws, message_retention_period=300, tags={"Fleet": "x"})
    result = converge(aws, message_retention_period=600, tags={"Fleet": "y"}, events=["spot", "health"])
    assert operations(result) == ["set_queue_attributes", "tag_queue", *["tag_resource"] * 2, *["remove_targets", "delete_rule"] * 3]
    assert (result["diff"]["before"]["message_retention_period"], result["diff"]["after"]["message_retention_period"]) == (300, 600)
    assert [rule["event"] for rule in result["interruption_queue"]["rules"]] == ["health", "spot"]
    assert not converge(aws, message_retention_period=600, tags={"Fleet": "y"}, events=["spot", "health"])["changed"]


def test_what_somebody_has_weakened_is_mended(aws: Running) -> None:
    queue = converge(aws)["interruption_queue"]
    sqs, events = aws.client("sqs"), aws.client("events")
    sqs.set_queue_attributes(QueueUrl=queue["url"], Attributes={"SqsManagedSseEnabled": "false", "Policy": ""})
    events.disable_rule(Name="edge-spot")
    events.put_rule(Name="edge-state", EventPattern=json.dumps({"source": ["aws.s3"]}))
    events.remove_targets(Rule="edge-health", Ids=["queue"])
    result = converge(aws)
    assert operations(result) == ["set_queue_attributes", "put_targets", "put_rule", "put_rule"]
    assert result["interruption_queue"]["policy"] == queue["policy"]
    assert not converge(aws)["changed"]


def test_a_key_that_somebody_has_chosen_stays(aws: Running) -> None:
    queue = converge(aws)["interruption_queue"]
    attributes = {"SqsManagedSseEnabled": "false", "KmsMasterKeyId": "alias/mine"}
    aws.client("sqs").set_queue_attributes(QueueUrl=queue["url"], Attributes=attributes)
    assert not converge(aws)["changed"]


def test_absent_and_absent_again(aws: Running) -> None:
    converge(aws)
    result = converge(aws, state="absent")
    assert operations(result) == [*["remove_targets", "delete_rule"] * 5, "delete_queue"]
    assert result["interruption_queue"] is None
    assert aws.client("events").list_rules()["Rules"] == []
    assert not converge(aws, state="absent")["changed"]
    assert aws.writes() == []


def test_rules_of_other_names_are_left_alone(aws: Running) -> None:
    events = aws.client("events")
    for name in ("edge-mine", "edge2-spot"):
        events.put_rule(Name=name, EventPattern=json.dumps({"source": ["aws.ec2"]}))
    converge(aws)
    converge(aws, state="absent")
    assert sorted(rule["Name"] for rule in events.list_rules()["Rules"]) == ["edge-mine", "edge2-spot"]


@pytest.mark.parametrize("operation", ["sqs:CreateQueue", "events:PutRule", "events:PutTargets"])
def test_a_lost_answer_is_no_error(aws: Running, operation: str) -> None:
    aws.faults({"match": operation, "lost_answer": True, "times": 1})
    assert len(converge(aws)["interruption_queue"]["rules"]) == 5
    aws.faults()
    assert not converge(aws)["changed"]


def test_a_name_that_is_too_long_is_refused_before_any_call(aws: Running) -> None:
    result = converge(aws, name="x" * 55, account_id=ACCOUNT)
    assert result["refused_fields"] == ["name"]
    assert "at most 54" in result["msg"]
    assert aws.log() == []


def test_info(aws: Running) -> None:
    assert call_on(aws, "eks_interruption_queue_info", {"name": "edge"})["interruption_queue"] is None
    made = converge(aws)["interruption_queue"]
    assert call_on(aws, "eks_interruption_queue_info", {"name": "edge", "account_id": ACCOUNT})["interruption_queue"] == made
