# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fast path: run a module's logic in the worker that Ansible has forked already, in place of a packed module in a new Python.

ansible-core's strategies import an action plugin in the parent, so what this file imports and parses is inherited by every
worker. Only code and parsed service models are shared: no client, session, thread or lock crosses the fork.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.errors import UnsupportedError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.fleetops.eks.plugins.module_utils._aws import clients, shell

SWITCH = "FLEETOPS_EKS_IN_PROCESS"
PROGRESS_EVERY = 30.0
"""Seconds between two lines that say how far a waiting task is."""
_VALIDATION = ("mutually_exclusive", "required_together", "required_one_of", "required_if", "required_by")
display = Display()


class FastPathAction(ActionBase):
    """An action plugin of a module's name. A subclass gives the module and the services it calls."""

    module: ClassVar[Any]
    services: ClassVar[tuple[str, ...]] = ("eks",)
    _requires_connection = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if clients.HAS_BOTOCORE and os.path.basename(sys.argv[0]).startswith(("ansible-playbook", "ansible-runner")):
            clients.preload(cls.services)

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        if self._must_fall_back(task_vars or {}):
            return {**result, **self._execute_module(task_vars=task_vars)}
        return {**result, **self._in_process(task_vars or {})}

    def _must_fall_back(self, task_vars: Mapping[str, Any]) -> bool:
        """Whether only a process of its own gives this task what it asked for: another machine, user, Python or environment."""
        interpreter = str(self._templar.template(task_vars.get("ansible_python_interpreter") or sys.executable))
        return (
            os.environ.get(SWITCH, "1").lower() in ("0", "no", "false")
            or not clients.HAS_BOTOCORE
            or self._connection.transport.rpartition(".")[2] != "local"
            or bool(self._task.async_val)
            or bool(self._task.become)
            or any(self._task.environment or ())
            or not (interpreter.startswith("auto") or _same_python(interpreter))
        )

    def _in_process(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        spec = self.module.SPEC
        args = _plain(self._task.args)
        checked = ArgumentSpecValidator(spec["argument_spec"], **{name: spec.get(name) for name in _VALIDATION}).validate(args)
        params = checked.validated_parameters
        secrets = checked._no_log_values
        if checked.error_messages:
            result: dict[str, Any] = {"failed": True, "msg": _refusal(checked.errors, self._task.action)}
        else:
            result = shell.execute(self.module.run, params, check_mode=bool(self._task.check_mode), progress=Progress(self._host_name()))
        if _shows_invocation(task_vars):
            result["invocation"] = {"module_args": params}
        return remove_values(result, secrets)

    def _host_name(self) -> str:
        return str(getattr(self._task, "delegate_to", None) or (self._templar.available_variables or {}).get("inventory_hostname", "localhost"))


def _shows_invocation(task_vars: Mapping[str, Any]) -> bool:
    """Whether results carry their options: always before ansible-core 2.21, and as INJECT_INVOCATION says from then on."""
    try:
        return bool(C.config.get_config_value("INJECT_INVOCATION", variables=task_vars))
    except AnsibleError:
        return True


class Progress:
    """Prints where a waiting task stands, now and then."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.last = time.monotonic()

    def __call__(self, text: str) -> None:
        if time.monotonic() - self.last >= PROGRESS_EVERY:
            self.last = time.monotonic()
            display.display(f"{self.host}: {text}")


def _refusal(errors: Any, action: str) -> str:
    """Return the words AnsibleModule has for options that do not fit."""
    if isinstance(errors[0], UnsupportedError):
        return f"Unsupported parameters for ({action}) module: {errors.msg}"
    return str(errors.msg)


def _same_python(interpreter: str) -> bool:
    """Whether it is the environment this process runs in; two links of one environment's Python are the same."""
    here = os.path.dirname(os.path.abspath(sys.executable))
    return interpreter == sys.executable or (os.path.dirname(os.path.abspath(interpreter)) == here and os.path.exists(interpreter))


def _plain(value: Any) -> Any:
    """Return templated arguments as values of Python's own types: ansible-core 2.19 hands over tagged and lazy ones."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value
