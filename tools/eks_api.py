"""Which module and option answers for which operation and field of the EKS API: written to docs/eks-api.md, held by tests/contracts/test_eks_api.py.

botocore's service model says what there is; the collection's argument specs say what is offered. Only what the two do not name alike stands here.
Usage: eks_api.py        writes docs/eks-api.md
"""

from __future__ import annotations

import importlib
import pathlib
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import botocore.session

PAGE = pathlib.Path(__file__).resolve().parent.parent / "docs" / "eks-api.md"
PACKAGE = "ansible_collections.fleetops.eks.plugins.modules."


MODULES: dict[str, str] = {
    "ActivateCertificateAuthority": "eks_certificate_authority",
    "AssociateAccessPolicy": "eks_access_entry",
    "AssociateEncryptionConfig": "eks_cluster",
    "AssociateIdentityProviderConfig": "eks_identity_provider",
    "CancelUpdate": "eks_cluster",
    "CreateAccessEntry": "eks_access_entry",
    "CreateAddon": "eks_addon",
    "CreateCapability": "eks_capability",
    "CreateCertificateAuthority": "eks_certificate_authority",
    "CreateCluster": "eks_cluster",
    "CreateFargateProfile": "eks_fargate_profile",
    "CreateNodegroup": "eks_nodegroup",
    "CreatePodIdentityAssociation": "eks_pod_identity_association",
    "DeleteAccessEntry": "eks_access_entry",
    "DeleteAddon": "eks_addon",
    "DeleteCapability": "eks_capability",
    "DeleteCertificateAuthority": "eks_certificate_authority",
    "DeleteCluster": "eks_cluster",
    "DeleteFargateProfile": "eks_fargate_profile",
    "DeleteNodegroup": "eks_nodegroup",
    "DeletePodIdentityAssociation": "eks_pod_identity_association",
    "DeregisterCluster": "eks_connector",
    "DescribeAccessEntry": "eks_access_entry_info",
    "DescribeAddon": "eks_addon_info",
    "DescribeAddonConfiguration": "eks_addon_versions_info",
    "DescribeAddonVersions": "eks_addon_versions_info",
    "DescribeCapability": "eks_capability_info",
    "DescribeCertificateAuthority": "eks_certificate_authority_info",
    "DescribeCluster": "eks_cluster_info",
    "DescribeClusterVersions": "eks_cluster_versions_info",
    "DescribeFargateProfile": "eks_fargate_profile_info",
    "DescribeIdentityProviderConfig": "eks_identity_provider_info",
    "DescribeInsight": "eks_insights_info",
    "DescribeInsightsRefresh": "eks_insights_info",
    "DescribeNodegroup": "eks_nodegroup_info",
    "DescribePodIdentityAssociation": "eks_pod_identity_association_info",
    "DescribeUpdate": "eks_update_info",
    "DisassociateAccessPolicy": "eks_access_entry",
    "DisassociateIdentityProviderConfig": "eks_identity_provider",
    "ListAccessEntries": "eks_access_entry_info",
    "ListAddons": "eks_addon_info",
    "ListAssociatedAccessPolicies": "eks_access_entry_info",
    "ListCapabilities": "eks_capability_info",
    "ListCertificateAuthorities": "eks_certificate_authority_info",
    "ListClusters": "eks_cluster_info",
    "ListFargateProfiles": "eks_fargate_profile_info",
    "ListIdentityProviderConfigs": "eks_identity_provider_info",
    "ListInsights": "eks_insights_info",
    "ListNodegroups": "eks_nodegroup_info",
    "ListPodIdentityAssociations": "eks_pod_identity_association_info",
    "ListUpdates": "eks_update_info",
    "RegisterCluster": "eks_connector",
    "StartInsightsRefresh": "eks_insights_info",
    "UpdateAccessEntry": "eks_access_entry",
    "UpdateAddon": "eks_addon",
    "UpdateCapability": "eks_capability",
    "UpdateClusterConfig": "eks_cluster",
    "UpdateClusterVersion": "eks_cluster",
    "UpdateNodegroupConfig": "eks_nodegroup",
    "UpdateNodegroupVersion": "eks_nodegroup",
    "UpdatePodIdentityAssociation": "eks_pod_identity_association",
}
"""The module that calls an operation."""

