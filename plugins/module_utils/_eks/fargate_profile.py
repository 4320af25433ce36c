# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fargate profiles: which pods run on Fargate. Pure: declaration and state in, plan out.

Everything but the tags is immutable, and a cluster creates or deletes one profile at a time. Facts: EKS API reference, CreateFargateProfile;
user guide, `Define which Pods use AWS Fargate when launched`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.compare import same_set
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.naming import to_snake
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan, Step, created, deleted
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Verdict, pending
from ansible_collections.fleetops.eks.plugins.module_utils._core.tags import refuse_tags, tag_steps, tag_texts
from ansible_collections.fleetops.eks.plugins.module_utils._eks.verdicts import issues_text

MOVING = frozenset({"CREATING", "DELETING"})
UNFINISHED = frozenset({"CREATE_FAILED", "DELETE_FAILED"})
RESERVED = "eks-"
MOST_SELECTORS = 5
"""EKS keeps names with this prefix to itself."""

Selector = Mapping[str, Any]


@dataclass(frozen=True)
class ProfileSpec:
    """A declared profile; None = not mentioned. Selectors are {namespace, labels}, with labels always there."""

    cluster_name: str
    name: str
    role_arn: str | None = None
    subnets: Sequence[str] | None = None
    selectors: Sequence[Selector] | None = None
    tags: Mapping[str, str] | None = None
    purge_tags: bool = True
    recreate_failed: bool = False

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> ProfileSpec:
        selectors = params.get("selectors")
        given = {
            **params,
            "tags": tag_texts(params.get("tags")),
            "selectors": None if selectors is None else [_selector(params["name"], selector) for selector in selectors],
        }
        return cls(**{name: given[name] for name in cls.__dataclass_fields__ if given.get(name) is not None})


@dataclass(frozen=True)
class ProfileState:
    """A profile as EKS describes it, with the names of ProfileSpec."""

    name: str
    arn: str
    status: str
    role_arn: str
    subnets: Sequence[str]
    selectors: Sequence[Selector]
    tags: Mapping[str, str]
    raw: Mapping[str, Any]

    @classmethod
    def from_api(cls, answer: Mapping[str, Any] | None) -> ProfileState | None:
        if answer is None:
            return None
        return cls(
            name=answer["fargateProfileName"],
            arn=answer["fargateProfileArn"],
            status=answer["status"],
            role_arn=answer["podExecutionRoleArn"],
            subnets=answer.get("subnets") or [],
            selectors=[{"namespace": each["namespace"], "labels": each.get("labels") or {}} for each in answer.get("selectors") or ()],
            tags=answer.get("tags") or {},
            raw=answer,
        )


IMMUTABLE: Mapping[str, Callable[[Any, Any], bool]] = {
    "role_arn": lambda declared, actual: bool(declared == actual),
    "subnets": same_set,
    "selectors": same_set,
}
NEEDED = ("role_arn", "selectors")


def plan_present(spec: ProfileSpec, state: ProfileState | None) -> Plan:
    """Return the steps that make the profile as declared; empty when it is."""
    state = existing(state)
    _refuse_malformed(spec)
    if state is None:
        return Plan((_create(spec),))
    if state.status in UNFINISHED:
        return _again(spec, state)
    _refuse_immutable(spec, state)
    return Plan(tag_steps(state.arn, spec.tags, state.tags, purge=spec.purge_tags))


def plan_absent(spec: ProfileSpec, state: ProfileState | None) -> Plan:
    """Return the step that removes the profile; empty when there is none, or it is being removed."""
    state = existing(state)
    return Plan() if state is None else Plan((_delete(spec, state),))


def existing(state: ProfileState | None) -> ProfileState | None:
    """Return the state unless it is on its way out: what is being deleted is to be created again."""
    return None if state is None or state.status == "DELETING" else state


def in_flight(state: ProfileState | None) -> Verdict | None:
    return None if state is None or state.status not in MOVING else pending(f"status {state.status}", status=state.status)


def to_result(state: ProfileState | None) -> dict[str, Any] | None:
    return None if state is None else to_snake(state.raw)


