# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that the modules of one access entry and of all of them share."""

from __future__ import annotations

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._eks.access_entry import TYPES


def entry_options() -> dict[str, dict[str, Any]]:
    """Return the options of one entry."""
    policy = {
        "policy": {"type": "str", "required": True, "aliases": ["policy_arn"]},
        "scope": {"type": "str", "choices": ["cluster", "namespace"], "default": "cluster"},
        "namespaces": {"type": "list", "elements": "str"},
    }
    return {
        "principal_arn": {"type": "str", "required": True},
        "type": {"type": "str", "choices": list(TYPES)},
        "kubernetes_groups": {"type": "list", "elements": "str"},
        "username": {"type": "str"},
        "access_policies": {"type": "list", "elements": "dict", "options": policy},
        "tags": {"type": "dict", "aliases": ["resource_tags"]},
    }


def shared_options() -> dict[str, dict[str, Any]]:
    """Return the options that hold for every entry of a task."""
    return {
        "purge_access_policies": {"type": "bool", "default": True},
        "purge_tags": {"type": "bool", "default": True},
        "recreate": {"type": "bool", "default": False},
        "verify_principal": {"type": "bool", "default": False},
    }
