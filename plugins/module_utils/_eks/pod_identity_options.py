# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a pod identity association, for the module of one and the module of many. They mirror doc_fragments/pod_identity_association.py."""

from __future__ import annotations

from typing import Any


def association_options() -> dict[str, Any]:
    """Return the argument spec of an association, of one cluster."""
    return {
        "namespace": {"type": "str", "required": True},
        "service_account": {"type": "str", "required": True},
        "role_arn": {"type": "str"},
        "target_role_arn": {"type": "str"},
        "disable_session_tags": {"type": "bool"},
        "policy": {"type": "str"},
        "tags": {"type": "dict", "aliases": ["resource_tags"]},
    }
