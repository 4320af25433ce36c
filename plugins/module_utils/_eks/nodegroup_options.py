# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of one managed node group, shared by eks_nodegroup and the members of eks_nodegroups."""

from __future__ import annotations

from typing import Any

AMI_TYPES = [
    "AL2023_x86_64_STANDARD",
    "AL2023_ARM_64_STANDARD",
    "AL2023_x86_64_NEURON",
    "AL2023_x86_64_NVIDIA",
    "AL2023_ARM_64_NVIDIA",
    "AL2_x86_64",
    "AL2_x86_64_GPU",
    "AL2_ARM_64",
    "BOTTLEROCKET_ARM_64",
    "BOTTLEROCKET_x86_64",
    "BOTTLEROCKET_ARM_64_FIPS",
    "BOTTLEROCKET_x86_64_FIPS",
    "BOTTLEROCKET_ARM_64_NVIDIA",
    "BOTTLEROCKET_x86_64_NVIDIA",
    "BOTTLEROCKET_ARM_64_NVIDIA_FIPS",
    "BOTTLEROCKET_x86_64_NVIDIA_FIPS",
    "WINDOWS_CORE_2019_x86_64",
    "WINDOWS_FULL_2019_x86_64",
    "WINDOWS_CORE_2022_x86_64",
    "WINDOWS_FULL_2022_x86_64",
    "WINDOWS_CORE_2025_x86_64",
    "WINDOWS_FULL_2025_x86_64",
    "CUSTOM",
]
EXCLUSIVE = [["launch_template", "disk_size"], ["launch_template", "remote_access"]]
"""A launch template holds the disk and the access itself; EKS refuses both beside one."""


def nodegroup_options() -> dict[str, dict[str, Any]]:
    return {
        "name": {"type": "str", "required": True, "aliases": ["nodegroup_name"]},
        "node_role": {"type": "str"},
        "subnets": {"type": "list", "elements": "str"},
        "scaling_config": _group(_ints("min_size", "max_size", "desired_size")),
        "ignore_desired_size": {"type": "bool", "default": False},
        "disk_size": {"type": "int"},
        "instance_types": {"type": "list", "elements": "str"},
        "ami_type": {"type": "str", "choices": AMI_TYPES},
        "capacity_type": {"type": "str", "choices": ["ON_DEMAND", "SPOT", "CAPACITY_BLOCK"]},
        "remote_access": _group(
            {"ec2_ssh_key": {"type": "str", "no_log": False}, "source_sg": {"type": "list", "elements": "str", "aliases": ["source_security_groups"]}}
        ),
        "launch_template": _group({name: {"type": "str"} for name in ("id", "name", "version")}, required_one_of=[["id", "name"]]),
        "version": {"type": "str"},
        "release_version": {"type": "str"},
        "force": {"type": "bool", "default": False},
        "allow_downgrade": {"type": "bool", "default": False},
        "labels": {"type": "dict"},
        "purge_labels": {"type": "bool", "default": True},
        "taints": {"type": "list", "elements": "dict", "options": _taint()},
        "purge_taints": {"type": "bool", "default": True},
        "update_config": _group(
            {**_ints("max_unavailable", "max_unavailable_percentage"), "update_strategy": {"type": "str", "choices": ["DEFAULT", "MINIMAL"]}},
            mutually_exclusive=[["max_unavailable", "max_unavailable_percentage"]],
        ),
        "node_repair_config": _repair(),
        "warm_pool_config": _group(
            {
                "enabled": {"type": "bool"},
                **_ints("min_size", "max_group_prepared_capacity"),
                "pool_state": {"type": "str", "choices": ["STOPPED", "RUNNING", "HIBERNATED"]},
                "reuse_on_scale_in": {"type": "bool"},
            }
        ),
        "tags": {"type": "dict", "aliases": ["resource_tags"]},
        "purge_tags": {"type": "bool", "default": True},
        "recreate_failed": {"type": "bool", "default": False},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    }


def _group(options: dict[str, dict[str, Any]], **rules: Any) -> dict[str, Any]:
    return {"type": "dict", "options": options, **rules}


def _ints(*names: str) -> dict[str, dict[str, Any]]:
    return {name: {"type": "int"} for name in names}


def _taint() -> dict[str, dict[str, Any]]:
    effects = ["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"]
    return {
        "key": {"type": "str", "required": True, "no_log": False},
        "value": {"type": "str"},
        "effect": {"type": "str", "required": True, "choices": effects},
    }


def _repair() -> dict[str, Any]:
    thresholds = ["max_unhealthy_node_threshold_count", "max_unhealthy_node_threshold_percentage"]
    parallel = ["max_parallel_nodes_repaired_count", "max_parallel_nodes_repaired_percentage"]
    override = {
        "node_monitoring_condition": {"type": "str", "required": True},
        "node_unhealthy_reason": {"type": "str", "required": True},
        "min_repair_wait_time_mins": {"type": "int", "required": True},
        "repair_action": {"type": "str", "required": True, "choices": ["Replace", "Reboot", "NoAction"]},
    }
    return _group(
        {
            "enabled": {"type": "bool"},
            **_ints(*thresholds, *parallel),
            "node_repair_config_overrides": {"type": "list", "elements": "dict", "options": override},
        },
        mutually_exclusive=[thresholds, parallel],
    )
