"""A CreateCluster request, checked and filled in with the service's defaults."""

from __future__ import annotations

import secrets
from typing import Any

from sandbox.aws import moto_side
from sandbox.aws.context import Context, Params
from sandbox.aws.eks import network, references, versions
from sandbox.aws.eks.base import check_tags, invalid
from sandbox.aws.store import Body

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
AUTO_MODE_TEXT = (
    "For EKS Auto Mode, please ensure that all required configs, including computeConfig, kubernetesNetworkConfig, "
    "and blockStorage are all either fully enabled or fully disabled."
)
NODE_POOLS = ("general-purpose", "system")


def check(ctx: Context, params: Params) -> None:
    """Refuse what the service refuses, before anything is made."""
    vpc = params["resourcesVpcConfig"]
    if params.get("version") and params["version"] not in versions.BY_MINOR:
        raise invalid("unsupported Kubernetes version", clusterName=params["name"])
    check_tags(params.get("tags"))
    _check_outpost(params)
    _check_subnets(ctx, params["name"], vpc.get("subnetIds") or [], local=bool(params.get("outpostConfig")))
    check_groups(ctx, vpc.get("securityGroupIds") or [])
    check_endpoints(vpc.get("endpointPublicAccess", True), vpc.get("endpointPrivateAccess", False))
    references.check_role(ctx, params["roleArn"], clusterName=params["name"])
    _check_networks(ctx, params)
    for encryption in params.get("encryptionConfig") or []:
        check_encryption(ctx, encryption)
    check_auto_mode(params)
    check_components(params)
    check_tier(params["name"], params.get("version") or versions.DEFAULT, params.get("controlPlaneScalingConfig") or {})
    _check_bootstrap(params)


def _check_outpost(params: Params) -> None:
    """A local cluster has a private endpoint, IPv4, and no envelope encryption (user guide, eks-outposts); the words are the sandbox's own."""
    if not params.get("outpostConfig"):
        return
    name, vpc = params["name"], params["resourcesVpcConfig"]
    if len(params["outpostConfig"]["outpostArns"]) != 1:
        raise invalid("Only a single Outpost ARN is supported", clusterName=name)
    compute = (params.get("computeConfig") or {}).get("enabled")
    unsupported = {
        "endpointPublicAccess": vpc.get("endpointPublicAccess", False) or not vpc.get("endpointPrivateAccess", True),
        "ipFamily": (params.get("kubernetesNetworkConfig") or {}).get("ipFamily") == "ipv6",
        "encryptionConfig": params.get("encryptionConfig"),
        "computeConfig": compute,
        "remoteNetworkConfig": params.get("remoteNetworkConfig"),
    }
    found = next((member for member, given in unsupported.items() if given), None)
    if found is not None:
        raise invalid(f"{found} is not supported for local clusters on AWS Outposts", clusterName=name)


def _check_subnets(ctx: Context, name: str, subnets: list[str], *, local: bool) -> None:
    references.check_subnets(ctx, subnets, clusterName=name)
    zones = references.zones_of(ctx, subnets)
    if local and len(set(subnets)) == 1:
        return
    if len(zones) == 1 or len(set(subnets)) < 2:
        raise invalid("Subnets specified must be in at least two different AZs", clusterName=name)


def check_groups(ctx: Context, groups: list[str]) -> None:
    if len(groups) > 5:
        raise invalid("At most 5 security groups can be specified")
    references.check_security_groups(ctx, groups)


def check_endpoints(public: bool, private: bool) -> None:
    if not public and not private:
        raise invalid("Private and public endpoint access cannot both be disabled")


def check_encryption(ctx: Context, encryption: Body) -> None:
    if not (encryption.get("provider") or {}).get("keyArn") or encryption.get("resources", ["secrets"]) != ["secrets"]:
        raise invalid("encryptionConfig needs a provider keyArn, and its resources must be secrets")
    references.check_key(ctx, encryption["provider"]["keyArn"])


def auto_mode_switches(params: Params) -> tuple[bool | None, bool | None, bool | None]:
    """Return the three switches of Auto Mode as the request has them; None where it does not mention one."""
    compute = (params.get("computeConfig") or {}).get("enabled")
    balancing = ((params.get("kubernetesNetworkConfig") or {}).get("elasticLoadBalancing") or {}).get("enabled")
    storage = ((params.get("storageConfig") or {}).get("blockStorage") or {}).get("enabled")
    return compute, balancing, storage


