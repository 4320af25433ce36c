# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a capability's configuration."""

from __future__ import annotations

from typing import Any

ROLES = ["ADMIN", "EDITOR", "VIEWER"]


def configuration_options() -> dict[str, Any]:
    identity = {"id": {"type": "str", "required": True}, "type": {"type": "str", "required": True, "choices": ["SSO_USER", "SSO_GROUP"]}}
    mapping = {
        "role": {"type": "str", "required": True, "choices": ROLES},
        "identities": {"type": "list", "elements": "dict", "required": True, "options": identity},
    }
    argo_cd = {
        "namespace": {"type": "str"},
        "aws_idc": {"type": "dict", "options": {"idc_instance_arn": {"type": "str"}, "idc_region": {"type": "str"}}},
        "rbac_role_mappings": {"type": "list", "elements": "dict", "options": mapping},
        "network_access": {"type": "dict", "options": {"vpce_ids": {"type": "list", "elements": "str"}}},
        "endpoint_prefix": {"type": "str"},
    }
    ack = {"enable_cross_namespace": {"type": "bool"}, "disabled_services": {"type": "list", "elements": "str"}}
    return {"type": "dict", "options": {"argo_cd": {"type": "dict", "options": argo_cd}, "ack": {"type": "dict", "options": ack}}}
