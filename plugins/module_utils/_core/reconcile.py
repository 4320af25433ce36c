# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Making a plan true: observe, plan, and, unless this is check mode, apply each step and let it settle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Busy, FleetopsError, ParentMissing
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan, Step
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import FIRST_PAUSE, LONGEST_PAUSE, Clock, Deadline, SystemClock, Verdict, done, settle

VISIBILITY = 10.0
"""Seconds for which a read may still show what was true before a write, ere something else is thought to be wrong."""


class Resource(Protocol):
    """What reconcile needs to know of a noun. State is None when the resource does not exist."""

    def observe(self) -> Any:
        """Return the state as the service tells it now; ParentMissing where there cannot be one yet."""

    def nothing(self) -> Any:
        """Return the state of what does not exist."""

    def in_flight(self, state: Any) -> Verdict | None:
        """Return a verdict while somebody else's operation must end before this one can be planned; None = go on."""

    def plan(self, state: Any) -> Plan:
        """Return the steps that make state match the declaration."""

    def perform(self, step: Step) -> Any:
        """Make the call; return the service's answer."""

    def verdict(self, step: Step, answer: Any) -> Verdict:
        """Return where the operation that a step began stands."""

    def busy(self, error: Busy) -> Verdict:
        """Return where the operation that stood in the way stands."""

    def describe(self, step: Step) -> str:
        """Return the step in words: `update_addon of add-on coredns of cluster edge`."""


@dataclass
class Run:
    """How a task runs: where time comes from, whether it may write, how long it waits, where it says how far it is."""

    check_mode: bool = False
    clock: Clock = field(default_factory=SystemClock)
    wait: bool = True
    wait_timeout: float = 1800
    progress: Callable[[str], None] = lambda text: None


@dataclass
class Outcome:
    """What was planned and done. `state` is the last one observed; in check mode the one before."""

    state: Any
    plan: Plan
    actions: list[dict[str, Any]]
    warnings: list[str]
    answers: list[Any]

    @property
    def changed(self) -> bool:
        return bool(self.plan)

    def common(self) -> dict[str, Any]:
        """Return the keys that every module returns."""
        result: dict[str, Any] = {"changed": self.changed, "actions": self.actions, "diff": self.plan.diff()}
        if self.warnings:
            result["warnings"] = self.warnings
        return result


def reconcile(resource: Resource, run: Run) -> Outcome:
    """Make the declaration true and return what was done; an error carries the actions applied before it."""
    deadline = Deadline(run.clock, run.wait_timeout)
    state, missing = _observe(resource, run)
    if not run.check_mode:
        state = _wait_for_others(resource, state, run, deadline)
    plan = resource.plan(state)
    warnings = [*missing, *plan.warnings]
    if run.check_mode or not plan:
        return Outcome(state, plan, [_action(step, "planned") for step in plan.steps], warnings, [])
    actions, answers = _apply(resource, plan, run, deadline)
    with _telling(actions):
        state, left = _look_again(resource, run) if run.wait else (resource.observe(), Plan())
    return Outcome(state, plan, actions, [*warnings, *_left_over(left)], answers)


def _observe(resource: Resource, run: Run) -> tuple[Any, list[str]]:
    """In check mode a missing parent is what an earlier task of the same run would have made: plan from nothing, and say so."""
    try:
        return resource.observe(), []
    except ParentMissing as error:
        if not run.check_mode:
            raise
        return resource.nothing(), [f"{error.message} Planned as though it did, and were empty."]


def _wait_for_others(resource: Resource, state: Any, run: Run, deadline: Deadline) -> Any:
    verdict = resource.in_flight(state)
    if verdict is None:
        return state
    seen = [state]

    def look() -> Verdict:
        seen[0] = resource.observe()
        return resource.in_flight(seen[0]) or done()

    settle(look, what="an operation under way before this one", deadline=deadline, progress=run.progress)
    return seen[0]


def _apply(resource: Resource, plan: Plan, run: Run, deadline: Deadline) -> tuple[list[dict[str, Any]], list[Any]]:
    actions: list[dict[str, Any]] = []
    answers: list[Any] = []
    waves = plan.waves()
    for number, wave in enumerate(waves):
        begun: list[tuple[Step, Any, dict[str, Any]]] = []
        for step in wave:
            action = _action(step, "failed")
            actions.append(action)
            with _telling(actions):
                answer = _perform(resource, step, run, deadline)
            action["status"] = "requested" if step.settle else "done"
            action.update(_update_id(answer))
            answers.append(answer)
            begun.append((step, answer, action))
        if run.wait or number < len(waves) - 1:
            _settle_all(resource, begun, run, deadline, actions)
    return actions, answers


def _perform(resource: Resource, step: Step, run: Run, deadline: Deadline) -> Any:
    """Make the call; where another operation stands in the way, wait for that one and make it again."""
    pause = FIRST_PAUSE
    while True:
        try:
            return resource.perform(step)
        except Busy as error:
            if deadline.remaining() <= 0:
                raise
            look = partial(resource.busy, error)
        settle(look, what=f"an operation that keeps {resource.describe(step)} waiting", deadline=deadline, progress=run.progress)
        run.clock.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


def _settle_all(resource: Resource, begun: list[tuple[Step, Any, dict[str, Any]]], run: Run, deadline: Deadline, actions: list[dict[str, Any]]) -> None:
    """Wait for every step of a wave; the first failure is raised after all have been looked at, so that none is left unknown."""
    failures: list[FleetopsError] = []
    for step, answer, action in begun:
        if step.settle is None:
            continue
        try:
            settle(partial(resource.verdict, step, answer), what=resource.describe(step), deadline=deadline, progress=run.progress)
            action["status"] = "done"
        except FleetopsError as error:
            action["status"] = "failed"
            failures.append(error)
    if failures:
        with _telling(actions):
            if len(failures) > 1:
                failures[0].message += f" ({len(failures) - 1} more: {'; '.join(other.message for other in failures[1:])})"
            raise failures[0]


@contextmanager
def _telling(actions: list[dict[str, Any]]) -> Iterator[None]:
    """Let an error carry what was applied before it."""
    try:
        yield
    except FleetopsError as error:
        error.facts["actions"] = actions
        error.facts["changed"] = any(action["status"] != "failed" for action in actions)
        raise


def _action(step: Step, status: str) -> dict[str, Any]:
    action: dict[str, Any] = {"operation": step.operation, "fields": step.fields, "status": status}
    if step.subject:
        action["subject"] = step.subject
    return action


def _update_id(answer: Any) -> dict[str, str]:
    update = answer.get("update") if isinstance(answer, dict) else None
    return {"update_id": update["id"]} if update else {}


def _look_again(resource: Resource, run: Run) -> tuple[Any, Plan]:
    """Return the state after the steps, and what is left of the plan once reads have had time to show them."""
    patience, pause = Deadline(run.clock, VISIBILITY), FIRST_PAUSE
    while True:
        state = resource.observe()
        left = resource.plan(state)
        if not left or patience.remaining() <= 0:
            return state, left
        run.clock.sleep(pause)
        pause = min(pause * 2, max(patience.remaining(), FIRST_PAUSE))


def _left_over(plan: Plan) -> list[str]:
    if not plan:
        return []
    fields = sorted({name for step in plan.steps for name in step.fields})
    return [
        f"The service accepted every call, and yet differs from the declaration in {', '.join(fields)}: something else changes it, or it was refused silently."
    ]