def check_auto_mode(params: Params) -> None:
    if len({bool(switch) for switch in auto_mode_switches(params)}) > 1:
        raise invalid(AUTO_MODE_TEXT)
    check_compute(params.get("computeConfig") or {})


def check_compute(compute: Body) -> None:
    unknown = set(compute.get("nodePools") or []) - set(NODE_POOLS)
    if unknown:
        raise invalid(f"Compute Config nodePools must be one of [{', '.join(NODE_POOLS)}]: {', '.join(sorted(unknown))}")
    if compute.get("nodeRoleArn") and not compute.get("nodePools"):
        raise invalid("When Compute Config nodeRoleArn is not null or empty, nodePool value(s) must be provided.")
    if compute.get("nodePools") and not compute.get("nodeRoleArn"):
        raise invalid("When Compute Config nodePools is not empty, nodeRoleArn must be provided.")


def check_tier(name: str, version: str, config: Body) -> None:
    """Hold the scaling tier to those that DescribeClusterVersions lists for the version; the words are the sandbox's own."""
    offered = versions.tiers_of(version)
    if config.get("tier") and config["tier"] not in offered:
        raise invalid(f"Control plane scaling tier {config['tier']} is not supported for Kubernetes version {version}", clusterName=name)


def check_components(params: Params) -> None:
    """Hold the control plane's component settings to the constraints that DescribeClusterVersions lists."""
    ports = (params.get("kubeApiServerConfig") or {}).get("serviceNodePortRange") or {}
    if ports and not 1024 <= ports.get("minPort", 30000) < ports.get("maxPort", 32767) <= 65535:
        raise invalid("serviceNodePortRange must lie within 1024-65535, with minPort below maxPort")


def _check_bootstrap(params: Params) -> None:
    mode = (params.get("accessConfig") or {}).get("authenticationMode", "CONFIG_MAP")
    auto = bool((params.get("computeConfig") or {}).get("enabled"))
    if auto and params.get("bootstrapSelfManagedAddons") is not False:
        raise invalid("For EKS Auto Mode, bootstrapSelfManagedAddons must be set to false")
    if mode == "CONFIG_MAP" and (auto or params.get("remoteNetworkConfig")):
        noun = "EKS Auto Mode" if auto else "remoteNetworkConfig"
        raise invalid(f"authenticationMode must be API or API_AND_CONFIG_MAP with {noun}")


def _check_networks(ctx: Context, params: Params) -> None:
    given = params.get("kubernetesNetworkConfig") or {}
    if given.get("serviceIpv4Cidr"):
        network.check_service_cidr(given["serviceIpv4Cidr"])
    remote = params.get("remoteNetworkConfig")
    if remote is not None:
        if given.get("ipFamily") == "ipv6":
            raise invalid("remoteNetworkConfig is supported for clusters of the IPv4 family only")
        network.check_remote(remote, vpc_cidrs(ctx, params["resourcesVpcConfig"].get("subnetIds") or []), given.get("serviceIpv4Cidr"))


def vpc_cidrs(ctx: Context, subnets: list[str]) -> list[str]:
    """Return the CIDR blocks of the subnets' VPC, as far as EC2 knows it."""
    vpc_id = references.vpc_of(ctx, subnets)
    return [] if vpc_id is None else moto_side.vpc_cidrs(ctx.call.account, ctx.call.region, vpc_id)


def new_body(ctx: Context, params: Params) -> Body:
    """Return a new cluster's body, all defaults filled in. Members with an underscore are never answered."""
    minor = params.get("version") or versions.DEFAULT
    access = {"authenticationMode": "CONFIG_MAP", "bootstrapClusterCreatorAdminPermissions": True, **(params.get("accessConfig") or {})}
    return {
        "name": params["name"],
        "arn": ctx.arn(f"cluster/{params['name']}"),
        "createdAt": ctx.now,
        "version": minor,
        "platformVersion": versions.BY_MINOR[minor].platform,
        "roleArn": params["roleArn"],
        "resourcesVpcConfig": _vpc_config(ctx, params["resourcesVpcConfig"], local=bool(params.get("outpostConfig"))),
        "kubernetesNetworkConfig": _network_config(ctx, params),
        "logging": logging((params.get("logging") or {}).get("clusterLogging") or [], ()),
        "tags": params.get("tags") or {},
        "encryptionConfig": params.get("encryptionConfig"),
        "outpostConfig": params.get("outpostConfig"),
        "health": {"issues": []},
        "accessConfig": access,
        "upgradePolicy": {"supportType": "EXTENDED", **(params.get("upgradePolicy") or {})},
        "zonalShiftConfig": {"enabled": False, **(params.get("zonalShiftConfig") or {})},
        "remoteNetworkConfig": remote_body(params.get("remoteNetworkConfig")),
        "computeConfig": params.get("computeConfig"),
        "storageConfig": params.get("storageConfig"),
        "deletionProtection": params.get("deletionProtection", False),
        "controlPlaneScalingConfig": {"tier": "standard", **(params.get("controlPlaneScalingConfig") or {})},
        **{name: {**defaults, **(params.get(name) or {})} for name, defaults in component_defaults().items()},
        "_unique": secrets.token_hex(16).upper(),
        "_creator": ctx.caller.principal_arn,
        "_upgrades": [],
    }


