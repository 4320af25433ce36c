# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Managed node groups. Pure: declaration and state in, plan out.

Facts: EKS API reference, CreateNodegroup, UpdateNodegroupVersion and UpdateNodegroupConfig. A node group takes one update at a time; what
neither update call carries cannot change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.naming import camel, to_camel, to_snake
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Change, Plan, Step, created, deleted
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Verdict, pending
from ansible_collections.fleetops.eks.plugins.module_utils._core.tags import tag_steps
from ansible_collections.fleetops.eks.plugins.module_utils._eks import nodegroup_config as config
from ansible_collections.fleetops.eks.plugins.module_utils._eks.nodegroup_rules import refuse_impossible
from ansible_collections.fleetops.eks.plugins.module_utils._eks.nodegroup_state import NodegroupSpec, NodegroupState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.verdicts import issues_text

MOVING = frozenset({"CREATING", "UPDATING", "DELETING"})
UNFINISHED = frozenset({"CREATE_FAILED", "DELETE_FAILED"})
SETTINGS = {"update_config": "updateConfig", "node_repair_config": "nodeRepairConfig", "warm_pool_config": "warmPoolConfig"}


def existing(state: NodegroupState | None) -> NodegroupState | None:
    """Return the state unless it is on its way out: what is being deleted is to be created again."""
    return None if state is None or state.status == "DELETING" else state


def plan_present(spec: NodegroupSpec, state: NodegroupState | None) -> Plan:
    """Return the steps that make the node group as declared; empty when it is."""
    state = existing(state)
    refuse_impossible(spec, None if state is None or state.status in UNFINISHED else state)
    if state is None:
        return Plan((_create(spec),))
    if state.status in UNFINISHED:
        return _again(spec, state)
    tags = tag_steps(state.arn, spec.tags, state.tags, purge=spec.purge_tags)
    return Plan((*tags, *_version(spec, state), *_config(spec, state)))


def plan_absent(spec: NodegroupSpec, state: NodegroupState | None) -> Plan:
    """Return the step that removes the node group; empty when there is none, or it is being removed."""
    state = existing(state)
    return Plan() if state is None else Plan((_delete(spec, state),))


def in_flight(state: NodegroupState | None) -> Verdict | None:
    """A node group takes one operation at a time."""
    return None if state is None or state.status not in MOVING else pending(f"status {state.status}", status=state.status)


def health_warnings(state: NodegroupState | None) -> list[str]:
    """Return a warning where a node group is there and not well, with its issues."""
    if state is None or state.status == "ACTIVE" or state.status in MOVING:
        return []
    return [f"Node group {state.name} of cluster {state.raw.get('clusterName')} is {state.status}{issues_text(state.raw)}."]


def to_result(state: NodegroupState | None) -> dict[str, Any] | None:
    return None if state is None else to_snake(state.raw)


def _create(spec: NodegroupSpec) -> Step:
    missing = [name for name in ("node_role", "subnets") if not getattr(spec, name)]
    if missing:
        raise Refusal(
            f"Node group {spec.name} of cluster {spec.cluster_name} needs {' and '.join(missing)} to be created.",
            remedy=f"Give {' and '.join(missing)}.",
            fields=tuple(missing),
        )
    wanted = {
        **{name: getattr(spec, name) for name in ("node_role", "subnets", "disk_size", "instance_types", "ami_type", "capacity_type", "version")},
        "release_version": spec.release_version,
        "scaling_config": _sizes(spec),
        "remote_access": spec.remote_access and _remote_access(spec.remote_access),
        "launch_template": spec.launch_template and _template(spec.launch_template),
        "labels": spec.labels and {key: str(value) for key, value in spec.labels.items()},
        "taints": spec.taints and [config.given(taint) for taint in spec.taints],
        **{name: config.given(getattr(spec, name) or {}) for name in SETTINGS},
        "tags": spec.tags or None,
    }
    after = {name: value for name, value in wanted.items() if value}
    request = {"clusterName": spec.cluster_name, "nodegroupName": spec.name, **to_camel(after)}
    return Step("create_nodegroup", request, created("", after), settle="active")


