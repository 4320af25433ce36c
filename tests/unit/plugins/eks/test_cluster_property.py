"""Whatever is declared of whatever cluster: the plan's calls, answered by a model of EKS, leave nothing to do, and none carries two types of update."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan, Step
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster import plan_present
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster_values import ClusterSpec, ClusterState
from hypothesis import event, given, settings
from hypothesis import strategies as st

from tests.unit.plugins.eks.test_cluster_plan import ARN, KEY, NODE_ROLE, ROLE, described

MODES = ["CONFIG_MAP", "API_AND_CONFIG_MAP", "API"]
TYPES = {
    "deletionProtection": "DeletionProtectionUpdate",
    "accessConfig.authenticationMode": "AccessConfigUpdate",
    "resourcesVpcConfig.endpointPublicAccess": "EndpointAccessUpdate",
    "resourcesVpcConfig.endpointPrivateAccess": "EndpointAccessUpdate",
    "resourcesVpcConfig.publicAccessCidrs": "EndpointAccessUpdate",
    "resourcesVpcConfig.subnetIds": "VpcConfigUpdate",
    "resourcesVpcConfig.securityGroupIds": "VpcConfigUpdate",
    "resourcesVpcConfig.controlPlaneEgressMode": "ControlPlaneEgressUpdate",
    "remoteNetworkConfig": "RemoteNetworkConfigUpdate",
    "logging": "LoggingUpdate",
    "upgradePolicy": "UpgradePolicyUpdate",
    "zonalShiftConfig": "ZonalShiftConfigUpdate",
    "controlPlaneScalingConfig": "ControlPlaneScalingConfigUpdate",
    "kubeApiServerConfig": "ControlPlaneComponentConfigUpdate",
    "kubeSchedulerConfig": "ControlPlaneComponentConfigUpdate",
    "kubeControllerManagerConfig": "ControlPlaneComponentConfigUpdate",
    "computeConfig": "AutoModeUpdate",
    "storageConfig": "AutoModeUpdate",
    "kubernetesNetworkConfig.elasticLoadBalancing": "AutoModeUpdate",
}
"""Which member of UpdateClusterConfig is of which type; written down apart from the module's own table."""


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def some(*names: str, least: int = 0) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), unique=True, min_size=least)


AUTO_MODE = st.one_of(
    st.just({"enabled": False}),
    st.fixed_dictionaries({"enabled": st.just(True), "gateway_api_crds": maybe(st.booleans())}),
    st.fixed_dictionaries({"enabled": st.just(True), "node_pools": some("system", "general-purpose", least=1), "node_role_arn": st.just(NODE_ROLE)}),
)
PARAMS = st.fixed_dictionaries(
    {
        "name": st.just("edge"),
        "role_arn": st.just(ROLE),
        "subnets": some("subnet-a", "subnet-b", "subnet-c", least=2),
        "version": maybe(st.sampled_from(["1.33", "1.34", "1.36"])),
        "allow_rollback": st.booleans(),
        "force": st.booleans(),
        "security_groups": maybe(some("sg-1", "sg-2")),
        "endpoint_public_access": maybe(st.booleans()),
        "endpoint_private_access": st.sampled_from([None, True, True]),
        "public_access_cidrs": st.sampled_from([None, None, ["203.0.113.5/24"], ["198.51.100.0/24", "203.0.113.0/24"], []]),
        "control_plane_egress_mode": st.sampled_from([None, None, "AWS_MANAGED", "CUSTOMER_ROUTED", "CUSTOMER_ISOLATED"]),
        "logging": maybe(some("api", "audit", "scheduler")),
        "encryption_key_arn": st.sampled_from([None, None, KEY]),
        "authentication_mode": st.sampled_from([None, "API_AND_CONFIG_MAP", "API", "API"]),
        "bootstrap_self_managed_addons": st.sampled_from([None, False]),
        "support_type": maybe(st.sampled_from(["STANDARD", "EXTENDED"])),
        "zonal_shift": maybe(st.booleans()),
        "remote_node_networks": maybe(some("10.1.0.0/16", "192.168.0.7/20")),
        "remote_pod_networks": st.sampled_from([None, [], ["192.168.64.0/18"]]),
        "auto_mode": maybe(AUTO_MODE),
        "deletion_protection": maybe(st.booleans()),
        "control_plane_scaling_tier": maybe(st.sampled_from(["standard", "tier-xl"])),
        "kube_api_server_config": maybe(st.fixed_dictionaries({"event_ttl": maybe(st.sampled_from(["60m", "1h", "90s"]))})),
        "kube_controller_manager_config": maybe(st.just({"pod_gc_controller_config": {"terminated_pod_gc_threshold": 7}})),
        "tags": maybe(st.dictionaries(st.sampled_from(["Team", "aB", "kubernetes.io/x"]), st.sampled_from(["1", "2"]))),
        "purge_tags": st.booleans(),
    }
)


