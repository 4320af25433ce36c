# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared leases, live: one holder among others of the same item."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan
from ansible_collections.fleetops.eks.plugins.module_utils._lock import exclusive
from ansible_collections.fleetops.eks.plugins.module_utils._lock import lease as nouns
from ansible_collections.fleetops.eks.plugins.module_utils._lock import share as shares
from ansible_collections.fleetops.eks.plugins.module_utils._lock.lease import Lease
from ansible_collections.fleetops.eks.plugins.module_utils._lock.live.lease import LiveLease


class LiveShare(LiveLease):
    """One owner's share of a lock."""

    def mine(self, lease: Lease | None) -> Lease | None:
        return self._of(self.spec.owner)(lease)

    def _of(self, owner: str) -> Callable[[Lease | None], Lease | None]:
        return lambda lease: lease.share_of(owner) if lease else None

    def _plan(self, state: Lease | None) -> Plan:
        if not self.present:
            return shares.plan_unshare(self.spec, state)
        return shares.plan_share(self.spec, state, stale=not self._obstacles(state))

    def _has(self, lease: Lease) -> bool:
        return lease.share_of(self.spec.owner) is not None

    def _renewal(self, lease: Lease, version: str) -> dict[str, Any]:
        mine = self.mine(lease)
        return shares.renew_share_request(self.spec, mine.version if mine else None, version=version, now=self._time())

    def _release(self, lease: Lease) -> None:
        self._write(shares.unshare_request(self.spec, lease), self._of(str(lease.owner)), None)

    def _acquire(self, seen: str | None) -> None:
        """Take a share; an exclusive lease that has run out is ended first, on the condition that it is still the one seen."""
        lease = self._read()
        if lease and nouns.held_by_other(self.spec, lease) and self.stale(lease) and self._try(exclusive.release_request(self.spec, lease)):
            self.taken_from = lease
        version = uuid.uuid4().hex
        self._write(shares.share_request(self.spec, self.who, version=version, now=self._time()), self.mine, version)
