# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole cluster, read once, each thing described: what a declaration of it is made from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import DENIED, speaking
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal, ServiceError
from ansible_collections.fleetops.eks.plugins.module_utils._eks.access_entry import EntryState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.addon_state import AddonState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.adopt import Observed
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api import snapshot as api
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.capability import describe_capability, list_capabilities
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.certificate_authority import list_certificate_authorities
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.cluster import describe_cluster, list_clusters
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.fargate_profile import describe_fargate_profile, list_fargate_profiles
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.identity_provider import (
    describe_identity_provider_config,
    list_identity_provider_configs,
)
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.pod_identity import describe_pod_identity_association
from ansible_collections.fleetops.eks.plugins.module_utils._eks.capability_values import CapabilityState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster_values import ClusterState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.fargate_profile import ProfileState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.identity_provider_values import ProviderState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.access_entry import found_entries
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.addon import described
from ansible_collections.fleetops.eks.plugins.module_utils._eks.nodegroup_state import NodegroupState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.pod_identity import AssociationState
from ansible_collections.fleetops.eks.plugins.module_utils._iam.live.oidc import found_provider
from ansible_collections.fleetops.eks.plugins.module_utils._iam.oidc import issuer_of


def observe(client: Any, name: str, *, iam: Any) -> Observed:
    """Return the cluster with everything in it; one that EKS does not run, or is still making, without."""
    with speaking(f"read cluster {name}"):
        cluster = ClusterState.from_api(describe_cluster(client, name))
        if cluster is None:
            raise _missing(client, name)
        found = Observed(cluster) if cluster.connected or cluster.status != "ACTIVE" else _whole(client, cluster)
    return _trusted(iam, found)


def _whole(client: Any, cluster: ClusterState) -> Observed:
    name = cluster.name
    groups = [NodegroupState.from_api(answer) for answer in api.nodegroups(client, name)]
    profiles = [ProfileState.from_api(describe_fargate_profile(client, name, each)) for each in list_fargate_profiles(client, name) or ()]
    return Observed(
        cluster,
        nodegroups=tuple(group for group in groups if group is not None),
        fargate_profiles=tuple(profile for profile in profiles if profile is not None),
        addons=tuple(_addons(client, name)),
        entries=tuple(_entries(client, cluster)),
        associations=tuple(_associations(client, name)),
        capabilities=tuple(_capabilities(client, name)),
        identity_providers=tuple(_identity_providers(client, name)),
        authorities=tuple(list_certificate_authorities(client, name) or ()),
    )


def _trusted(iam: Any, found: Observed) -> Observed:
    """Who may read EKS need not be allowed to read IAM: then what it would tell is not known."""
    if found.issuer is None:
        return found
    try:
        return replace(found, trust=found_provider(iam, issuer_of(found.issuer)))
    except ServiceError as error:
        if error.code in DENIED:
            return replace(found, trust_is_known=False)
        raise


def _capabilities(client: Any, name: str) -> list[CapabilityState]:
    names = [each["capabilityName"] for each in list_capabilities(client, name) or ()]
    states = [CapabilityState.from_api(describe_capability(client, name, each)) for each in names]
    return [state for state in states if state is not None]


def _identity_providers(client: Any, name: str) -> list[ProviderState]:
    names = [each["name"] for each in list_identity_provider_configs(client, name) or () if each["type"] == "oidc"]
    states = [ProviderState.from_api(describe_identity_provider_config(client, name, each)) for each in names]
    return [state for state in states if state is not None]


def _addons(client: Any, name: str) -> list[AddonState]:
    states = [described(client, answer, associations=True) for answer in api.addons(client, name)]
    return [state for state in states if state is not None]


def _entries(client: Any, cluster: ClusterState) -> list[EntryState]:
    """Entries exist where the authentication mode has them."""
    return [] if cluster.authentication_mode == "CONFIG_MAP" else found_entries(client, cluster.name)


def _associations(client: Any, name: str) -> list[AssociationState]:
    """Those that no add-on owns; an owner's are read with it."""
    free = [each["associationId"] for each in api.pod_identity_associations(client, name) if not each.get("ownerArn")]
    states = [AssociationState.from_api(describe_pod_identity_association(client, name, each)) for each in free]
    return [state for state in states if state is not None]


def _missing(client: Any, name: str) -> Refusal:
    others = ", ".join(list_clusters(client)) or "none"
    return Refusal(
        f"There is no cluster {name} in region {client.meta.region_name} of this account. There: {others}.",
        remedy="Check the name, the region and whose credentials these are.",
        fields=("name",),
    )
