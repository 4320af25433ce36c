# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster's settings as options of a module; modules/eks_cluster.py documents them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Option = dict[str, Any]


def _text(*choices: str, required: bool = False) -> Option:
    return {"type": "str", **({"choices": list(choices)} if choices else {}), **({"required": True} if required else {})}


def _texts(choices: Sequence[str] = (), *, required: bool = False) -> Option:
    return {"type": "list", "elements": "str", **({"choices": list(choices)} if choices else {}), **({"required": True} if required else {})}


def _number(*, required: bool = False) -> Option:
    return {"type": "int", **({"required": True} if required else {})}


def _dict(**members: Option) -> Option:
    return {"type": "dict", "options": members}


_SWITCH: Option = {"type": "bool"}
_OFF: Option = {"type": "bool", "default": False}

SETTINGS: dict[str, Option] = {
    "version": _text(),
    "force": _OFF,
    "insights_gate": {"type": "str", "choices": ["error", "warning", "none"], "default": "error"},
    "allow_rollback": _OFF,
    "cancel_rollback": _OFF,
    "rollback_timeout": _number(),
    "role_arn": _text(),
    "subnets": _texts(),
    "security_groups": _texts(),
    "endpoint_public_access": _SWITCH,
    "endpoint_private_access": _SWITCH,
    "public_access_cidrs": _texts(),
    "control_plane_egress_mode": _text("AWS_MANAGED", "CUSTOMER_ROUTED", "CUSTOMER_ISOLATED"),
    "service_ipv4_cidr": _text(),
    "ip_family": _text("ipv4", "ipv6"),
    "logging": _texts(("api", "audit", "authenticator", "controllerManager", "scheduler")),
    "encryption_key_arn": {"type": "str", "no_log": False},
    "authentication_mode": _text("CONFIG_MAP", "API_AND_CONFIG_MAP", "API"),
    "bootstrap_cluster_creator_admin_permissions": _SWITCH,
    "bootstrap_self_managed_addons": _SWITCH,
    "support_type": _text("STANDARD", "EXTENDED"),
    "zonal_shift": _SWITCH,
    "remote_node_networks": _texts(),
    "remote_pod_networks": _texts(),
    "auto_mode": _dict(
        enabled={"type": "bool", "required": True}, node_pools=_texts(("general-purpose", "system")), node_role_arn=_text(), gateway_api_crds=_SWITCH
    ),
    "deletion_protection": _SWITCH,
    "force_delete": _OFF,
    "control_plane_scaling_tier": _text("standard", "tier-xl", "tier-2xl", "tier-4xl", "tier-8xl"),
    "kube_api_server_config": _dict(event_ttl=_text(), service_node_port_range=_dict(min_port=_number(required=True), max_port=_number(required=True))),
    "kube_scheduler_config": _dict(
        node_resources_fit=_dict(
            scoring_strategy=_dict(
                type=_text("LeastAllocated", "MostAllocated"),
                resources={"type": "list", "elements": "dict", "options": {"name": _text(required=True), "weight": _number(required=True)}},
            )
        )
    ),
    "kube_controller_manager_config": _dict(
        pod_gc_controller_config=_dict(terminated_pod_gc_threshold=_number()),
        horizontal_pod_autoscaler_controller_config=_dict(horizontal_pod_autoscaler_sync_period=_text()),
    ),
    "outpost_config": _dict(
        outpost_arns=_texts(required=True),
        control_plane_instance_type=_text(required=True),
        control_plane_placement=_dict(group_name=_text(), spread_level=_text("host", "rack")),
        etcd_instance_type=_text(),
        etcd_placement=_dict(spread_level=_text("host", "rack")),
    ),
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}
"""All options of fleetops.eks.eks_cluster besides its name, state, waiting and how AWS is reached."""
