# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A queue of what is about to interrupt EC2 instances, and the rules of EventBridge that fill it. Pure: declaration and state in, plan out.

Facts: Karpenter's reference and the docs of SQS and EventBridge. A rule's name has 64 characters; PutRule takes tags only when it makes the rule;
EventBridge may write to a queue that SQS encrypts with its own key (SSE-SQS) without a right on any key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.compare import same_json, tag_delta
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Change, Plan, Step, created, deleted
from ansible_collections.fleetops.eks.plugins.module_utils._core.tags import refuse_tags, shown, tag_texts

EVENTS: Mapping[str, tuple[str, str]] = {
    "health": ("aws.health", "AWS Health Event"),
    "spot": ("aws.ec2", "EC2 Spot Instance Interruption Warning"),
    "rebalance": ("aws.ec2", "EC2 Instance Rebalance Recommendation"),
    "state": ("aws.ec2", "EC2 Instance State-change Notification"),
    "capacity": ("aws.ec2", "EC2 Capacity Reservation Instance Interruption Warning"),
}
"""What Karpenter listens to: source and detail-type, by the word that ends the rule's name."""
LONGEST = 64 - max(len(name) for name in EVENTS) - 1
TARGET = "queue"
RETENTION = (60, 1209600)
_NAME = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Place:
    """Where the queue is; ARNs are made of it. `account` is empty where nothing is to be made."""

    partition: str
    region: str
    account: str

    def arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"


@dataclass(frozen=True)
class QueueSpec:
    """A declared queue with its rules; None = not mentioned."""

    name: str
    events: tuple[str, ...] = tuple(EVENTS)
    message_retention_period: int | None = None
    tags: Mapping[str, str] | None = None
    purge_tags: bool = True

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> QueueSpec:
        """Return the spec; what SQS or EventBridge would refuse is refused here."""
        given = {name: params[name] for name in cls.__dataclass_fields__ if params.get(name) is not None}
        spec = cls(**{**given, "events": tuple(dict.fromkeys(given.get("events", EVENTS))), "tags": tag_texts(given.get("tags"))})
        _refuse_impossible(spec)
        return spec

    def rule(self, event: str) -> str:
        return f"{self.name}-{event}"


@dataclass(frozen=True)
class RuleState:
    """A rule as EventBridge lists it. `targets`: ids of targets, read only where the rule is to go; `tags` only where some are declared."""

    name: str
    arn: str
    pattern: str
    enabled: bool
    feeds: bool
    targets: Sequence[str] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class QueueState:
    """The queue, where there is one, and those rules that have the names of ours."""

    url: str | None
    attributes: Mapping[str, str]
    tags: Mapping[str, str]
    rules: Mapping[str, RuleState]

    @property
    def encrypted(self) -> bool:
        """By SQS's own key, or by a key that somebody has chosen."""
        return self.attributes.get("SqsManagedSseEnabled") == "true" or bool(self.attributes.get("KmsMasterKeyId"))


def plan_present(spec: QueueSpec, state: QueueState, place: Place) -> Plan:
    """Return the steps that make the queue and its rules as declared: the queue first, then each rule and its target."""
    rules = [step for event in EVENTS if event in spec.events for step in _rule(spec, state, place, event)]
    gone = [step for event in EVENTS if event not in spec.events for step in _rule_gone(spec, state, event)]
    queue = _queue(spec, state, place) if state.url else (_create(spec, place),)
    return Plan((*queue, *rules, *gone))


def plan_absent(spec: QueueSpec, state: QueueState) -> Plan:
    """Return the steps that remove the rules, then the queue; empty when there is neither."""
    steps = [step for event in EVENTS for step in _rule_gone(spec, state, event)]
    if state.url:
        steps.append(Step("delete_queue", {"QueueUrl": state.url}, deleted("name", spec.name), settle="deleted"))
    return Plan(tuple(steps))


