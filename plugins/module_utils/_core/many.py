# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A declared set as one resource: the members' plans side by side, in flight together where their order does not matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Busy, Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Change, Plan, Step
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Verdict, done


class Many:
    """Members by name (each a Resource), in waves: all of a wave settles before the next begins.

    The n-th steps of a wave's members are sent together and then waited for together, so that twelve node groups take as long
    as the slowest. Its state is {name: the member's state}.
    """

    def __init__(self, waves: Sequence[Mapping[str, Any]]) -> None:
        self.waves = [dict(wave) for wave in waves]
        self.members: dict[str, Any] = {name: member for wave in self.waves for name, member in wave.items()}

    def observe(self) -> dict[str, Any]:
        return {name: member.observe() for name, member in self.members.items()}

    def nothing(self) -> dict[str, Any]:
        return {name: member.nothing() for name, member in self.members.items()}

    def in_flight(self, state: Mapping[str, Any]) -> Verdict | None:
        verdicts = [verdict for name, member in self.members.items() if (verdict := member.in_flight(state[name])) is not None]
        return next((verdict for verdict in verdicts if verdict.kind != "done"), None)

    def plan(self, state: Mapping[str, Any]) -> Plan:
        """Return the members' steps in waves; the refusals of all members are one refusal."""
        plans, refusals = self._plans(state)
        if refusals:
            raise refusals[0] if len(refusals) == 1 else _one(refusals)
        steps: list[Step] = []
        for number, wave in enumerate(self.waves):
            steps += _side_by_side(number, {name: plans[name] for name in wave})
        return Plan(tuple(steps), tuple(dict.fromkeys(warning for plan in plans.values() for warning in plan.warnings)))

    def _plans(self, state: Mapping[str, Any]) -> tuple[dict[str, Plan], list[Refusal]]:
        plans: dict[str, Plan] = {}
        refusals: list[Refusal] = []
        for name, member in self.members.items():
            try:
                plans[name] = member.plan(state[name])
            except Refusal as refusal:
                refusals.append(refusal)
        return plans, refusals

    def perform(self, step: Step) -> Any:
        return self.members[step.subject].perform(step)

    def verdict(self, step: Step, answer: Any) -> Verdict:
        verdict: Verdict = self.members[step.subject].verdict(step, answer)
        return verdict

    def busy(self, error: Busy) -> Verdict:
        """Another member's operation, or a stranger's: whoever can tell, tells."""
        return next((verdict for member in self.members.values() if (verdict := member.busy(error)).kind != "done"), done())

    def describe(self, step: Step) -> str:
        return str(self.members[step.subject].describe(step))


def refuse_repeated(option: str, names: Sequence[str]) -> None:
    """Refuse a set that declares a member twice."""
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise Refusal(f"{option} declares {', '.join(repeated)} more than once.", remedy="Keep one declaration of each.", fields=(option,))


def _side_by_side(wave: int, plans: Mapping[str, Plan]) -> list[Step]:
    """Return first steps of all plans, then second steps, …: each round in flight together, paths and subjects named after the member."""
    steps: list[Step] = []
    for turn in range(max((len(plan.steps) for plan in plans.values()), default=0)):
        for name, plan in plans.items():
            if turn < len(plan.steps):
                steps.append(_named(plan.steps[turn], name, f"wave {wave} turn {turn}"))
    return steps


def _named(step: Step, name: str, together: str) -> Step:
    """A member's name may hold dots (an ARN, a domain): in a change's path they would make a tree of it."""
    shown = name.replace(".", "·")
    changes = tuple(Change(f"{shown}.{change.path}" if change.path else shown, change.before, change.after, change.secret) for change in step.changes)
    return replace(step, subject=name, together=together, changes=changes)


def _one(refusals: Sequence[Refusal]) -> Refusal:
    fields = tuple(name for refusal in refusals for name in refusal.facts["refused_fields"])
    return Refusal(" ".join(refusal.message for refusal in refusals), remedy=" ".join(dict.fromkeys(refusal.remedy for refusal in refusals)), fields=fields)
