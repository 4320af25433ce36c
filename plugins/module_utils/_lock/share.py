# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared leases, and the claim of whoever waits for them to end. Pure: declaration and lease in, plan and requests out.

Each holder is an attribute of the item with a version of its own, so that holders renew without getting into each other's way; the item counts them, which
is what an exclusive lease is conditional on. A share's fence is the item's next one, as an exclusive lease's is.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Change, Plan, Step
from ansible_collections.fleetops.eks.plugins.module_utils._lock.lease import (
    EXCLUSIVE,
    OPTIONAL,
    SHARE,
    SHARE_FENCE,
    Holder,
    Lease,
    LeaseSpec,
    held_otherwise,
    in_the_way,
    obstacle_words,
    other_mode,
    path,
    refuse_lost,
    refuse_other_plan,
    update,
)

CLAIM_SECONDS = 60
"""How long a claim outlives the last sign of whoever waits."""


def plan_share(spec: LeaseSpec, lease: Lease | None, *, stale: bool) -> Plan:
    """Return the step that acquires the share; empty when the owner has it. In check mode one that must be waited for is planned with a warning."""
    mine = lease.share_of(spec.owner) if lease else None
    refuse_lost(spec, mine, lease)
    if mine:
        refuse_other_plan(spec, mine)
        return Plan()
    if lease is not None and lease.owner == spec.owner:
        raise other_mode(spec, EXCLUSIVE)
    waits = not stale and bool(in_the_way(spec, lease))
    warnings = (f"Lock {spec.name} is {obstacle_words(spec, lease)}: the task would wait for it.",) if lease and waits else ()
    fence = lease.fence if lease else 0
    changes = (Change(path(spec, "shared_by"), None, spec.owner), Change(path(spec, "fence"), fence or None, fence + 1))
    return Plan((Step("update_item", {"seen": None}, changes),), warnings)


def plan_unshare(spec: LeaseSpec, lease: Lease | None) -> Plan:
    """Return the steps that give the share back, or break the one that the fence names; empty when there is none."""
    found = _to_end(spec, lease)
    if found is None:
        return Plan()
    release = Step("update_item", {"release": found}, (Change(path(spec, "shared_by"), found.owner, None),))
    return Plan((release,) if found.owner == spec.owner else (release, Step("put_item", {"lease": found})))


def share_request(spec: LeaseSpec, who: Holder, *, version: str, now: str) -> dict[str, Any]:
    """Return UpdateItem's request: it succeeds when nobody has the lease exclusive or claims it."""
    texts = {"owner": spec.owner, "version": version, "host": who.host, "user": who.user, "since": now, "renewed": now}
    texts |= {name: getattr(spec, name) for name in OPTIONAL if getattr(spec, name) is not None}
    share = {**{name: {"S": text} for name, text in texts.items()}, "lease_seconds": {"N": str(spec.lease_seconds)}}
    next_fence = "if_not_exists(#fence, :zero) + :one"
    sets = f"SET #share = :share, #share_fence = {next_fence}, #fence = {next_fence}, #shares = if_not_exists(#shares, :zero) + :one"
    condition = "attribute_not_exists(#owner) AND attribute_not_exists(#claim) AND attribute_not_exists(#share)"
    return update(spec, sets, condition, {":share": {"M": share}, ":zero": {"N": "0"}, ":one": {"N": "1"}}, _names(spec.owner))


def renew_share_request(spec: LeaseSpec, seen: str | None, *, version: str, now: str) -> dict[str, Any]:
    """Return UpdateItem's request that lengthens the owner's share."""
    values = {":version": {"S": version}, ":renewed": {"S": now}, ":lease_seconds": {"N": str(spec.lease_seconds)}, ":seen": {"S": str(seen)}}
    sets = "SET #share.#version = :version, #share.#renewed = :renewed, #share.#lease_seconds = :lease_seconds"
    return update(spec, sets, "#share.#version = :seen", values, _names(spec.owner))


def unshare_request(spec: LeaseSpec, share: Lease) -> dict[str, Any]:
    """Return UpdateItem's request that ends the share seen: its owner's, a dead one's, or one to be broken."""
    values = {":seen": {"S": str(share.version)}, ":one": {"N": "1"}}
    return update(spec, "SET #shares = #shares - :one REMOVE #share, #share_fence", "#share.#version = :seen", values, _names(str(share.owner)))


def claim_request(spec: LeaseSpec, *, version: str) -> dict[str, Any]:
    """Return UpdateItem's request that begins or lengthens the owner's claim, which only makes sense while there are shares."""
    claim = {"owner": {"S": spec.owner}, "version": {"S": version}, "lease_seconds": {"N": str(CLAIM_SECONDS)}}
    condition = "#shares > :zero AND (attribute_not_exists(#claim) OR #claim.#owner = :owner)"
    return update(spec, "SET #claim = :claim", condition, {":claim": {"M": claim}, ":owner": {"S": spec.owner}, ":zero": {"N": "0"}})


def unclaim_request(spec: LeaseSpec, claim: Lease) -> dict[str, Any]:
    """Return UpdateItem's request that ends the claim seen: one's own, or that of somebody who has gone."""
    return update(spec, "REMOVE #claim", "#claim.#version = :seen", {":seen": {"S": str(claim.version)}})


def _names(owner: str) -> dict[str, str]:
    return {"share": f"{SHARE}{owner}", "share_fence": f"{SHARE_FENCE}{owner}"}


def _to_end(spec: LeaseSpec, lease: Lease | None) -> Lease | None:
    if lease is None:
        return None
    if lease.owner == spec.owner:
        raise held_otherwise(spec, EXCLUSIVE)
    if not spec.force:
        return lease.share_of(spec.owner)
    found = next((each for each in lease.shares if each.fence == spec.fence), None)
    if found is None and lease.shares:
        there = ", ".join(f"{each.fence} of {each.owner}" for each in lease.shares)
        raise Refusal(
            f"Lock {spec.name} is not shared under fence {spec.fence}; its fences are {there}.",
            remedy="Look at who shares it now, with fleetops.eks.fleet_lock_info.",
            fields=("fence",),
        )
    return found
