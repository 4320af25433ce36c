# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Leases, live: read consistently, written on condition, waited for by a clock of one's own."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Busy, FleetopsError, ParentMissing, ServiceError
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan, Step
from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import Outcome, Run, reconcile
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Clock, Deadline, Verdict, done, pending, settle
from ansible_collections.fleetops.eks.plugins.module_utils._lock import api, exclusive
from ansible_collections.fleetops.eks.plugins.module_utils._lock import lease as nouns
from ansible_collections.fleetops.eks.plugins.module_utils._lock import share as shares
from ansible_collections.fleetops.eks.plugins.module_utils._lock.lease import EXCLUSIVE, SHARED, Holder, Lease, LeaseSpec, in_the_way, obstacle_words, to_result
from ansible_collections.fleetops.eks.plugins.module_utils._lock.live.watch import Watch

KEPT = timedelta(days=90)
"""How long the table tells of a lease that was broken."""


class Contended(FleetopsError):
    """The lease is not any more what it was when it was looked at: look again."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class LiveLease:
    """One lease. `checking`: this is check mode. `table_planned`: it would have made the table, so that its absence is no error."""

    def __init__(
        self,
        client: Any,
        spec: LeaseSpec,
        who: Holder,
        *,
        clock: Clock,
        present: bool = True,
        checking: bool = False,
        table_planned: bool = False,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.client = client
        self.spec = spec
        self.who = who
        self.clock = clock
        self.present = present
        self.checking = checking
        self.table_planned = table_planned
        self.now = now
        self.taken_from: Lease | None = None
        self.meanwhile: Callable[[], None] = lambda: None
        self.watch = Watch(clock)
        self.claimed = False

    def observe(self) -> Lease | None:
        """Return the lease; since when each version is the one it is counts from here."""
        lease = self._read()
        self.watch.saw(lease)
        return lease

    def nothing(self) -> None:
        return None

    def in_flight(self, state: Lease | None) -> Verdict | None:
        return None

    def plan(self, state: Lease | None) -> Plan:
        """Return the plan. Only check mode plans for a lease that somebody else took since it was waited for; otherwise that is Contended."""
        plan = self._plan(state)
        if self.present and plan and not self.checking and self._obstacles(state):
            raise Contended(f"Lock {self.spec.name} has changed hands meanwhile.", remedy="Run again.")
        return plan

    def stale(self, lease: Lease) -> bool:
        return self.watch.stale(lease)

    def _plan(self, state: Lease | None) -> Plan:
        if not self.present:
            return exclusive.plan_absent(self.spec, state)
        only_stale = state is not None and state.owner is not None and not self._obstacles(state)
        return exclusive.plan_present(self.spec, state, stale=only_stale)

    def _obstacles(self, lease: Lease | None) -> tuple[Lease, ...]:
        """Return what is in the way and is not an exclusive lease that has run out: that one is replaced by acquiring."""
        return tuple(each for each in in_the_way(self.spec, lease) if not (each is lease and self.stale(each)))

    def perform(self, step: Step) -> Any:
        if step.operation == "put_item":
            forget_at = int((self.now() + KEPT).timestamp())
            request = nouns.audit_request(self.spec, step.request["lease"], self.who, now=self._time(), forget_at=forget_at)
            with speaking(f"record that lock {self.spec.name} was broken"):
                self.client.put_item(**request)
        elif "release" in step.request:
            self._release(step.request["release"])
        else:
            self._acquire(step.request["seen"])
        return {}

    def verdict(self, step: Step, answer: Any) -> Verdict:
        return done()

    def busy(self, error: Busy) -> Verdict:
        return done()

    def describe(self, step: Step) -> str:
        return f"{step.operation.replace('_', ' ')} (lock {self.spec.name} of table {self.spec.table})"

    def wait_until_free(self, deadline: Deadline, progress: Callable[[str], None]) -> None:
        """Return when the lease can be tried for: nobody is in the way, or only who has run out. SettleTimeout says who is."""
        last: list[Lease | None] = [None]

        def look() -> Verdict:
            self.meanwhile()
            lease = last[0] = self._without_dead()
            if lease is None or self.spec.fence is not None or self._has(lease) or not self._obstacles(lease):
                return done()
            if self.spec.mode == EXCLUSIVE and lease.shares and deadline.remaining() > 0:
                self._claim(lease)
            return pending(obstacle_words(self.spec, lease))

        try:
            settle(look, what=f"lock {self.spec.name}", deadline=deadline, progress=progress)
        except FleetopsError as error:
            error.facts["lock"] = to_result(last[0])
            self._unclaim(error)
            raise

    def renew(self, lease: Lease) -> Lease:
        """Lengthen the owner's lease, and return it; an error when it is lost."""
        version = uuid.uuid4().hex
        self._write(self._renewal(lease, version), self.mine, version)
        found = self.observe()
        if found is None:
            raise Contended(f"Lock {self.spec.name} is gone.")
        return found

    def mine(self, lease: Lease | None) -> Lease | None:
        """Return what of the item is the lease that is asked for."""
        return lease

    def _unclaim(self, given_up: FleetopsError) -> None:
        """Take back the claim, where one was made: whoever has given up must not keep others waiting. Where it fails, the claim runs out by itself."""
        if not self.claimed:
            return
        try:
            lease = self._read()
            if lease and lease.claim and lease.claim.owner == self.spec.owner:
                self._try(shares.unclaim_request(self.spec, lease.claim))
        except FleetopsError as error:
            given_up.message += f" Its claim stands for {shares.CLAIM_SECONDS} s more: {error.message}"

    def _has(self, lease: Lease) -> bool:
        return lease.owner == self.spec.owner

    def _renewal(self, lease: Lease, version: str) -> dict[str, Any]:
        return exclusive.renew_request(self.spec, lease.version, version=version, now=self._time())

    def _release(self, lease: Lease) -> None:
        self._write(exclusive.release_request(self.spec, lease), self.mine, None)

    def _without_dead(self) -> Lease | None:
        """Return the lease after the shares and claims of others that have run out are ended. They can have been renewed meanwhile: then they stay."""
        lease = self.observe()
        dead = [each for each in in_the_way(self.spec, lease) if each is not lease and self.stale(each)]
        for each in dead:
            if each.mode == SHARED:
                self.taken_from = each if self._try(shares.unshare_request(self.spec, each)) else self.taken_from
            else:
                self._try(shares.unclaim_request(self.spec, each))
        return self.observe() if dead else lease

    def _claim(self, lease: Lease) -> None:
        """Say that this owner is next, or still waits. Where another is, it is his turn."""
        if lease.claim is None or (lease.claim.owner == self.spec.owner and self.watch.age(lease.claim) >= shares.CLAIM_SECONDS / 4):
            self.claimed = self._try(shares.claim_request(self.spec, version=uuid.uuid4().hex)) or self.claimed

    def _try(self, request: dict[str, Any]) -> bool:
        """Write on condition and return whether it was so; where it was not, the next look shows what is."""
        try:
            with speaking(f"change lock {self.spec.name} of table {self.spec.table}"):
                self.client.update_item(**request)
        except ServiceError as error:
            if error.code != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def _acquire(self, seen: str | None) -> None:
        """Take the lease. One that is stale is taken from whom it was seen with."""
        before = self._read() if seen else None
        version = uuid.uuid4().hex
        self._write(exclusive.acquire_request(self.spec, self.who, seen, version=version, now=self._time()), self.mine, version)
        self.taken_from = before or self.taken_from

    def _write(self, request: dict[str, Any], part: Callable[[Lease | None], Lease | None], version: str | None) -> None:
        """Write on condition. A try whose answer was lost may have been carried out: then that part's version is already what it was to become."""
        if self._try(request):
            return
        found = part(self._read())
        if (found.version if found else None) != version:
            raise Contended(f"Lock {self.spec.name} has changed hands meanwhile.", remedy="Run again.")

    def _read(self) -> Lease | None:
        with speaking(f"read lock {self.spec.name} of table {self.spec.table}"):
            found = api.get_item(self.client, self.spec.table, self.spec.name)
        if found is None and self.present and not self.table_planned:
            raise ParentMissing(
                f"Table {self.spec.table} does not exist in region {self.client.meta.region_name}.",
                remedy="Set create_table, or correct table or region: the table of a fleet is in one region.",
            )
        return Lease.from_item(found["item"]) if found and found["item"] else None

    def _time(self) -> str:
        return self.now().isoformat(timespec="seconds")


def held(live: LiveLease, run: Run) -> tuple[Outcome, bool]:
    """Make the lease the owner's and return what was done, and whether it was his and is renewed."""
    deadline = Deadline(run.clock, run.wait_timeout)
    while True:
        if not run.check_mode:
            live.wait_until_free(deadline, run.progress)
        try:
            outcome = reconcile(live, run)
            if outcome.plan or run.check_mode:
                return outcome, False
            outcome.state = live.renew(outcome.state)
            return outcome, True
        except Contended:
            if deadline.remaining() < -live.spec.lease_seconds:
                raise


def released(live: LiveLease, run: Run) -> Outcome:
    """End the lease and return what was done; when it is renewed or taken meanwhile, decide again."""
    while True:
        try:
            return reconcile(live, run)
        except Contended:
            continue
