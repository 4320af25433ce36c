# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules would refuse of a declaration, found by their own plans before anything is touched: each plans on an empty account. Pure.

What only the state of the world tells (what cannot change, what is in the way) is left to the modules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import FleetopsError
from ansible_collections.fleetops.eks.plugins.module_utils._core.many import refuse_repeated
from ansible_collections.fleetops.eks.plugins.module_utils._eks import access_entry, capability, fargate_profile, identity_provider, pod_identity
from ansible_collections.fleetops.eks.plugins.module_utils._eks.access_entry import EntrySpec
from ansible_collections.fleetops.eks.plugins.module_utils._eks.capability_values import CapabilitySpec
from ansible_collections.fleetops.eks.plugins.module_utils._eks.fargate_profile import ProfileSpec
from ansible_collections.fleetops.eks.plugins.module_utils._eks.identity_provider_values import ProviderSpec
from ansible_collections.fleetops.eks.plugins.module_utils._eks.nodegroup_rules import refuse_impossible
from ansible_collections.fleetops.eks.plugins.module_utils._eks.nodegroup_state import NodegroupSpec
from ansible_collections.fleetops.eks.plugins.module_utils._eks.pod_identity import AssociationSpec
from ansible_collections.fleetops.eks.plugins.module_utils._fleet.declaration import Finding, Host
from ansible_collections.fleetops.eks.plugins.module_utils._iam.pod_policies import pod_role
from ansible_collections.fleetops.eks.plugins.module_utils._iam.pod_site import Site

Params = Mapping[str, Any]
FROM_THE_ROLE = {"eks_nodes_fargate_profiles": {"role_arn": "the role that eks_foundation makes"}}
"""What a role gives a member that does not say it itself, where its plan needs some value."""


def _capability(params: Params, earlier: Sequence[Params]) -> None:
    others = [{"capabilityName": each["name"], "type": each.get("type"), "status": "ACTIVE"} for each in earlier]
    capability.plan_present(CapabilitySpec.from_params(params), None, others)


def _identity_provider(params: Params, _earlier: Sequence[Params]) -> None:
    identity_provider.plan_present(ProviderSpec.from_params(params), None)


def _fargate_profile(params: Params, _earlier: Sequence[Params]) -> None:
    fargate_profile.plan_present(ProfileSpec.from_params(params), None)


def _nodegroup(params: Params, _earlier: Sequence[Params]) -> None:
    refuse_impossible(NodegroupSpec.from_params(params), None)


def _access_entry(params: Params, _earlier: Sequence[Params]) -> None:
    access_entry.plan_present(EntrySpec.from_params(params), None)


def _association(params: Params, _earlier: Sequence[Params]) -> None:
    pod_identity.plan_present(AssociationSpec.from_params(params), None)


def _pod_role(params: Params, _earlier: Sequence[Params]) -> None:
    pod_role(params, Site("", "", ""))


PLANS: Mapping[str, Callable[[Params, Sequence[Params]], None]] = {
    "eks_cluster_identity_provider": _identity_provider,
    "eks_cluster_capabilities": _capability,
    "eks_nodes_groups": _nodegroup,
    "eks_nodes_fargate_profiles": _fargate_profile,
    "eks_access_entries": _access_entry,
    "eks_access_more_entries": _access_entry,
    "eks_addons_pod_identities": _association,
    "eks_foundation_pod_roles": _pod_role,
    "eks_addons_more_pod_identities": _association,
}
"""The plan of one member of a variable, given the members before it; it raises Refusal for what EKS would not take."""


def check_plans(host: Host, specs: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    """Yield what the modules would refuse; specs ({role: {variable: spec}}) are those that check_types has found nothing against."""
    for spec in specs.values():
        for variable in PLANS:
            if variable in spec and host[variable]:
                yield from _refusals(host, variable, list(_members(host, variable, spec[variable])))


def _members(host: Host, variable: str, rule: Mapping[str, Any]) -> Iterator[Params]:
    """Yield the members of a variable as their module gets them: types converted, defaults in place."""
    found = ArgumentSpecValidator({variable: {**rule, "required": False}}).validate({variable: host[variable]}).validated_parameters[variable]
    for member in found if isinstance(found, list) else [found]:
        given = {**FROM_THE_ROLE.get(variable, {}), **{name: value for name, value in member.items() if value is not None}}
        yield {**given, "cluster_name": host["eks_cluster_name"] or host.name}


def _refusals(host: Host, variable: str, members: Sequence[Params]) -> Iterator[Finding]:
    present = [member for member in members if member.get("state", "present") == "present"]
    names = [str(member["name"]) for member in members if "name" in member]
    checks = [partial(refuse_repeated, variable, names)]
    checks += [partial(PLANS[variable], member, present[:number]) for number, member in enumerate(present)]
    for check in checks:
        try:
            check()
        except FleetopsError as error:
            yield Finding(host.name, variable, error.message, error.remedy)
