# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters: declaration and state in, plan out. Pure.

What a setting is and which update carries it: cluster_fields. What is refused: cluster_rules. Here: the order of the steps and their requests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import reduce
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.compare import same_json
from ansible_collections.fleetops.eks.plugins.module_utils._core.naming import to_snake
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Change, Plan, Step, created
from ansible_collections.fleetops.eks.plugins.module_utils._core.tags import tag_steps
from ansible_collections.fleetops.eks.plugins.module_utils._eks import connector, versions
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster_fields import FIELDS, OPERATIONS, ORDER, Field, merged
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster_networks import carrier_grade
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster_rules import check, effective
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster_values import ClusterSpec, ClusterState

RESULT_KEYS = (
    *("name", "arn", "id", "status", "version", "platform_version", "created_at", "role_arn", "endpoint", "certificate_authority", "identity", "health"),
    *("resources_vpc_config", "kubernetes_network_config", "remote_network_config", "access_config", "logging", "encryption_config", "upgrade_policy"),
    *("zonal_shift_config", "control_plane_scaling_config", "kube_api_server_config", "kube_scheduler_config", "kube_controller_manager_config"),
    *("compute_config", "storage_config", "deletion_protection", "outpost_config", "connector_config", "client_request_token", "tags"),
)
"""The members of DescribeCluster's answer."""


def plan_present(spec: ClusterSpec, state: ClusterState | None) -> Plan:
    """Return the steps that make the cluster as declared, each of one update type, in an order EKS takes; empty when it is."""
    check(spec, state)
    spec = _meant(spec, state)
    steps = (_create(spec),) if state is None else (*_cancel(state), *_tags(spec, state), *_updates(spec, state))
    return Plan(steps, tuple(_warnings(spec, state)) if steps else ())


def plan_absent(spec: ClusterSpec, state: ClusterState | None) -> Plan:
    """Return the steps that remove the cluster; empty when there is none, or when it is on its way out."""
    if state is None or state.status == "DELETING":
        return Plan()
    check(spec, state, present=False)
    return Plan((*_unprotect(state), _delete(state)))


def to_result(state: ClusterState | None) -> dict[str, Any] | None:
    return None if state is None else described(state.raw)


def described(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the cluster as EKS describes it, in snake_case, with the same keys always; never with a code that registers a connector's agent."""
    return {**dict.fromkeys(RESULT_KEYS), **to_snake(connector.described(answer))}


def _meant(spec: ClusterSpec, state: ClusterState | None) -> ClusterSpec:
    """A closed public endpoint has no list of who may use it: an empty one is met."""
    closed = not effective(spec, state, "endpoint_public_access")
    return replace(spec, public_access_cidrs=None) if closed else spec


def _create(spec: ClusterSpec) -> Step:
    given = {item: value for item in FIELDS if not _empty(value := getattr(spec, item.name))}
    request = reduce(merged, (item.build(value, None) for item, value in given.items()), {"name": spec.name, **_creation_only(spec)})
    shown = {item.name: value for item, value in given.items()}
    return Step("create_cluster", request, created("", {"name": spec.name, **shown, "tags": spec.tags or None}), settle="active")


def _creation_only(spec: ClusterSpec) -> dict[str, Any]:
    """What EKS takes at creation and never again. Auto Mode brings the network add-ons itself and refuses to create with self-managed ones."""
    auto_mode = (spec.auto_mode or {}).get("enabled")
    addons = False if auto_mode else spec.bootstrap_self_managed_addons
    admin = spec.bootstrap_cluster_creator_admin_permissions
    return {
        **({"tags": dict(spec.tags)} if spec.tags else {}),
        **({"bootstrapSelfManagedAddons": addons} if addons is not None else {}),
        **({"accessConfig": {"bootstrapClusterCreatorAdminPermissions": admin}} if admin is not None else {}),
    }


def _cancel(state: ClusterState) -> Iterator[Step]:
    """The rollback under way, which state has where cancel_rollback asks for it; other updates are refused until it is over."""
    if state.rollback:
        request = {"name": state.name, "updateId": state.rollback["id"]}
        yield Step("cancel_update", request, (Change("rollback", "InProgress", "Cancelled"),), settle="cancelled")


def _updates(spec: ClusterSpec, state: ClusterState) -> Iterator[Step]:
    """Extended support can be declined by a cluster that has left it: STANDARD goes after a climb, all else before."""
    climbs = bool(spec.version and state.version and versions.distance(state.version, spec.version) > 0)
    late = ("UpgradePolicyUpdate",) if climbs and spec.support_type == "STANDARD" else ()
    for update in (*(update for update in ORDER if update not in late), *late):
        yield from _update(update, spec, state)


def _update(update: str, spec: ClusterSpec, state: ClusterState) -> Iterator[Step]:
    """Yield the calls of one update type: one, or one per stop on the way of a value that moves in single steps."""
    declared = [item for item in FIELDS if item.update == update and getattr(spec, item.name) is not None]
    changed = [item for item in declared if not item.same(getattr(spec, item.name), getattr(state, item.name))]
    for first in changed[:1]:
        for stop in first.stops(getattr(state, first.name), getattr(spec, first.name)):
            yield _update_step(update, replace(spec, **{first.name: stop}), state, declared, changed)
            state = replace(state, **{first.name: stop})


def _update_step(update: str, spec: ClusterSpec, state: ClusterState, declared: list[Field], changed: list[Field]) -> Step:
    """The request holds what is declared, never what DescribeCluster said: a field of another type in it makes EKS refuse the call."""
    operation = OPERATIONS.get(update, "update_cluster_config")
    named = {"clusterName" if operation == "associate_encryption_config" else "name": spec.name}
    extras = _version_extras(spec, state) if update == "VersionUpdate" else {}
    request = reduce(merged, (item.build(getattr(spec, item.name), getattr(state, item.name)) for item in declared), {**named, **extras})
    changes = tuple(change for item in changed for change in _changes(item.name, getattr(state, item.name), getattr(spec, item.name)))
    return Step(operation, request, changes, settle="update")


def _version_extras(spec: ClusterSpec, state: ClusterState) -> dict[str, Any]:
    back = versions.distance(state.version or "", spec.version or "") < 0
    timeout = {"rollbackConfig": {"timeoutMinutes": spec.rollback_timeout}} if back and spec.rollback_timeout is not None else {}
    return {**({"force": True} if spec.force else {}), **timeout}


def _changes(name: str, before: Any, after: Any) -> Iterator[Change]:
    if not isinstance(after, Mapping):
        yield Change(name, _listed(before), _listed(after))
        return
    for key, value in after.items():
        if not same_json(value, (before or {}).get(key)):
            yield Change(f"{name}.{key}", (before or {}).get(key), value)


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _empty(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, (list, tuple, dict)) and not value)


