# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Add-ons of EKS. Pure: declaration, state and what EKS offers in, plan out.

Facts: EKS API reference, CreateAddon, UpdateAddon and DeleteAddon. An add-on takes one operation at a time; add-ons of one cluster do not
stand in each other's way. UpdateAddon keeps what it does not mention, except the IAM role, which it takes away.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.compare import canonical, same_set
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.naming import to_camel, to_snake
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Change, Plan, Step, created, deleted
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Verdict, done, pending
from ansible_collections.fleetops.eks.plugins.module_utils._core.tags import refuse_tags, tag_steps
from ansible_collections.fleetops.eks.plugins.module_utils._eks import addon_identity as identity
from ansible_collections.fleetops.eks.plugins.module_utils._eks.addon_state import AddonSpec, AddonState, Facts
from ansible_collections.fleetops.eks.plugins.module_utils._eks.addon_versions import NEVER_PAST, climb, is_exact, resolve, same
from ansible_collections.fleetops.eks.plugins.module_utils._eks.verdicts import active_verdict, issues_text

MOVING = frozenset({"CREATING", "UPDATING", "DELETING"})
UNFINISHED = frozenset({"CREATE_FAILED", "DELETE_FAILED"})


def existing(state: AddonState | None) -> AddonState | None:
    """Return the state unless it is on its way out: what is being deleted is to be created again."""
    return None if state is None or state.status == "DELETING" else state


def needs_offers(spec: AddonSpec, state: AddonState | None) -> bool:
    """Whether a decision needs to know the versions on offer: an existing add-on of an exact, or of no declared, version does not.

    One that failed does, if it is to be mended: the cluster may have got another version since, which the add-on's own does not fit.
    """
    if existing(state) is None or state is None or state.status == "UPDATE_FAILED" or (state.status in UNFINISHED and spec.recreate_failed):
        return True
    return spec.version is not None and not (is_exact(spec.version) and same(spec.version, state.version))


def target_version(spec: AddonSpec, state: AddonState | None, facts: Facts) -> str | None:
    """Return the version that the add-on is to have; None where there is no cluster to resolve a word for."""
    state = existing(state)
    if state is not None and not needs_offers(spec, state):
        return state.version
    word = spec.version or "default"
    if facts.kubernetes_version is None:
        return word if is_exact(word) else None
    current = state.version if state else None
    if current and spec.version is None and any(offer.version == current for offer in facts.offers):
        return current
    return resolve(word, facts.offers, current=current, addon=spec.name, kubernetes_version=facts.kubernetes_version)


def needs_schema(spec: AddonSpec, state: AddonState | None, version: str | None) -> bool:
    """Whether the declared configuration is to be judged by the schema of version: when it, or the version, is news to EKS."""
    if not spec.configuration_values or version is None:
        return False
    state = existing(state)
    return state is None or version != state.version or _configuration_differs(spec, state)


def needs_identities(spec: AddonSpec, state: AddonState | None, version: str | None) -> bool:
    """Whether the declared associations are to be held to what EKS takes: when they, or the version, are news to it."""
    if not spec.pod_identity_associations or version is None:
        return False
    state = existing(state)
    return state is None or version != state.version or not same_set(spec.pod_identity_associations, state.associations)


def plan_present(spec: AddonSpec, state: AddonState | None, facts: Facts) -> Plan:
    """Return the steps that make the add-on as declared; empty when it is."""
    version = target_version(spec, state, facts)
    _refuse_invalid(spec, version, facts)
    identity.refuse(spec, version, facts)
    state = existing(state)
    if state is None:
        return Plan((_create(spec, version),))
    if state.status in UNFINISHED:
        return _again(spec, state, version)
    _refuse_namespace(spec, state)
    identity.refuse_two_identities(spec, state)
    updates, warnings = _updates(spec, state, version or state.version, facts)
    return Plan((*tag_steps(state.arn, spec.tags, state.tags, purge=spec.purge_tags), *updates), warnings)