def sensible(params: dict[str, Any]) -> dict[str, Any]:
    """Return what EKS may take: most of what chance declares contradicts itself, and a refusal proves little here."""
    nodes = params["remote_node_networks"]
    open_to_all = params["endpoint_public_access"] is not False
    return {
        **params,
        "endpoint_private_access": params["endpoint_private_access"] if open_to_all else True,
        "public_access_cidrs": (params["public_access_cidrs"] or None) if open_to_all else None,
        "remote_pod_networks": params["remote_pod_networks"] if nodes else nodes,
        "authentication_mode": params["authentication_mode"] or "API",
    }


def state(answer: dict[str, Any] | None) -> ClusterState | None:
    return ClusterState.from_api(answer)


def applied(answer: dict[str, Any] | None, step: Step) -> dict[str, Any]:
    """Return DescribeCluster's answer after the step; an assertion fails where EKS would refuse."""
    request = copy.deepcopy(dict(step.request))
    if step.operation == "create_cluster":
        assert answer is None
        return created(request)
    assert answer is not None
    return CALLS[step.operation](copy.deepcopy(answer), request)


def created(request: dict[str, Any]) -> dict[str, Any]:
    fresh = described(version="1.34", accessConfig={"authenticationMode": "CONFIG_MAP"}, tags=request.pop("tags", {}))
    fresh["encryptionConfig"] = request.pop("encryptionConfig", [])
    return configured({**fresh, "version": request.pop("version", "1.34")}, {key: value for key, value in request.items() if not key.startswith("bootstrap")})


def update_config(answer: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    types = {kind for member, kind in TYPES.items() if mentions(request, member)}
    assert len(types) == 1, f"{request} is of types {types}"
    assert set(paths(request)) - {"name"} <= covered(request), f"{request} has members of no type"
    mode = request.get("accessConfig", {}).get("authenticationMode")
    assert mode is None or MODES.index(mode) == MODES.index(answer["accessConfig"]["authenticationMode"]) + 1
    new = configured(answer, request)
    assert new != answer, f"{request} changes nothing, which EKS refuses"
    return new


def configured(answer: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    request = dict(request)
    setups = request.pop("logging", {}).get("clusterLogging", [])
    new = deep(answer, {key: value for key, value in request.items() if key != "name"})
    on = {kind for setup in answer["logging"]["clusterLogging"] if setup["enabled"] for kind in setup["types"]}
    for setup in setups:
        on = on | set(setup["types"]) if setup["enabled"] else on - set(setup["types"])
    new["logging"] = {"clusterLogging": [{"types": sorted(on), "enabled": True}]}
    switches = [new.get("computeConfig"), new.get("storageConfig", {}).get("blockStorage"), new["kubernetesNetworkConfig"]["elasticLoadBalancing"]]
    assert len({bool((switch or {}).get("enabled")) for switch in switches}) == 1, "Auto Mode is all on or all off"
    return new


def update_version(answer: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    assert abs(int(request["version"][2:]) - int(answer["version"][2:])) == 1
    return {**answer, "version": request["version"]}


def encrypt(answer: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    assert not answer.get("encryptionConfig")
    return {**answer, "encryptionConfig": request["encryptionConfig"]}


def tag(answer: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    assert request["resourceArn"] == ARN
    return {**answer, "tags": {**answer["tags"], **request["tags"]}}


def untag(answer: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    return {**answer, "tags": {key: value for key, value in answer["tags"].items() if key not in request["tagKeys"]}}


CALLS = {
    "update_cluster_config": update_config,
    "update_cluster_version": update_version,
    "associate_encryption_config": encrypt,
    "tag_resource": tag,
    "untag_resource": untag,
}


def deep(left: Any, right: Any) -> Any:
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return {**left, **{key: deep(left.get(key), value) for key, value in right.items()}}
    return right


def paths(value: Any, *above: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from paths(item, *above, key)
    else:
        yield ".".join(above)


def mentions(request: Mapping[str, Any], member: str) -> bool:
    return any(path == member or path.startswith(f"{member}.") for path in paths(request))


def covered(request: Mapping[str, Any]) -> set[str]:
    return {path for path in paths(request) for member in TYPES if path == member or path.startswith(f"{member}.")}


def reconciled(params: dict[str, Any], answer: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the cluster after the plan; None when it is refused."""
    spec = ClusterSpec.from_params(params)
    try:
        plan = plan_present(spec, state(answer))
    except Refusal:
        event("refused")
        return None
    event(f"{len(plan.steps)} steps")
    for step in plan.steps:
        answer = applied(answer, step)
    assert plan_present(spec, state(answer)) == Plan()
    return answer


@settings(max_examples=40, deadline=None)
@given(first=PARAMS.map(sensible), second=PARAMS.map(sensible))
def test_a_plan_carried_out_leaves_nothing_to_do(first: dict[str, Any], second: dict[str, Any]) -> None:
    made = reconciled(first, None)
    reconciled(second, made or described())


@settings(max_examples=40, deadline=None)
@given(params=PARAMS, mode=st.sampled_from(MODES))
def test_no_update_carries_two_types_or_what_was_not_declared(params: dict[str, Any], mode: str) -> None:
    reconciled(params, described(accessConfig={"authenticationMode": mode}))