def component_defaults() -> dict[str, Body]:
    return {
        "kubeApiServerConfig": {"eventTtl": "1h0m0s", "serviceNodePortRange": {"minPort": 30000, "maxPort": 32767}},
        "kubeSchedulerConfig": {
            "nodeResourcesFit": {"scoringStrategy": {"type": "LeastAllocated", "resources": [{"name": "cpu", "weight": 1}, {"name": "memory", "weight": 1}]}}
        },
        "kubeControllerManagerConfig": {
            "podGcControllerConfig": {"terminatedPodGcThreshold": 12500},
            "horizontalPodAutoscalerControllerConfig": {"horizontalPodAutoscalerSyncPeriod": "15s"},
        },
    }


def remote_body(remote: Body | None) -> Body | None:
    """Return remoteNetworkConfig as the service keeps it; nothing when it names no CIDR."""
    kept = {name: remote[name] for name in ("remoteNodeNetworks", "remotePodNetworks") if network.cidrs_of(remote, name)} if remote else {}
    return kept or None


def logging(setups: list[Body], enabled: tuple[str, ...]) -> Body:
    """Return the logging block after setups: first the enabled types, then the others."""
    state = {name: name in enabled for name in LOG_TYPES}
    for setup in setups:
        state.update(dict.fromkeys(setup.get("types") or [], bool(setup.get("enabled"))))
    groups = [{"types": [name for name in LOG_TYPES if state[name] is on], "enabled": on} for on in (True, False)]
    return {"clusterLogging": [group for group in groups if group["types"]]}


def enabled_logs(body: Body) -> tuple[str, ...]:
    return tuple(name for setup in body["logging"]["clusterLogging"] if setup["enabled"] for name in setup["types"])


def _vpc_config(ctx: Context, given: Body, *, local: bool) -> Body:
    return {
        "subnetIds": given.get("subnetIds") or [],
        "securityGroupIds": given.get("securityGroupIds") or [],
        "clusterSecurityGroupId": f"sg-{secrets.token_hex(9)[:17]}",
        "vpcId": references.vpc_of(ctx, given.get("subnetIds") or []) or f"vpc-{secrets.token_hex(9)[:17]}",
        "endpointPublicAccess": given.get("endpointPublicAccess", not local),
        "endpointPrivateAccess": given.get("endpointPrivateAccess", local),
        "publicAccessCidrs": network.canonical_public(given.get("publicAccessCidrs") or ["0.0.0.0/0"]),
        "controlPlaneEgressMode": given.get("controlPlaneEgressMode", "AWS_MANAGED"),
    }


def _network_config(ctx: Context, params: Params) -> dict[str, Any]:
    given = params.get("kubernetesNetworkConfig") or {}
    balancing = {"enabled": False, **(given.get("elasticLoadBalancing") or {})}
    if given.get("ipFamily") == "ipv6":
        return {"ipFamily": "ipv6", "serviceIpv6Cidr": "fd6d:a1b2:c3d4::/108", "elasticLoadBalancing": balancing}
    # 172.20.0.0/16 where the VPC lies in 10.0.0.0/8, else 10.100.0.0/16 (API reference, KubernetesNetworkConfigRequest)
    blocks = vpc_cidrs(ctx, params["resourcesVpcConfig"].get("subnetIds") or [])
    default = "172.20.0.0/16" if any(block.startswith("10.") for block in blocks) else "10.100.0.0/16"
    return {"ipFamily": "ipv4", "serviceIpv4Cidr": given.get("serviceIpv4Cidr") or default, "elasticLoadBalancing": balancing}
