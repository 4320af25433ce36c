# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hybrid activations of SSM: what lets a batch of on-premises hosts register. Pure: declaration and state in, plan out.

Facts: CreateActivation has no client token and there is no update; the code is answered once and never again; DescribeActivations knows no
filter for tags; tags are copied to the instances that register; DeleteActivation leaves registered instances alone.
The rules of idempotence: docs/decisions/0002-activation-idempotence.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.naming import to_snake
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Change, Plan, Step, created, deleted
from ansible_collections.fleetops.eks.plugins.module_utils._ssm import duration

OWNER_TAG = "fleetops:activation"
CALL_TAG = "fleetops:call"
CLUSTER_TAG = "EKSClusterARN"
"""nodeadm's uninstall may only deregister instances that carry it, where the role's policy is AWS's own example."""
LONGEST = timedelta(days=30)
MARGIN = timedelta(minutes=1)
"""A request for 30 days to the second is late when it arrives."""
MAX_REGISTRATIONS = 1000
MAX_ROLE = 64


@dataclass(frozen=True)
class ActivationSpec:
    """A declared activation; None = not mentioned. `tags` are all that it shall carry, the owner's included."""

    batch: str | None = None
    activation_id: str | None = None
    iam_role: str | None = None
    description: str | None = None
    default_instance_name: str | None = None
    registration_limit: int = 1
    expires_in: timedelta = timedelta(days=1)
    expiration_date: datetime | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    min_validity: timedelta = timedelta(minutes=10)
    min_registrations: int = 1
    renew: str = "if_needed"
    purge_spent: bool = True
    code_dest: str | None = None

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> ActivationSpec:
        keep = params.get("min_remaining") or {}
        plain = ("batch", "activation_id", "description", "default_instance_name", "registration_limit", "renew", "purge_spent", "code_dest")
        return cls(
            iam_role=role_name(params["iam_role"]) if params.get("iam_role") else None,
            expires_in=duration.parse(params.get("expires_in") or "24h", option="expires_in"),
            expiration_date=_moment(params["expiration_date"]) if params.get("expiration_date") else None,
            tags=_tags(params),
            min_validity=duration.parse(keep.get("validity") or "10m", option="min_remaining.validity"),
            min_registrations=keep.get("registrations") or 1,
            **{name: params[name] for name in plain if params.get(name) is not None},
        )

    def lasting(self, now: datetime) -> timedelta:
        """Return how long an activation created now is declared to live."""
        return self.expiration_date - now if self.expiration_date else self.expires_in

    def expiry(self, now: datetime) -> datetime:
        """Return when an activation created now ends, to the second."""
        return (now + min(self.lasting(now), LONGEST - MARGIN)).replace(microsecond=0)


@dataclass(frozen=True)
class Activation:
    """An activation as SSM describes it."""

    activation_id: str
    iam_role: str
    default_instance_name: str | None
    registration_limit: int
    registrations_count: int
    expiration_date: datetime
    expired: bool
    tags: Mapping[str, str]
    raw: Mapping[str, Any]

    @classmethod
    def from_api(cls, answer: Mapping[str, Any]) -> Activation:
        """SSM leaves RegistrationsCount out of an activation that nothing has used."""
        return cls(
            activation_id=answer["ActivationId"],
            iam_role=answer["IamRole"],
            default_instance_name=answer.get("DefaultInstanceName"),
            registration_limit=answer.get("RegistrationLimit", 1),
            registrations_count=answer.get("RegistrationsCount", 0),
            expiration_date=answer["ExpirationDate"],
            expired=answer.get("Expired", False),
            tags={tag["Key"]: tag["Value"] for tag in answer.get("Tags") or []},
            raw=answer,
        )

    @property
    def left(self) -> int:
        """How many more hosts it admits."""
        return max(self.registration_limit - self.registrations_count, 0)


@dataclass(frozen=True)
class ActivationState:
    """The activations of one owner (or the one of the given id), the one whose code the file holds, and the moment of looking."""

    activations: tuple[Activation, ...]
    code_id: str | None
    now: datetime


def plan_present(spec: ActivationSpec, state: ActivationState) -> Plan:
    """Return the steps after which there is one usable activation; empty when there is one."""
    refuse_impossible(spec, state.now)
    current = None if spec.renew == "always" else usable(spec, state)
    steps = () if current else (_create(spec, state),)
    others = [found for found in state.activations if found is not current] if spec.purge_spent else []
    return Plan((*steps, *_deletions(others, state)))


def plan_absent(spec: ActivationSpec, state: ActivationState) -> Plan:
    """Return the steps that remove the activations and the file with the code; empty when there are none."""
    steps = list(_deletions(state.activations, state))
    if state.code_id is not None and spec.activation_id in (None, state.code_id):
        steps.append(Step("remove_code", {"path": spec.code_dest}, deleted("code_dest", spec.code_dest)))
    return Plan(tuple(steps))


