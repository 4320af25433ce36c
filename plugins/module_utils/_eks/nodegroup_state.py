# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A managed node group as declared, and as EKS describes it, under the same names. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.naming import to_snake
from ansible_collections.fleetops.eks.plugins.module_utils._core.tags import tag_texts


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
    allow_downgrade: bool = False
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
        given = {**params, "tags": tag_texts(params.get("tags"))}
        return cls(**{name: given[name] for name in cls.__dataclass_fields__ if given.get(name) is not None})


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
