# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM roles with their policies: declaration and state in, plan out. Pure.

Facts: name and path are immutable; a role cannot be deleted while it is in an instance profile or has policies. IAM API reference.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.compare import tag_delta
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Change, Plan, Step, created, deleted
from ansible_collections.fleetops.eks.plugins.module_utils._iam.policy import as_text, same_policy, size
from ansible_collections.fleetops.eks.plugins.module_utils._iam.trust import Place, trust_policy

LONGEST_NAME = 64
INLINE_LIMIT = 10240
"""Characters of all inline policies of a role together, white space not counted."""
SERVICE_PATH = "/aws-service-role/"
PATHS = {"AmazonEBSCSIDriverPolicy": "service-role/", "AmazonEFSCSIDriverPolicy": "service-role/"}
"""Policies of AWS that add-ons use and whose ARN has a path."""


@dataclass(frozen=True)
class RoleSpec:
    """A declared role; None = not mentioned. `managed_policies` are ARNs."""

    name: str
    path: str | None = None
    description: str | None = None
    trust_policy: Mapping[str, Any] | None = None
    managed_policies: Sequence[str] | None = None
    inline_policies: Mapping[str, Mapping[str, Any]] | None = None
    permissions_boundary: str | None = None
    max_session_duration: int | None = None
    tags: Mapping[str, str] | None = None
    purge_managed_policies: bool = True
    purge_inline_policies: bool = True
    purge_tags: bool = True

    @classmethod
    def from_params(cls, params: Mapping[str, Any], place: Place) -> RoleSpec:
        given = {name: params[name] for name in cls.__dataclass_fields__ if params.get(name) is not None}
        if params.get("trust"):
            given["trust_policy"] = trust_policy(params["trust"], params.get("trust_conditions"), place)
        if "managed_policies" in given:
            given["managed_policies"] = tuple(dict.fromkeys(policy_arn(each, place.partition) for each in given["managed_policies"]))
        if "inline_policies" in given:
            given["inline_policies"] = {str(name): _policy(params["name"], name, policy) for name, policy in given["inline_policies"].items()}
        if given.get("permissions_boundary"):
            given["permissions_boundary"] = policy_arn(given["permissions_boundary"], place.partition)
        if "tags" in given:
            given["tags"] = {str(key): str(value) for key, value in given["tags"].items()}
        return cls(**given)