def _tags(spec: ClusterSpec, state: ClusterState) -> Iterator[Step]:
    for step in tag_steps(state.arn or "", spec.tags, state.tags or {}, purge=spec.purge_tags):
        yield replace(step, settle="visible")


def _unprotect(state: ClusterState) -> tuple[Step, ...]:
    """The protection counts while a cluster is active; a failed one takes no update."""
    if not state.deletion_protection or state.status == "FAILED":
        return ()
    request = {"name": state.name, "deletionProtection": False}
    return (Step("update_cluster_config", request, (Change("deletion_protection", True, False),), settle="update"),)


def _delete(state: ClusterState) -> Step:
    lost = ("name", "arn", "version", "status", "role_arn")
    return Step("delete_cluster", {"name": state.name}, tuple(Change(key, getattr(state, key), None) for key in lost), settle="deleted")


def _warnings(spec: ClusterSpec, state: ClusterState | None) -> Iterator[str]:
    """Yield what is worth knowing before these steps are taken."""
    remote = [*(spec.remote_node_networks or ()), *(spec.remote_pod_networks or ())]
    unusual = carrier_grade(remote)
    if unusual:
        yield f"Remote networks {', '.join(unusual)} lie in 100.64.0.0/10, which only a part of the EKS documentation allows."
    both = effective(spec, state, "endpoint_public_access") and effective(spec, state, "endpoint_private_access")
    if spec.remote_node_networks and both:
        yield (
            f"Cluster {spec.name} has hybrid nodes and both endpoints: on premises its name resolves to public addresses, unless DNS is "
            "forwarded to a Route 53 inbound resolver. EKS recommends one of the two."
        )
    leaving = spec.control_plane_egress_mode not in (None, "AWS_MANAGED")
    if leaving and (state is None or state.control_plane_egress_mode == "AWS_MANAGED"):
        yield f"Cluster {spec.name} leaves control_plane_egress_mode AWS_MANAGED, for which there is no way back."
    if state is not None and spec.version and state.version and versions.distance(state.version, spec.version) > 1:
        yield (
            f"The control plane of cluster {spec.name} climbs from {state.version} to {spec.version} in single minors. Nodes and add-ons stay where they "
            "are: see that they are within what each minor supports."
        )
