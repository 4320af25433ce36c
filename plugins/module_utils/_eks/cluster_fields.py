# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of a cluster's settings: where each lies in EKS's requests and answers, how it compares, which update carries it.

One UpdateClusterConfig call carries one type of update (`Only one type of update can be allowed.`), so a field's group is EKS's UpdateType.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.compare import canonical_cidr, covers, same_cidrs, same_set
from ansible_collections.fleetops.eks.plugins.module_utils._core.naming import to_camel, to_snake
from ansible_collections.fleetops.eks.plugins.module_utils._eks import versions

FIXED = ""
"""The update type of what only creation can set."""
ORDER = (
    "DeletionProtectionUpdate",
    "AccessConfigUpdate",
    "EndpointAccessUpdate",
    "VpcConfigUpdate",
    "ControlPlaneEgressUpdate",
    "RemoteNetworkConfigUpdate",
    "LoggingUpdate",
    "AssociateEncryptionConfig",
    "UpgradePolicyUpdate",
    "ZonalShiftConfigUpdate",
    "ControlPlaneScalingConfigUpdate",
    "ControlPlaneComponentConfigUpdate",
    "AutoModeUpdate",
    "VersionUpdate",
)
"""In which order updates are sent: what the next ones need first (access for hybrid networks and Auto Mode), the longest last."""
OPERATIONS = {"AssociateEncryptionConfig": "associate_encryption_config", "VersionUpdate": "update_cluster_version"}
"""The types that have an operation of their own; all others are update_cluster_config."""
MODES = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")
"""authentication_mode goes this way only, one at a time."""

Request = dict[str, Any]
_DURATION = re.compile(r"(\d+)(h|m|s)")
_SECONDS = {"h": 3600, "m": 60, "s": 1}


@dataclass(frozen=True)
class Field:
    """One setting.

    read: DescribeCluster's answer in, the value in the module's words out.
    build: declared value and actual one (None at creation) in, members of the request out.
    same: whether declared and actual mean the same.
    stops: actual and declared value in, the values to pass through out, declared last.
    """

    name: str
    update: str
    read: Callable[[Mapping[str, Any]], Any]
    build: Callable[[Any, Any], Request]
    same: Callable[[Any, Any], bool] = lambda declared, actual: bool(declared == actual)
    stops: Callable[[Any, Any], Sequence[Any]] = lambda actual, declared: [declared]


def merged(left: Mapping[str, Any], right: Mapping[str, Any]) -> Request:
    """Return both requests as one: mappings member by member."""
    both = {key: merged(left[key], right[key]) for key in left.keys() & right.keys() if isinstance(left[key], Mapping) and isinstance(right[key], Mapping)}
    return {**left, **right, **both}


def _read(*path: str, default: Any = None) -> Callable[[Mapping[str, Any]], Any]:
    def read(answer: Mapping[str, Any]) -> Any:
        value: Any = answer
        for key in path:
            value = (value or {}).get(key)
        return default if value is None else value

    return read


def _build(*path: str) -> Callable[[Any, Any], Request]:
    def build(declared: Any, actual: Any) -> Request:
        for key in reversed(path):
            declared = {key: declared}
        return dict(declared)

    return build


def _plain(name: str, update: str, *path: str, default: Any = None, **more: Any) -> Field:
    """A value that the API has under path as it is."""
    return Field(name, update, _read(*path, default=default), _build(*path), **more)


def _mapping(name: str, update: str, member: str, same: Callable[[Any, Any], bool] = covers) -> Field:
    """An object of the API in snake_case; only its declared members are compared and sent."""
    return Field(name, update, lambda answer: to_snake(answer.get(member) or {}), lambda declared, actual: {member: to_camel(declared)}, same)


def _logging_read(answer: Mapping[str, Any]) -> list[str]:
    setups = (answer.get("logging") or {}).get("clusterLogging") or []
    return sorted(kind for setup in setups if setup.get("enabled") for kind in setup.get("types") or [])


