# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Managed node groups. Pure: declaration and state in, plan out.

Facts: EKS API reference, CreateNodegroup, UpdateNodegroupVersion and UpdateNodegroupConfig. A node group takes one update at a time; what
neither update call carries cannot change.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.compare import same_set
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.naming import camel, to_camel, to_snake
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Change, Plan, Step, created, deleted
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Verdict, pending
from ansible_collections.fleetops.eks.plugins.module_utils._core.tags import tag_steps
from ansible_collections.fleetops.eks.plugins.module_utils._eks import nodegroup_config as config
from ansible_collections.fleetops.eks.plugins.module_utils._eks.verdicts import issues_text

MOVING = frozenset({"CREATING", "UPDATING", "DELETING"})
UNFINISHED = frozenset({"CREATE_FAILED", "DELETE_FAILED"})
SETTINGS = {"update_config": "updateConfig", "node_repair_config": "nodeRepairConfig", "warm_pool_config": "warmPoolConfig"}
_AMAZON_LINUX_RELEASE = re.compile(r"^\d+\.\d+\.\d+-\d{8}$")


@dataclass(frozen=True)
class NodegroupSpec:
    """A declared node group; None = not mentioned. Groups of settings are mappings with snake_case keys, as in the options."""

    cluster_name: str
    name: str
    node_role: str | None = None
    subnets: Sequence[str] | None = None
    scaling_config: Mapping[str, int] | None = None
    ignore_desired_size: bool = False
    disk_size: int | None = None
    instance_types: Sequence[str] | None = None
    ami_type: str | None = None
    capacity_type: str | None = None
    remote_access: Mapping[str, Any] | None = None
    launch_template: Mapping[str, str] | None = None
    version: str | None = None
    release_version: str | None = None
    force: bool = False
    labels: Mapping[str, Any] | None = None
    purge_labels: bool = True
    taints: Sequence[Mapping[str, Any]] | None = None
    purge_taints: bool = True
    update_config: Mapping[str, Any] | None = None
    node_repair_config: Mapping[str, Any] | None = None
    warm_pool_config: Mapping[str, Any] | None = None
    tags: Mapping[str, str] | None = None
    purge_tags: bool = True
    recreate_failed: bool = False

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> NodegroupSpec:
        return cls(**{name: params[name] for name in cls.__dataclass_fields__ if params.get(name) is not None})


@dataclass(frozen=True)
class NodegroupState:
    """A node group as EKS describes it, with the names of NodegroupSpec."""

    name: str
    arn: str
    status: str
    node_role: str | None
    subnets: Sequence[str]
    scaling_config: Mapping[str, int]
    disk_size: int | None
    instance_types: Sequence[str] | None
    ami_type: str | None
    capacity_type: str | None
    remote_access: Mapping[str, Any] | None
    launch_template: Mapping[str, str] | None
    version: str | None
    release_version: str | None
    labels: Mapping[str, str]
    taints: Sequence[Mapping[str, Any]]
    update_config: Mapping[str, Any] | None
    node_repair_config: Mapping[str, Any] | None
    warm_pool_config: Mapping[str, Any] | None
    tags: Mapping[str, str]
    raw: Mapping[str, Any]

    @classmethod
    def from_api(cls, answer: Mapping[str, Any] | None) -> NodegroupState | None:
        if answer is None:
            return None
        found = to_snake(answer)
        access = found.get("remote_access")
        own = {
            "name": answer["nodegroupName"],
            "arn": answer["nodegroupArn"],
            "remote_access": access and {"ec2_ssh_key": access.get("ec2_ssh_key"), "source_sg": access.get("source_security_groups")},
            "raw": answer,
        }
        empty: dict[str, Any] = {"subnets": [], "taints": [], "labels": {}, "tags": {}, "scaling_config": {}}
        return cls(**{**{field.name: found.get(field.name) or empty.get(field.name) for field in fields(cls)}, **own})


def existing(state: NodegroupState | None) -> NodegroupState | None:
    """Return the state unless it is on its way out: what is being deleted is to be created again."""
    return None if state is None or state.status == "DELETING" else state


def plan_present(spec: NodegroupSpec, state: NodegroupState | None) -> Plan:
    """Return the steps that make the node group as declared; empty when it is."""
    state = existing(state)
    if state is None:
        return Plan((_create(spec),))
    if state.status in UNFINISHED:
        return _again(spec, state)
    _refuse_immutable(spec, state)
    _refuse_backwards(spec, state)
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


def _same_types(declared: Sequence[str], actual: Sequence[str] | None, spec: NodegroupSpec) -> bool:
    """On-Demand capacity tries instance types in their order; Spot capacity does not."""
    return same_set(declared, actual) if spec.capacity_type == "SPOT" else list(declared) == list(actual or ())


def _same_access(declared: Mapping[str, Any], actual: Mapping[str, Any] | None, _spec: NodegroupSpec) -> bool:
    actual = actual or {}
    key, groups = declared.get("ec2_ssh_key"), declared.get("source_sg")
    return (key is None or key == actual.get("ec2_ssh_key")) and (groups is None or same_set(groups, actual.get("source_sg")))


def _same_template(declared: Mapping[str, str], actual: Mapping[str, str] | None, _spec: NodegroupSpec) -> bool:
    """Which template it is; its version may change."""
    return actual is not None and all(actual.get(key) == declared[key] for key in ("id", "name") if declared.get(key))


def _equal(declared: Any, actual: Any, _spec: NodegroupSpec) -> bool:
    return bool(declared == actual)


def _same_members(declared: Sequence[str], actual: Sequence[str], _spec: NodegroupSpec) -> bool:
    return same_set(declared, actual)


IMMUTABLE: Mapping[str, Callable[[Any, Any, NodegroupSpec], bool]] = {
    "node_role": _equal,
    "subnets": _same_members,
    "disk_size": _equal,
    "instance_types": _same_types,
    "ami_type": _equal,
    "capacity_type": _equal,
    "remote_access": _same_access,
    "launch_template": _same_template,
}


def _refuse_immutable(spec: NodegroupSpec, state: NodegroupState) -> None:
    declared = {name: getattr(spec, name) for name in IMMUTABLE if getattr(spec, name) is not None}
    changed = [name for name, value in declared.items() if not IMMUTABLE[name](value, getattr(state, name), spec)]
    if changed:
        words = "; ".join(f"{name} from {getattr(state, name)!r} to {declared[name]!r}" for name in changed)
        raise Refusal(
            f"EKS cannot change {words} of node group {spec.name} of cluster {spec.cluster_name}.",
            remedy="Declare a node group of another name with the new values, and remove this one when its pods have moved.",
            fields=tuple(changed),
        )


def _refuse_backwards(spec: NodegroupSpec, state: NodegroupState) -> None:
    """Node groups go to newer versions only."""
    for name in ("version", "release_version"):
        declared, actual = getattr(spec, name), getattr(state, name)
        if declared and actual and _comparable(name, declared, actual) and _rank(declared) < _rank(actual):
            raise Refusal(
                f"Node group {spec.name} of cluster {spec.cluster_name} is at {name} {actual}; EKS does not take it back to {declared}.",
                remedy="Declare a node group of another name with that version, and remove this one when its pods have moved.",
                fields=(name,),
            )


def _comparable(name: str, *versions: str) -> bool:
    """Bottlerocket's releases end in a commit, which has no order."""
    return name == "version" or all(_AMAZON_LINUX_RELEASE.match(version) for version in versions)


def _rank(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))
