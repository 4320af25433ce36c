# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EKS capabilities: Argo CD, ACK and kro, run by AWS. Pure: declaration and state in, plan out.

A cluster has one of each type at most. Facts: EKS API reference, CreateCapability and UpdateCapability. Role mappings are updated by a delta;
its words leave open whether a role's identities are replaced or added to, so the delta holds under both readings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.compare import same_set
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.naming import camel, to_camel, to_snake
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Change, Plan, Step, created, deleted
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Verdict, pending
from ansible_collections.fleetops.eks.plugins.module_utils._core.tags import tag_steps
from ansible_collections.fleetops.eks.plugins.module_utils._eks.capability_rules import refuse_impossible
from ansible_collections.fleetops.eks.plugins.module_utils._eks.capability_values import CapabilitySpec, CapabilityState, identities
from ansible_collections.fleetops.eks.plugins.module_utils._eks.verdicts import issues_text

MOVING = frozenset({"CREATING", "UPDATING", "DELETING"})
UNFINISHED = frozenset({"CREATE_FAILED", "DELETE_FAILED"})
Others = Sequence[Mapping[str, Any]]
Delta = tuple[dict[str, Any], tuple[Change, ...]]


def plan_present(spec: CapabilitySpec, state: CapabilityState | None, others: Others = ()) -> Plan:
    """Return the steps that make the capability as declared; empty when it is. others: the cluster's other capabilities, as listed."""
    state = existing(state)
    refuse_impossible(spec, None if state is None or state.status in UNFINISHED else state, others)
    if state is None:
        return Plan((_create(spec),))
    if state.status in UNFINISHED:
        return _again(spec, state)
    return Plan((*tag_steps(state.arn, spec.tags, state.tags, purge=spec.purge_tags), *_update(spec, state)))


def plan_absent(spec: CapabilitySpec, state: CapabilityState | None) -> Plan:
    """Return the step that removes the capability; empty when there is none, or it is being removed."""
    state = existing(state)
    return Plan() if state is None else Plan((_delete(spec, state),))


def existing(state: CapabilityState | None) -> CapabilityState | None:
    """Return the state unless it is on its way out: what is being deleted is to be created again."""
    return None if state is None or state.status == "DELETING" else state


def in_flight(spec: CapabilitySpec, state: CapabilityState | None, others: Others = ()) -> Verdict | None:
    """A capability takes one operation at a time; one of the same type that is going must be gone before this one can come."""
    if state is not None:
        return pending(f"status {state.status}", status=state.status) if state.status in MOVING else None
    going = next((other["capabilityName"] for other in others if other["type"] == spec.type and other["status"] == "DELETING"), None)
    return None if going is None else pending(f"{going} DELETING")


def health_warnings(state: CapabilityState | None) -> list[str]:
    """Return a warning where a capability is there and not well, with its issues."""
    if state is None or state.status == "ACTIVE" or state.status in MOVING:
        return []
    return [f"Capability {state.name} of cluster {state.raw.get('clusterName')} is {state.status}{issues_text(state.raw)}."]


def to_result(state: CapabilityState | None) -> dict[str, Any] | None:
    return None if state is None else to_snake(state.raw)


def _create(spec: CapabilitySpec) -> Step:
    configuration = {name: value for name, value in (("argo_cd", spec.argo_cd), ("ack", spec.ack)) if value}
    wanted = {
        "type": spec.type,
        "role_arn": spec.role_arn,
        "delete_propagation_policy": spec.delete_propagation_policy,
        "configuration": configuration or None,
        "tags": spec.tags or None,
    }
    request = {"clusterName": spec.cluster_name, "capabilityName": spec.name, **to_camel(wanted)}
    return Step("create_capability", request, created("", wanted), settle="active")


def _delete(spec: CapabilitySpec, state: CapabilityState) -> Step:
    request = {"clusterName": spec.cluster_name, "capabilityName": spec.name}
    return Step("delete_capability", request, deleted("arn", state.arn), settle="deleted")


