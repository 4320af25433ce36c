"""UpdateClusterConfig: one type a call, one update in flight, no-op errors, one-way switches (peers.md 3.1, 3.2, 5.4)."""

from __future__ import annotations

from typing import Any

import pytest

KEY = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
AUTO_ON: dict[str, Any] = {
    "computeConfig": {"enabled": True, "nodePools": ["system"], "nodeRoleArn": "arn:aws:iam::111122223333:role/auto"},
    "kubernetesNetworkConfig": {"elasticLoadBalancing": {"enabled": True}},
    "storageConfig": {"blockStorage": {"enabled": True}},
}
AUTO_OFF = {
    "computeConfig": {"enabled": False},
    "kubernetesNetworkConfig": {"elasticLoadBalancing": {"enabled": False}},
    "storageConfig": {"blockStorage": {"enabled": False}},
}
REMOTE = {"remoteNodeNetworks": [{"cidrs": ["192.168.0.0/20"]}]}

EVERY_TYPE: list[tuple[str, dict[str, Any]]] = [
    ("EndpointAccessUpdate", {"resourcesVpcConfig": {"endpointPrivateAccess": True, "publicAccessCidrs": ["203.0.113.0/24"]}}),
    ("VpcConfigUpdate", {"resourcesVpcConfig": {"subnetIds": ["subnet-3", "subnet-4"], "securityGroupIds": ["sg-1"]}}),
    ("ControlPlaneEgressUpdate", {"resourcesVpcConfig": {"controlPlaneEgressMode": "CUSTOMER_ROUTED"}}),
    ("LoggingUpdate", {"logging": {"clusterLogging": [{"types": ["api", "audit"], "enabled": True}]}}),
    ("AccessConfigUpdate", {"accessConfig": {"authenticationMode": "API"}}),
    ("UpgradePolicyUpdate", {"upgradePolicy": {"supportType": "STANDARD"}}),
    ("ZonalShiftConfigUpdate", {"zonalShiftConfig": {"enabled": True}}),
    ("RemoteNetworkConfigUpdate", {"remoteNetworkConfig": REMOTE}),
    ("AutoModeUpdate", AUTO_ON),
    ("ConfigUpdate", {"kubernetesNetworkConfig": {"elasticLoadBalancing": {"gatewayApi": {"crds": {"managed": True}}}}}),
    ("DeletionProtectionUpdate", {"deletionProtection": True}),
    ("ControlPlaneScalingConfigUpdate", {"controlPlaneScalingConfig": {"tier": "tier-xl"}}),
    (
        "ControlPlaneComponentConfigUpdate",
        {
            "kubeApiServerConfig": {"eventTtl": "30m0s"},
            "kubeSchedulerConfig": {"nodeResourcesFit": {"scoringStrategy": {"type": "MostAllocated"}}},
            "kubeControllerManagerConfig": {"podGcControllerConfig": {"terminatedPodGcThreshold": 100}},
        },
    ),
]
SECOND: dict[str, str] = {
    "EndpointAccessUpdate": "Cluster is already at the desired configuration with endpointPrivateAccess: true , "
    "endpointPublicAccess: true, and Public Endpoint Restrictions: [203.0.113.0/24]",
    "VpcConfigUpdate": "Cluster is already at the desired configuration with subnetIds: [subnet-3, subnet-4], securityGroupIds: [sg-1]",
    "LoggingUpdate": "No changes needed for the logging config provided",
    "RemoteNetworkConfigUpdate": "No changes detected",
    "AutoModeUpdate": "No changes detected",
    "ConfigUpdate": "No changes detected",
    "ControlPlaneComponentConfigUpdate": "No changes detected",
}


@pytest.mark.parametrize(("kind", "request_"), EVERY_TYPE, ids=[kind for kind, _ in EVERY_TYPE])
def test_every_setting_has_its_update_type_and_takes_effect_once(cluster: Any, eks: Any, refused: Any, kind: str, request_: dict[str, Any]) -> None:
    update = eks.update_cluster_config(name="edge", **request_)["update"]
    assert (update["type"], update["status"]) == (kind, "InProgress")
    assert eks.describe_update(name="edge", updateId=update["id"])["update"]["status"] == "Successful"
    assert _contains(eks.describe_cluster(name="edge")["cluster"], request_)
    refusal = refused(eks.update_cluster_config, name="edge", **request_)
    assert refusal.code == "InvalidParameterException"
    assert refusal.message == SECOND.get(kind, refusal.message)
    assert "already at the desired" in refusal.message or refusal.message.startswith("No changes")


def _contains(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict) and "clusterLogging" in wanted:
        return set(wanted["clusterLogging"][0]["types"]) == set(found["clusterLogging"][0]["types"])
    if isinstance(wanted, dict):
        return all(_contains(found[key], value) for key, value in wanted.items())
    return bool(found == wanted)


