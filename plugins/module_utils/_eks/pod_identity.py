# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pod identity associations: which IAM role the pods of a service account get. Pure: declaration and state in, plan out.

The natural key is (namespace, service account), which is immutable. Facts: EKS API reference, Create- and UpdatePodIdentityAssociation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.compare import same_json
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.naming import camel, to_snake
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Change, Plan, Step, created, deleted
from ansible_collections.fleetops.eks.plugins.module_utils._core.tags import refuse_tags, tag_steps

ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/.+")
UPDATABLE = ("role_arn", "target_role_arn", "disable_session_tags", "policy")


@dataclass(frozen=True)
class AssociationSpec:
    """A declared association; None = not mentioned."""

    cluster_name: str
    namespace: str
    service_account: str
    role_arn: str | None = None
    target_role_arn: str | None = None
    disable_session_tags: bool | None = None
    policy: str | None = None
    tags: Mapping[str, str] | None = None
    purge_tags: bool = True

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> AssociationSpec:
        given = {name: params[name] for name in cls.__dataclass_fields__ if params.get(name) is not None}
        if "tags" in given:
            given["tags"] = {str(key): str(value) for key, value in given["tags"].items()}
        return cls(**given)


@dataclass(frozen=True)
class AssociationState:
    """An association as EKS describes it."""

    arn: str
    association_id: str
    role_arn: str | None
    target_role_arn: str | None
    disable_session_tags: bool | None
    policy: str | None
    tags: Mapping[str, str]
    owner_arn: str | None
    raw: Mapping[str, Any]

    @classmethod
    def from_api(cls, answer: Mapping[str, Any] | None) -> AssociationState | None:
        if answer is None:
            return None
        return cls(
            arn=answer["associationArn"],
            association_id=answer["associationId"],
            tags=answer.get("tags") or {},
            owner_arn=answer.get("ownerArn"),
            raw=answer,
            **{name: answer.get(camel(name)) for name in UPDATABLE},
        )


def plan_present(spec: AssociationSpec, state: AssociationState | None) -> Plan:
    """Return the steps that make the association as declared; empty when it is."""
    _refuse_impossible(spec, state)
    if state is None:
        return Plan((_create(spec),))
    _refuse_owned(spec, state)
    return Plan((*_update(spec, state), *tag_steps(state.arn, spec.tags, state.tags, purge=spec.purge_tags)))


def plan_absent(spec: AssociationSpec, state: AssociationState | None) -> Plan:
    """Return the step that removes the association; empty when there is none."""
    if state is None:
        return Plan()
    _refuse_owned(spec, state)
    request = {"clusterName": spec.cluster_name, "associationId": state.association_id}
    return Plan((Step("delete_pod_identity_association", request, deleted("association_id", state.association_id), settle="deleted"),))


def to_result(state: AssociationState | None) -> dict[str, Any] | None:
    return None if state is None else to_snake(state.raw)


def _create(spec: AssociationSpec) -> Step:
    if spec.role_arn is None:
        raise Refusal(f"The association of service account {_key(spec)} needs role_arn to be created.", remedy="Give role_arn.", fields=("role_arn",))
    given = {name: getattr(spec, name) for name in (*UPDATABLE, "tags") if getattr(spec, name) is not None}
    request = {"clusterName": spec.cluster_name, "namespace": spec.namespace, "serviceAccount": spec.service_account}
    return Step("create_pod_identity_association", {**request, **{camel(name): value for name, value in given.items()}}, created("", given), settle="visible")


def _update(spec: AssociationSpec, state: AssociationState) -> tuple[Step, ...]:
    changes = tuple(Change(name, getattr(state, name), getattr(spec, name)) for name in UPDATABLE if _differs(name, spec, state))
    if not changes:
        return ()
    request = {"clusterName": spec.cluster_name, "associationId": state.association_id}
    return (Step("update_pod_identity_association", {**request, **{camel(change.path): change.after for change in changes}}, changes),)


def _differs(name: str, spec: AssociationSpec, state: AssociationState) -> bool:
    """The session policy is JSON text; a switch that EKS does not return is off; an empty text takes the setting away."""
    declared, actual = getattr(spec, name), getattr(state, name)
    if declared is None:
        return False
    return not same_json(declared, actual) if name == "policy" else (declared or None) != (actual or None)


def _refuse_impossible(spec: AssociationSpec, state: AssociationState | None) -> None:
    subject = f"The association of service account {_key(spec)}"
    refuse_tags(subject[0].lower() + subject[1:], spec.tags)
    for name in ("role_arn", "target_role_arn"):
        value = getattr(spec, name)
        if value and not ROLE.fullmatch(value):
            raise Refusal(f"{subject} has {name} {value}, which is not the ARN of a role.", remedy="Give arn:aws:iam::ACCOUNT:role/NAME.", fields=(name,))
    if spec.policy:
        _refuse_policy(subject, spec, state)


def _refuse_policy(subject: str, spec: AssociationSpec, state: AssociationState | None) -> None:
    """A session policy is JSON, and goes with disable_session_tags only (API reference, CreatePodIdentityAssociation)."""
    try:
        json.loads(spec.policy or "")
    except ValueError:
        raise Refusal(f"{subject} has a policy that is no JSON.", remedy="Give a policy document as JSON text.", fields=("policy",)) from None
    disabled = spec.disable_session_tags if spec.disable_session_tags is not None else state is not None and state.disable_session_tags
    if not disabled:
        raise Refusal(
            f"{subject} has a policy, which EKS takes with disable_session_tags only.",
            remedy="Set disable_session_tags: true, or leave out policy.",
            fields=("policy", "disable_session_tags"),
        )


def _refuse_owned(spec: AssociationSpec, state: AssociationState) -> None:
    if state.owner_arn:
        raise Refusal(
            f"The association of service account {_key(spec)} on cluster {spec.cluster_name} belongs to add-on {state.owner_arn}.",
            remedy="Change it through pod_identity_associations of that add-on (fleetops.eks.eks_addon), or leave it out here.",
            fields=("namespace", "service_account"),
        )


def declared_associations(params: Mapping[str, Any]) -> dict[str, AssociationSpec]:
    """Return the specs of a whole set by `namespace/service account`; the options of the set hold for each member."""
    shared = {name: params[name] for name in ("cluster_name", "purge_tags")}
    specs = [AssociationSpec.from_params({**option, **shared}) for option in params["pod_identity_associations"]]
    twice = sorted({_key(spec) for spec in specs if sum(_key(other) == _key(spec) for other in specs) > 1})
    if twice:
        raise Refusal(
            f"pod_identity_associations declares {', '.join(twice)} more than once: a service account has one association.",
            remedy="Merge them into one.",
            fields=("pod_identity_associations",),
        )
    return {_key(spec): spec for spec in specs}


def _key(spec: AssociationSpec) -> str:
    return f"{spec.namespace}/{spec.service_account}"
