# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shell of every module: options in, result out. The one place where an exception becomes a failed task.

`run(params, context)` is a module's whole logic; `run_module` runs it as a module of its own process, and the fast path
(plugin_utils/fast_path.py) inside the worker that Ansible has forked already. Both go through `execute`, so both say the same.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.fleetops.eks.plugins.module_utils._aws.clients import HAS_BOTOCORE, Clients
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import FleetopsError
from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import Run
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Clock, SystemClock

Logic = Callable[[dict[str, Any], "Context"], dict[str, Any]]


@dataclass
class Context:
    """What a module's logic may use of the world."""

    clients: Clients
    check_mode: bool = False
    clock: Clock = field(default_factory=SystemClock)
    progress: Callable[[str], None] = lambda text: None

    def run(self, params: Mapping[str, Any]) -> Run:
        """Return how reconcile shall run, by the task's `wait` and `wait_timeout` where it has them."""
        return Run(
            check_mode=self.check_mode,
            clock=self.clock,
            wait=bool(params.get("wait", True)),
            wait_timeout=float(params.get("wait_timeout") or 1800),
            progress=self.progress,
        )


def execute(logic: Logic, params: dict[str, Any], *, check_mode: bool, progress: Callable[[str], None] = lambda text: None) -> dict[str, Any]:
    """Run a module's logic and return its result; an error becomes a result with `failed` and `msg`."""
    if not HAS_BOTOCORE:
        return {"failed": True, "msg": missing_required_lib("boto3 and botocore")}
    clients = Clients(params)
    try:
        result = logic(params, Context(clients, check_mode=check_mode, progress=progress))
    except FleetopsError as error:
        result = {"changed": False, **error.facts, "failed": True, "msg": str(error)}
    except Exception as error:  # a defect of ours: say so, with what is needed to mend it
        where = traceback.extract_tb(error.__traceback__)[-1]
        text = f"{type(error).__name__}: {error} (in {where.name}, line {where.lineno} of {where.filename.rsplit('/', 1)[-1]})"
        result = {"failed": True, "msg": f"fleetops.eks met an error that it did not expect: {text}. Please report it."}
    if params.get("debug_botocore_endpoint_logs"):
        result["resource_actions"] = sorted(set(clients.calls))
    return result


def run_module(spec: dict[str, Any], logic: Logic) -> None:
    """Run a module's logic as a module: parse its options by spec (the keyword arguments of AnsibleModule), speak its result."""
    module = AnsibleModule(**spec)
    result = execute(logic, module.params, check_mode=module.check_mode)
    for warning in result.pop("warnings", []):
        module.warn(warning)
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)
