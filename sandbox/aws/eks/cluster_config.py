"""UpdateClusterConfig: one type of update a call, no-op updates refused, one-way switches kept one-way."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.aws.context import Context, Params
from sandbox.aws.eks import access_entry, cluster_spec, network, references, versions, workloads
from sandbox.aws.eks.base import in_use, invalid, usable_cluster
from sandbox.aws.eks.registry import Answer, operation
from sandbox.aws.eks.updates import cluster_target, refuse_second, start_update
from sandbox.aws.store import Body

Given = dict[str, Any]


@dataclass(frozen=True)
class Group:
    """One type of update: pick takes its part of the request (None: not mentioned), plan checks it against the cluster.

    plan(ctx, cluster, given) returns the members that change and the record's params, or raises the service's refusal.
    """

    kind: str
    pick: Callable[[Params], Given | None]
    plan: Callable[[Context, Body, Given], tuple[Body, dict[str, Any]]]


@operation
def update_cluster_config(ctx: Context, params: Params) -> Answer:
    cluster = usable_cluster(ctx, params["name"])
    _refuse_immutable(params)
    groups = [(group, given) for group in GROUPS if (given := group.pick(params)) is not None]
    if not groups:
        raise invalid("The type for cluster update was not provided.", clusterName=params["name"])
    if len(groups) > 1:
        raise invalid("Only one type of update can be allowed.", clusterName=params["name"])
    group, given = groups[0]
    target = cluster_target(ctx, params["name"])
    refuse_second(ctx, target, group.kind)
    changes, shown = group.plan(ctx, cluster, given)

    def after() -> None:
        access_entry.make_service_entries(ctx, ctx.clusters.get(params["name"]) or cluster)
        workloads.cluster_changed(ctx, params["name"])

    return {"update": start_update(ctx, target, group.kind, shown, lambda _: changes, after=after)}


def _refuse_immutable(params: Params) -> None:
    for name in ("serviceIpv4Cidr", "ipFamily"):
        if name in (params.get("kubernetesNetworkConfig") or {}):
            raise invalid(f"{name} cannot be changed after the cluster was created", clusterName=params["name"])


def _part(params: Params, member: str, *names: str) -> Given | None:
    found = {name: value for name, value in (params.get(member) or {}).items() if name in names}
    return found or None


def _whole(*members: str) -> Callable[[Params], Given | None]:
    return lambda params: {name: params[name] for name in members if name in params} or None


def _auto_mode(params: Params) -> Given | None:
    balancing = (params.get("kubernetesNetworkConfig") or {}).get("elasticLoadBalancing") or {}
    mentioned = "computeConfig" in params or "storageConfig" in params or "enabled" in balancing
    return _whole("computeConfig", "storageConfig", "kubernetesNetworkConfig")(params) if mentioned else None


def _gateway_api(params: Params) -> Given | None:
    balancing = (params.get("kubernetesNetworkConfig") or {}).get("elasticLoadBalancing") or {}
    return {"gatewayApi": balancing["gatewayApi"]} if "gatewayApi" in balancing and _auto_mode(params) is None else None


def _plan_endpoint(ctx: Context, cluster: Body, given: Given) -> tuple[Body, dict[str, Any]]:
    old = cluster["resourcesVpcConfig"]
    new = {**old, **given}
    new["publicAccessCidrs"] = network.canonical_public(new["publicAccessCidrs"])
    cluster_spec.check_endpoints(new["endpointPublicAccess"], new["endpointPrivateAccess"])
    if {**new, "publicAccessCidrs": set(new["publicAccessCidrs"])} == {**old, "publicAccessCidrs": set(old["publicAccessCidrs"])}:
        raise invalid(
            f"Cluster is already at the desired configuration with endpointPrivateAccess: {_flag(new['endpointPrivateAccess'])} , "
            f"endpointPublicAccess: {_flag(new['endpointPublicAccess'])}, and Public Endpoint Restrictions: [{', '.join(new['publicAccessCidrs'])}]"
        )
    shown = {"EndpointPublicAccess": _flag(new["endpointPublicAccess"]), "EndpointPrivateAccess": _flag(new["endpointPrivateAccess"])}
    return {"resourcesVpcConfig": new}, shown | {"PublicAccessCidrs": new["publicAccessCidrs"]}


def _plan_vpc(ctx: Context, cluster: Body, given: Given) -> tuple[Body, dict[str, Any]]:
    old = cluster["resourcesVpcConfig"]
    references.check_subnets(ctx, given.get("subnetIds") or [])
    cluster_spec.check_groups(ctx, given.get("securityGroupIds") or [])
    if "subnetIds" in given:
        _check_same_vpc(ctx, old, given["subnetIds"])
    if all(set(old[name]) == set(value) for name, value in given.items()):
        new = {**old, **given}
        raise invalid(
            "Cluster is already at the desired configuration with subnetIds: "
            f"[{', '.join(new['subnetIds'])}], securityGroupIds: [{', '.join(new['securityGroupIds'])}]"
        )
    return {"resourcesVpcConfig": {**old, **given}}, {"Subnets": given.get("subnetIds"), "SecurityGroups": given.get("securityGroupIds")}


def _check_same_vpc(ctx: Context, old: Body, subnets: list[str]) -> None:
    zones, vpc = references.zones_of(ctx, subnets), references.vpc_of(ctx, subnets)
    if len(zones) == 1 or len(set(subnets)) < 2:
        raise invalid("Subnets specified must be in at least two different AZs")
    if vpc is not None and references.vpc_of(ctx, old["subnetIds"]) not in (None, vpc):
        raise invalid(f"Provided subnets belong to a different VPC: {vpc}")


def _plan_egress(ctx: Context, cluster: Body, given: Given) -> tuple[Body, dict[str, Any]]:
    old, wanted = cluster["resourcesVpcConfig"], given["controlPlaneEgressMode"]
    if wanted == old["controlPlaneEgressMode"]:
        raise invalid(f"Cluster is already at the desired configuration with controlPlaneEgressMode: {wanted}")
    if wanted == "AWS_MANAGED":
        raise invalid(f"controlPlaneEgressMode cannot be changed from {old['controlPlaneEgressMode']} to AWS_MANAGED")
    return {"resourcesVpcConfig": {**old, **given}}, {"ControlPlaneEgressMode": wanted}


def _plan_logging(ctx: Context, cluster: Body, given: Given) -> tuple[Body, dict[str, Any]]:
    setups = given["logging"].get("clusterLogging") or []
    new = cluster_spec.logging(setups, cluster_spec.enabled_logs(cluster))
    if new == cluster["logging"]:
        raise invalid("No changes needed for the logging config provided")
    return {"logging": new}, {"ClusterLogging": {"clusterLogging": setups}}


MODES = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")


def _plan_access(ctx: Context, cluster: Body, given: Given) -> tuple[Body, dict[str, Any]]:
    old, wanted = cluster["accessConfig"]["authenticationMode"], given["accessConfig"].get("authenticationMode")
    if wanted is None:
        raise invalid("The type for cluster update was not provided.")
    if wanted == old:
        raise invalid(f"Cluster is already at the desired configuration with authenticationMode: {wanted}")
    if MODES.index(wanted) != MODES.index(old) + 1:
        raise invalid(f"Unsupported authentication mode update from {old} to {wanted}")
    return {"accessConfig": {**cluster["accessConfig"], "authenticationMode": wanted}}, {"AuthenticationMode": wanted}


def _plan_policy(ctx: Context, cluster: Body, given: Given) -> tuple[Body, dict[str, Any]]:
    wanted = given["upgradePolicy"].get("supportType")
    if wanted == cluster["upgradePolicy"]["supportType"]:
        raise invalid(f"Cluster is already at the desired configuration with supportType: {wanted}")
    in_extended = versions.support_of(versions.BY_MINOR[cluster["version"]], ctx.now) != "STANDARD_SUPPORT"
    if wanted == "STANDARD" and in_extended:
        raise invalid("Cannot change the support type to STANDARD because the cluster is in extended support")
    return {"upgradePolicy": given["upgradePolicy"]}, {"UpgradePolicy": given["upgradePolicy"]}


def _plan_remote(ctx: Context, cluster: Body, given: Given) -> tuple[Body, dict[str, Any]]:
    old = cluster.get("remoteNetworkConfig") or {}
    new = cluster_spec.remote_body({**old, **given["remoteNetworkConfig"]})
    if (new or {}) == old:
        raise invalid("No changes detected")
    if cluster["kubernetesNetworkConfig"]["ipFamily"] == "ipv6" or cluster["accessConfig"]["authenticationMode"] == "CONFIG_MAP":
        raise invalid("remoteNetworkConfig needs a cluster of the IPv4 family with authenticationMode API or API_AND_CONFIG_MAP")
    blocks = cluster_spec.vpc_cidrs(ctx, cluster["resourcesVpcConfig"]["subnetIds"])
    network.check_remote(new or {}, blocks, cluster["kubernetesNetworkConfig"].get("serviceIpv4Cidr"))
    return {"remoteNetworkConfig": new}, {"RemoteNetworkConfig": given["remoteNetworkConfig"]}


def _plan_auto_mode(ctx: Context, cluster: Body, given: Given) -> tuple[Body, dict[str, Any]]:
    switches = cluster_spec.auto_mode_switches(given)
    if len(set(switches)) > 1:
        raise invalid(cluster_spec.AUTO_MODE_TEXT)
    wanted, old = bool(switches[0]), cluster.get("computeConfig") or {}
    compute = {**old, **given["computeConfig"]} if wanted else {"enabled": False, "nodePools": []}
    cluster_spec.check_compute(compute if wanted else {})
    if old.get("enabled") and wanted and old.get("nodeRoleArn") and compute.get("nodeRoleArn") != old["nodeRoleArn"]:
        raise invalid("Compute Config nodeRoleArn cannot be changed after Auto Mode was enabled")
    if wanted and cluster["accessConfig"]["authenticationMode"] == "CONFIG_MAP":
        raise invalid("authenticationMode must be API or API_AND_CONFIG_MAP with EKS Auto Mode")
    network_config = {**cluster["kubernetesNetworkConfig"]}
    network_config["elasticLoadBalancing"] = {**network_config["elasticLoadBalancing"], **given["kubernetesNetworkConfig"]["elasticLoadBalancing"]}
    changes = {"computeConfig": compute, "storageConfig": given["storageConfig"], "kubernetesNetworkConfig": network_config}
    if bool(old.get("enabled")) == wanted and all(same(changes[name], cluster.get(name)) for name in changes):
        raise invalid("No changes detected")
    shown = {"ComputeConfig": given["computeConfig"], "StorageConfig": given["storageConfig"], "KubernetesNetworkConfig": given["kubernetesNetworkConfig"]}
    return changes, shown


def same(one: Any, other: Any) -> bool:
    """Compare as the service does: without order, and with false, empty and absent alike."""
    return _plain(one) == _plain(other)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: plain for key, each in value.items() if (plain := _plain(each))}
    if isinstance(value, list):
        return sorted((_plain(each) for each in value), key=json.dumps)
    return value


def _plan_gateway(ctx: Context, cluster: Body, given: Given) -> tuple[Body, dict[str, Any]]:
    config = cluster["kubernetesNetworkConfig"]
    new = {**config, "elasticLoadBalancing": {**config["elasticLoadBalancing"], **given}}
    if new == config:
        raise invalid("No changes detected")
    return {"kubernetesNetworkConfig": new}, {"KubernetesNetworkConfig": {"elasticLoadBalancing": given}}


def _plan_components(ctx: Context, cluster: Body, given: Given) -> tuple[Body, dict[str, Any]]:
    cluster_spec.check_components(given)
    changes = {name: {**cluster[name], **value} for name, value in given.items()}
    if all(changes[name] == cluster[name] for name in changes):
        raise invalid("No changes detected")
    return changes, {name[0].upper() + name[1:]: value for name, value in given.items()}


def _plan_tier(ctx: Context, cluster: Body, given: Given) -> tuple[Body, dict[str, Any]]:
    old, wanted = cluster["controlPlaneScalingConfig"]["tier"], given["controlPlaneScalingConfig"].get("tier")
    if wanted == old:
        raise invalid(f"Cluster is already at the desired configuration with tier: {wanted}")
    cluster_spec.check_tier(cluster["name"], cluster["version"], given["controlPlaneScalingConfig"])
    return {"controlPlaneScalingConfig": {"tier": wanted}}, {"PreviousTier": old, "UpdatedTier": wanted}


def _plan_value(member: str, shown: str) -> Callable[[Context, Body, Given], tuple[Body, dict[str, Any]]]:
    """Return a plan for a member that is simply replaced."""

    def plan(ctx: Context, cluster: Body, given: Given) -> tuple[Body, dict[str, Any]]:
        if given[member] == cluster[member]:
            raise invalid(f"Cluster is already at the desired configuration with {member}: {_text(given[member])}")
        return {member: given[member]}, {shown: _text(given[member])}

    return plan


def _text(value: Any) -> str:
    return _flag(value) if isinstance(value, bool) else json.dumps(value)


def _flag(value: bool) -> str:
    return "true" if value else "false"


ENDPOINT = ("endpointPublicAccess", "endpointPrivateAccess", "publicAccessCidrs")
GROUPS = (
    Group("EndpointAccessUpdate", lambda params: _part(params, "resourcesVpcConfig", *ENDPOINT), _plan_endpoint),
    Group("VpcConfigUpdate", lambda params: _part(params, "resourcesVpcConfig", "subnetIds", "securityGroupIds"), _plan_vpc),
    Group("ControlPlaneEgressUpdate", lambda params: _part(params, "resourcesVpcConfig", "controlPlaneEgressMode"), _plan_egress),
    Group("LoggingUpdate", _whole("logging"), _plan_logging),
    Group("AccessConfigUpdate", _whole("accessConfig"), _plan_access),
    Group("UpgradePolicyUpdate", _whole("upgradePolicy"), _plan_policy),
    Group("ZonalShiftConfigUpdate", _whole("zonalShiftConfig"), _plan_value("zonalShiftConfig", "ZonalShiftConfig")),
    Group("RemoteNetworkConfigUpdate", _whole("remoteNetworkConfig"), _plan_remote),
    Group("AutoModeUpdate", _auto_mode, _plan_auto_mode),
    Group("ConfigUpdate", _gateway_api, _plan_gateway),
    Group("DeletionProtectionUpdate", _whole("deletionProtection"), _plan_value("deletionProtection", "DeletionProtection")),
    Group("ControlPlaneScalingConfigUpdate", _whole("controlPlaneScalingConfig"), _plan_tier),
    Group("ControlPlaneComponentConfigUpdate", _whole("kubeApiServerConfig", "kubeSchedulerConfig", "kubeControllerManagerConfig"), _plan_components),
)


@operation
def associate_encryption_config(ctx: Context, params: Params) -> Answer:
    """Encrypt secrets with a key: once, and for ever."""
    name = params["clusterName"]
    cluster = usable_cluster(ctx, name)
    for encryption in params["encryptionConfig"]:
        cluster_spec.check_encryption(ctx, encryption)
    if cluster.get("encryptionConfig"):
        raise in_use("Cluster already has encryption enabled", clusterName=name)
    shown = {"EncryptionConfig": params["encryptionConfig"]}
    update = start_update(ctx, cluster_target(ctx, name), "AssociateEncryptionConfig", shown, lambda _: {"encryptionConfig": params["encryptionConfig"]})
    return {"update": update}
