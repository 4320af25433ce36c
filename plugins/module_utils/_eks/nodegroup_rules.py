# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What EKS cannot do with a node group, refused before any call. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.compare import same_set
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan
from ansible_collections.fleetops.eks.plugins.module_utils._core.tags import refuse_tags
from ansible_collections.fleetops.eks.plugins.module_utils._eks.nodegroup_config import given
from ansible_collections.fleetops.eks.plugins.module_utils._eks.nodegroup_state import NodegroupSpec, NodegroupState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.versions import minor

NAME = re.compile(r"[0-9A-Za-z][A-Za-z0-9_-]{0,62}")
LAST_AL2 = (1, 32)
MOST_SKEW = 3
"""Minors by which a kubelet may be older than the control plane (Kubernetes' version skew policy)."""
_AMAZON_LINUX_RELEASE = re.compile(r"^\d+\.\d+\.\d+-\d{8}$")


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


def refuse_impossible(spec: NodegroupSpec, state: NodegroupState | None) -> None:
    """Raise Refusal for what EKS cannot do."""
    if spec.version is not None:
        minor(spec.version)
    _refuse_limits(spec)
    _refuse_template(spec, state)
    _refuse_sizes(spec, state.scaling_config if state else {})
    if state is not None:
        _refuse_immutable(spec, state)
        _refuse_backwards(spec, state)


def _refuse_limits(spec: NodegroupSpec) -> None:
    """What EKS takes of no node group, whatever its state."""
    refuse_tags(f"node group {spec.name} of cluster {spec.cluster_name}", spec.tags)
    for holds, words, remedy, option in _limits(spec):
        if holds:
            raise Refusal(f"Node group {spec.name} of cluster {spec.cluster_name} {words}.", remedy=remedy, fields=(option,))


def _limits(spec: NodegroupSpec) -> Iterator[tuple[bool, str, str, str]]:
    """Yield (broken, words, remedy, option) of each limit (API reference, CreateNodegroup and the types of its members)."""
    update, access, sizes = given(spec.update_config or {}), given(spec.remote_access or {}), given(spec.scaling_config or {})
    last_al2 = bool(spec.version and spec.ami_type and spec.ami_type.startswith("AL2_") and minor(spec.version) > LAST_AL2)
    yield not NAME.fullmatch(spec.name), "has a name that EKS does not take", "Give up to 63 letters, digits, - and _, the first a letter or digit.", "name"
    yield len(spec.instance_types or ()) > 20, f"has {len(spec.instance_types or ())} instance_types", "Give at most 20.", "instance_types"
    yield len(spec.taints or ()) > 50, f"has {len(spec.taints or ())} taints", "Give at most 50.", "taints"
    for name in ("max_unavailable", "max_unavailable_percentage"):
        yield not 1 <= update.get(name, 1) <= 100, f"has update_config.{name} {update.get(name)}", "Give 1 to 100.", "update_config"
    lonely = bool(access.get("source_sg")) and not access.get("ec2_ssh_key")
    yield lonely, "has remote_access.source_sg without ec2_ssh_key", "Give ec2_ssh_key, or leave remote_access out.", "remote_access"
    yield sizes.get("min_size", 0) < 0, f"has scaling_config.min_size {sizes.get('min_size')}", "Give 0 or more.", "scaling_config"
    yield sizes.get("max_size", 1) < 1, f"has scaling_config.max_size {sizes.get('max_size')}", "Give 1 or more.", "scaling_config"
    yield last_al2, f"has ami_type {spec.ami_type} and version {spec.version}; the last with Amazon Linux 2 is 1.32", "Declare an AL2023 type.", "ami_type"


def needs_cluster_version(spec: NodegroupSpec, plan: Plan) -> bool:
    """Whether the steps name a version, or an image that ends with one, and so depend on the cluster's."""
    began = any(step.operation == "create_nodegroup" for step in plan.steps)
    return any("version" in step.request for step in plan.steps) or (began and (spec.ami_type or "").startswith("AL2_"))


def refuse_skew(spec: NodegroupSpec, cluster_version: str) -> None:
    """Refuse a version newer than the control plane's, or too old for it, and an image that the control plane's version has no more."""
    version = spec.version or cluster_version
    behind = minor(cluster_version)[1] - minor(version)[1]
    if not 0 <= behind <= MOST_SKEW:
        raise Refusal(
            f"Node group {spec.name} has version {version}, and cluster {spec.cluster_name} runs {cluster_version}.",
            remedy=f"Declare one that is not newer than the cluster's and at most {MOST_SKEW} minors older, or upgrade the cluster first.",
            fields=("version",),
        )
    if minor(version) > LAST_AL2 and (spec.ami_type or "").startswith("AL2_"):
        raise Refusal(
            f"Node group {spec.name} has ami_type {spec.ami_type}, and would have version {version}, that of cluster {spec.cluster_name}; "
            "the last with Amazon Linux 2 is 1.32.",
            remedy="Declare an AL2023 type.",
            fields=("ami_type",),
        )


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
    """Node groups go to newer versions; to an older one only on the way back with a cluster (EKS user guide, `Roll back a cluster`)."""
    if spec.allow_downgrade:
        return
    for name in ("version", "release_version"):
        declared, actual = getattr(spec, name), getattr(state, name)
        if declared and actual and _older(name, declared, actual):
            raise Refusal(
                f"Node group {spec.name} of cluster {spec.cluster_name} is at {name} {actual}, which is newer than {declared}.",
                remedy="Set allow_downgrade to try it, as the rollback of a cluster needs; otherwise declare a node group of another name.",
                fields=(name,),
            )


def _older(name: str, declared: str, actual: str) -> bool:
    """Whether a version is older than another; Bottlerocket's releases end in a commit, which has no order."""
    if name == "version":
        return minor(declared) < minor(actual)
    return all(_AMAZON_LINUX_RELEASE.match(version) for version in (declared, actual)) and _numbers(declared) < _numbers(actual)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))


def _refuse_sizes(spec: NodegroupSpec, actual: Mapping[str, int]) -> None:
    """Refuse sizes that cannot be: the smallest, the desired and the largest in this order."""
    sizes = {**actual, **given(spec.scaling_config or {})}
    if spec.scaling_config is None or not {"min_size", "max_size"} <= sizes.keys():
        return
    wanted = [sizes["min_size"], *([sizes["desired_size"]] if given(spec.scaling_config).get("desired_size") is not None else []), sizes["max_size"]]
    if wanted != sorted(wanted):
        raise Refusal(
            f"The sizes of node group {spec.name} cannot be: min_size {sizes['min_size']}, "
            f"desired_size {sizes.get('desired_size')}, max_size {sizes['max_size']}.",
            remedy="Give scaling_config with min_size <= desired_size <= max_size.",
            fields=("scaling_config",),
        )


def _refuse_template(spec: NodegroupSpec, state: NodegroupState | None) -> None:
    """A custom image comes from a launch template, and carries its own version."""
    moved = [name for name in ("version", "release_version") if getattr(spec, name) not in (None, getattr(state, name, None))]
    held = state is not None and state.ami_type == "CUSTOM"
    if (held and moved) or (spec.ami_type == "CUSTOM" and (spec.launch_template is None or spec.version or spec.release_version)):
        raise Refusal(
            f"Node group {spec.name} has ami_type CUSTOM, whose image and Kubernetes version come from its launch template.",
            remedy="Give launch_template, and leave version and release_version out.",
            fields=("ami_type", *moved) if held else ("ami_type",),
        )
