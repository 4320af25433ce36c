# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What fleet_lock does: the table first, where asked, then the leases."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import Outcome, Run, reconcile
from ansible_collections.fleetops.eks.plugins.module_utils._lock.lease import SHARED, Holder, LeaseSpec, to_result
from ansible_collections.fleetops.eks.plugins.module_utils._lock.live.hierarchy import held_together, released_together
from ansible_collections.fleetops.eks.plugins.module_utils._lock.live.lease import LiveLease
from ansible_collections.fleetops.eks.plugins.module_utils._lock.live.share import LiveShare
from ansible_collections.fleetops.eks.plugins.module_utils._lock.live.table import LiveTable

TABLE_PATIENCE = 300.0
"""Seconds that a new table may take, whatever the patience for the lease."""

NOTHING: dict[str, Any] = {"changed": False, "actions": [], "diff": {"before": {}, "after": {}}}


def this_process() -> Holder:
    """Return who runs this process; a user id that has no name, as in containers, is told as a number."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "unknown"
    return Holder(socket.gethostname(), user)


def present(client: Any, specs: tuple[LeaseSpec, ...], run: Run, *, patience: float, create_table: bool, protected: bool) -> dict[str, Any]:
    """Acquire or renew the leases and return the task's result. patience: seconds to wait for other owners, for all leases together."""
    table = (
        reconcile(LiveTable(client, specs[0].table, protected=protected), replace(run, wait=True, wait_timeout=TABLE_PATIENCE)).common()
        if create_table
        else None
    )
    lives = [live(client, spec, run, table_planned=create_table and run.check_mode) for spec in specs]
    outcomes, renewed = held_together(lives, replace(run, wait=True, wait_timeout=patience))
    common = reduce(together, [outcome.common() for outcome in outcomes], table or NOTHING)
    taken = [each.taken_from for each in lives if each.taken_from]
    return {**common, **_locks(lives, outcomes), "renewed": renewed, "taken_over_from": to_result(taken[-1]) if taken else None}


def absent(client: Any, specs: tuple[LeaseSpec, ...], run: Run) -> dict[str, Any]:
    """Release the leases and return the task's result. What is there afterwards may be the next owner's: nothing is left over."""
    lives = [live(client, spec, run, present=False) for spec in specs]
    outcomes = released_together(lives, replace(run, wait=False))
    common = reduce(together, [outcome.common() for outcome in reversed(outcomes)], NOTHING)
    return {**common, **_locks(lives, outcomes), "renewed": False, "taken_over_from": None}


def live(client: Any, spec: LeaseSpec, run: Run, *, present: bool = True, table_planned: bool = False) -> LiveLease:
    kind = LiveShare if spec.mode == SHARED else LiveLease
    return kind(client, spec, this_process(), clock=run.clock, present=present, checking=run.check_mode, table_planned=table_planned)


def _locks(lives: list[LiveLease], outcomes: list[Outcome]) -> dict[str, Any]:
    """Return the leases from the top down; `lock` is the last of them. A share that is not there (any more) shows as nothing held."""
    found = [to_result(each.mine(outcome.state)) for each, outcome in zip(lives, outcomes, strict=True)]
    scoped = [(each.spec.scope, lock) for each, lock in zip(lives, found, strict=True) if each.spec.scope]
    return {"lock": found[-1], "locks": [lock for lock in found if lock], "fences": {scope: lock["fence"] for scope, lock in scoped if lock and lock["held"]}}


def together(one: Mapping[str, Any], two: Mapping[str, Any]) -> dict[str, Any]:
    """Return the common results of two reconciliations as one."""
    warnings = [*one.get("warnings", []), *two.get("warnings", [])]
    diff: Mapping[str, Any] = {side: {**one["diff"][side], **two["diff"][side]} for side in ("before", "after")}
    both = {"changed": one["changed"] or two["changed"], "actions": [*one["actions"], *two["actions"]], "diff": diff}
    return {**both, **({"warnings": warnings} if warnings else {})}
