# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The members of a cluster (node groups, add-ons, entries, associations) as a declaration writes them. Pure.

What is EKS's default for what nobody mentions is left out, so that the declaration shows what somebody chose.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.compare import same_set
from ansible_collections.fleetops.eks.plugins.module_utils._eks.access_entry import EntryState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.access_entry_policies import AccessPolicy, policy_arn
from ansible_collections.fleetops.eks.plugins.module_utils._eks.addon_state import AddonState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.capability_options import configuration_options
from ansible_collections.fleetops.eks.plugins.module_utils._eks.capability_values import CapabilityState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.fargate_profile import ProfileState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.identity_provider_values import FIELDS, ProviderState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.nodegroup_state import NodegroupState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.pod_identity import AssociationState

Member = dict[str, Any]

NODE_TYPES = frozenset({"EC2", "EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX"})
"""Types of the entries that EKS makes with a node group, Auto Mode or a Fargate profile."""
UNMENTIONED = {"update_config": {"max_unavailable": 1}, "node_repair_config": {"enabled": False}, "warm_pool_config": {"enabled": False}}
"""Settings that a node group has where none were given."""


def plain(value: Any) -> Any:
    """Return value with lists in the place of tuples."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def own_tags(tags: Mapping[str, str] | None) -> dict[str, str]:
    """Return the tags that are not AWS's own."""
    return {key: value for key, value in sorted((tags or {}).items()) if not key.startswith("aws:")}


def most_common(roles: Sequence[str | None]) -> str | None:
    """Return the role that most have; the first of several."""
    found = Counter(role for role in roles if role).most_common(1)
    return found[0][0] if found else None


def nodegroup(group: NodegroupState, *, role: str | None, subnets: Sequence[str]) -> Member:
    """Return a node group as declared. The desired size counts at creation only: an autoscaler may own it."""
    template = group.launch_template or {}
    custom = group.ami_type == "CUSTOM"
    found = {
        "name": group.name,
        "node_role": group.node_role if group.node_role != role else None,
        "subnets": list(group.subnets) if not same_set(group.subnets, subnets) else None,
        "scaling_config": plain(group.scaling_config),
        "ignore_desired_size": True,
        "capacity_type": group.capacity_type,
        "ami_type": group.ami_type,
        "instance_types": plain(group.instance_types),
        "disk_size": None if template else group.disk_size,
        "remote_access": None if template else _known(group.remote_access),
        "launch_template": {"id": template["id"], "version": template.get("version")} if template else None,
        "version": None if custom else group.version,
        "release_version": None if custom else group.release_version,
        "labels": dict(group.labels),
        "taints": [_known(taint) for taint in group.taints],
        **{name: plain(value) for name, known in UNMENTIONED.items() if (value := getattr(group, name)) != known},
    }
    return {**{name: value for name, value in found.items() if value not in (None, [], {})}, "tags": own_tags(group.tags)}


def fargate_profile(profile: ProfileState, *, role: str | None, subnets: Sequence[str]) -> Member:
    """Return a Fargate profile as declared."""
    found = {
        "name": profile.name,
        "role_arn": profile.role_arn if profile.role_arn != role else None,
        "subnets": list(profile.subnets) if not same_set(profile.subnets, subnets) else None,
        "selectors": [_known(selector) for selector in profile.selectors],
    }
    return {**_known(found), "tags": own_tags(profile.tags)}


def addon(found: AddonState) -> Member:
    """Return an add-on as declared, at the version that it has."""
    given = {
        "version": found.version,
        "configuration_values": found.configuration_values or None,
        "service_account_role_arn": found.service_account_role_arn,
        "pod_identity_associations": [dict(each) for each in found.associations or ()] or None,
        "namespace": found.namespace,
        "tags": own_tags(found.tags) or None,
    }
    return {"name": found.name, **_known(given)}


