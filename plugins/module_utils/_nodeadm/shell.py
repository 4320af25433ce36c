# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shell of the modules that run on a hybrid host: Python 3.9, no boto3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import FleetopsError


def run_on_host(spec: dict[str, Any], logic: Callable[[dict[str, Any], bool], dict[str, Any]]) -> None:
    """Run `logic(params, check_mode)` as a module, and speak its result or its error."""
    module = AnsibleModule(**spec)
    try:
        result = logic(module.params, module.check_mode)
    except FleetopsError as error:
        module.fail_json(msg=str(error), **error.facts)
    for warning in result.pop("warnings", []):
        module.warn(warning)
    module.exit_json(**result)
