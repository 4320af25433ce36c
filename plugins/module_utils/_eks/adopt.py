# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster that is there as the variables that declare it, so that a run of the roles with them plans nothing. Pure.

What AWS services made for themselves stays theirs. IAM roles, the KMS key and the log group are named, and managed by nobody here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.compare import canonical, same_set
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._eks import adopt_members as members
from ansible_collections.fleetops.eks.plugins.module_utils._eks import adopt_remains as remains
from ansible_collections.fleetops.eks.plugins.module_utils._eks.access_entry import EntryState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.addon_state import AddonState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.capability_values import CapabilityState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster_values import ClusterState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.fargate_profile import ProfileState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.identity_provider_values import ProviderState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.nodegroup_state import NodegroupState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.pod_identity import AssociationState
from ansible_collections.fleetops.eks.plugins.module_utils._iam import oidc

Variables = dict[str, Any]

UNMENTIONED = {
    "eks_cluster_ip_family": "ipv4",
    "eks_cluster_control_plane_egress_mode": "AWS_MANAGED",
    "eks_cluster_control_plane_scaling_tier": "standard",
    "eks_cluster_auto_mode": {"enabled": False},
    "eks_cluster_kube_api_server_config": {"event_ttl": "1h0m0s", "service_node_port_range": {"min_port": 30000, "max_port": 32767}},
    "eks_cluster_kube_scheduler_config": {
        "node_resources_fit": {
            "scoring_strategy": {"type": "LeastAllocated", "resources": [{"name": "cpu", "weight": 1}, {"name": "memory", "weight": 1}]},
        },
    },
    "eks_cluster_kube_controller_manager_config": {
        "pod_gc_controller_config": {"terminated_pod_gc_threshold": 12500},
        "horizontal_pod_autoscaler_controller_config": {"horizontal_pod_autoscaler_sync_period": "15s"},
    },
}
"""What a cluster has where neither the roles' defaults nor the inventory say anything."""
NETWORK = {
    **dict.fromkeys(("eks_foundation_vpc_zones", "eks_foundation_vpc_private_subnets", "eks_foundation_vpc_public_subnets"), ()),
    **dict.fromkeys(("eks_foundation_tag_private_subnets", "eks_foundation_tag_public_subnets"), ()),
    **dict.fromkeys(("eks_foundation_vpc_endpoints", "eks_foundation_node_security_group"), False),
    "eks_foundation_vpc_cidr": "",
    "eks_foundation_vpc_nat": "none",
}
"""What role eks_foundation makes of a network: nothing, for the cluster has one."""
SETTINGS = (
    *("version", "ip_family", "service_ipv4_cidr", "subnets", "security_groups", "endpoint_public_access", "endpoint_private_access", "public_access_cidrs"),
    *("control_plane_egress_mode", "remote_node_networks", "remote_pod_networks", "authentication_mode", "logging", "support_type", "zonal_shift"),
    *("deletion_protection", "control_plane_scaling_tier", "auto_mode", "kube_api_server_config", "kube_scheduler_config"),
    *("kube_controller_manager_config", "outpost_config", "tags"),
)
"""Settings of a cluster that are variables of role eks_cluster as they are, in the order of reading."""


@dataclass(frozen=True)
class Observed:
    """A whole cluster, as it is."""

    cluster: ClusterState
    nodegroups: Sequence[NodegroupState] = ()
    fargate_profiles: Sequence[ProfileState] = ()
    addons: Sequence[AddonState] = ()
    entries: Sequence[EntryState] = ()
    associations: Sequence[AssociationState] = ()
    capabilities: Sequence[CapabilityState] = ()
    identity_providers: Sequence[ProviderState] = ()
    authorities: Sequence[Mapping[str, Any]] = ()
    trust: oidc.ProviderState | None = None
    """The provider at IAM for the cluster's issuer."""
    trust_is_known: bool = True
    """Whether IAM told."""

    @property
    def issuer(self) -> str | None:
        """URL of the issuer of the service accounts' tokens; a cluster on an Outpost has none."""
        url: str | None = ((self.cluster.raw.get("identity") or {}).get("oidc") or {}).get("issuer")
        return url


def declaration(observed: Observed, baseline: Mapping[str, Any]) -> dict[str, Variables]:
    """Return {role: variables}, in the order in which the roles run; "" holds what the playbooks read.

    baseline: what holds without these variables (defaults of the roles, the inventory's groups). What is the same there is left out.
    """
    _refuse_unready(observed.cluster)
    blocks = {
        "": _identity(observed.cluster),
        "eks_foundation": _foundation(observed),
        "eks_cluster": {**_cluster(observed.cluster), **_around(observed, baseline)},
        "eks_access": {"eks_access_entries": members.access_entries(observed.entries, _service_made(observed))},
        "eks_addons": {
            "eks_addons_list": [members.addon(each) for each in staying(observed.addons)],
            "eks_addons_pod_identities": [members.association(each) for each in observed.associations if not each.owner_arn],
        },
        "eks_nodes": _nodes(observed, baseline),
        "argocd_spoke": {"argocd_spoke_hub": ""},
    }
    known = {**UNMENTIONED, **baseline}
    if observed.cluster.remote_node_networks:
        known.pop("eks_foundation_hybrid", None)  # the playbooks take it from these networks
    chosen = {role: {name: value for name, value in block.items() if not role or not _same(value, known.get(name))} for role, block in blocks.items()}
    return {role: block for role, block in chosen.items() if block}


def warnings(observed: Observed) -> list[str]:
    """Return what the next run will have to do with, and cannot be declared."""
    texts = list(remains.unwell(observed))
    reserved = sorted(key for key in observed.cluster.tags or {} if key.startswith("aws:"))
    if reserved:
        texts.append(
            f"Tags {', '.join(reserved)} belong to AWS. Another tool, such as CloudFormation, may go on managing this cluster: let one of the two do it."
        )
    return texts