def usable(spec: ActivationSpec, state: ActivationState) -> Activation | None:
    """Return the activation that serves the declaration now: the one whose code is at hand before others, then the one that lasts longest."""
    fitting = [found for found in state.activations if _fits(spec, found, state.now)]
    if spec.renew == "without_code":
        fitting = [found for found in fitting if found.activation_id == state.code_id]
    return max(fitting, key=lambda found: (found.activation_id == state.code_id, found.expiration_date), default=None)


def to_result(found: Activation | None) -> dict[str, Any] | None:
    """Return the activation with tags as a mapping and what is left of it; SSM never describes the code."""
    if found is None:
        return None
    plain = to_snake({key: value for key, value in found.raw.items() if key != "Tags"})
    counts = {"registrations_count": found.registrations_count, "registrations_left": found.left}
    return {"description": None, "default_instance_name": None, **plain, **counts, "expired": found.expired, "tags": dict(found.tags)}


def refuse_impossible(spec: ActivationSpec, now: datetime) -> None:
    """Raise a refusal where SSM would refuse, or where every run would make another activation."""
    lasting = spec.lasting(now)
    which = "expiration_date" if spec.expiration_date else "expires_in"
    checks = (
        (lasting > LONGEST, f"{which} is more than 30 days ahead.", "SSM allows at most 30 days.", which),
        (lasting <= timedelta(), f"{which} is not in the future.", f"Set a later {which}.", which),
        (lasting < spec.min_validity, f"{which} leaves less than min_remaining.validity.", f"Set a later {which}, or a smaller minimum.", which),
        (not 1 <= spec.registration_limit <= MAX_REGISTRATIONS, f"registration_limit {spec.registration_limit} is not within 1 and 1000.",
         "Split the batch, each with an activation of its own.", "registration_limit"),
        (spec.registration_limit < spec.min_registrations, "registration_limit is less than min_remaining.registrations.",
         "Raise registration_limit.", "registration_limit"),
        (len(spec.iam_role or "") > MAX_ROLE, f"iam_role {spec.iam_role} is longer than 64 characters.", "Give the role's name and path.", "iam_role"),
    )  # fmt: skip
    for impossible, what, remedy, name in checks:
        if impossible:
            raise Refusal(f"The activation of batch {spec.batch} cannot be made: {what}", remedy=remedy, fields=(name,))


def role_name(given: str) -> str:
    """Return the name, with its path, of a role given by name or ARN: SSM takes no ARN."""
    return given.split(":role/", 1)[1] if given.startswith("arn:") and ":role/" in given else given


def same_role(left: str, right: str) -> bool:
    """Whether two roles are the same: names are unique in an account whatever their path, and SSM answers with or without it."""
    return left.rsplit("/", 1)[-1] == right.rsplit("/", 1)[-1]


def _fits(spec: ActivationSpec, found: Activation, now: datetime) -> bool:
    """The description does not count: no host gets it, and a new code would be a high price for a word."""
    return (
        not found.expired
        and found.expiration_date - now >= spec.min_validity
        and found.left >= spec.min_registrations
        and same_role(found.iam_role, spec.iam_role or found.iam_role)
        and spec.default_instance_name in (None, found.default_instance_name)
        and all(found.tags.get(key) == value for key, value in spec.tags.items())
    )


def _create(spec: ActivationSpec, state: ActivationState) -> Step:
    """The request lacks the tag that names this one call: chance comes in where it is made."""
    given = {
        "iam_role": spec.iam_role,
        "description": spec.description,
        "default_instance_name": spec.default_instance_name,
        "registration_limit": spec.registration_limit,
        "expiration_date": spec.expiry(state.now),
    }
    request: dict[str, Any] = {_pascal(name): value for name, value in given.items() if value is not None}
    request["Tags"] = [{"Key": key, "Value": value} for key, value in sorted(spec.tags.items())]
    shown = {**given, "expiration_date": given["expiration_date"].isoformat(), "tags": dict(spec.tags), "code_dest": spec.code_dest}  # type: ignore[union-attr]
    return Step("create_activation", request, created("", shown), settle="described")


def _deletions(going: Sequence[Activation], state: ActivationState) -> tuple[Step, ...]:
    """Each step shows the whole: the batch's activations before, and those of them that stay."""
    before = sorted(found.activation_id for found in state.activations)
    change = (Change("activations", before, [each for each in before if each not in {found.activation_id for found in going}]),)
    return tuple(
        Step("delete_activation", {"ActivationId": each.activation_id}, change, settle="deleted", together="delete", subject=each.activation_id)
        for each in going
    )


def _tags(params: Mapping[str, Any]) -> dict[str, str]:
    tags = {str(key): str(value) for key, value in (params.get("tags") or {}).items()}
    if params.get("cluster_arn"):
        tags[CLUSTER_TAG] = params["cluster_arn"]
    if params.get("batch"):
        tags[OWNER_TAG] = params["batch"]
    return tags


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(f"expiration_date {text!r} is not a time.", remedy="Write it as 2026-12-24T18:00:00Z.", fields=("expiration_date",)) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