def plan_absent(spec: AddonSpec, state: AddonState | None) -> Plan:
    """Return the step that removes the add-on; empty when there is none, or it is being removed."""
    return Plan() if existing(state) is None or state is None else Plan((_delete(spec, state),))


def in_flight(state: AddonState | None) -> Verdict | None:
    """An add-on takes one operation at a time; one whose pods find no node can stay UPDATING with issues (CAPA #5269) and is not waited for."""
    if state is None or state.status not in MOVING or (state.status != "DELETING" and waits_for_nodes(state.raw)):
        return None
    return pending(f"status {state.status}", status=state.status)


def active(answer: Mapping[str, Any] | None, *, accept_degraded: bool) -> Verdict:
    """Where an add-on that is to become ACTIVE stands."""
    if answer is not None and accept_degraded and answer["status"] in ("CREATING", "UPDATING") and waits_for_nodes(answer):
        return done(answer["status"])
    return active_verdict(answer, accept_degraded=accept_degraded)


def health_warnings(state: AddonState | None) -> list[str]:
    """Return a warning where an add-on is there and not well, with its issues."""
    if state is None or state.status in ("ACTIVE", "DELETING") or (state.status in MOVING and not waits_for_nodes(state.raw)):
        return []
    return [f"Add-on {state.name} of cluster {state.raw.get('clusterName')} is {state.status}{issues_text(state.raw)}."]


def to_result(state: AddonState | None) -> dict[str, Any] | None:
    return None if state is None else to_snake(state.raw)


def waits_for_nodes(answer: Mapping[str, Any]) -> bool:
    """Whether an add-on's pods find no node to run on."""
    issues = (answer.get("health") or {}).get("issues") or []
    return any(issue.get("code") == "InsufficientNumberOfReplicas" for issue in issues)


def _create(spec: AddonSpec, version: str | None) -> Step:
    given: dict[str, Any] = {
        "version": version,
        "service_account_role_arn": spec.service_account_role_arn or None,
        "configuration_values": spec.configuration_values or None,
        "pod_identity_associations": spec.pod_identity_associations or None,
        "namespace": spec.namespace,
        "tags": spec.tags or None,
    }
    request = {
        "clusterName": spec.cluster_name,
        "addonName": spec.name,
        "resolveConflicts": "OVERWRITE" if (spec.resolve_conflicts_on_create or spec.resolve_conflicts) == "overwrite" else "NONE",
        "addonVersion": version,
        "serviceAccountRoleArn": given["service_account_role_arn"],
        "configurationValues": _text(given["configuration_values"]),
        "podIdentityAssociations": to_camel(given["pod_identity_associations"]),
        "namespaceConfig": {"namespace": spec.namespace} if spec.namespace else None,
        "tags": given["tags"],
    }
    return Step("create_addon", _without_none(request), created("", given), settle="active")


def _updates(spec: AddonSpec, state: AddonState, version: str, facts: Facts) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    """Return UpdateAddon once for each version on the way, with all other changes in the last, and warnings of minors that are not offered."""
    changes = _changes(spec, state)
    path, skipped = climb(spec.name, state.version, version, facts.offers) if version != state.version else ([], [])
    warnings = _past(spec, state, version, skipped) if skipped else ()
    if not path and not changes:
        return (_heal(spec, state),) if state.status == "UPDATE_FAILED" else (), warnings
    before = [state.version, *path]
    steps = [_update(spec, state, (Change("version", was, now),)) for was, now in zip(before, path, strict=False)]
    if changes:
        last = steps.pop().changes if steps else ()
        steps.append(_update(spec, state, (*last, *changes)))
    return tuple(steps), warnings


def _past(spec: AddonSpec, state: AddonState, version: str, skipped: list[str]) -> tuple[str, ...]:
    """Return the warning of minors that are not offered; a Refusal where EKS does not go past one."""
    if spec.name in NEVER_PAST:
        raise Refusal(
            f"Add-on {spec.name} of cluster {spec.cluster_name} cannot go from {state.version} to {version}: EKS takes it one minor at a time, and offers no "
            f"{', '.join(skipped)} here.",
            remedy="Delete the add-on with preserve: true, which leaves its pods running, and create it again; or declare a version nearer to what it has.",
            fields=("version",),
        )
    return (f"Add-on {spec.name} goes from {state.version} to {version} past {', '.join(skipped)}, of which EKS offers no version here.",)


