# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Leases: who may change a cluster, for how long, and under which number. Pure: declaration and lease in, plan out.

A lease is an item of a DynamoDB table. Each acquisition, renewal and takeover gives it a new version, and each acquisition and takeover the next fence,
which therefore only grows; the item stays when the lease is released, so that the fence does.
No time of day is ever compared: a lease is stale when whoever waits has seen one and the same version for as long as the lease lasts, by a clock of its
own. So clocks that differ do no harm. (The idea is that of Amazon's DynamoDB lock client.)

An item has room for one exclusive lease, or for any number of shared ones, each a lease of its own with its version and fence (_lock/share.py).
Beside shared ones an exclusive lease can only be claimed: then no further shared one is given, so that those there are come to an end.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._ssm import duration

AUDIT = "audit#"
"""Items whose key begins so tell of leases that were broken by force."""
SHORTEST, LONGEST = 5, 7 * 86400
"""Seconds that a lease may last."""
TEXTS = ("owner", "version", "host", "user", "run", "reason", "plan_digest", "since", "renewed")
OPTIONAL = ("run", "reason", "plan_digest")
SHARE, SHARE_FENCE = "share/", "fence/"
"""Attributes that begin so are a shared lease and its fence, by owner; `shares` counts them, `claim` is whose turn it is after them."""
EXCLUSIVE, SHARED = "exclusive", "shared"
PLAIN = ("name", "owner", "table", "run", "reason", "fence", "force", "mode", "plan_digest", "scope")
_TABLE = re.compile(r"[A-Za-z0-9_.-]{3,255}")


@dataclass(frozen=True)
class Holder:
    """Who runs this task, and where; for people."""

    host: str
    user: str


@dataclass(frozen=True)
class LeaseSpec:
    """A declared lease; None = not mentioned. `lease_seconds` is how long it outlives its last renewal; `scope` is its place in a hierarchy."""

    name: str
    owner: str
    table: str
    lease_seconds: int = 900
    run: str | None = None
    reason: str | None = None
    fence: int | None = None
    force: bool = False
    mode: str = EXCLUSIVE
    plan_digest: str | None = None
    scope: str | None = None

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> LeaseSpec:
        """Return the spec; what could not work is refused here."""
        ttl = duration.parse(params.get("ttl") or "15m", option="ttl")
        plain = {name: params[name] for name in PLAIN if params.get(name) is not None}
        spec = cls(lease_seconds=int(ttl.total_seconds()), **plain)
        _refuse_impossible(spec, params)
        return spec


@dataclass(frozen=True)
class Lease:
    """A lease as the table holds it; owner is None when nobody has it."""

    name: str
    fence: int
    owner: str | None = None
    version: str | None = None
    lease_seconds: int = 0
    host: str | None = None
    user: str | None = None
    run: str | None = None
    reason: str | None = None
    since: str | None = None
    renewed: str | None = None
    plan_digest: str | None = None
    mode: str = EXCLUSIVE
    shares: tuple[Lease, ...] = ()
    claim: Lease | None = None

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Lease:
        """Read an item of DynamoDB: texts as S, numbers as N, shared leases and the claim as M."""
        name, fence = item["id"]["S"], int(item["fence"]["N"])
        owners = sorted(key.removeprefix(SHARE) for key in item if key.startswith(SHARE))
        shares = tuple(cls._part(name, int(item[f"{SHARE_FENCE}{owner}"]["N"]), item[f"{SHARE}{owner}"]["M"], mode=SHARED) for owner in owners)
        claim = cls._part(name, fence, item["claim"]["M"]) if "claim" in item else None
        return cls._part(name, fence, item, shares=shares, claim=claim)

    @classmethod
    def _part(cls, name: str, fence: int, texts: Mapping[str, Any], **more: Any) -> Lease:
        plain = {key: texts[key]["S"] for key in TEXTS if key in texts}
        return cls(name, fence, lease_seconds=int(texts.get("lease_seconds", {}).get("N", 0)), **plain, **more)

    def share_of(self, owner: str) -> Lease | None:
        """Return the shared lease of an owner."""
        return next((each for each in self.shares if each.owner == owner), None)

    def words(self) -> str:
        """Return who has it, for a message."""
        more = f", run {self.run}" if self.run else ""
        why = f", for: {self.reason}" if self.reason else ""
        return f"{'shared' if self.mode == SHARED else 'held'} by {self.owner} ({self.user}@{self.host}, since {self.since}{more}{why})"


def in_the_way(spec: LeaseSpec, lease: Lease | None) -> tuple[Lease, ...]:
    """Return the leases of others that keep the owner from an exclusive one or, where it is shared, from that."""
    if lease is None:
        return ()
    exclusive = (lease,) if held_by_other(spec, lease) else ()
    shares = () if spec.mode == SHARED else tuple(each for each in lease.shares if each.owner != spec.owner)
    claim = (lease.claim,) if lease.claim and lease.claim.owner != spec.owner else ()
    return (*exclusive, *shares, *claim)


def obstacle_words(spec: LeaseSpec, lease: Lease) -> str:
    """Return who is in the way, for a message."""
    names = [f"claimed by {each.owner}" if each is lease.claim else each.words() for each in in_the_way(spec, lease)]
    return "; ".join(names)


def held_by_other(spec: LeaseSpec, lease: Lease | None) -> bool:
    return lease is not None and lease.owner is not None and lease.owner != spec.owner


def audit_request(spec: LeaseSpec, lease: Lease, who: Holder, *, now: str, forget_at: int) -> dict[str, Any]:
    """Return PutItem's request that tells who broke whose lease, and why; DynamoDB forgets it by itself."""
    texts = {"broken_by": spec.owner, "host": who.host, "user": who.user, "at": now, "reason": str(spec.reason), "owner": str(lease.owner)}
    item = {"id": {"S": f"{AUDIT}{lease.name}#{lease.fence}"}, "fence": {"N": str(lease.fence)}, "forget_at": {"N": str(forget_at)}}
    return {"TableName": spec.table, "Item": {**item, **{name: {"S": text} for name, text in texts.items()}}}


def to_result(lease: Lease | None) -> dict[str, Any] | None:
    if lease is None:
        return None
    names = ("name", "mode", "fence", "owner", "version", "lease_seconds", "host", "user", "run", "reason", "plan_digest", "since", "renewed")
    return {**{name: getattr(lease, name) for name in names}, "held": lease.owner is not None}


def to_info(lease: Lease) -> dict[str, Any]:
    """Return the lease with those who share it, and whose turn is next."""
    return {**(to_result(lease) or {}), "shares": [to_result(each) for each in lease.shares], "claimed_by": lease.claim.owner if lease.claim else None}


def audit_result(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an audit item tells."""
    texts = {name: item[name]["S"] for name in ("owner", "broken_by", "host", "user", "at", "reason")}
    return {"name": item["id"]["S"].removeprefix(AUDIT).rpartition("#")[0], "fence": int(item["fence"]["N"]), **texts}


def path(spec: LeaseSpec, name: str) -> str:
    """Return a field's place in the diff: below its scope, where there are several."""
    return f"{spec.scope}.{name}" if spec.scope else name


def update(spec: LeaseSpec, expression: str, condition: str, values: Mapping[str, Any], alias: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return UpdateItem's request. owner, user, host and others are reserved words of DynamoDB: every name goes by an alias."""
    names = sorted(set(re.findall(r"#(\w+)", f"{expression} {condition}")))
    return {
        "TableName": spec.table,
        "Key": {"id": {"S": spec.name}},
        "UpdateExpression": expression,
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {f"#{name}": (alias or {}).get(name, name) for name in names},
        "ExpressionAttributeValues": dict(values),
    }


def _refuse_impossible(spec: LeaseSpec, params: Mapping[str, Any]) -> None:
    absent = params.get("state") == "absent"
    checks = (
        (not 1 <= len(spec.name.encode()) <= 1024, "name is not of 1 to 1024 bytes.", "Give the cluster's name or ARN.", "name"),
        (spec.name.startswith(AUDIT), f"name begins with {AUDIT}, which is kept for the table's own records.", "Choose another name.", "name"),
        (not spec.owner.strip(), "owner is empty: everybody would be the owner.", "Give an id of the run.", "owner"),
        (not _TABLE.fullmatch(spec.table), f"table {spec.table!r} cannot be a table's name.",
         "Use 3 to 255 letters, digits, dots, hyphens and underscores.", "table"),
        (not SHORTEST <= spec.lease_seconds <= LONGEST, f"ttl is {spec.lease_seconds} s, and not within 5 s and 7 days.",
         "Choose one longer than the longest time between two renewals.", "ttl"),
        (spec.force and not absent, "force breaks a lease, and state is present.", "Set state: absent, and acquire the lease in a task after that.", "force"),
        (spec.force and not spec.reason, "force breaks the lease of somebody, and reason does not say why.", "Give reason: it is kept for 90 days.", "reason"),
        (spec.fence is not None and spec.fence < 1, f"fence {spec.fence} is none: the first one is 1.", "Give the fence that acquiring returned.", "fence"),
        (spec.force and spec.mode == SHARED and spec.fence is None, "force breaks a shared lease, and fence does not say whose.",
         "Give the fence of that share, as fleetops.eks.fleet_lock_info shows it.", "fence"),
        (spec.plan_digest == "", "plan_digest is empty.", "Give the plan's digest, or leave it out.", "plan_digest"),
        (int(params.get("wait_timeout") or 0) < 0, "wait_timeout is negative.", "Give the seconds to wait at most.", "wait_timeout"),
    )  # fmt: skip
    for impossible, what, remedy, name in checks:
        if impossible:
            raise Refusal(what, remedy=remedy, fields=(name,))


def refuse_lost(spec: LeaseSpec, lease: Lease | None, item: Lease | None) -> None:
    """Whoever names a fence says that he has the lease: he must stop when he has not. item: what else there is."""
    if spec.fence is None or (lease is not None and lease.owner == spec.owner and lease.fence == spec.fence):
        return
    there = [f"{each.words()} under fence {each.fence}" for each in ((item,) if item and item.owner else item.shares if item else ())]
    now = "; ".join(there) or "held by nobody"
    raise Refusal(
        f"{spec.owner} has lost lock {spec.name}, which it had under fence {spec.fence}; now it is {now}.",
        remedy="Stop changing what it protects, look at what was done since, and run anew; renew more often, or with a longer ttl.",
        fields=("fence",),
    )


def refuse_other_plan(spec: LeaseSpec, mine: Lease) -> None:
    """The lease was had for one plan: another one is not carried out under it."""
    if spec.plan_digest is None or spec.plan_digest == mine.plan_digest:
        return
    raise Refusal(
        f"{spec.owner} has lock {spec.name} for the plan {mine.plan_digest or '(none was named)'}, and this is the plan {spec.plan_digest}.",
        remedy="Stop: what was planned is not what would be done. Release the lock, plan anew, look at the plan, and acquire the lock with its digest.",
        fields=("plan_digest",),
    )


def other_mode(spec: LeaseSpec, mode: str) -> Refusal:
    return Refusal(
        f"{spec.owner} has lock {spec.name} {mode} already, and asks for it {spec.mode}: it would wait for itself.",
        remedy="Release it first, or ask under another owner.",
        fields=("mode",),
    )


def held_otherwise(spec: LeaseSpec, mode: str) -> Refusal:
    """Return the refusal of a release that would leave what the owner has, in the other mode, and say that nothing was to do."""
    return Refusal(
        f"{spec.owner} has lock {spec.name} {mode}, and is to release it {spec.mode}.",
        remedy=f"Set mode: {mode} to release what there is.",
        fields=("mode",),
    )
