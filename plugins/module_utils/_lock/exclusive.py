# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exclusive leases: what is planned for one, and what is asked of DynamoDB. Pure: declaration and lease in, plan and requests out.

Each request has the condition under which it is right, so that of two who write at the same time one is refused.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Change, Plan, Step
from ansible_collections.fleetops.eks.plugins.module_utils._lock.lease import (
    OPTIONAL,
    SHARED,
    TEXTS,
    Holder,
    Lease,
    LeaseSpec,
    held_by_other,
    held_otherwise,
    in_the_way,
    obstacle_words,
    other_mode,
    path,
    refuse_lost,
    refuse_other_plan,
    update,
)

UNSHARED = "(attribute_not_exists(#shares) OR #shares = :zero) AND (attribute_not_exists(#claim) OR #claim.#owner = :owner)"
"""The condition under which an exclusive lease may begin, beside what there is to say of another exclusive one."""


def plan_present(spec: LeaseSpec, lease: Lease | None, *, stale: bool) -> Plan:
    """Return the step that acquires the lease; empty when the owner has it. In check mode one that somebody else has is planned with a warning."""
    refuse_lost(spec, lease if lease and lease.owner else None, lease)
    if lease is not None and lease.owner == spec.owner:
        refuse_other_plan(spec, lease)
        return Plan()
    if lease is not None and lease.share_of(spec.owner):
        raise other_mode(spec, SHARED)
    if lease is None or not in_the_way(spec, lease):
        return Plan((_acquire(spec, lease),))
    if stale:
        return Plan((_acquire(spec, lease, seen=lease.version),))
    return Plan((_acquire(spec, lease),), (f"Lock {spec.name} is {obstacle_words(spec, lease)}: the task would wait for it.",))


def plan_absent(spec: LeaseSpec, lease: Lease | None) -> Plan:
    """Return the steps that release the lease; empty when nobody has it."""
    if lease is not None and lease.share_of(spec.owner):
        raise held_otherwise(spec, SHARED)
    if lease is None or lease.owner is None:
        return Plan()
    if held_by_other(spec, lease):
        _refuse_strangers(spec, lease)
        return Plan((_release(spec, lease), Step("put_item", {"lease": lease})))
    return Plan((_release(spec, lease),))


def acquire_request(spec: LeaseSpec, who: Holder, seen: str | None, *, version: str, now: str) -> dict[str, Any]:
    """Return UpdateItem's request: it succeeds when nobody has the lease, or, where a stale version was seen, when it is that one still."""
    texts = {"owner": spec.owner, "version": version, "host": who.host, "user": who.user, "since": now, "renewed": now}
    gone = [name for name in OPTIONAL if getattr(spec, name) is None]
    texts |= {name: getattr(spec, name) for name in OPTIONAL if name not in gone}
    sets = [*(f"#{name} = :{name}" for name in texts), "#lease_seconds = :lease_seconds", "#fence = if_not_exists(#fence, :zero) + :one"]
    values = {**{f":{name}": {"S": text} for name, text in texts.items()}, ":lease_seconds": {"N": str(spec.lease_seconds)}}
    condition = "#version = :seen" if seen else "attribute_not_exists(#owner)"
    return update(
        spec,
        f"SET {', '.join(sets)} REMOVE {', '.join(f'#{name}' for name in [*gone, 'claim'])}",
        f"{condition} AND {UNSHARED}",
        {**values, ":zero": {"N": "0"}, ":one": {"N": "1"}, **({":seen": {"S": seen}} if seen else {})},
    )


def renew_request(spec: LeaseSpec, seen: str | None, *, version: str, now: str) -> dict[str, Any]:
    """Return UpdateItem's request that lengthens the owner's lease."""
    values = {":version": {"S": version}, ":renewed": {"S": now}, ":lease_seconds": {"N": str(spec.lease_seconds)}}
    mine = {":owner": {"S": spec.owner}, ":seen": {"S": str(seen)}}
    sets = "SET #version = :version, #renewed = :renewed, #lease_seconds = :lease_seconds"
    return update(spec, sets, "#owner = :owner AND #version = :seen", {**values, **mine})


def release_request(spec: LeaseSpec, lease: Lease) -> dict[str, Any]:
    """Return UpdateItem's request that ends the lease seen, and leaves its fence."""
    names = [*TEXTS, "lease_seconds"]
    return update(spec, f"REMOVE {', '.join(f'#{name}' for name in names)}", "#version = :seen", {":seen": {"S": str(lease.version)}})


def _acquire(spec: LeaseSpec, lease: Lease | None, *, seen: str | None = None) -> Step:
    """The request is completed where it is made: version and time come in there. seen: the version of a stale lease, which alone may be replaced."""
    before = lease.owner if lease else None
    fence = lease.fence if lease else 0
    return Step("update_item", {"seen": seen}, (Change(path(spec, "owner"), before, spec.owner), Change(path(spec, "fence"), fence or None, fence + 1)))


def _release(spec: LeaseSpec, lease: Lease) -> Step:
    return Step("update_item", {"release": lease}, (Change(path(spec, "owner"), lease.owner, None),))


def _refuse_strangers(spec: LeaseSpec, lease: Lease) -> None:
    if not spec.force:
        raise Refusal(
            f"Lock {spec.name} is {lease.words()}, and not by {spec.owner}: only its owner releases it.",
            remedy="Wait until it is released or has run out; when its owner is surely dead, set force, with a reason.",
            fields=("owner",),
        )
    if spec.fence is not None and spec.fence != lease.fence:
        raise Refusal(
            f"Lock {spec.name} has fence {lease.fence} by now, and not {spec.fence}: somebody else has it than the one to be broken.",
            remedy="Look at who has it now, with fleetops.eks.fleet_lock_info.",
            fields=("fence",),
        )