def association(found: AssociationState) -> Member:
    """Return an association that no add-on owns as declared."""
    given = {
        "role_arn": found.role_arn,
        "target_role_arn": found.target_role_arn or None,
        "disable_session_tags": found.disable_session_tags or None,
        "policy": found.policy or None,
        "tags": own_tags(found.tags) or None,
    }
    return {"namespace": found.raw["namespace"], "service_account": found.raw["serviceAccount"], **_known(given)}


def capability(found: CapabilityState) -> Member:
    """Return a capability as declared: what AWS made of it (addresses, ARNs) is not in it."""
    options = configuration_options()["options"]
    settings = {kind: chosen for kind, known in options.items() if (chosen := _declared(getattr(found, kind), known["options"]))}
    given = {
        "type": found.type,
        "role_arn": found.role_arn,
        "delete_propagation_policy": found.delete_propagation_policy,
        "configuration": settings or None,
    }
    return {"name": found.name, **_known(given), "tags": own_tags(found.tags)}


def identity_provider(found: ProviderState) -> Member:
    """Return the identity provider of a cluster as declared."""
    return {"name": found.name, **_known({name: getattr(found, name) or None for name in FIELDS}), "tags": own_tags(found.tags)}


def _declared(found: Any, options: Mapping[str, Any]) -> Any:
    """Return of settings what options take, at any depth."""
    if isinstance(found, Mapping):
        return {name: _declared(value, options[name].get("options") or {}) for name, value in found.items() if name in options and value not in (None, "")}
    return [_declared(each, options) for each in found] if isinstance(found, (list, tuple)) else found


def hybrid_role(entries: Sequence[EntryState]) -> str | None:
    """Return the role that on-premises hosts enter with."""
    found = sorted(entry.raw["principalArn"] for entry in entries if entry.type == "HYBRID_LINUX")
    return found[0] if found else None


def access_entries(entries: Sequence[EntryState], of_nodes: frozenset[str]) -> list[Member]:
    """Return the entries that somebody declared; not those that services made, nor that of the hybrid hosts' role, which site.yml declares."""
    hybrid = hybrid_role(entries)
    return [_entry(entry) for entry in entries if not _service_made(entry, of_nodes) and entry.raw["principalArn"] != hybrid]


def of_services(entries: Sequence[EntryState], of_nodes: frozenset[str]) -> list[EntryState]:
    """Return the entries that AWS services made for themselves."""
    return [entry for entry in entries if _service_made(entry, of_nodes)]


def _service_made(entry: EntryState, of_nodes: frozenset[str]) -> bool:
    principal = entry.raw["principalArn"]
    return (
        ":role/aws-service-role/" in principal
        or any(not policy.for_users for policy in entry.access_policies)
        or (entry.type in NODE_TYPES and principal in of_nodes)
    )


def _entry(entry: EntryState) -> Member:
    principal = entry.raw["principalArn"]
    standard = entry.type == "STANDARD"
    given = {
        "type": None if standard else entry.type,
        "username": entry.username if standard and entry.username != _usual_name(principal) else None,
        "kubernetes_groups": sorted(entry.kubernetes_groups) if standard and entry.kubernetes_groups else None,
        "access_policies": [_policy(policy, principal) for policy in entry.access_policies] or None,
        "tags": own_tags(entry.tags) or None,
    }
    return {"principal_arn": principal, **_known(given)}


def _usual_name(principal: str) -> str:
    """Return the user name that EKS gives an entry for which none was given."""
    parts = principal.split(":", 5)
    kind, _slash, name = parts[5].partition("/")
    return f"arn:{parts[1]}:sts::{parts[4]}:assumed-role/{name.rpartition('/')[2]}/{{{{SessionName}}}}" if kind == "role" else principal


def _policy(policy: AccessPolicy, principal: str) -> Member:
    short = policy_arn(policy.name, principal.split(":")[1]) == policy.arn
    scope = {"scope": "namespace", "namespaces": list(policy.namespaces)} if policy.namespaces else {}
    return {"policy": policy.name if short else policy.arn, **scope}


def _known(members: Mapping[str, Any] | None) -> Member:
    return {name: plain(value) for name, value in (members or {}).items() if value is not None and value != {}}
