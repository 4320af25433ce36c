# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access entries: which IAM principals may use a cluster's Kubernetes API, and as whom. Pure: declaration and state in, plan out.

Facts: principal and type are immutable; an entry binds to the unique id of the role it was made for, so a role made anew under the same
ARN silently loses access; entries of nodes take no groups, names or policies of the user's. EKS API reference, Create- and UpdateAccessEntry.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.compare import same_set
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.naming import camel, to_snake
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Change, Plan, Step, created, deleted
from ansible_collections.fleetops.eks.plugins.module_utils._core.tags import refuse_tags, tag_steps
from ansible_collections.fleetops.eks.plugins.module_utils._eks.access_entry_policies import AccessPolicy, policy_steps

TYPES = ("STANDARD", "FARGATE_LINUX", "EC2_LINUX", "EC2_WINDOWS", "EC2", "HYBRID_LINUX", "HYPERPOD_LINUX")
WITHOUT_POLICIES = frozenset({"EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "HYBRID_LINUX"})
PRINCIPAL = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:(role|user)/.+")
RESERVED = ("system:", "eks:", "aws:", "amazon:", "iam:")
"""No user or group of ours may begin so."""


@dataclass(frozen=True)
class EntrySpec:
    """A declared entry; None = not mentioned."""

    cluster_name: str
    principal_arn: str
    type: str | None = None
    kubernetes_groups: Sequence[str] | None = None
    username: str | None = None
    access_policies: Sequence[AccessPolicy] | None = None
    tags: Mapping[str, str] | None = None
    purge_access_policies: bool = True
    purge_tags: bool = True
    recreate: bool = False

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> EntrySpec:
        given = {name: params[name] for name in cls.__dataclass_fields__ if params.get(name) is not None}
        if "access_policies" in given:
            given["access_policies"] = tuple(AccessPolicy.from_option(option, params["principal_arn"]) for option in given["access_policies"])
        if "tags" in given:
            given["tags"] = {str(key): str(value) for key, value in given["tags"].items()}
        return cls(**given)

    @property
    def who(self) -> dict[str, str]:
        return {"clusterName": self.cluster_name, "principalArn": self.principal_arn}


@dataclass(frozen=True)
class EntryState:
    """An entry as EKS describes it. `principal_since`: when the role of its ARN was made, where that was asked."""

    arn: str
    type: str
    kubernetes_groups: Sequence[str]
    username: str | None
    tags: Mapping[str, str]
    created_at: datetime
    access_policies: Sequence[AccessPolicy]
    principal_since: datetime | None
    raw: Mapping[str, Any]

    @classmethod
    def from_api(cls, answer: Mapping[str, Any], policies: Sequence[Mapping[str, Any]], principal_since: datetime | None = None) -> EntryState:
        return cls(
            arn=answer["accessEntryArn"],
            type=answer.get("type", "STANDARD"),
            kubernetes_groups=answer.get("kubernetesGroups") or (),
            username=answer.get("username"),
            tags=answer.get("tags") or {},
            created_at=answer["createdAt"],
            access_policies=tuple(AccessPolicy.from_api(policy) for policy in policies),
            principal_since=principal_since,
            raw=answer,
        )

    @property
    def stale(self) -> bool:
        """Whether its role was made anew after the entry: the entry names a role that is no more."""
        return self.principal_since is not None and self.principal_since > self.created_at


def plan_present(spec: EntrySpec, state: EntryState | None) -> Plan:
    """Return the steps that make the entry as declared; empty when it is."""
    _refuse_impossible(spec, state)
    if state is None:
        return Plan((_create(spec), *policy_steps(spec.who, spec.access_policies, (), purge=False)))
    if state.stale or spec.type not in (None, state.type):
        return _recreate(spec, state)
    policies = policy_steps(spec.who, spec.access_policies, state.access_policies, purge=spec.purge_access_policies)
    return Plan((*tag_steps(state.arn, spec.tags, state.tags, purge=spec.purge_tags), *_update(spec, state), *policies))


def plan_absent(spec: EntrySpec, state: EntryState | None) -> Plan:
    """Return the step that removes the entry; empty when there is none."""
    return Plan() if state is None else Plan((Step("delete_access_entry", spec.who, deleted("type", state.type), settle="deleted"),))


def to_result(state: EntryState | None) -> dict[str, Any] | None:
    """Return the entry with its policies, snake_case."""
    if state is None:
        return None
    return {**to_snake(state.raw), "access_policies": [{"policy": each.name, "policy_arn": each.arn, **each.shown()} for each in state.access_policies]}


def _create(spec: EntrySpec, why: tuple[Change, ...] = ()) -> Step:
    given = {name: getattr(spec, name) for name in ("type", "kubernetes_groups", "username", "tags") if getattr(spec, name) is not None}
    request = {**spec.who, **{camel(name): list(value) if name == "kubernetes_groups" else value for name, value in given.items()}}
    return Step("create_access_entry", request, why or created("", {"principal_arn": spec.principal_arn, **given}), settle="visible")


def _recreate(spec: EntrySpec, state: EntryState) -> Plan:
    """Delete and create, with what the declaration leaves open as it was."""
    whole = _completed(spec, state)
    reason = (
        Change("principal_arn", f"role made {state.principal_since}, entry made {state.created_at}", spec.principal_arn)
        if state.stale
        else Change("type", state.type, whole.type)
    )
    steps = (Step("delete_access_entry", spec.who, (reason,), settle="deleted"), _create(whole, (reason,)))
    plan = Plan((*steps, *policy_steps(spec.who, whole.access_policies, (), purge=False)))
    return replace(plan, warnings=(_anew(spec),)) if state.stale else plan


def _anew(spec: EntrySpec) -> str:
    return (
        f"The role {spec.principal_arn} was made anew after its access entry on cluster {spec.cluster_name}: an entry is bound to the role it was made for, "
        "so nobody came in by it. It is deleted and created again."
    )


def _completed(spec: EntrySpec, state: EntryState) -> EntrySpec:
    """What is not mentioned stays as it was, but for what a change of type takes away."""
    kind = spec.type or state.type
    keep = kind == state.type == "STANDARD"
    policies = {
        each.arn: each
        for each in (
            (*state.access_policies, *(spec.access_policies or ())) if spec.access_policies is None or not spec.purge_access_policies else spec.access_policies
        )
    }
    return replace(
        spec,
        type=kind,
        kubernetes_groups=spec.kubernetes_groups if spec.kubernetes_groups is not None or not keep else state.kubernetes_groups,
        username=spec.username or (state.username if keep else None),
        access_policies=() if kind in WITHOUT_POLICIES else tuple(policies.values()),
        tags={**state.tags, **(spec.tags or {})} if spec.tags is None or not spec.purge_tags else spec.tags,
    )


def _update(spec: EntrySpec, state: EntryState) -> tuple[Step, ...]:
    changes = []
    if spec.kubernetes_groups is not None and not same_set(spec.kubernetes_groups, state.kubernetes_groups):
        changes.append(Change("kubernetes_groups", sorted(state.kubernetes_groups), sorted(spec.kubernetes_groups)))
    if spec.username not in (None, state.username):
        changes.append(Change("username", state.username, spec.username))
    if not changes:
        return ()
    return (Step("update_access_entry", {**spec.who, **{camel(change.path): change.after for change in changes}}, tuple(changes)),)


def _refuse_impossible(spec: EntrySpec, state: EntryState | None) -> None:
    kind = spec.type or (state.type if state else "STANDARD")
    refuse_tags(f"the access entry of {spec.principal_arn}", spec.tags)
    _refuse_principal(spec)
    _refuse_type(spec, state)
    _refuse_node_members(spec, kind)
    bad = [name for name in (spec.username or "", *(spec.kubernetes_groups or ())) if name.startswith(RESERVED)]
    if bad:
        raise Refusal(
            f"The access entry of {spec.principal_arn} would use the reserved name {bad[0]}: users and groups must not begin with {', '.join(RESERVED)}.",
            remedy="For the rights of system:masters use access policy AmazonEKSClusterAdminPolicy; otherwise bind another name with RBAC.",
            fields=("username" if bad[0] == spec.username else "kubernetes_groups",),
        )


def _refuse_principal(spec: EntrySpec) -> None:
    """EKS knows roles and users, not the sessions of roles, nor whole accounts (API reference, CreateAccessEntry)."""
    if not PRINCIPAL.fullmatch(spec.principal_arn):
        session = ":assumed-role/" in spec.principal_arn
        raise Refusal(
            f"The access entry's principal {spec.principal_arn} is {'a session of a role' if session else 'not the ARN of an IAM role or user'}.",
            remedy="Give the ARN of the role itself: arn:aws:iam::ACCOUNT:role/NAME." if session else "Give arn:aws:iam::ACCOUNT:role/NAME, or user/NAME.",
            fields=("principal_arn",),
        )


def _refuse_type(spec: EntrySpec, state: EntryState | None) -> None:
    if state is not None and spec.type not in (None, state.type) and not spec.recreate:
        raise Refusal(
            f"The access entry of {spec.principal_arn} on cluster {spec.cluster_name} has type {state.type}, which cannot become {spec.type}.",
            remedy="Set recreate: true to delete and create it (the principal has no access in between), or leave type as it is.",
            fields=("type",),
        )


def _refuse_node_members(spec: EntrySpec, kind: str) -> None:
    given = {"kubernetes_groups": spec.kubernetes_groups, "username": spec.username}
    fields = tuple(name for name, value in given.items() if value and kind != "STANDARD")
    if spec.access_policies and kind in WITHOUT_POLICIES:
        fields = (*fields, "access_policies")
    if fields:
        raise Refusal(
            f"The access entry of {spec.principal_arn} has type {kind}, which takes no {' and no '.join(fields)}: EKS gives nodes what they need.",
            remedy=f"Leave out {' and '.join(fields)}, or make a STANDARD entry for another principal.",
            fields=fields,
        )
