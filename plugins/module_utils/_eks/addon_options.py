# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of one add-on, shared by eks_addon and the members of eks_addons."""

from __future__ import annotations

from typing import Any


def addon_options() -> dict[str, dict[str, Any]]:
    return {
        "name": {"type": "str", "required": True, "aliases": ["addon_name"]},
        "version": {"type": "str", "aliases": ["addon_version"]},
        "configuration_values": {"type": "raw"},
        "pod_identity_associations": {
            "type": "list",
            "elements": "dict",
            "options": {"service_account": {"type": "str", "required": True}, "role_arn": {"type": "str", "required": True}},
        },
        "service_account_role_arn": {"type": "str"},
        "resolve_conflicts": {"type": "str", "choices": ["none", "overwrite", "preserve"], "default": "overwrite"},
        "resolve_conflicts_on_create": {"type": "str", "choices": ["none", "overwrite"]},
        "namespace": {"type": "str"},
        "tags": {"type": "dict", "aliases": ["resource_tags"]},
        "purge_tags": {"type": "bool", "default": True},
        "preserve": {"type": "bool", "default": False},
        "accept_degraded": {"type": "bool", "default": False},
        "recreate_failed": {"type": "bool", "default": False},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    }
