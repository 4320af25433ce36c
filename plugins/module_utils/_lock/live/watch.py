# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Since when a version has been seen, by the clock of whoever looks."""

from __future__ import annotations

from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Clock
from ansible_collections.fleetops.eks.plugins.module_utils._lock.lease import Lease


class Watch:
    """What was seen of an item's leases, and when it was first seen so. Versions are never used twice, so that one stands for its lease."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.since: dict[str, float] = {}

    def saw(self, lease: Lease | None) -> None:
        """Note what is there now; what is not any more is forgotten."""
        parts = (lease, *lease.shares, lease.claim) if lease else ()
        now = self.clock.now()
        self.since = {each.version: self.since.get(each.version, now) for each in parts if each and each.version}

    def age(self, lease: Lease) -> float:
        """Return for how many seconds the lease has been seen unchanged."""
        now = self.clock.now()
        return now - self.since.get(str(lease.version), now)

    def stale(self, lease: Lease) -> bool:
        """Return whether it was seen unchanged for as long as it lasts."""
        return lease.version in self.since and self.age(lease) >= lease.lease_seconds