def _again(spec: CapabilitySpec, state: CapabilityState) -> Plan:
    if not spec.recreate_failed:
        raise Refusal(
            f"Capability {spec.name} of cluster {spec.cluster_name} is {state.status}{issues_text(state.raw)}.",
            remedy="Remove the cause, then set recreate_failed to delete and create the capability, or delete it with state=absent.",
            fields=("name",),
        )
    return Plan((_delete(spec, state), _create(spec)))


def _update(spec: CapabilitySpec, state: CapabilityState) -> tuple[Step, ...]:
    """Return UpdateCapability, once, with everything that differs."""
    plain = [name for name in ("role_arn", "delete_propagation_policy") if getattr(spec, name) is not None and getattr(spec, name) != getattr(state, name)]
    changes = tuple(Change(name, getattr(state, name), getattr(spec, name)) for name in plain)
    configuration, settings = _configuration(spec, state)
    if not changes and not settings:
        return ()
    request = {
        "clusterName": spec.cluster_name,
        "capabilityName": spec.name,
        **{camel(change.path): change.after for change in changes},
        **({"configuration": configuration} if configuration else {}),
    }
    return (Step("update_capability", request, (*changes, *settings), settle="update"),)


def _configuration(spec: CapabilitySpec, state: CapabilityState) -> Delta:
    parts = {"argoCd": (_mappings(spec, state), _network(spec, state)), "ack": (_ack(spec, state),)}
    members = {name: {key: value for delta, changes in deltas for key, value in delta.items()} for name, deltas in parts.items()}
    return {name: value for name, value in members.items() if value}, tuple(change for deltas in parts.values() for delta, found in deltas for change in found)


def _mappings(spec: CapabilitySpec, state: CapabilityState) -> Delta:
    """A role that gains identities is sent with all it is to have; what it loses is named beside it."""
    if spec.argo_cd.get("rbac_role_mappings") is None:
        return {}, ()
    declared, actual = identities(spec.argo_cd["rbac_role_mappings"]), identities(state.argo_cd.get("rbac_role_mappings"))
    kept = {} if spec.purge_rbac_role_mappings else actual
    wanted = {role: declared.get(role, set()) | kept.get(role, set()) for role in {**declared, **kept}}
    if wanted == actual:
        return {}, ()
    gains = {role: members for role, members in wanted.items() if members - actual.get(role, set())}
    losses = {role: members - wanted.get(role, set()) for role, members in actual.items() if members - wanted.get(role, set())}
    delta = {"addOrUpdateRoleMappings": _as_mappings(gains), "removeRoleMappings": _as_mappings(losses)}
    change = Change("configuration.argo_cd.rbac_role_mappings", _as_mappings(actual), _as_mappings(wanted))
    return {"rbacRoleMappings": {name: value for name, value in delta.items() if value}}, (change,)


def _as_mappings(roles: Mapping[str, set[tuple[str, str]]]) -> list[dict[str, Any]]:
    return [{"role": role, "identities": [{"id": name, "type": kind} for kind, name in sorted(roles[role])]} for role in sorted(roles)]


def _network(spec: CapabilitySpec, state: CapabilityState) -> Delta:
    """The endpoints are sent whole; none means that the server is public again."""
    declared = (spec.argo_cd.get("network_access") or {}).get("vpce_ids")
    actual = (state.argo_cd.get("network_access") or {}).get("vpce_ids")
    if declared is None or same_set(declared, actual):
        return {}, ()
    return {"networkAccess": {"vpceIds": list(declared)}}, (Change("configuration.argo_cd.network_access.vpce_ids", actual, list(declared)),)


def _ack(spec: CapabilitySpec, state: CapabilityState) -> Delta:
    """What EKS does not return is off, or empty."""
    cross, services = "enable_cross_namespace", "disabled_services"
    changed = []
    if spec.ack.get(cross) is not None and spec.ack[cross] != bool(state.ack.get(cross)):
        changed.append(cross)
    if spec.ack.get(services) is not None and not same_set(spec.ack[services], state.ack.get(services)):
        changed.append(services)
    changes = tuple(Change(f"configuration.ack.{name}", state.ack.get(name), spec.ack[name]) for name in changed)
    return {camel(name): spec.ack[name] for name in changed}, changes