@pytest.mark.parametrize(
    "request_",
    [
        {"resourcesVpcConfig": {"endpointPrivateAccess": True, "subnetIds": ["subnet-3", "subnet-4"]}},
        {"resourcesVpcConfig": {"endpointPrivateAccess": True, "controlPlaneEgressMode": "AWS_MANAGED"}},
        {"logging": {"clusterLogging": [{"types": ["api"], "enabled": True}]}, "zonalShiftConfig": {"enabled": True}},
        {"deletionProtection": True, "upgradePolicy": {"supportType": "STANDARD"}},
    ],
)
def test_two_types_in_one_call_are_refused(cluster: Any, eks: Any, refused: Any, request_: dict[str, Any]) -> None:
    refusal = refused(eks.update_cluster_config, name="edge", **request_)
    assert (refusal.code, refusal.status, refusal.message) == ("InvalidParameterException", 400, "Only one type of update can be allowed.")


def test_an_empty_update_is_refused(cluster: Any, eks: Any, refused: Any) -> None:
    assert refused(eks.update_cluster_config, name="edge").message == "The type for cluster update was not provided."


def test_a_second_update_conflicts_even_while_the_status_is_active(aws: Any, cluster: Any, eks: Any, refused: Any) -> None:
    aws.settings(delay=100)
    running = eks.update_cluster_config(name="edge", zonalShiftConfig={"enabled": True})["update"]["id"]
    assert eks.describe_cluster(name="edge")["cluster"]["status"] == "ACTIVE"
    refusal = refused(eks.update_cluster_config, name="edge", deletionProtection=True)
    assert (refusal.code, refusal.status) == ("ResourceInUseException", 409)
    assert refusal.message == f"Cannot DeletionProtectionUpdate because cluster edge currently has update {running} in progress"
    aws.clock(20)
    assert eks.describe_cluster(name="edge")["cluster"]["status"] == "UPDATING"
    assert refused(eks.update_cluster_version, name="edge", version="1.36").message == (
        f"Cannot VersionUpdate because cluster edge currently has update {running} in progress"
    )
    aws.clock(90)
    assert eks.describe_cluster(name="edge")["cluster"]["status"] == "ACTIVE"


def test_a_change_is_visible_only_when_its_update_is_done(aws: Any, cluster: Any, eks: Any) -> None:
    aws.settings(delay=100)
    eks.update_cluster_config(name="edge", zonalShiftConfig={"enabled": True})
    assert eks.describe_cluster(name="edge")["cluster"]["zonalShiftConfig"] == {"enabled": False}


def test_both_endpoints_off_is_refused(cluster: Any, eks: Any, refused: Any) -> None:
    assert "cannot both be disabled" in refused(eks.update_cluster_config, name="edge", resourcesVpcConfig={"endpointPublicAccess": False}).message


def test_auto_mode_is_all_or_none(cluster: Any, eks: Any, refused: Any) -> None:
    for missing in AUTO_ON:
        request = {key: value for key, value in AUTO_ON.items() if key != missing}
        text = refused(eks.update_cluster_config, name="edge", **request).message
        assert "computeConfig, kubernetesNetworkConfig, and blockStorage are all either fully enabled or fully disabled" in text


def test_auto_mode_goes_off_again(cluster: Any, eks: Any) -> None:
    for request in (AUTO_ON, AUTO_OFF):
        eks.update_cluster_config(name="edge", **request)
        eks.describe_cluster(name="edge")
    assert eks.describe_cluster(name="edge")["cluster"]["computeConfig"]["enabled"] is False


def test_auto_modes_node_role_is_fixed_once_enabled(cluster: Any, eks: Any, refused: Any) -> None:
    eks.update_cluster_config(name="edge", **AUTO_ON)
    eks.describe_cluster(name="edge")
    other: dict[str, Any] = {**AUTO_ON["computeConfig"], "nodeRoleArn": "arn:aws:iam::111122223333:role/other"}
    assert "nodeRoleArn cannot be changed" in refused(eks.update_cluster_config, name="edge", **{**AUTO_ON, "computeConfig": other}).message


def test_authentication_mode_goes_one_way(new_cluster: Any, eks: Any, refused: Any) -> None:
    new_cluster(accessConfig={"authenticationMode": "CONFIG_MAP"})
    refusal = refused(eks.update_cluster_config, name="edge", accessConfig={"authenticationMode": "API"})
    assert refusal.message == "Unsupported authentication mode update from CONFIG_MAP to API"
    for mode in ("API_AND_CONFIG_MAP", "API"):
        eks.update_cluster_config(name="edge", accessConfig={"authenticationMode": mode})
        assert eks.describe_cluster(name="edge")["cluster"]["accessConfig"]["authenticationMode"] == mode
    refusal = refused(eks.update_cluster_config, name="edge", accessConfig={"authenticationMode": "API_AND_CONFIG_MAP"})
    assert refusal.message == "Unsupported authentication mode update from API to API_AND_CONFIG_MAP"


