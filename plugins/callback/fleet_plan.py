# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print, at the end of a run, what it changed or would change, host by host."""

from __future__ import annotations

DOCUMENTATION = r"""
name: fleet_plan
type: aggregate
short_description: Print what a run changed, or would change, host by host
version_added: 0.1.0
description:
  - Collects the operations that the modules of this collection report as C(actions), and the changed tasks of other modules.
  - After the play recap prints them by host, in order. In check mode this is the plan of the run.
requirements:
  - enable it in the configuration, as C(callbacks_enabled = fleetops.eks.fleet_plan)
author:
  - fleetops.eks contributors (@fleetops)
"""

from collections import defaultdict
from typing import Any

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    """fleetops.eks.fleet_plan."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "fleetops.eks.fleet_plan"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._lines: dict[str, list[str]] = defaultdict(list)
        self._check_mode = False

    def v2_playbook_on_play_start(self, play: Any) -> None:
        self._check_mode = self._check_mode or bool(play.check_mode)

    def v2_runner_on_ok(self, result: Any) -> None:
        self._collect(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._collect(result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        title = "PLAN (check mode: nothing was changed)" if self._check_mode else "CHANGES"
        self._display.banner(title)
        for host in sorted(self._lines):
            self._display.display(host)
            for line in self._lines[host]:
                self._display.display(f"  {line}")
        if not self._lines:
            self._display.display("none: everything is as declared")

    def _collect(self, result: Any) -> None:
        answer = result.result if hasattr(result, "result") else result._result
        task = result.task if hasattr(result, "task") else result._task
        host = result.host if hasattr(result, "host") else result._host
        actions = [action for item in answer.get("results", [answer]) if isinstance(item, dict) for action in item.get("actions") or []]
        if actions:
            self._lines[host.get_name()] += [_line(action) for action in actions]
        elif answer.get("changed") and task.action not in ("set_fact", "ansible.builtin.set_fact"):
            self._lines[host.get_name()].append(f"{task.action}: {task.get_name()}")


def _line(action: dict[str, Any]) -> str:
    """Return an action as `update_addon coredns (configuration_values): planned`."""
    subject = str(action.get("subject") or "")
    fields = [field.removeprefix(subject.replace(".", "·") + ".") for field in action.get("fields") or []]
    shown = f" ({', '.join(fields)})" if fields else ""
    return f"{action['operation']}{' ' if subject else ''}{subject}{shown}: {action['status']}"