def _logging_build(declared: Sequence[str], actual: Sequence[str] | None) -> Request:
    """Only the types that change: EKS refuses `No changes needed for the logging config provided`."""
    on, off = sorted(set(declared) - set(actual or ())), sorted(set(actual or ()) - set(declared))
    return {"logging": {"clusterLogging": [{"types": types, "enabled": enabled} for types, enabled in ((on, True), (off, False)) if types]}}


def _key_read(answer: Mapping[str, Any]) -> str:
    return next((config["provider"]["keyArn"] for config in answer.get("encryptionConfig") or [] if config.get("provider")), "")


def _key_build(declared: str, actual: str | None) -> Request:
    return {"encryptionConfig": [{"resources": ["secrets"], "provider": {"keyArn": declared}}]}


def _same_key(declared: str, actual: str) -> bool:
    """EKS keeps the key's ARN where an alias was given: an alias cannot be told from another key."""
    return declared == actual or (bool(actual) and "alias/" in declared)


def _networks_read(member: str) -> Callable[[Mapping[str, Any]], list[str]]:
    def read(answer: Mapping[str, Any]) -> list[str]:
        entries = (answer.get("remoteNetworkConfig") or {}).get(member) or []
        return [cidr for entry in entries for cidr in entry.get("cidrs") or []]

    return read


def _nodes_build(declared: Sequence[str], actual: Any) -> Request:
    """Taking hybrid nodes away needs both members empty (API reference, UpdateClusterConfig); pod networks cannot be without node networks."""
    if not declared:
        return {"remoteNetworkConfig": {"remoteNodeNetworks": [], "remotePodNetworks": []}}
    return {"remoteNetworkConfig": {"remoteNodeNetworks": _cidrs(declared)}}


def _pods_build(declared: Sequence[str], actual: Any) -> Request:
    return {"remoteNetworkConfig": {"remotePodNetworks": _cidrs(declared)}}


def _cidrs(declared: Sequence[str]) -> list[Request]:
    """The API has a list of at most one list."""
    return [{"cidrs": [canonical_cidr(cidr) for cidr in declared]}] if declared else []


def _auto_mode_read(answer: Mapping[str, Any]) -> dict[str, Any]:
    compute = answer.get("computeConfig") or {}
    return {
        "enabled": bool(compute.get("enabled")),
        "node_pools": compute.get("nodePools") or [],
        "node_role_arn": compute.get("nodeRoleArn"),
        "gateway_api_crds": bool(_read("kubernetesNetworkConfig", "elasticLoadBalancing", "gatewayApi", "crds", "managed")(answer)),
    }


def _auto_mode_build(declared: Mapping[str, Any], actual: Mapping[str, Any] | None) -> Request:
    """The three switches travel together: EKS takes them all on or all off. Node pools go with the role that serves them."""
    enabled = declared["enabled"]
    compute: Request = {"enabled": enabled}
    balancing: Request = {"enabled": enabled}
    if enabled:
        known = {**(actual or {}), **{key: value for key, value in declared.items() if value is not None}}
        compute |= {api: known[key] for key, api in (("node_pools", "nodePools"), ("node_role_arn", "nodeRoleArn")) if known.get(key)}
        compute |= {"nodePools": []} if declared.get("node_pools") == [] else {}
    if declared.get("gateway_api_crds") is not None:
        balancing["gatewayApi"] = {"crds": {"managed": declared["gateway_api_crds"]}}
    return {"computeConfig": compute, "storageConfig": {"blockStorage": {"enabled": enabled}}, "kubernetesNetworkConfig": {"elasticLoadBalancing": balancing}}


def _same_auto_mode(declared: Mapping[str, Any], actual: Mapping[str, Any]) -> bool:
    def pools(value: Mapping[str, Any]) -> dict[str, Any]:
        listed = value.get("node_pools")
        return {**value, "node_pools": None if listed is None else sorted(set(listed))}

    return covers(pools(declared), pools(actual))


