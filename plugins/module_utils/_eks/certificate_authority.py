# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificate authorities of a cluster, and their rotation. Pure: declaration and state in, plan out.

A cluster has two at most: the one that signs, and beside it either a successor, which has never signed, or the one that signed before. That makes
each step of a rotation idempotent without an id: there is a successor; the successor signs; the one that signed before is gone.
Facts: EKS API reference, Create-, Activate- and DeleteCertificateAuthority.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.naming import to_snake
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Change, Plan, Step
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Verdict, done, failed, pending

MOST = 2


@dataclass(frozen=True)
class AuthoritySpec:
    """What is declared. state: present, active or absent. id: which authority; None = the one that the state is about."""

    cluster_name: str
    state: str = "present"
    id: str | None = None
    valid_for_days: int | None = None

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> AuthoritySpec:
        return cls(**{name: params[name] for name in cls.__dataclass_fields__ if params.get(name) is not None})


@dataclass(frozen=True)
class AuthorityState:
    """A certificate authority as EKS describes it."""

    id: str
    created_by: str
    activated: bool
    signing_status: str
    distribution_status: str
    not_after: datetime | None
    rollback_available: bool
    raw: Mapping[str, Any]

    @classmethod
    def from_api(cls, answer: Mapping[str, Any]) -> AuthorityState:
        return cls(
            id=answer["id"],
            created_by=answer.get("createdBy") or "CUSTOMER",
            activated=answer.get("activatedAt") is not None,
            signing_status=answer["signingStatus"],
            distribution_status=answer["distributionStatus"],
            not_after=(answer.get("validity") or {}).get("notAfter"),
            rollback_available=bool(answer.get("rollbackAvailable")),
            raw=answer,
        )


State = Sequence[AuthorityState]


def plan(spec: AuthoritySpec, state: State, now: datetime) -> Plan:
    """Return the step that makes the authorities as declared; empty when they are."""
    state = existing(state)
    if spec.state == "absent":
        return _absent(spec, state)
    if spec.id is not None and _named(spec, state) is None:
        raise _refusal(spec, f"has no certificate authority {spec.id}", "Take the id from eks_certificate_authority_info, or leave it out.", "id")
    return _active(spec, state) if spec.state == "active" else _present(spec, state, now)


def existing(state: State) -> list[AuthorityState]:
    return [each for each in state if each.distribution_status != "DELETING"]


def in_flight(state: State) -> Verdict | None:
    """A distribution, an activation or a deletion under way ends by itself; the cluster takes no other meanwhile."""
    for each in state:
        if each.signing_status == "ACTIVATING" or each.distribution_status in ("IN_PROGRESS", "DELETING"):
            return pending(f"{each.id}: signing {each.signing_status}, distribution {each.distribution_status}")
    return None


def settled(settle: str, authority: AuthorityState | None) -> Verdict:
    """Return where an authority stands that is to be distributed, signing or deleted, once its update has succeeded."""
    if settle == "deleted":
        return done() if authority is None else pending(f"distribution {authority.distribution_status}")
    if authority is None:
        return pending("not visible yet")
    if authority.distribution_status == "FAILED":
        return failed("distribution FAILED", certificate_authority_id=authority.id)
    ready = authority.distribution_status == "COMPLETE" if settle == "distributed" else authority.signing_status == "IN_USE"
    return done() if ready else pending(f"signing {authority.signing_status}, distribution {authority.distribution_status}")


def subject(spec: AuthoritySpec, state: State) -> AuthorityState | None:
    """Return the authority that the task is about: the named one, the successor, or else the one that signs; None when absence is declared."""
    state = existing(state)
    if spec.state == "absent":
        return None
    return _named(spec, state) or (_successor(state) if spec.state == "present" else None) or _signing(state)


def to_result(state: AuthorityState | None) -> dict[str, Any] | None:
    return None if state is None else to_snake(state.raw)