@dataclass(frozen=True)
class RoleState:
    """A role as IAM describes it. Policies and instance profiles are None where they were not asked for."""

    name: str
    path: str
    description: str
    trust_policy: Mapping[str, Any]
    permissions_boundary: str | None
    max_session_duration: int
    tags: Mapping[str, str]
    managed_policies: Sequence[str] | None
    inline_names: Sequence[str] | None
    inline_policies: Mapping[str, Mapping[str, Any]]
    instance_profiles: Sequence[str] | None
    raw: Mapping[str, Any]

    @classmethod
    def from_api(
        cls,
        role: Mapping[str, Any],
        *,
        managed: Sequence[str] | None = None,
        inline_names: Sequence[str] | None = None,
        inline: Mapping[str, Any] | None = None,
        profiles: Sequence[str] | None = None,
    ) -> RoleState:
        return cls(
            name=role["RoleName"],
            path=role["Path"],
            description=role.get("Description", ""),
            trust_policy=role["AssumeRolePolicyDocument"],
            permissions_boundary=(role.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn"),
            max_session_duration=role.get("MaxSessionDuration", 3600),
            tags={tag["Key"]: tag["Value"] for tag in role.get("Tags") or []},
            managed_policies=managed,
            inline_names=inline_names,
            inline_policies=inline or {},
            instance_profiles=profiles,
            raw=role,
        )


def declared_roles(params: Mapping[str, Any], place: Place) -> dict[str, RoleSpec]:
    """Return the specs by name; the options of the set hold for each member."""
    shared = {name: params[name] for name in ("purge_managed_policies", "purge_inline_policies", "purge_tags")}
    specs = [RoleSpec.from_params({**option, **shared}, place) for option in params["roles"]]
    twice = sorted({spec.name for spec in specs if sum(other.name == spec.name for other in specs) > 1})
    if twice:
        raise Refusal(f"roles declares {', '.join(twice)} more than once.", remedy="Merge them into one.", fields=("roles",))
    return {spec.name: spec for spec in specs}


def plan_present(spec: RoleSpec, state: RoleState | None) -> Plan:
    """Return the steps that make the role as declared; empty when it is."""
    _refuse_impossible(spec, state)
    head = (_create(spec),) if state is None else (*_trust(spec, state), *_settings(spec, state), *_boundary(spec, state), *_tags(spec, state))
    return Plan((*head, *_managed(spec, state), *_inline(spec, state)))


def plan_absent(spec: RoleSpec, state: RoleState | None) -> Plan:
    """Return the steps that remove the role, and first what holds it; empty when there is none."""
    if state is None:
        return Plan()
    _refuse_service_role(spec, state)
    profiles = [step for profile in state.instance_profiles or () for step in _leave_profile(spec, profile)]
    managed = [_detach(spec, arn) for arn in state.managed_policies or ()]
    inline = [
        Step("delete_role_policy", {"RoleName": spec.name, "PolicyName": name}, (Change(f"inline_policies.{_leaf(name)}", "present", None),))
        for name in state.inline_names or ()
    ]
    last = Step("delete_role", {"RoleName": spec.name}, deleted("arn", state.raw["Arn"]), settle="deleted")
    return Plan((*profiles, *managed, *inline, last))


def to_result(state: RoleState | None) -> dict[str, Any] | None:
    """Return the role; policies that were not asked for are null."""
    if state is None:
        return None
    return {
        "name": state.name,
        "arn": state.raw["Arn"],
        "role_id": state.raw["RoleId"],
        "path": state.path,
        "create_date": state.raw["CreateDate"].isoformat(),
        "description": state.description,
        "trust_policy": dict(state.trust_policy),
        "permissions_boundary": state.permissions_boundary,
        "max_session_duration": state.max_session_duration,
        "managed_policies": None if state.managed_policies is None else sorted(state.managed_policies),
        "inline_policies": None if state.inline_names is None else sorted(state.inline_names),
        "tags": dict(state.tags),
    }


def policy_arn(given: str, partition: str) -> str:
    """Return the ARN of a policy given by ARN or, where it is AWS's, by name."""
    return given if given.startswith("arn:") else f"arn:{partition}:iam::aws:policy/{PATHS.get(given, '')}{given}"


def _create(spec: RoleSpec) -> Step:
    if spec.trust_policy is None:
        raise Refusal(f"Role {spec.name} needs to know whom it trusts to be created.", remedy="Give trust or trust_policy.", fields=("trust_policy",))
    request: dict[str, Any] = {"RoleName": spec.name, "AssumeRolePolicyDocument": as_text(spec.trust_policy)}
    optional = {
        "Path": spec.path,
        "Description": spec.description,
        "MaxSessionDuration": spec.max_session_duration,
        "PermissionsBoundary": spec.permissions_boundary or None,
        "Tags": [{"Key": key, "Value": value} for key, value in (spec.tags or {}).items()] or None,
    }
    request |= {key: value for key, value in optional.items() if value is not None}
    shown = ("path", "description", "trust_policy", "permissions_boundary", "max_session_duration", "tags")
    return Step("create_role", request, created("", {"name": spec.name, **{name: getattr(spec, name) for name in shown}}), settle="visible")


def _trust(spec: RoleSpec, state: RoleState) -> tuple[Step, ...]:
    if spec.trust_policy is None or same_policy(spec.trust_policy, state.trust_policy):
        return ()
    request = {"RoleName": spec.name, "PolicyDocument": as_text(spec.trust_policy)}
    return (Step("update_assume_role_policy", request, (Change("trust_policy", state.trust_policy, spec.trust_policy),)),)


def _settings(spec: RoleSpec, state: RoleState) -> tuple[Step, ...]:
    """UpdateRole takes both; what it is not told it may reset, so it is told both."""
    names = ("description", "max_session_duration")
    changes = tuple(Change(name, getattr(state, name), getattr(spec, name)) for name in names if getattr(spec, name) not in (None, getattr(state, name)))
    if not changes:
        return ()
    wanted = {name: getattr(state, name) if getattr(spec, name) is None else getattr(spec, name) for name in names}
    request = {"RoleName": spec.name, "Description": wanted["description"], "MaxSessionDuration": wanted["max_session_duration"]}
    return (Step("update_role", request, changes),)


def _boundary(spec: RoleSpec, state: RoleState) -> tuple[Step, ...]:
    """An empty text takes the boundary away."""
    if spec.permissions_boundary is None or (spec.permissions_boundary or None) == state.permissions_boundary:
        return ()
    change = (Change("permissions_boundary", state.permissions_boundary, spec.permissions_boundary or None),)
    if not spec.permissions_boundary:
        return (Step("delete_role_permissions_boundary", {"RoleName": spec.name}, change),)
    return (Step("put_role_permissions_boundary", {"RoleName": spec.name, "PermissionsBoundary": spec.permissions_boundary}, change),)


def _tags(spec: RoleSpec, state: RoleState) -> tuple[Step, ...]:
    wanted, unwanted = tag_delta(spec.tags, state.tags, purge=spec.purge_tags)
    steps = []
    if wanted:
        changes = tuple(Change(f"tags.{_leaf(key)}", state.tags.get(key), value) for key, value in wanted.items())
        steps.append(Step("tag_role", {"RoleName": spec.name, "Tags": [{"Key": key, "Value": value} for key, value in wanted.items()]}, changes))
    if unwanted:
        changes = tuple(Change(f"tags.{_leaf(key)}", state.tags[key], None) for key in unwanted)
        steps.append(Step("untag_role", {"RoleName": spec.name, "TagKeys": unwanted}, changes))
    return tuple(steps)


def _managed(spec: RoleSpec, state: RoleState | None) -> tuple[Step, ...]:
    """Attach before detaching: IAM allows ten, and the wanted ones must hold all the time."""
    if spec.managed_policies is None:
        return ()
    have = set((state.managed_policies if state else None) or ())
    attach = [_attach(spec, arn) for arn in spec.managed_policies if arn not in have]
    return (*attach, *(_detach(spec, arn) for arn in sorted(have - set(spec.managed_policies)) if spec.purge_managed_policies))


def _attach(spec: RoleSpec, arn: str) -> Step:
    return Step("attach_role_policy", {"RoleName": spec.name, "PolicyArn": arn}, (Change(f"managed_policies.{_leaf(arn)}", None, "attached"),))


def _detach(spec: RoleSpec, arn: str) -> Step:
    return Step("detach_role_policy", {"RoleName": spec.name, "PolicyArn": arn}, (Change(f"managed_policies.{_leaf(arn)}", "attached", None),))


def _inline(spec: RoleSpec, state: RoleState | None) -> tuple[Step, ...]:
    if spec.inline_policies is None:
        return ()
    have = state.inline_policies if state else {}
    steps = [_put(spec, name, have.get(name), policy) for name, policy in spec.inline_policies.items() if not same_policy(have.get(name), policy)]
    gone = sorted(set((state.inline_names if state else None) or ()) - set(spec.inline_policies)) if spec.purge_inline_policies else []
    removals = [
        Step("delete_role_policy", {"RoleName": spec.name, "PolicyName": name}, (Change(f"inline_policies.{_leaf(name)}", "present", None),)) for name in gone
    ]
    return (*steps, *removals)


def _put(spec: RoleSpec, name: str, before: Mapping[str, Any] | None, policy: Mapping[str, Any]) -> Step:
    request = {"RoleName": spec.name, "PolicyName": name, "PolicyDocument": as_text(policy)}
    return Step("put_role_policy", request, (Change(f"inline_policies.{_leaf(name)}", before, policy),))


def _leave_profile(spec: RoleSpec, profile: str) -> tuple[Step, ...]:
    """The profile that the console makes with a role bears its name, and goes with it."""
    change = (Change(f"instance_profiles.{_leaf(profile)}", "holds the role", None),)
    leave = Step("remove_role_from_instance_profile", {"InstanceProfileName": profile, "RoleName": spec.name}, change)
    return (leave, Step("delete_instance_profile", {"InstanceProfileName": profile}, change)) if profile == spec.name else (leave,)


def _refuse_impossible(spec: RoleSpec, state: RoleState | None) -> None:
    if len(spec.name) > LONGEST_NAME:
        raise Refusal(f"Role name {spec.name} has {len(spec.name)} characters; IAM allows 64.", remedy="Shorten it.", fields=("name",))
    total = sum(size(policy) for policy in (spec.inline_policies or {}).values())
    if total > INLINE_LIMIT:
        raise Refusal(
            f"The inline policies of role {spec.name} have {total} characters; IAM allows {INLINE_LIMIT}.",
            remedy="Move some into a managed policy, and name its ARN in managed_policies.",
            fields=("inline_policies",),
        )
    if state is None:
        return
    _refuse_service_role(spec, state)
    if spec.path not in (None, state.path):
        raise Refusal(
            f"Role {spec.name} has path {state.path}, which cannot become {spec.path}.", remedy="Leave path as it is, or choose another name.", fields=("path",)
        )


def _refuse_service_role(spec: RoleSpec, state: RoleState) -> None:
    if state.path.startswith(SERVICE_PATH):
        raise Refusal(f"Role {spec.name} is linked to a service of AWS.", remedy="Leave it to the service.", fields=("name",))


def _policy(role: str, name: str, given: Any) -> Mapping[str, Any]:
    policy = given
    if isinstance(given, str):
        try:
            policy = json.loads(given)
        except ValueError:
            policy = None
    if not isinstance(policy, Mapping):
        raise Refusal(f"Inline policy {name} of role {role} is neither a mapping nor JSON of one.", remedy="Correct it.", fields=("inline_policies",))
    return policy


def _leaf(name: str) -> str:
    """A dot in a name would make a tree of a change's path."""
    return name.replace(".", "·")
