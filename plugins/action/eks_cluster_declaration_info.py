# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fast path of fleetops.eks.eks_cluster_declaration_info, and its reading of the inventory, which a module cannot see."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleError
from ansible_collections.fleetops.eks.plugins.modules import eks_cluster_declaration_info
from ansible_collections.fleetops.eks.plugins.plugin_utils.fast_path import FastPathAction, _plain
from ansible_collections.fleetops.eks.plugins.plugin_utils.role_specs import role_specs

ROLES = ("eks_foundation", "eks_cluster", "eks_access", "eks_addons", "eks_nodes", "argocd_spoke")


class ActionModule(FastPathAction):
    module = eks_cluster_declaration_info

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        host = self._task.args.get("inherit_from")
        if host:
            inherited = self._inherited(str(host), (task_vars or {})["hostvars"])
            given = {name: value for name, value in self._task.args.items() if name != "inherit_from"}
            self._task.args = {**given, "baseline": {**inherited, **(given.get("baseline") or {})}}
        return super().run(tmp, task_vars)

    def _inherited(self, host: str, hostvars: Any) -> dict[str, Any]:
        """Return what holds for a host: the roles' defaults under its variables. What cannot be evaluated for it holds nothing."""
        raw = hostvars.raw_get(host)
        options = {name: rule for spec in role_specs(ROLES).values() for name, rule in spec.items()}
        templar = self._templar.copy_with_new_env(available_variables={**raw, "hostvars": hostvars, "groups": raw.get("groups")})
        found = {name: rule["default"] for name, rule in options.items() if "default" in rule}
        for name in options.keys() & raw.keys():
            found.pop(name, None)
            try:
                found[name] = _plain(templar.template(raw[name]))
            except AnsibleError:
                continue
        return found
