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
from ansible_collections.fleetops.eks.plugins.module_utils._lock import api
from ansible_collections.fleetops.eks.plugins.module_utils._lock import lease as nouns
from ansible_collections.fleetops.eks.plugins.module_utils._lock.lease import Holder, Lease, LeaseSpec, held_by_other, to_result

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
        self._seen: tuple[str | None, float] = (None, 0.0)

    def observe(self) -> Lease | None:
        """Return the lease; since when its version is the one it is counts from here."""
        lease = self._read()
        version = lease.version if lease else None
        if version != self._seen[0]:
            self._seen = (version, self.clock.now())
        return lease

    def nothing(self) -> None:
        return None

    def in_flight(self, state: Lease | None) -> Verdict | None:
        return None

    def plan(self, state: Lease | None) -> Plan:
        """Return the plan. Only check mode plans for a lease that somebody else took since it was waited for; otherwise that is Contended."""
        if not self.present:
            return nouns.plan_absent(self.spec, state)
        stale = state is not None and self.stale(state)
        plan = nouns.plan_present(self.spec, state, stale=stale)
        if held_by_other(self.spec, state) and not (stale or self.checking):
            raise Contended(f"Lock {self.spec.name} has changed hands meanwhile.", remedy="Run again.")
        return plan

    def stale(self, lease: Lease) -> bool:
        return lease.version == self._seen[0] and self.clock.now() - self._seen[1] >= lease.lease_seconds

    def perform(self, step: Step) -> Any:
        if step.operation == "put_item":
            forget_at = int((self.now() + KEPT).timestamp())
            request = nouns.audit_request(self.spec, step.request["lease"], self.who, now=self._time(), forget_at=forget_at)
            with speaking(f"record that lock {self.spec.name} was broken"):
                self.client.put_item(**request)
        elif "release" in step.request:
            self._write(nouns.release_request(self.spec, step.request["release"]), None)
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
        """Return when the lease can be tried for: nobody has it, the owner has it, or it is stale. SettleTimeout says who has it."""
        last: list[Lease | None] = [None]

        def look() -> Verdict:
            lease = last[0] = self.observe()
            if lease is None or self.spec.fence is not None or not held_by_other(self.spec, lease) or self.stale(lease):
                return done()
            return pending(lease.words())

        try:
            settle(look, what=f"lock {self.spec.name}", deadline=deadline, progress=progress)
        except FleetopsError as error:
            error.facts["lock"] = to_result(last[0])
            raise

    def renew(self, lease: Lease) -> Lease:
        """Lengthen the owner's lease, and return it; an error when it is lost."""
        version = uuid.uuid4().hex
        self._write(nouns.renew_request(self.spec, lease.version, version=version, now=self._time()), version)
        found = self.observe()
        if found is None:
            raise Contended(f"Lock {self.spec.name} is gone.")
        return found

    def _acquire(self, seen: str | None) -> None:
        """Take the lease. One that is stale is taken from whom it was seen with."""
        before = self._read() if seen else None
        version = uuid.uuid4().hex
        self._write(nouns.acquire_request(self.spec, self.who, seen, version=version, now=self._time()), version)
        self.taken_from = before

    def _write(self, request: dict[str, Any], version: str | None) -> None:
        """Write on condition. A try whose answer was lost may have been carried out: then the version is already the one it was to become."""
        try:
            with speaking(f"change lock {self.spec.name} of table {self.spec.table}"):
                self.client.update_item(**request)
        except ServiceError as error:
            if error.code != "ConditionalCheckFailedException":
                raise
            lease = self._read()
            if (lease.version if lease else None) != version:
                raise Contended(f"Lock {self.spec.name} has changed hands meanwhile.", remedy="Run again.") from error

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
