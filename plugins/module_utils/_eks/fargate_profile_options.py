# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of one Fargate profile, shared by eks_fargate_profile and the members of eks_fargate_profiles."""

from __future__ import annotations

from typing import Any


def profile_options() -> dict[str, dict[str, Any]]:
    return {
        "name": {"type": "str", "required": True, "aliases": ["fargate_profile_name"]},
        "role_arn": {"type": "str", "aliases": ["pod_execution_role_arn"]},
        "subnets": {"type": "list", "elements": "str"},
        "selectors": {"type": "list", "elements": "dict", "options": {"namespace": {"type": "str"}, "labels": {"type": "raw"}}},
        "tags": {"type": "dict", "aliases": ["resource_tags"]},
        "purge_tags": {"type": "bool", "default": True},
        "recreate_failed": {"type": "bool", "default": False},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    }
