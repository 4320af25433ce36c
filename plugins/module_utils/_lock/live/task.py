# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What fleet_lock does: the table first, where asked, then the lease."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import Outcome, Run, reconcile
from ansible_collections.fleetops.eks.plugins.module_utils._lock.lease import Holder, LeaseSpec, to_result
from ansible_collections.fleetops.eks.plugins.module_utils._lock.live.lease import LiveLease, held, released
from ansible_collections.fleetops.eks.plugins.module_utils._lock.live.table import LiveTable

TABLE_PATIENCE = 300.0
"""Seconds that a new table may take, whatever the patience for the lease."""


def this_process() -> Holder:
    """Return who runs this process; a user id that has no name, as in containers, is told as a number."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "unknown"
    return Holder(socket.gethostname(), user)


def present(client: Any, spec: LeaseSpec, run: Run, *, patience: float, create_table: bool, protected: bool) -> dict[str, Any]:
    """Acquire or renew the lease and return the task's result. patience: seconds to wait for another owner."""
    table = reconcile(LiveTable(client, spec.table, protected=protected), replace(run, wait=True, wait_timeout=TABLE_PATIENCE)) if create_table else None
    live = LiveLease(client, spec, this_process(), clock=run.clock, checking=run.check_mode, table_planned=create_table and run.check_mode)
    outcome, renewed = held(live, replace(run, wait=True, wait_timeout=patience))
    common = _together(table, outcome) if table else outcome.common()
    return {**common, "lock": to_result(outcome.state), "renewed": renewed, "taken_over_from": to_result(live.taken_from)}


def absent(client: Any, spec: LeaseSpec, run: Run) -> dict[str, Any]:
    """Release the lease and return the task's result. What is there afterwards may be the next owner's: nothing is left over."""
    live = LiveLease(client, spec, this_process(), clock=run.clock, present=False)
    outcome = released(live, replace(run, wait=False))
    return {**outcome.common(), "lock": to_result(outcome.state), "renewed": False, "taken_over_from": None}


def _together(first: Outcome, second: Outcome) -> dict[str, Any]:
    """Return the common results of two reconciliations as one."""
    one, two = first.common(), second.common()
    warnings = [*one.get("warnings", []), *two.get("warnings", [])]
    diff: Mapping[str, Any] = {side: {**one["diff"][side], **two["diff"][side]} for side in ("before", "after")}
    both = {"changed": one["changed"] or two["changed"], "actions": [*one["actions"], *two["actions"]], "diff": diff}
    return {**both, **({"warnings": warnings} if warnings else {})}