def test_egress_mode_does_not_go_back_to_aws_managed(cluster: Any, eks: Any, refused: Any) -> None:
    eks.update_cluster_config(name="edge", resourcesVpcConfig={"controlPlaneEgressMode": "CUSTOMER_ROUTED"})
    eks.describe_cluster(name="edge")
    refusal = refused(eks.update_cluster_config, name="edge", resourcesVpcConfig={"controlPlaneEgressMode": "AWS_MANAGED"})
    assert refusal.code == "InvalidParameterException"


def test_support_type_stays_extended_once_extended_support_began(new_cluster: Any, eks: Any, refused: Any) -> None:
    new_cluster(version="1.31")
    assert "extended support" in refused(eks.update_cluster_config, name="edge", upgradePolicy={"supportType": "STANDARD"}).message


@pytest.mark.parametrize("network", [{"serviceIpv4Cidr": "172.20.0.0/16"}, {"ipFamily": "ipv6"}])
def test_service_range_and_family_are_immutable(cluster: Any, eks: Any, refused: Any, network: dict[str, str]) -> None:
    assert "cannot be changed" in refused(eks.update_cluster_config, name="edge", kubernetesNetworkConfig=network).message


def test_an_omitted_remote_list_stays_and_empty_lists_remove(new_cluster: Any, eks: Any) -> None:
    new_cluster(remoteNetworkConfig=REMOTE)
    pods = [{"cidrs": ["192.168.64.0/20"]}]
    eks.update_cluster_config(name="edge", remoteNetworkConfig={"remotePodNetworks": pods})
    assert eks.describe_cluster(name="edge")["cluster"]["remoteNetworkConfig"] == {**REMOTE, "remotePodNetworks": pods}
    eks.update_cluster_config(name="edge", remoteNetworkConfig={"remoteNodeNetworks": [], "remotePodNetworks": []})
    assert "remoteNetworkConfig" not in eks.describe_cluster(name="edge")["cluster"]


def test_logging_types_add_up(cluster: Any, eks: Any) -> None:
    for types, enabled in ((["api", "audit"], True), (["audit"], False)):
        eks.update_cluster_config(name="edge", logging={"clusterLogging": [{"types": types, "enabled": enabled}]})
        eks.describe_cluster(name="edge")
    setups = eks.describe_cluster(name="edge")["cluster"]["logging"]["clusterLogging"]
    assert setups == [{"types": ["api"], "enabled": True}, {"types": ["audit", "authenticator", "controllerManager", "scheduler"], "enabled": False}]


def test_encryption_is_associated_once_and_for_ever(cluster: Any, eks: Any, refused: Any) -> None:
    request = {"clusterName": "edge", "encryptionConfig": [{"resources": ["secrets"], "provider": {"keyArn": KEY}}]}
    update = eks.associate_encryption_config(**request)["update"]
    assert update["type"] == "AssociateEncryptionConfig"
    assert eks.describe_cluster(name="edge")["cluster"]["encryptionConfig"] == request["encryptionConfig"]
    assert refused(eks.associate_encryption_config, **request).code == "ResourceInUseException"


def test_a_test_can_let_an_update_fail(aws: Any, cluster: Any, eks: Any) -> None:
    aws.outcome("update", "Failed", cluster="edge", errors=[{"errorCode": "IpNotAvailable", "errorMessage": "no addresses", "resourceIds": ["subnet-1"]}])
    update = eks.update_cluster_config(name="edge", zonalShiftConfig={"enabled": True})["update"]
    found = eks.describe_update(name="edge", updateId=update["id"])["update"]
    assert (found["status"], found["errors"][0]["errorCode"]) == ("Failed", "IpNotAvailable")
    described = eks.describe_cluster(name="edge")["cluster"]
    assert (described["status"], described["zonalShiftConfig"]) == ("ACTIVE", {"enabled": False})


def test_list_updates_is_paginated(cluster: Any, eks: Any) -> None:
    for number in range(105):
        eks.update_cluster_config(name="edge", zonalShiftConfig={"enabled": number % 2 == 0})
    assert len(eks.list_updates(name="edge")["updateIds"]) == 100
    assert sum(len(page["updateIds"]) for page in eks.get_paginator("list_updates").paginate(name="edge")) == 105


def test_an_unknown_update_is_not_found(cluster: Any, eks: Any, refused: Any) -> None:
    assert refused(eks.describe_update, name="edge", updateId="nothing").code == "ResourceNotFoundException"
