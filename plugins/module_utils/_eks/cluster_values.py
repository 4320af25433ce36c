# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster, declared and as EKS describes it: both sides have the same fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.compare import canonical
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster_fields import FIELDS

MAPPINGS = ("auto_mode", "kube_api_server_config", "kube_scheduler_config", "kube_controller_manager_config", "outpost_config")
"""Settings with members of their own."""


@dataclass(frozen=True, kw_only=True)
class ClusterSettings:
    """What a cluster is made of. Declared: None = not mentioned, empty = wanted empty. Mappings have the keys of the module's options."""

    name: str
    version: str | None = None
    role_arn: str | None = None
    subnets: Sequence[str] | None = None
    security_groups: Sequence[str] | None = None
    endpoint_public_access: bool | None = None
    endpoint_private_access: bool | None = None
    public_access_cidrs: Sequence[str] | None = None
    control_plane_egress_mode: str | None = None
    service_ipv4_cidr: str | None = None
    ip_family: str | None = None
    logging: Sequence[str] | None = None
    encryption_key_arn: str | None = None
    authentication_mode: str | None = None
    support_type: str | None = None
    zonal_shift: bool | None = None
    remote_node_networks: Sequence[str] | None = None
    remote_pod_networks: Sequence[str] | None = None
    auto_mode: Mapping[str, Any] | None = None
    deletion_protection: bool | None = None
    control_plane_scaling_tier: str | None = None
    kube_api_server_config: Mapping[str, Any] | None = None
    kube_scheduler_config: Mapping[str, Any] | None = None
    kube_controller_manager_config: Mapping[str, Any] | None = None
    outpost_config: Mapping[str, Any] | None = None
    tags: Mapping[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class ClusterSpec(ClusterSettings):
    """A declared cluster, and how changes to it may be made. The two `bootstrap_` fields count at creation only."""

    bootstrap_cluster_creator_admin_permissions: bool | None = None
    bootstrap_self_managed_addons: bool | None = None
    purge_tags: bool = True
    force: bool = False
    allow_rollback: bool = False
    rollback_timeout: int | None = None
    force_delete: bool = False
    insights_gate: str = "error"
    cancel_rollback: bool = False

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> ClusterSpec:
        """Tag values become text, which is all that tags can be; members that were not mentioned fall away, and a component with none left too."""
        given = {item.name: params[item.name] for item in fields(cls) if params.get(item.name) is not None}
        if "tags" in given:
            given["tags"] = {str(key): "" if value is None else str(value) for key, value in given["tags"].items()}
        nested = {name: canonical(given[name]) for name in MAPPINGS if name in given}
        return cls(**{**given, **nested, **{name: None for name, value in nested.items() if not value}})


@dataclass(frozen=True, kw_only=True)
class ClusterState(ClusterSettings):
    """A cluster as DescribeCluster answers; what EKS leaves out has EKS's default."""

    arn: str
    status: str
    raw: Mapping[str, Any] = field(default_factory=dict)
    rollback: Mapping[str, Any] | None = None
    """The update of a rollback under way, where it was asked for."""

    @property
    def connected(self) -> bool:
        """Whether it runs elsewhere and is only shown by EKS."""
        return bool(self.raw.get("connectorConfig"))

    @classmethod
    def from_api(cls, answer: Mapping[str, Any] | None) -> ClusterState | None:
        if answer is None:
            return None
        settings = {item.name: item.read(answer) for item in FIELDS}
        return cls(name=answer["name"], arn=answer["arn"], status=answer["status"], tags=answer.get("tags") or {}, raw=answer, **settings)
