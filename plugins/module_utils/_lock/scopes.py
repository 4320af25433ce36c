# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hierarchy of locks: fleet, ring, cluster. Pure: options in, leases in the order of their acquisition out.

Whoever works on something has it exclusive, and shares all above it. Everybody acquires from the top down, so that no two wait for each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._lock.lease import EXCLUSIVE, SHARED, LeaseSpec

SHORTEST_OF_SEVERAL = 60
"""Seconds: the leases had already are renewed between two looks at the next, which are up to 15 s apart."""
SCOPES = ("fleet", "ring", "cluster")


def specs_from_params(params: Mapping[str, Any]) -> tuple[LeaseSpec, ...]:
    """Return the leases from the top down: one for `name`, or one for each scope mentioned, of which the last is had as `mode` says."""
    mentioned = [scope for scope in SCOPES if params.get(scope) is not None]
    fences = params.get("fences") or {}
    if not mentioned:
        _refuse(bool(fences), "fences is for the scopes of a hierarchy, and there is name alone.", "Use fence.", "fences")
        return (LeaseSpec.from_params(params),)
    _refuse_unfit(params, mentioned, fences)
    last = mentioned[-1]
    modes = {scope: (params.get("mode") or EXCLUSIVE) if scope == last else SHARED for scope in mentioned}
    rows = ({"name": f"{each}#{params[each]}", "scope": each, "mode": modes[each], "fence": fences.get(each)} for each in mentioned)
    specs = tuple(LeaseSpec.from_params({**params, **row}) for row in rows)
    short = len(specs) > 1 and specs[0].lease_seconds < SHORTEST_OF_SEVERAL
    _refuse(short, f"ttl is {specs[0].lease_seconds} s: a lease could run out while the next scope's is waited for.", "Use 60 s or more.", "ttl")
    return specs


def _refuse_unfit(params: Mapping[str, Any], mentioned: list[str], fences: Mapping[str, Any]) -> None:
    for scope in mentioned:
        _refuse(not params[scope].strip(), f"{scope} is empty.", f"Give the {scope}'s name, or leave it out.", scope)
    _refuse(params.get("fence") is not None, "fence is for the lock of name, and each scope has its own.", "Use fences.", "fence")
    _refuse(bool(params.get("force")), "force breaks one lease, and scopes are several.", f"Give the one as name, as in {mentioned[-1]}#….", "force")
    strange = sorted({scope for scope, fence in fences.items() if fence is not None} - set(mentioned))
    _refuse(bool(strange), f"fences names {', '.join(strange)}, which the task does not.", "Give the same scopes as when they were acquired.", "fences")
    partial = bool(fences) and any(fences.get(scope) is None for scope in mentioned)
    _refuse(partial, "fences leaves a scope out: what is not checked may be lost.", "Give all that acquiring returned.", "fences")


def _refuse(impossible: bool, what: str, remedy: str, field: str) -> None:
    if impossible:
        raise Refusal(what, remedy=remedy, fields=(field,))
