# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the declaration of a whole fleet before anything is touched; runs on the controller, on the inventory's variables."""

from __future__ import annotations

import copy
import importlib
from collections.abc import Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._fleet.declaration import Finding, Host, check
from ansible_collections.fleetops.eks.plugins.module_utils._fleet.network import check_network
from ansible_collections.fleetops.eks.plugins.module_utils._fleet.plans import check_plans
from ansible_collections.fleetops.eks.plugins.module_utils._fleet.variables import check_names, check_types
from ansible_collections.fleetops.eks.plugins.module_utils._iam.pod_policies import POLICIES
from ansible_collections.fleetops.eks.plugins.plugin_utils.fast_path import _plain
from ansible_collections.fleetops.eks.plugins.plugin_utils.role_specs import role_specs

CLUSTER_ROLES = ("eks_foundation", "eks_cluster", "eks_access", "eks_addons", "eks_nodes", "argocd_spoke")
NODE_ROLES = ("hybrid_node",)
ELEMENTS = {
    "eks_nodes_groups": ("eks_nodegroups", "nodegroups"),
    "eks_addons_list": ("eks_addons", "addons"),
    "eks_addons_pod_identities": ("eks_pod_identity_associations", "pod_identity_associations"),
    "eks_addons_more_pod_identities": ("eks_pod_identity_associations", "pod_identity_associations"),
    "eks_access_entries": ("eks_access_entries", "access_entries"),
    "eks_access_more_entries": ("eks_access_entries", "access_entries"),
    "eks_nodes_fargate_profiles": ("eks_fargate_profiles", "fargate_profiles"),
    "eks_foundation_capability_roles": ("eks_iam_roles", "roles"),
    "eks_foundation_pod_roles": ("eks_iam_roles", "roles"),
    "eks_foundation_more_roles": ("eks_iam_roles", "roles"),
}
"""Variables whose members a role hands to a module, with the module's option: their keys and types are checked by the module's own spec."""
MODULES = {"eks_cluster_identity_provider": "eks_identity_provider", "eks_cluster_capabilities": "eks_capability"}
"""Variables that are, or whose members are, the options of a module themselves."""
FROM_THE_ROLE = frozenset({"cluster_name", "wait", "wait_timeout", *aws_options()})
"""Options of those modules that the role gives, and no declaration."""
ADDED = frozenset({"trust_policy", "trust"})
"""Required options of members that their role adds."""
MORE = {
    "eks_foundation_pod_roles": {
        "policies": {"type": "list", "elements": "str", "choices": list(POLICIES)},
        "resources": {"type": "list", "elements": "str"},
    },
}
"""Keys of members that the role itself reads."""
CONNECTION = ("ansible_host", "aws_account_id", "aws_region", "eks_cluster_host", "fleet_tier")


class ActionModule(ActionBase):
    """fleetops.eks.fleet_validate."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        variables = task_vars or {}
        groups, hostvars = variables["groups"], variables["hostvars"]
        cluster_specs, node_specs = _specs(CLUSTER_ROLES), _specs(NODE_ROLES)
        findings: list[Finding] = []
        clusters = [self._host(name, hostvars, cluster_specs, findings) for name in groups.get(self._task.args.get("clusters", "eks_clusters"), [])]
        nodes = [self._host(name, hostvars, node_specs, findings) for name in groups.get(self._task.args.get("hybrid_nodes", "hybrid_nodes"), [])]
        findings += check(clusters, nodes, regions=_regions())
        findings += [finding for cluster in clusters for finding in check_network(cluster)]
        if findings:
            texts = [str(finding) for finding in dict.fromkeys(findings)]
            listed = "\n".join(f"- {text}" for text in texts)
            msg = f"The declaration of the fleet has {len(texts)} fault(s); nothing was touched.\n{listed}"
            return {**result, "failed": True, "msg": msg, "findings": [vars(finding) for finding in dict.fromkeys(findings)]}
        return {**result, "changed": False, "findings": [], "clusters": len(clusters), "hybrid_nodes": len(nodes)}

    def _host(self, name: str, hostvars: Any, specs: Mapping[str, Mapping[str, Any]], findings: list[Finding]) -> Host:
        """Return a host with its variables templated; what cannot be, has the wrong type, or is read by nobody becomes a finding.

        Variables may refer to other hosts (`hostvars`), as in a task.
        """
        raw = hostvars.raw_get(name)
        templar = self._templar.copy_with_new_env(available_variables={**raw, "hostvars": hostvars, "groups": raw.get("groups")})
        known = {variable for spec in specs.values() for variable in spec}
        starts = tuple(f"{role}_" for role in specs)
        values: dict[str, Any] = {}
        for variable in raw:
            if variable in known or variable in CONNECTION or variable.startswith(starts):
                try:
                    values[variable] = _plain(templar.template(raw[variable]))
                except AnsibleError as error:
                    findings.append(Finding(name, variable, f"it cannot be evaluated: {error}.", "Define what it refers to."))
        host = Host(name, values)
        failed = {finding.variable for finding in findings if finding.host == name}
        findings.extend(finding for finding in check_types(host, specs) if finding.variable not in failed)
        failed = {finding.variable for finding in findings if finding.host == name}
        sound = {role: {variable: rule for variable, rule in spec.items() if variable not in failed} for role, spec in specs.items()}
        findings.extend(check_plans(host, sound))
        findings.extend(check_names(host, specs, {*known, *CONNECTION}))
        return host


def _specs(roles: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return {role: {variable: argument spec}} of the roles that the collection ships."""
    return {role: {variable: _with_elements(variable, rule) for variable, rule in options.items()} for role, options in role_specs(roles).items()}


def _with_elements(variable: str, rule: dict[str, Any]) -> dict[str, Any]:
    """Return a variable's spec with that of its members; what a role adds to each member need not be declared in it."""
    if variable in ELEMENTS:
        module, option = ELEMENTS[variable]
        members = {**_options(module)[option]["options"], **MORE.get(variable, {})}
    elif variable in MODULES:
        members = {name: member for name, member in _options(MODULES[variable]).items() if name not in FROM_THE_ROLE}
    else:
        return rule
    return {**rule, "options": {name: {**member, "required": member.get("required", False) and name not in ADDED} for name, member in members.items()}}


def _options(module: str) -> dict[str, Any]:
    entry = importlib.import_module(f"ansible_collections.fleetops.eks.plugins.modules.{module}")
    return copy.deepcopy(entry.SPEC["argument_spec"])  # type: ignore[no-any-return]


def _regions() -> list[str]:
    """Return the regions that have EKS, by botocore's own list; a newer region needs a newer botocore."""
    try:
        import botocore.session
    except ImportError:
        return []
    session = botocore.session.get_session()
    return [region for partition in session.get_available_partitions() for region in session.get_available_regions("eks", partition)]