def _present(spec: AuthoritySpec, state: State, now: datetime) -> Plan:
    """A successor, or a signing authority that is valid long enough."""
    signing, successor = _signing(state), _successor(state)
    _refuse_undistributed(spec, successor)
    if spec.id is not None or successor is not None or _lasts(spec, signing, now):
        return Plan()
    if len(state) >= MOST:
        retired = next(each for each in state if each is not signing)
        remedy = f"Remove {retired.id}, which signed before, with state absent."
        raise _refusal(spec, f"has {MOST} certificate authorities, none of them a successor, and EKS takes no third", remedy, "state")
    change = Change("certificate_authorities", [each.id for each in state], [*(each.id for each in state), "a successor"])
    return Plan((Step("create_certificate_authority", {"clusterName": spec.cluster_name}, (change,), settle="distributed"),))


def _active(spec: AuthoritySpec, state: State) -> Plan:
    """The named authority signs; without a name the successor, where there is one."""
    signing, wanted = _signing(state), _named(spec, state) if spec.id is not None else _successor(state)
    if wanted is None or wanted.signing_status != "NOT_USED":
        return Plan()
    _refuse_undistributed(spec, wanted)
    if wanted.activated and not any(each.rollback_available for each in state):
        remedy = "Create a successor (state present) and activate that."
        raise _refusal(spec, f"cannot go back to certificate authority {wanted.id}: EKS offers no rollback any more", remedy, "id")
    change = Change("signing_certificate_authority", None if signing is None else signing.id, wanted.id)
    return Plan((Step("activate_certificate_authority", _request(spec, wanted), (change,), settle="signing"),))


def _absent(spec: AuthoritySpec, state: State) -> Plan:
    """The named authority is gone; without a name the one that signed before. A successor goes by its id only."""
    retired = next((each for each in state if each.activated and each.signing_status == "NOT_USED"), None)
    unwanted = _named(spec, state) if spec.id is not None else retired
    if unwanted is None:
        return Plan()
    if unwanted.signing_status != "NOT_USED":
        raise _refusal(spec, f"uses certificate authority {unwanted.id} to sign", "Activate the other one first (state active).", "id")
    if unwanted.created_by == "EKS" and not unwanted.activated:
        remedy = "Activate it before it is activated by itself; then the other one can be removed."
        raise _refusal(spec, f"has {unwanted.id} for its only successor, which EKS made and does not let go", remedy, "id")
    change = Change("certificate_authorities", [each.id for each in state], [each.id for each in state if each is not unwanted])
    return Plan((Step("delete_certificate_authority", _request(spec, unwanted), (change,), settle="deleted"),))


def _refuse_undistributed(spec: AuthoritySpec, wanted: AuthorityState | None) -> None:
    if wanted is not None and wanted.distribution_status == "FAILED":
        remedy = f"Remove it (id {wanted.id}, state absent) and create another."
        raise _refusal(spec, f"has certificate authority {wanted.id}, which EKS could not distribute", remedy, "state")


def _lasts(spec: AuthoritySpec, signing: AuthorityState | None, now: datetime) -> bool:
    if spec.valid_for_days is None or signing is None or signing.not_after is None:
        return False
    return signing.not_after - now >= timedelta(days=spec.valid_for_days)


def _named(spec: AuthoritySpec, state: State) -> AuthorityState | None:
    return next((each for each in state if each.id == spec.id), None)


def _signing(state: State) -> AuthorityState | None:
    return next((each for each in state if each.signing_status == "IN_USE"), None)


def _successor(state: State) -> AuthorityState | None:
    """Return the authority that has never signed; one that is being activated is about to."""
    return next((each for each in state if each.signing_status == "ACTIVATING" or (not each.activated and each.signing_status == "NOT_USED")), None)


def _request(spec: AuthoritySpec, authority: AuthorityState) -> dict[str, Any]:
    return {"clusterName": spec.cluster_name, "certificateAuthorityId": authority.id}


def _refusal(spec: AuthoritySpec, what: str, remedy: str, *fields: str) -> Refusal:
    return Refusal(f"Cluster {spec.cluster_name} {what}.", remedy=remedy, fields=fields)