def _same_component(declared: Mapping[str, Any], actual: Mapping[str, Any]) -> bool:
    return covers(by_meaning(declared), by_meaning(actual))


def by_meaning(value: Any) -> Any:
    """Durations as seconds (EKS answers 1h0m0s for 60m), weighted resources by name."""
    if isinstance(value, Mapping):
        return {key: by_meaning(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return {item["name"]: item["weight"] for item in value}
    if isinstance(value, str) and re.fullmatch(rf"({_DURATION.pattern})+", value):
        return sum(int(number) * _SECONDS[unit] for number, unit in _DURATION.findall(value))
    return value


def _modes_between(actual: str, declared: str) -> Sequence[str]:
    return MODES[MODES.index(actual) + 1 : MODES.index(declared) + 1]


def _same_cidr(declared: str, actual: str | None) -> bool:
    return canonical_cidr(declared) == actual


FIELDS: tuple[Field, ...] = (
    _plain("role_arn", FIXED, "roleArn"),
    _plain("service_ipv4_cidr", FIXED, "kubernetesNetworkConfig", "serviceIpv4Cidr", same=_same_cidr),
    _plain("ip_family", FIXED, "kubernetesNetworkConfig", "ipFamily", default="ipv4"),
    _mapping("outpost_config", FIXED, "outpostConfig"),
    _plain("deletion_protection", "DeletionProtectionUpdate", "deletionProtection", default=False),
    _plain("authentication_mode", "AccessConfigUpdate", "accessConfig", "authenticationMode", default="CONFIG_MAP", stops=_modes_between),
    _plain("endpoint_public_access", "EndpointAccessUpdate", "resourcesVpcConfig", "endpointPublicAccess", default=True),
    _plain("endpoint_private_access", "EndpointAccessUpdate", "resourcesVpcConfig", "endpointPrivateAccess", default=False),
    _plain("public_access_cidrs", "EndpointAccessUpdate", "resourcesVpcConfig", "publicAccessCidrs", default=(), same=same_cidrs),
    _plain("subnets", "VpcConfigUpdate", "resourcesVpcConfig", "subnetIds", default=(), same=same_set),
    _plain("security_groups", "VpcConfigUpdate", "resourcesVpcConfig", "securityGroupIds", default=(), same=same_set),
    _plain("control_plane_egress_mode", "ControlPlaneEgressUpdate", "resourcesVpcConfig", "controlPlaneEgressMode", default="AWS_MANAGED"),
    Field("remote_node_networks", "RemoteNetworkConfigUpdate", _networks_read("remoteNodeNetworks"), _nodes_build, same_cidrs),
    Field("remote_pod_networks", "RemoteNetworkConfigUpdate", _networks_read("remotePodNetworks"), _pods_build, same_cidrs),
    Field("logging", "LoggingUpdate", _logging_read, _logging_build, same_set),
    Field("encryption_key_arn", "AssociateEncryptionConfig", _key_read, _key_build, _same_key),
    _plain("support_type", "UpgradePolicyUpdate", "upgradePolicy", "supportType", default="EXTENDED"),
    _plain("zonal_shift", "ZonalShiftConfigUpdate", "zonalShiftConfig", "enabled", default=False),
    _plain("control_plane_scaling_tier", "ControlPlaneScalingConfigUpdate", "controlPlaneScalingConfig", "tier", default="standard"),
    _mapping("kube_api_server_config", "ControlPlaneComponentConfigUpdate", "kubeApiServerConfig", _same_component),
    _mapping("kube_scheduler_config", "ControlPlaneComponentConfigUpdate", "kubeSchedulerConfig", _same_component),
    _mapping("kube_controller_manager_config", "ControlPlaneComponentConfigUpdate", "kubeControllerManagerConfig", _same_component),
    Field("auto_mode", "AutoModeUpdate", _auto_mode_read, _auto_mode_build, _same_auto_mode),
    _plain("version", "VersionUpdate", "version", stops=versions.climb),
)
