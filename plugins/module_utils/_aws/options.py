# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a task says which AWS it talks to: the options of amazon.aws, by their names and aliases."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import env_fallback


def aws_options() -> dict[str, dict[str, Any]]:
    """Return the argument spec; doc fragment fleetops.eks.aws documents it."""
    return {
        "region": {"type": "str", "aliases": ["aws_region"], "fallback": (env_fallback, ["AWS_REGION", "AWS_DEFAULT_REGION"])},
        "profile": {"type": "str", "aliases": ["aws_profile"], "fallback": (env_fallback, ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"])},
        "access_key": {
            "type": "str",
            "aliases": ["aws_access_key_id", "aws_access_key"],
            "no_log": False,
            "fallback": (env_fallback, ["AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY"]),
        },
        "secret_key": {
            "type": "str",
            "aliases": ["aws_secret_access_key", "aws_secret_key"],
            "no_log": True,
            "fallback": (env_fallback, ["AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY"]),
        },
        "session_token": {"type": "str", "aliases": ["aws_session_token"], "no_log": True, "fallback": (env_fallback, ["AWS_SESSION_TOKEN"])},
        "endpoint_url": {"type": "str", "aliases": ["aws_endpoint_url"], "fallback": (env_fallback, ["AWS_URL"])},
        "validate_certs": {"type": "bool", "default": True},
        "aws_ca_bundle": {"type": "path", "fallback": (env_fallback, ["AWS_CA_BUNDLE"])},
        "aws_config": {"type": "dict"},
        "debug_botocore_endpoint_logs": {"type": "bool", "default": False, "fallback": (env_fallback, ["ANSIBLE_DEBUG_BOTOCORE_LOGS"])},
    }


def wait_options(timeout: int) -> dict[str, dict[str, Any]]:
    """Return the options of a module that waits; `timeout` is the default in seconds."""
    return {"wait": {"type": "bool", "default": True}, "wait_timeout": {"type": "int", "default": timeout}}
