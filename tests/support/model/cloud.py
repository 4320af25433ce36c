"""The simulated cloud in the words of a declaration: a cluster's settings, node groups, add-ons and access, and all of it together."""

from __future__ import annotations

import json
from typing import Any

from tests.support.model import cloud_members as members
from tests.support.model.names import NAME, Declared, Site


def cloud(site: Site) -> Declared:
    """Return the whole, in an order that normal() gives a declaration too."""
    eks = site.eks
    found = {"cluster": cluster(eks), "groups": groups(eks), "addons": addons(eks), "entries": entries(eks), "pods": pods(eks)}
    more = {"profiles": members.profiles(eks), "provider": members.provider(eks), "capabilities": members.capabilities(eks)}
    return {**found, **more, "roles": members.roles(site.iam)}


def unwell(eks: Any) -> list[str]:
    """Return what is there and neither ACTIVE nor short of nodes only."""
    groups = [eks.describe_nodegroup(**NAME, nodegroupName=name)["nodegroup"] for name in eks.list_nodegroups(**NAME)["nodegroups"]]
    addons = [eks.describe_addon(**NAME, addonName=name)["addon"] for name in eks.list_addons(**NAME)["addons"]]
    short = [{issue["code"] for issue in addon["health"]["issues"]} == {"InsufficientNumberOfReplicas"} for addon in addons]
    found = [*groups, *(addon for addon, nodes in zip(addons, short, strict=True) if not nodes), *members.described(eks)]
    return [f"{each['status']}: {each}" for each in [eks.describe_cluster(name="edge")["cluster"], *found] if each["status"] != "ACTIVE"]


def without_entry(eks: Any) -> set[str]:
    """Return the roles of nodes that EKS has let in and that are out now: nobody may join with them."""
    groups = {eks.describe_nodegroup(**NAME, nodegroupName=name)["nodegroup"]["nodeRole"] for name in eks.list_nodegroups(**NAME)["nodegroups"]}
    compute = eks.describe_cluster(name="edge")["cluster"].get("computeConfig") or {}
    auto = {compute["nodeRoleArn"]} if compute.get("enabled") else set()
    return (groups | auto | members.pod_roles(eks)) - set(eks.list_access_entries(**NAME)["accessEntries"])


def cluster(eks: Any) -> Declared:
    found = eks.describe_cluster(name="edge")["cluster"]
    vpc, remote = found["resourcesVpcConfig"], found.get("remoteNetworkConfig") or {}
    return {
        "endpoint_private_access": vpc["endpointPrivateAccess"],
        "public_access_cidrs": sorted(vpc["publicAccessCidrs"]),
        "logging": sorted(kind for setup in found["logging"]["clusterLogging"] if setup["enabled"] for kind in setup["types"]),
        "zonal_shift": found["zonalShiftConfig"]["enabled"],
        "remote_node_networks": [cidr for network in remote.get("remoteNodeNetworks") or [] for cidr in network["cidrs"]],
        "control_plane_scaling_tier": found["controlPlaneScalingConfig"]["tier"],
        "version": found["version"],
        "auto_mode": auto_mode(found),
        "tags": found["tags"],
    }


def auto_mode(found: Declared) -> Declared:
    compute, network = found.get("computeConfig") or {}, found["kubernetesNetworkConfig"]["elasticLoadBalancing"]
    switches = {bool(compute.get("enabled")), network["enabled"], found["storageConfig"]["blockStorage"]["enabled"]}
    if switches != {True}:
        return {"enabled": sorted(switches)} if len(switches) > 1 else {"enabled": False}
    crds = network.get("gatewayApi", {}).get("crds", {}).get("managed", False)
    return {"enabled": True, "node_pools": sorted(compute["nodePools"]), "node_role_arn": compute.get("nodeRoleArn"), "gateway_api_crds": crds}


def groups(eks: Any) -> Declared:
    found = [eks.describe_nodegroup(**NAME, nodegroupName=name)["nodegroup"] for name in eks.list_nodegroups(**NAME)["nodegroups"]]
    return {
        group["nodegroupName"]: {
            "labels": group["labels"],
            "taints": ordered(group["taints"]),
            "scaling_config": {
                name: group["scalingConfig"][member] for name, member in (("min_size", "minSize"), ("max_size", "maxSize"), ("desired_size", "desiredSize"))
            },
            "tags": group["tags"],
            "version": group["version"],
        }
        for group in found
    }


def addons(eks: Any) -> Declared:
    found = [eks.describe_addon(**NAME, addonName=name)["addon"] for name in eks.list_addons(**NAME)["addons"]]
    return {addon["addonName"]: addon_of(eks, addon) for addon in found}


def addon_of(eks: Any, addon: Declared) -> Declared:
    owned = [
        eks.describe_pod_identity_association(**NAME, associationId=arn.rpartition("/")[2])["association"] for arn in addon.get("podIdentityAssociations") or []
    ]
    values = addon.get("configurationValues")
    more: dict[str, Declared] = {
        "coredns": {"configuration_values": json.loads(values) if values else {}},
        "vpc-cni": {"pod_identity_associations": [{"service_account": each["serviceAccount"], "role_arn": each["roleArn"]} for each in owned]},
    }
    return {"tags": addon["tags"], **more.get(addon["addonName"], {})}


def entries(eks: Any) -> Declared:
    principals = [name for name in eks.list_access_entries(**NAME)["accessEntries"] if name.endswith(("/people", "/robots", "/stranger"))]
    return {principal: entry(eks, principal) for principal in principals}


def entry(eks: Any, principal: str) -> Declared:
    found = eks.describe_access_entry(**NAME, principalArn=principal)["accessEntry"]
    granted = eks.list_associated_access_policies(**NAME, principalArn=principal)["associatedAccessPolicies"]
    policies = {policy["policyArn"].rpartition("/")[2]: sorted(policy["accessScope"].get("namespaces") or []) for policy in granted}
    return {"kubernetes_groups": sorted(found["kubernetesGroups"]), "policies": policies, "tags": found["tags"]}


def pods(eks: Any) -> Declared:
    listed = [each for each in eks.list_pod_identity_associations(**NAME)["associations"] if not each.get("ownerArn")]
    found = [eks.describe_pod_identity_association(**NAME, associationId=each["associationId"])["association"] for each in listed]
    return {(each["namespace"], each["serviceAccount"]): {"role_arn": each["roleArn"], "tags": each["tags"]} for each in found}


def ordered(taints: list[Declared]) -> list[Declared]:
    return sorted(taints, key=lambda each: (each["key"], each["effect"]))


def normal(declared: Declared) -> Declared:
    """Return a declaration in the order in which cloud() tells."""
    settings = declared["cluster"]
    lists = {"public_access_cidrs": sorted(settings["public_access_cidrs"]), "logging": sorted(settings["logging"])}
    version = {"version": settings["version"]}
    return {
        **declared,
        "cluster": {**settings, **lists},
        "groups": {name: {**group, **version, "taints": ordered(group["taints"])} for name, group in declared["groups"].items()},
        "entries": {name: {**each, "kubernetes_groups": sorted(each["kubernetes_groups"])} for name, each in declared["entries"].items()},
    }
