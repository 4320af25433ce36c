# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A queue of interruptions and its rules, live."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking
from ansible_collections.fleetops.eks.plugins.module_utils._aws.propagation import Propagation
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Busy, ServiceError
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan, Step
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Clock, Verdict, done, pending
from ansible_collections.fleetops.eks.plugins.module_utils._events import api
from ansible_collections.fleetops.eks.plugins.module_utils._events.queue import EVENTS, Place, QueueSpec, QueueState, RuleState, plan_absent, plan_present

OF_QUEUES = frozenset({"create_queue", "delete_queue", "set_queue_attributes", "tag_queue", "untag_queue"})
GOING = {
    "delete_queue": ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"),
    "delete_rule": ("ResourceNotFoundException",),
    "remove_targets": ("ResourceNotFoundException",),
}
"""What a step that takes something away meets where it is gone already."""
JUST_DELETED = ("wait 60 seconds after deleting a queue",)


class LiveQueue:
    """One queue, by its name, and the rules of EventBridge whose names begin with it."""

    def __init__(self, sqs: Any, events: Any, spec: QueueSpec, place: Place, *, present: bool = True, clock: Clock | None = None) -> None:
        self.sqs = sqs
        self.events = events
        self.spec = spec
        self.place = place
        self.present = present
        self.deleted = Propagation(JUST_DELETED, clock=clock, window=90.0)

    def observe(self) -> QueueState:
        with speaking(f"read queue {self.spec.name} and its rules"):
            return found_queue(self.sqs, self.events, self.spec, self.place, leaving=() if self.present else tuple(EVENTS))

    def nothing(self) -> QueueState:
        return QueueState(None, {}, {}, {})

    def in_flight(self, state: QueueState) -> Verdict | None:
        return None

    def plan(self, state: QueueState) -> Plan:
        return plan_present(self.spec, state, self.place) if self.present else plan_absent(self.spec, state)

    def perform(self, step: Step) -> Any:
        client = self.sqs if step.operation in OF_QUEUES else self.events
        try:
            with self.deleted.patient(), speaking(self.describe(step)):
                answer = getattr(client, step.operation)(**step.request)
        except ServiceError as error:
            if error.code not in GOING.get(step.operation, ()):
                raise
            return {}
        return _accepted(answer, self.describe(step))

    def verdict(self, step: Step, answer: Any) -> Verdict:
        """A queue is known, or forgotten, some seconds after the answer."""
        with speaking(f"find queue {self.spec.name}"):
            seen = api.get_queue_url(self.sqs, self.spec.name) is not None
        return done() if seen == (step.settle == "visible") else pending(f"not yet {step.settle}")

    def busy(self, error: Busy) -> Verdict:
        return done()

    def describe(self, step: Step) -> str:
        return f"{step.operation.replace('_', ' ')} ({f'rule {step.subject} of ' if step.subject else ''}queue {self.spec.name})"


def place_of(clients: Callable[[str], Any], account: str | None) -> Place:
    """Return where the task works; STS is asked for the account where it is not said."""
    client = clients("sqs")
    if not account:
        with speaking("ask STS for the account of this task"):
            account = str(clients("sts").get_caller_identity()["Account"])
    return Place(client.meta.partition, client.meta.region_name, account)


def found_queue(sqs: Any, events: Any, spec: QueueSpec, place: Place, *, leaving: tuple[str, ...] = ()) -> QueueState:
    """Return the state. The targets of a rule are read where it is to go: those in leaving, and those that are not declared."""
    url = api.get_queue_url(sqs, spec.name)
    attributes = api.get_queue_attributes(sqs, url) if url else None
    tags = api.list_queue_tags(sqs, url) if url and attributes is not None else None
    arn = (attributes or {}).get("QueueArn") or place.arn("sqs", spec.name)
    names = {spec.rule(event): event for event in EVENTS}
    listed = {names[each["Name"]]: each for each in api.list_rules(events, f"{spec.name}-") if each["Name"] in names}
    feeding = set(api.list_rule_names_by_target(events, arn)) if listed else set()
    rules = {event: _rule(events, spec, listed[event], feeding, going=event in leaving or event not in spec.events) for event in EVENTS if event in listed}
    return QueueState(url if attributes is not None else None, attributes or {}, tags or {}, rules)


def _rule(events: Any, spec: QueueSpec, listed: dict[str, Any], feeding: set[str], *, going: bool) -> RuleState:
    name, arn = listed["Name"], listed["Arn"]
    targets = [each["Id"] for each in api.list_targets_by_rule(events, name) or ()] if going else []
    tags = api.list_tags_for_resource(events, arn) if spec.tags is not None and not going else None
    return RuleState(name, arn, listed.get("EventPattern", ""), listed.get("State") == "ENABLED", name in feeding, targets, tags or {})


def _accepted(answer: dict[str, Any], what: str) -> dict[str, Any]:
    """PutTargets and RemoveTargets say in a good answer which entries they refused."""
    for entry in answer.get("FailedEntries") or ():
        code, text = entry.get("ErrorCode", "Unknown"), entry.get("ErrorMessage", "")
        raise ServiceError(f"Could not {what}: {code}: {text.rstrip('.')}.", code=code)
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}