def queue_policy(spec: QueueSpec, place: Place) -> dict[str, Any]:
    """Return who may write to the queue: EventBridge for the declared rules, and nobody without TLS."""
    arn = place.arn("sqs", spec.name)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "EventBridgeWrites",
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": [place.arn("events", f"rule/{spec.rule(event)}") for event in spec.events]}},
            },
            {
                "Sid": "NobodyWithoutTls",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "sqs:*",
                "Resource": arn,
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
        ],
    }


def event_pattern(event: str) -> dict[str, list[str]]:
    source, kind = EVENTS[event]
    return {"source": [source], "detail-type": [kind]}


def to_result(spec: QueueSpec, state: QueueState | None) -> dict[str, Any] | None:
    """Return the queue with its rules; None when there is none."""
    if state is None or not state.url:
        return None
    return {
        "name": spec.name,
        "url": state.url,
        "arn": state.attributes.get("QueueArn"),
        "encrypted": state.encrypted,
        "message_retention_period": int(state.attributes.get("MessageRetentionPeriod", 0)),
        "policy": json.loads(state.attributes.get("Policy") or "null"),
        "rules": [_rule_result(event, rule) for event, rule in state.rules.items()],
        "tags": dict(state.tags),
    }


def _rule_result(event: str, rule: RuleState) -> dict[str, Any]:
    pattern = json.loads(rule.pattern or "null")
    return {"name": rule.name, "arn": rule.arn, "event": event, "event_pattern": pattern, "enabled": rule.enabled, "feeds": rule.feeds}


def _wanted(spec: QueueSpec, place: Place) -> dict[str, str]:
    """Return the declared attributes, as SQS takes them."""
    retention = {} if spec.message_retention_period is None else {"MessageRetentionPeriod": str(spec.message_retention_period)}
    return {**retention, "SqsManagedSseEnabled": "true", "Policy": json.dumps(queue_policy(spec, place))}


def _create(spec: QueueSpec, place: Place) -> Step:
    wanted = _wanted(spec, place)
    request = {"QueueName": spec.name, "Attributes": wanted, **({"tags": dict(spec.tags)} if spec.tags else {})}
    after = {"name": spec.name, "encrypted": True, "message_retention_period": spec.message_retention_period, "policy": json.loads(wanted["Policy"])}
    tags = {shown(key): value for key, value in (spec.tags or {}).items()}
    return Step("create_queue", request, (*created("", after), *created("tags", tags)), settle="visible")


def _queue(spec: QueueSpec, state: QueueState, place: Place) -> tuple[Step, ...]:
    wanted = {name: value for name, value in _wanted(spec, place).items() if _differs(name, value, state)}
    steps = []
    if wanted:
        changes = tuple(_change(name, value, state) for name, value in wanted.items())
        steps.append(Step("set_queue_attributes", {"QueueUrl": state.url, "Attributes": wanted}, changes))
    added, removed = tag_delta(spec.tags, state.tags, purge=spec.purge_tags)
    if added:
        steps.append(Step("tag_queue", {"QueueUrl": state.url, "Tags": added}, _tagged("tags", added, state.tags)))
    if removed:
        steps.append(Step("untag_queue", {"QueueUrl": state.url, "TagKeys": removed}, _untagged("tags", removed, state.tags)))
    return tuple(steps)


def _differs(name: str, value: str, state: QueueState) -> bool:
    if name == "SqsManagedSseEnabled":
        return not state.encrypted
    return not same_json(value, state.attributes.get(name))


def _change(name: str, value: str, state: QueueState) -> Change:
    path = {"MessageRetentionPeriod": "message_retention_period", "SqsManagedSseEnabled": "encrypted", "Policy": "policy"}[name]
    before = state.attributes.get(name)
    return Change(path, json.loads(before) if before else None, json.loads(value))