def _changes(spec: AddonSpec, state: AddonState) -> tuple[Change, ...]:
    changes = []
    if spec.configuration_values is not None and _configuration_differs(spec, state):
        changes.append(Change("configuration_values", state.configuration_values, spec.configuration_values))
    if spec.pod_identity_associations is not None and not same_set(spec.pod_identity_associations, state.associations):
        before = sorted(state.associations or (), key=lambda item: item["service_account"])
        changes.append(Change("pod_identity_associations", before, list(spec.pod_identity_associations)))
    if spec.service_account_role_arn is not None and (spec.service_account_role_arn or None) != state.service_account_role_arn:
        changes.append(Change("service_account_role_arn", state.service_account_role_arn, spec.service_account_role_arn or None))
    return tuple(changes)


def _configuration_differs(spec: AddonSpec, state: AddonState) -> bool:
    return bool(canonical(spec.configuration_values) != canonical(state.configuration_values))


def _update(spec: AddonSpec, state: AddonState, changes: tuple[Change, ...]) -> Step:
    after = {change.path: change.after for change in changes}
    role = spec.service_account_role_arn if spec.service_account_role_arn is not None else state.service_account_role_arn
    request = {
        "clusterName": spec.cluster_name,
        "addonName": spec.name,
        "resolveConflicts": spec.resolve_conflicts.upper(),
        "addonVersion": after.get("version"),
        "serviceAccountRoleArn": role or None,
        "configurationValues": _text(after.get("configuration_values")),
        "podIdentityAssociations": to_camel(after.get("pod_identity_associations")),
    }
    return Step("update_addon", _without_none(request), changes, settle="update")


def _heal(spec: AddonSpec, state: AddonState) -> Step:
    """The last update failed: send its version again."""
    step = _update(spec, state, (Change("version", state.version, state.version),))
    return Step(step.operation, step.request, (Change("status", state.status, "ACTIVE"),), settle="update")


def _delete(spec: AddonSpec, state: AddonState) -> Step:
    request: dict[str, Any] = {"clusterName": spec.cluster_name, "addonName": spec.name}
    return Step("delete_addon", {**request, **({"preserve": True} if spec.preserve else {})}, deleted("version", state.version), settle="deleted")


def _again(spec: AddonSpec, state: AddonState, version: str | None) -> Plan:
    if not spec.recreate_failed:
        raise Refusal(
            f"Add-on {spec.name} of cluster {spec.cluster_name} is {state.status}{issues_text(state.raw)}.",
            remedy="Remove the cause, then set recreate_failed to delete and create the add-on, or delete it with state=absent.",
            fields=("name",),
        )
    return Plan((_delete(spec, state), _create(spec, version)))


def _refuse_invalid(spec: AddonSpec, version: str | None, facts: Facts) -> None:
    refuse_tags(f"add-on {spec.name} of cluster {spec.cluster_name}", spec.tags)
    if facts.problems:
        raise Refusal(
            f"configuration_values of add-on {spec.name} {version} does not fit its schema: {'; '.join(facts.problems)}.",
            remedy="Correct configuration_values; fleetops.eks.eks_addon_info with configuration returns the schema.",
            fields=("configuration_values",),
        )


def _refuse_namespace(spec: AddonSpec, state: AddonState) -> None:
    if spec.namespace is not None and state.namespace is not None and spec.namespace != state.namespace:
        raise Refusal(
            f"Add-on {spec.name} of cluster {spec.cluster_name} is in namespace {state.namespace}; EKS cannot move it to {spec.namespace}.",
            remedy="Delete the add-on and create it again, or leave namespace out.",
            fields=("namespace",),
        )


def _text(values: Mapping[str, Any] | None) -> str | None:
    return None if values is None else json.dumps(values, sort_keys=True)


def _without_none(request: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in request.items() if value is not None}