_BOUGHT = "a licence is bought once, for a year or more: no state that a run could make true again"
NO_MODULE: dict[str, str] = {
    "CreateEksAnywhereSubscription": _BOUGHT,
    "DeleteEksAnywhereSubscription": _BOUGHT,
    "DescribeEksAnywhereSubscription": _BOUGHT,
    "ListEksAnywhereSubscriptions": _BOUGHT,
    "UpdateEksAnywhereSubscription": _BOUGHT,
    "ListAccessPolicies": "names of policies are checked by EKS; `aws eks list-access-policies` lists them",
    "ListTagsForResource": "every Describe answer that a module reads has the tags",
    "TagResource": "option `tags` of every module that has it",
    "UntagResource": "option `tags` of every module that has it, with `purge_tags`",
}
"""Operations without a module of their own, and why."""

EVERYWHERE: dict[str, str] = {
    "clientRequestToken": "made for each request, kept through its retries",
    "nextToken": "all pages are read",
    "maxResults": "all pages are read",
}
"""Members of many operations that are no option, and why."""

OPTIONS: dict[str, str] = {
    "CreateCluster.resourcesVpcConfig.subnetIds": "subnets",
    "CreateCluster.resourcesVpcConfig.securityGroupIds": "security_groups",
    "CreateCluster.resourcesVpcConfig.": "*",
    "CreateCluster.kubernetesNetworkConfig.elasticLoadBalancing.enabled": "auto_mode.enabled",
    "CreateCluster.kubernetesNetworkConfig.elasticLoadBalancing.gatewayApi.crds.managed": "auto_mode.gateway_api_crds",
    "CreateCluster.kubernetesNetworkConfig.": "*",
    "CreateCluster.logging.clusterLogging": "logging",
    "CreateCluster.encryptionConfig.provider.keyArn": "encryption_key_arn",
    "CreateCluster.accessConfig.": "*",
    "CreateCluster.upgradePolicy.": "*",
    "CreateCluster.zonalShiftConfig.enabled": "zonal_shift",
    "CreateCluster.remoteNetworkConfig.remoteNodeNetworks": "remote_node_networks",
    "CreateCluster.remoteNetworkConfig.remotePodNetworks": "remote_pod_networks",
    "CreateCluster.computeConfig.": "auto_mode.*",
    "CreateCluster.storageConfig.blockStorage.enabled": "auto_mode.enabled",
    "CreateCluster.controlPlaneScalingConfig.tier": "control_plane_scaling_tier",
    "UpdateClusterConfig.": "= CreateCluster",
    "AssociateEncryptionConfig.clusterName": "name",
    "AssociateEncryptionConfig.": "= CreateCluster",
    "UpdateClusterVersion.rollbackConfig.timeoutMinutes": "rollback_timeout",
    "CancelUpdate.updateId": "the update in progress, found by ListUpdates",
    "CreateAddon.addonName": "name",
    "CreateAddon.addonVersion": "version",
    "CreateAddon.namespaceConfig.namespace": "namespace",
    "UpdateAddon.": "= CreateAddon",
    "DeleteAddon.": "= CreateAddon",
    "AssociateAccessPolicy.policyArn": "access_policies.policy",
    "AssociateAccessPolicy.accessScope.type": "access_policies.scope",
    "AssociateAccessPolicy.accessScope.namespaces": "access_policies.namespaces",
    "DisassociateAccessPolicy.": "= AssociateAccessPolicy",
    "CreateNodegroup.nodegroupName": "name",
    "CreateNodegroup.remoteAccess.sourceSecurityGroups": "remote_access.source_sg",
    "UpdateNodegroupConfig.labels.": "labels",
    "UpdateNodegroupConfig.taints.addOrUpdateTaints.": "taints.*",
    "UpdateNodegroupConfig.taints.removeTaints.": "taints.*",
    "UpdateNodegroupConfig.": "= CreateNodegroup",
    "UpdateNodegroupVersion.": "= CreateNodegroup",
    "DeleteNodegroup.": "= CreateNodegroup",
    "AssociateIdentityProviderConfig.oidc.identityProviderConfigName": "name",
    "AssociateIdentityProviderConfig.oidc.": "*",
    "DisassociateIdentityProviderConfig.identityProviderConfig.name": "name",
    "DescribeIdentityProviderConfig.identityProviderConfig.name": "the one of the list",
    "ListClusters.include": "connected",
    "ActivateCertificateAuthority.certificateAuthorityId": "id",
    "DeleteCertificateAuthority.certificateAuthorityId": "id",
    "DescribeCertificateAuthority.certificateAuthorityId": "each of the list",
    "DescribeInsight.id": "each of the list, with describe",
    "DescribePodIdentityAssociation.associationId": "each of the list",
    "DescribeUpdate.name": "cluster_name",
    "ListUpdates.name": "cluster_name",
    "ListAccessEntries.associatedPolicyArn": "entries are read with their policies",
    "ListInsights.filter.": "*",
    "RegisterCluster.connectorConfig.": "*",
    "CreateCapability.capabilityName": "name",
    "UpdateCapability.configuration.argoCd.rbacRoleMappings.addOrUpdateRoleMappings.": "configuration.argo_cd.rbac_role_mappings.*",
    "UpdateCapability.configuration.argoCd.rbacRoleMappings.removeRoleMappings.": "configuration.argo_cd.rbac_role_mappings.*",
    "UpdateCapability.": "= CreateCapability",
    "DeleteCapability.": "= CreateCapability",
    "DescribeCapability.": "= CreateCapability",
    "UpdatePodIdentityAssociation.associationId": "found by namespace and service_account",
    "DeletePodIdentityAssociation.associationId": "found by namespace and service_account",
}
"""A member's option where snake_case does not find it. A key that ends with a dot is for all members below; `*` is the member's own name."""

