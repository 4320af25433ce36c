# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting: a verdict says where an operation stands, one deadline bounds a whole task, the clock is passed in."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import SettleFailed, SettleTimeout

FIRST_PAUSE = 0.2
"""Seconds before the second look. It doubles up to LONGEST_PAUSE: soon enough for a tag, sparse enough for a control plane."""
LONGEST_PAUSE = 15.0


class Clock(Protocol):
    def now(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's own monotonic clock."""

    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass(frozen=True)
class Verdict:
    """Where an operation stands: `pending`, `done` or `failed`, with the state's own words."""

    kind: str
    reason: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


def pending(reason: str = "", **facts: Any) -> Verdict:
    return Verdict("pending", reason, facts)


def done(reason: str = "", **facts: Any) -> Verdict:
    return Verdict("done", reason, facts)


def failed(reason: str, **facts: Any) -> Verdict:
    return Verdict("failed", reason, facts)


class Deadline:
    """The end of a task's patience, in seconds from its start."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self.clock = clock
        self.seconds = seconds
        self.start = clock.now()

    def elapsed(self) -> float:
        return self.clock.now() - self.start

    def remaining(self) -> float:
        return self.seconds - self.elapsed()


def settle(look: Callable[[], Verdict], *, what: str, deadline: Deadline, progress: Callable[[str], None]) -> Verdict:
    """Look until the verdict is done and return it; SettleFailed or SettleTimeout otherwise, each with the last words of the service."""
    pause = FIRST_PAUSE
    while True:
        verdict = look()
        if verdict.kind == "done":
            return verdict
        if verdict.kind == "failed":
            raise SettleFailed(f"{what} failed: {verdict.reason}.", remedy=_cause_first(verdict), **verdict.facts)
        if deadline.remaining() <= 0:
            raise SettleTimeout(
                f"{what} was still {verdict.reason or 'under way'} after {deadline.seconds:.0f} s.",
                remedy="Run again to go on waiting, or raise wait_timeout.",
                **verdict.facts,
            )
        progress(f"{what}: {verdict.reason or 'under way'} {_minutes(deadline.elapsed())}")
        deadline.clock.sleep(min(pause, max(deadline.remaining(), 0.01)))
        pause = min(pause * 2, LONGEST_PAUSE)


def _cause_first(verdict: Verdict) -> str:
    return "Remove the cause named here and run again." if verdict.reason else "Look at the resource's health issues and run again."


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}m{int(seconds) % 60:02d}s"