def _sizes(spec: NodegroupSpec) -> dict[str, int] | None:
    """CreateNodegroup wants all three sizes, or none: the desired one begins at the smallest."""
    sizes = config.given(spec.scaling_config or {})
    if not sizes:
        return None
    missing = [f"scaling_config.{name}" for name in ("min_size", "max_size") if name not in sizes]
    if missing:
        raise Refusal(f"Node group {spec.name} needs {' and '.join(missing)} to be created.", remedy="Give min_size and max_size.", fields=tuple(missing))
    return {**sizes, "desired_size": sizes.get("desired_size", sizes["min_size"])}


def _remote_access(declared: Mapping[str, Any]) -> dict[str, Any]:
    return config.given({"ec2_ssh_key": declared.get("ec2_ssh_key"), "source_security_groups": declared.get("source_sg")})


def _template(declared: Mapping[str, str]) -> dict[str, str]:
    """EKS takes the id or the name of a template, not both."""
    known = config.given(declared)
    return {key: value for key, value in known.items() if key != "name" or "id" not in known}


def _version(spec: NodegroupSpec, state: NodegroupState) -> tuple[Step, ...]:
    """Return UpdateNodegroupVersion where the Kubernetes version, the AMI release or the template's version differs."""
    changes = [Change(name, getattr(state, name), getattr(spec, name)) for name in ("version", "release_version") if _differs(name, spec, state)]
    template = _template(spec.launch_template or {})
    before = (state.launch_template or {}).get("version")
    new_template = bool(template.get("version")) and template["version"] != before
    if new_template:
        changes.append(Change("launch_template.version", before, template["version"]))
    if not changes:
        return ()
    request = {
        "clusterName": spec.cluster_name,
        "nodegroupName": spec.name,
        **{camel(change.path): change.after for change in changes if "." not in change.path},
        **({"launchTemplate": template} if new_template else {}),
        **({"force": True} if spec.force else {}),
    }
    return (Step("update_nodegroup_version", request, tuple(changes), settle="update"),)


def _differs(name: str, spec: NodegroupSpec, state: NodegroupState) -> bool:
    return getattr(spec, name) is not None and getattr(spec, name) != getattr(state, name)


def _config(spec: NodegroupSpec, state: NodegroupState) -> tuple[Step, ...]:
    """Return UpdateNodegroupConfig, once, with everything it carries that differs (NG20: a second one would be refused)."""
    deltas = [
        config.labels(spec.labels, state.labels, purge=spec.purge_labels),
        config.taints(spec.taints, state.taints, purge=spec.purge_taints),
        config.scaling(spec.scaling_config, state.scaling_config, ignore_desired=spec.ignore_desired_size),
        *(config.settings(name, member, getattr(spec, name), getattr(state, name)) for name, member in SETTINGS.items()),
    ]
    request = {key: value for members, _changes in deltas for key, value in members.items()}
    if not request:
        return ()
    changes = tuple(change for _members, found in deltas for change in found)
    names = {"clusterName": spec.cluster_name, "nodegroupName": spec.name}
    return (Step("update_nodegroup_config", {**names, **request}, changes, settle="update"),)


def _delete(spec: NodegroupSpec, state: NodegroupState) -> Step:
    request = {"clusterName": spec.cluster_name, "nodegroupName": spec.name}
    return Step("delete_nodegroup", request, deleted("nodegroup_arn", state.arn), settle="deleted")


def _again(spec: NodegroupSpec, state: NodegroupState) -> Plan:
    if not spec.recreate_failed:
        raise Refusal(
            f"Node group {spec.name} of cluster {spec.cluster_name} is {state.status}{issues_text(state.raw)}.",
            remedy="Remove the cause, then set recreate_failed to delete and create the node group, or delete it with state=absent.",
            fields=("name",),
        )
    return Plan((_delete(spec, state), _create(spec)))