REASONS: dict[str, str] = {
    "DescribeIdentityProviderConfig.identityProviderConfig.type": "always `oidc`, the only value",
    "DisassociateIdentityProviderConfig.identityProviderConfig.type": "always `oidc`, the only value",
    "CreateCluster.encryptionConfig.resources": "always `secrets`, the only value",
}
"""Members that are no option, and why."""


def model() -> Any:
    return botocore.session.get_session().get_service_model("eks")


def members(shape: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the leaves of an input, dotted; lists are seen through."""
    while shape.type_name == "list":
        shape = shape.member
    if shape.type_name != "structure":
        yield ".".join(path)
        return
    for name, member in shape.members.items():
        yield from members(member, (*path, name))


def inputs(operation: str) -> list[str]:
    shape = model().operation_model(operation).input_shape
    return [] if shape is None else list(dict.fromkeys(members(shape)))


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def answer(operation: str, member: str) -> tuple[str, str]:
    """Return ("option", its path) or ("why", the reason that it is none) for a member of an operation's input."""
    if member in EVERYWHERE:
        return "why", EVERYWHERE[member]
    whole = f"{operation}.{member}"
    if whole in REASONS:
        return "why", REASONS[whole]
    found = _named(whole)
    if found is None:
        return "option", ".".join(snake(part) for part in member.split("."))
    key, target = found
    if target.startswith("= "):
        return answer(target[2:], member)
    if " " in target:
        return "why", target
    return "option", target.replace("*", ".".join(snake(part) for part in whole.removeprefix(key).split(".")))


def _named(whole: str) -> tuple[str, str] | None:
    """Return the entry of OPTIONS for a member: its own, that of a list or mapping around it, or the nearest prefix."""
    fitting = [key for key in OPTIONS if whole == key or (whole.startswith(key) and key.endswith(".")) or whole.startswith(key + ".")]
    return (max(fitting, key=len), OPTIONS[max(fitting, key=len)]) if fitting else None


def has_option(module: str, path: str) -> bool:
    options: Mapping[str, Any] = importlib.import_module(PACKAGE + module).SPEC["argument_spec"]
    *parents, last = path.split(".")
    for parent in parents:
        options = options.get(parent, {}).get("options", {})
    return any(last == name or last in (rule.get("aliases") or ()) for name, rule in options.items())


def page() -> str:
    """Return the page: one row an operation, its module, and its members with their options."""
    rows = []
    for operation in sorted(model().operation_names):
        if operation in NO_MODULE:
            rows.append(f"| {operation} | none: {NO_MODULE[operation]} | |")
            continue
        named = [_shown(member, answer(operation, member)) for member in inputs(operation) if member not in EVERYWHERE]
        rows.append(f"| {operation} | `{MODULES[operation]}` | {', '.join(named)} |")
    return HEAD + "\n".join(rows) + "\n"


def _shown(member: str, found: tuple[str, str]) -> str:
    kind, text = found
    if kind == "why":
        return f"{member}: {text}"
    return f"`{text}`" if text == ".".join(snake(part) for part in member.split(".")) else f"{member} → `{text}`"


HEAD = """# The EKS API, operation by operation

For readers who know the API: which module makes which call, and the option that each member of its request comes from. A plain name is the member's own in
snake_case. Tokens are made for each request, and all pages of lists are read. `tools/eks_api.py` writes this page; a test holds it to botocore's service
model and to the modules, so that no operation and no field is missing.

| Operation | Module | Options |
|---|---|---|
"""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.exit(0)