def _rule(spec: QueueSpec, state: QueueState, place: Place, event: str) -> tuple[Step, ...]:
    """A rule that is there and off is turned on by PutRule as well."""
    name, rule, pattern = spec.rule(event), state.rules.get(event), event_pattern(event)
    request = {"Name": name, "EventPattern": json.dumps(pattern), "State": "ENABLED", "Description": f"Queue {spec.name}: {EVENTS[event][1]}"}
    steps: list[Step] = []
    if rule is None:
        tags = [{"Key": key, "Value": value} for key, value in (spec.tags or {}).items()]
        changes = created(f"rules.{event}", {"event_pattern": pattern, "enabled": True})
        steps.append(Step("put_rule", {**request, **({"Tags": tags} if tags else {})}, changes, subject=name))
    elif not rule.enabled or not same_json(rule.pattern, pattern):
        changes = (
            Change(f"rules.{event}.event_pattern", json.loads(rule.pattern or "null"), pattern),
            Change(f"rules.{event}.enabled", rule.enabled, True),
        )
        steps.append(Step("put_rule", request, changes, subject=name))
    if rule is None or not rule.feeds:
        targets = [{"Id": TARGET, "Arn": place.arn("sqs", spec.name)}]
        steps.append(Step("put_targets", {"Rule": name, "Targets": targets}, (Change(f"rules.{event}.feeds", False, True),), subject=name))
    return (*steps, *(_rule_tags(spec, rule, event) if rule is not None else ()))


def _rule_tags(spec: QueueSpec, rule: RuleState, event: str) -> tuple[Step, ...]:
    added, removed = tag_delta(spec.tags, rule.tags, purge=spec.purge_tags)
    steps = []
    if added:
        request = {"ResourceARN": rule.arn, "Tags": [{"Key": key, "Value": value} for key, value in added.items()]}
        steps.append(Step("tag_resource", request, _tagged(f"rules.{event}.tags", added, rule.tags), subject=rule.name))
    if removed:
        request = {"ResourceARN": rule.arn, "TagKeys": removed}
        steps.append(Step("untag_resource", request, _untagged(f"rules.{event}.tags", removed, rule.tags), subject=rule.name))
    return tuple(steps)


def _rule_gone(spec: QueueSpec, state: QueueState, event: str) -> tuple[Step, ...]:
    """EventBridge deletes no rule that has targets."""
    rule = state.rules.get(event)
    if rule is None:
        return ()
    name = spec.rule(event)
    targets = (Step("remove_targets", {"Rule": name, "Ids": list(rule.targets)}, deleted(f"rules.{event}.feeds", rule.feeds), subject=name),)
    return (*(targets if rule.targets else ()), Step("delete_rule", {"Name": name}, deleted(f"rules.{event}.enabled", rule.enabled), subject=name))


def _tagged(path: str, added: Mapping[str, str], actual: Mapping[str, str]) -> tuple[Change, ...]:
    return tuple(Change(f"{path}.{shown(key)}", actual.get(key), value) for key, value in added.items())


def _untagged(path: str, removed: Sequence[str], actual: Mapping[str, str]) -> tuple[Change, ...]:
    return tuple(Change(f"{path}.{shown(key)}", actual[key], None) for key in removed)


def _refuse_impossible(spec: QueueSpec) -> None:
    refuse_tags(f"queue {spec.name}", spec.tags)
    low, high = RETENTION
    period = spec.message_retention_period
    checks = (
        (not _NAME.fullmatch(spec.name), f"{spec.name!r} is no name of a queue.", "Use letters, digits, hyphens and underscores.", "name"),
        (len(spec.name) > LONGEST, f"The name {spec.name} has {len(spec.name)} characters, and the names of its rules would have more than 64.",
         f"Give one of at most {LONGEST}.", "name"),
        (period is not None and not low <= period <= high, f"message_retention_period {period} of queue {spec.name} is outside of what SQS takes.",
         f"Give {low} to {high} seconds.", "message_retention_period"),
        (not spec.events, f"Queue {spec.name} has no events: nothing would ever fill it.", f"Give some of {', '.join(EVENTS)}, or leave events out.", "events"),
        (not set(spec.events) <= set(EVENTS), f"Queue {spec.name} has unknown events.", f"Give some of {', '.join(EVENTS)}.", "events"),
    )  # fmt: skip
    for impossible, what, remedy, name in checks:
        if impossible:
            raise Refusal(what, remedy=remedy, fields=(name,))
