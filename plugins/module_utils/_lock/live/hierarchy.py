# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several leases as one: acquired from the top down and kept while the next is waited for, or none of them."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import FleetopsError
from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import Outcome, Run
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Deadline
from ansible_collections.fleetops.eks.plugins.module_utils._lock.lease import Lease
from ansible_collections.fleetops.eks.plugins.module_utils._lock.live.lease import Contended, LiveLease, held, released

Taken = list[tuple[LiveLease, Outcome]]


class Keeper:
    """Renews what is had already while something further is waited for. `at`: when all were last known to be had."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.taken: Taken = []
        self.at = run.clock.now()

    def keep(self) -> None:
        """Renew all once a fourth of the shortest lease has passed."""
        shortest = min((live.spec.lease_seconds for live, outcome in self.taken), default=0)
        if self.taken and not self.run.check_mode and self.run.clock.now() - self.at >= shortest / 4:
            self.renew_all()

    def renew_all(self) -> None:
        """Renew all, and note their states; Contended or a refusal when one was lost."""
        before = self.run.clock.now()
        for live, outcome in self.taken:
            outcome.state = _renewed(live)
        self.at = before


def held_together(lives: list[LiveLease], run: Run) -> tuple[list[Outcome], bool]:
    """Make all leases the owner's, and return what was done and whether all were his before; on an error those that were taken here are given back."""
    deadline, keeper, fresh = Deadline(run.clock, run.wait_timeout), Keeper(run), list[LiveLease]()
    for live in lives:
        live.meanwhile = keeper.keep
        try:
            outcome, was_his = held(live, replace(run, wait_timeout=max(deadline.remaining(), 0.0)))
            fresh += [] if was_his or run.check_mode else [live]
            keeper.taken.append((live, outcome))
            if live is lives[-1] and len(lives) > 1:
                keeper.keep()
        except FleetopsError as error:
            _give_back(fresh, run, error)
            raise
    return [outcome for live, outcome in keeper.taken], not fresh and not run.check_mode


def released_together(lives: list[LiveLease], run: Run) -> list[Outcome]:
    """End all leases from the bottom up, and return what was done from the top down; one that fails leaves no other unreleased."""
    outcomes, failures = list[Outcome](), list[tuple[LiveLease, FleetopsError]]()
    for live in reversed(lives):
        try:
            outcomes.append(released(live, run))
        except FleetopsError as error:
            failures.append((live, error))
    if failures:
        first = failures[0][1]
        if len(lives) > 1:
            _tell(first, [live.spec.name for live in lives if live not in [each for each, failure in failures]], failures)
        raise first
    return outcomes[::-1]


def _renewed(live: LiveLease) -> Lease:
    state = live.observe()
    if live.mine(state) is None or live.plan(state) or state is None:
        raise Contended(f"{live.spec.owner} has lost lock {live.spec.name} while it waited for another.", remedy="Run again, with a longer ttl.")
    return live.renew(state)


def _give_back(fresh: list[LiveLease], run: Run, error: FleetopsError) -> None:
    """Release what was taken here, the last first, and let the error say of each whether that was done."""
    back, failures = list[str](), list[tuple[LiveLease, FleetopsError]]()
    for live in reversed(fresh):
        live.present = False
        try:
            released(live, replace(run, wait=False))
            back.append(live.spec.name)
        except FleetopsError as other:
            failures.append((live, other))
    if fresh:
        _tell(error, back, failures)


def _tell(error: FleetopsError, back: list[str], failures: list[tuple[LiveLease, FleetopsError]]) -> None:
    error.facts["given_back"] = back
    error.facts["not_given_back"] = [{"name": live.spec.name, "error": str(other)} for live, other in failures]
    names = ", ".join(live.spec.name for live, failure in failures)
    error.message += f" Not given back: {names}." if failures else ""