def _selector(profile: str, option: Selector) -> dict[str, Any]:
    return {"namespace": option.get("namespace"), "labels": _labels(profile, option.get("labels"))}


def _labels(profile: str, option: Any) -> dict[str, str]:
    """Return labels as a mapping of texts; community.aws documents them as a list of mappings, so that is taken too."""
    parts = option if isinstance(option, list) else [option or {}]
    if not all(isinstance(part, Mapping) for part in parts):
        raise Refusal(
            f"Fargate profile {profile} has a selector whose labels are no mapping: {option!r}.",
            remedy="Give labels as keys and values, for example `labels: {tier: web}`.",
            fields=("selectors",),
        )
    return {str(key): str(value) for part in parts for key, value in part.items()}


def _create(spec: ProfileSpec) -> Step:
    missing = [name for name in NEEDED if not getattr(spec, name)]
    if missing:
        raise Refusal(
            f"Fargate profile {spec.name} of cluster {spec.cluster_name} needs {' and '.join(missing)} to be created.",
            remedy=f"Give {' and '.join(missing)}.",
            fields=tuple(missing),
        )
    wanted = {name: getattr(spec, name) for name in (*IMMUTABLE, "tags") if getattr(spec, name)}
    names = {"clusterName": spec.cluster_name, "fargateProfileName": spec.name}
    request = {**names, **{"podExecutionRoleArn" if name == "role_arn" else name: value for name, value in wanted.items()}}
    return Step("create_fargate_profile", request, created("", wanted), settle="active")


def _delete(spec: ProfileSpec, state: ProfileState) -> Step:
    request = {"clusterName": spec.cluster_name, "fargateProfileName": spec.name}
    return Step("delete_fargate_profile", request, deleted("fargate_profile_arn", state.arn), settle="deleted")


def _again(spec: ProfileSpec, state: ProfileState) -> Plan:
    if not spec.recreate_failed:
        raise Refusal(
            f"Fargate profile {spec.name} of cluster {spec.cluster_name} is {state.status}{issues_text(state.raw)}.",
            remedy="Remove the cause, then set recreate_failed to delete and create the profile, or delete it with state=absent.",
            fields=("name",),
        )
    return Plan((_delete(spec, state), _create(spec)))


def _refuse_malformed(spec: ProfileSpec) -> None:
    if spec.name.startswith(RESERVED):
        raise Refusal(
            f"Fargate profile {spec.name} of cluster {spec.cluster_name} has a name that begins with {RESERVED}, which EKS keeps to itself.",
            remedy="Choose another name.",
            fields=("name",),
        )
    if spec.selectors is not None and not all(selector["namespace"] for selector in spec.selectors):
        raise Refusal(
            f"Fargate profile {spec.name} of cluster {spec.cluster_name} has a selector without a namespace.",
            remedy="Give every selector a namespace; `*` stands for any.",
            fields=("selectors",),
        )
    if len(spec.selectors or ()) > MOST_SELECTORS:
        raise Refusal(
            f"Fargate profile {spec.name} of cluster {spec.cluster_name} has {len(spec.selectors or ())} selectors; EKS takes {MOST_SELECTORS}.",
            remedy="Declare a second profile for the others, or join some with * in the namespace.",
            fields=("selectors",),
        )
    refuse_tags(f"Fargate profile {spec.name} of cluster {spec.cluster_name}", spec.tags)


def _refuse_immutable(spec: ProfileSpec, state: ProfileState) -> None:
    declared = {name: getattr(spec, name) for name in IMMUTABLE if getattr(spec, name) is not None}
    changed = [name for name, value in declared.items() if not IMMUTABLE[name](value, getattr(state, name))]
    if changed:
        words = "; ".join(f"{name} from {_shown(getattr(state, name))} to {_shown(declared[name])}" for name in changed)
        raise Refusal(
            f"EKS cannot change {words} of Fargate profile {spec.name} of cluster {spec.cluster_name}.",
            remedy="Declare a profile of another name with the new values, and remove this one when its pods have moved.",
            fields=tuple(changed),
        )


def _shown(value: Any) -> str:
    return str(value) if isinstance(value, str) else repr([dict(each) if isinstance(each, Mapping) else each for each in value])