def left_out(observed: Observed, baseline: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return [{what, names, why}] of what the cluster has and its declaration does not say."""
    return remains.remains(observed, members.of_services(observed.entries, _service_made(observed)), _why_untrusted(observed, baseline))


def _refuse_unready(cluster: ClusterState) -> None:
    if cluster.connected:
        raise Refusal(
            f"Cluster {cluster.name} is a connected cluster, which EKS shows and does not run: there is nothing to declare.",
            remedy="Manage it where it runs.",
            fields=("name",),
        )
    if cluster.status != "ACTIVE":
        raise Refusal(
            f"Cluster {cluster.name} is {cluster.status}: what it is now is not what it will be.",
            remedy="Wait until it is ACTIVE, or mend it, and run again.",
            fields=("name",),
        )


def _identity(cluster: ClusterState) -> Variables:
    _arn, _partition, _service, region, account, _name = cluster.arn.split(":", 5)
    return {"aws_account_id": account, "aws_region": region, "eks_cluster_name": cluster.name}


def _foundation(observed: Observed) -> Variables:
    """The roles, the key, the log group and the network stay whose they are, and Karpenter's role, node role and queue too."""
    hybrid = members.hybrid_role(observed.entries)
    return {
        "eks_foundation_cluster_role": False,
        "eks_foundation_node_role": False,
        "eks_foundation_fargate": False,
        "eks_foundation_capability_roles": [],
        "eks_foundation_pod_roles": [],
        "eks_foundation_encryption": False,
        "eks_foundation_log_group": False,
        "eks_foundation_karpenter": False,
        **members.plain(NETWORK),
        "eks_foundation_hybrid": hybrid is not None and bool(observed.cluster.remote_node_networks),
        "eks_foundation_hybrid_role_arn": hybrid or "",
    }


def _cluster(cluster: ClusterState) -> Variables:
    found = {name: members.plain(getattr(cluster, name)) for name in SETTINGS}
    found["public_access_cidrs"] = found["public_access_cidrs"] if cluster.endpoint_public_access else []
    found["auto_mode"] = _auto_mode(cluster.auto_mode or {})
    found["tags"] = members.own_tags(cluster.tags)
    whose = {"role_arn": cluster.role_arn, "encryption_key_arn": cluster.encryption_key_arn}
    return {f"eks_cluster_{name}": value for name, value in {**whose, **found}.items()}


def _around(observed: Observed, baseline: Mapping[str, Any]) -> Variables:
    """What stands around a control plane: the trust of IAM in its issuer, who else tells its users, and what AWS runs for it."""
    providers = staying(observed.identity_providers)
    return {
        "eks_cluster_irsa": _why_untrusted(observed, baseline) is None,
        "eks_cluster_identity_provider": members.identity_provider(providers[0]) if providers else {},
        "eks_cluster_capabilities": [members.capability(each) for each in staying(observed.capabilities)],
    }


def _why_untrusted(observed: Observed, baseline: Mapping[str, Any]) -> str | None:
    """Return why role eks_cluster is to leave IAM's trust in the issuer alone; None where it finds it as it would make it."""
    if not observed.trust_is_known:
        return remains.TRUST_UNREAD
    if observed.trust is None:
        return remains.UNTRUSTED
    tags = members.own_tags(observed.cluster.tags)
    spec = oidc.ProviderSpec(issuer=observed.trust.issuer, tags=tags if tags or "eks_cluster_tags" in baseline else None)
    return remains.TRUSTED_OTHERWISE if oidc.plan_present(spec, observed.trust) else None


def _auto_mode(found: Mapping[str, Any]) -> Variables:
    return {"enabled": False} if not found.get("enabled") else {name: value for name, value in found.items() if value or name == "enabled"}


def _nodes(observed: Observed, baseline: Mapping[str, Any]) -> Variables:
    groups, profiles = staying(observed.nodegroups), staying(observed.fargate_profiles)
    role = baseline.get("eks_nodes_role_arn") or members.most_common([each.node_role for each in groups])
    execution = baseline.get("eks_nodes_fargate_role_arn") or members.most_common([each.role_arn for each in profiles])
    subnets = baseline.get("eks_nodes_subnets") or list(observed.cluster.subnets or ())
    return {
        "eks_nodes_role_arn": role or "",
        "eks_nodes_launch_templates": False,  # a group made without one cannot get one
        "eks_nodes_groups": [members.nodegroup(each, role=role, subnets=subnets) for each in groups],
        "eks_nodes_fargate_role_arn": execution or "",
        "eks_nodes_fargate_profiles": [members.fargate_profile(each, role=execution, subnets=subnets) for each in profiles],
    }


def staying(found: Sequence[Any]) -> list[Any]:
    """Return those that are not on their way out."""
    return [each for each in found if each.status != "DELETING"]


def _service_made(observed: Observed) -> frozenset[str]:
    """Return the principals whose entries came with what they are for: nodes of managed groups, of Auto Mode and of Fargate."""
    roles: list[str | None] = [each.node_role for each in observed.nodegroups]
    roles += [each.role_arn for each in observed.fargate_profiles]
    roles.append((observed.cluster.auto_mode or {}).get("node_role_arn"))
    return frozenset(role for role in roles if role)


def _same(value: Any, other: Any) -> bool:
    """Whether two values of a variable mean the same; nothing, however written, is nothing."""
    if isinstance(value, bool) or isinstance(other, bool):
        return value is other
    if not value and not other:
        return True
    if isinstance(value, (list, tuple)) and isinstance(other, (list, tuple)):
        return same_set(value, other)
    return bool(canonical(value) == canonical(other))
