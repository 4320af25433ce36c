"""Each of EKS's operations is called once, in one story, and answers what botocore's model allows; the fixture `simulator` asserts that when it ends."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws import protocol

pytestmark = pytest.mark.conformance(part="aws", backend="simulator")

ACCOUNT = "arn:aws:iam::111122223333"
ROLE, POD, ADMIN = f"{ACCOUNT}:role/cluster", f"{ACCOUNT}:role/pod", f"{ACCOUNT}:role/admin"
KEY = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
VIEW = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
AUTO: dict[str, Any] = {
    "computeConfig": {"enabled": True, "nodePools": ["system"], "nodeRoleArn": f"{ACCOUNT}:role/auto"},
    "kubernetesNetworkConfig": {"elasticLoadBalancing": {"enabled": True}},
    "storageConfig": {"blockStorage": {"enabled": True}},
}
IN = {"clusterName": "edge"}
OPERATIONS = sorted(protocol.load("eks").operations)


@pytest.fixture(scope="module")
def called(simulator: Any) -> dict[str, list[int]]:
    """Tell the story once; return the statuses that each operation was answered with."""
    simulator.reset()
    eks = simulator.client("eks")
    for chapter in (_clusters, _addons, _nodegroups, _fargate, _access, _pod_identity, _capabilities, _authorities, _insights, _elsewhere):
        chapter(simulator, eks)
    found: dict[str, list[int]] = {}
    for row in simulator.log("eks"):
        found.setdefault(row["operation"], []).append(row["status"])
    simulator.reset()
    return found


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_is_answered_as_the_model_has_it(called: dict[str, list[int]], operation: str) -> None:
    assert called[operation]
    assert set(called[operation]) == {200}


def _clusters(aws: Any, eks: Any) -> None:
    made = eks.create_cluster(
        name="edge",
        version="1.34",
        roleArn=ROLE,
        resourcesVpcConfig={"subnetIds": ["subnet-1", "subnet-2"]},
        accessConfig={"authenticationMode": "API_AND_CONFIG_MAP"},
        remoteNetworkConfig={"remoteNodeNetworks": [{"cidrs": ["192.168.0.0/20"]}]},
        bootstrapSelfManagedAddons=False,
        **AUTO,
    )
    eks.describe_cluster(name="edge")
    eks.list_clusters()
    eks.update_cluster_config(name="edge", zonalShiftConfig={"enabled": True})
    eks.associate_encryption_config(**IN, encryptionConfig=[{"resources": ["secrets"], "provider": {"keyArn": KEY}}])
    eks.describe_cluster_versions(includeAll=True)
    eks.update_cluster_version(name="edge", version="1.35")
    eks.describe_cluster(name="edge")
    aws.settings(delay=100)
    update = eks.update_cluster_version(name="edge", version="1.34")["update"]["id"]
    eks.describe_update(name="edge", updateId=update)
    eks.cancel_update(name="edge", updateId=update)
    aws.settings(delay=0)
    eks.list_updates(name="edge")
    arn = made["cluster"]["arn"]
    eks.tag_resource(resourceArn=arn, tags={"a": "b"})
    eks.list_tags_for_resource(resourceArn=arn)
    eks.untag_resource(resourceArn=arn, tagKeys=["a"])
    oidc = {"identityProviderConfigName": "corp", "issuerUrl": "https://issuer.example.com", "clientId": "k"}
    provider = {"type": "oidc", "name": "corp"}
    eks.associate_identity_provider_config(**IN, oidc=oidc)
    eks.list_identity_provider_configs(**IN)
    eks.describe_identity_provider_config(**IN, identityProviderConfig=provider)
    eks.disassociate_identity_provider_config(**IN, identityProviderConfig=provider)
    eks.describe_cluster(name="edge")


def _addons(aws: Any, eks: Any) -> None:
    eks.describe_addon_versions(addonName="vpc-cni")
    eks.describe_addon_configuration(addonName="vpc-cni", addonVersion="v1.21.1-eksbuild.3")
    eks.create_addon(**IN, addonName="vpc-cni", podIdentityAssociations=[{"serviceAccount": "aws-node", "roleArn": POD}])
    eks.list_addons(**IN)
    eks.update_addon(**IN, addonName="vpc-cni", configurationValues="{}")
    eks.describe_addon(**IN, addonName="vpc-cni")
    eks.delete_addon(**IN, addonName="vpc-cni")


def _nodegroups(aws: Any, eks: Any) -> None:
    group = {**IN, "nodegroupName": "workers"}
    eks.create_nodegroup(**group, subnets=["subnet-1"], nodeRole=f"{ACCOUNT}:role/node", version="1.34")
    eks.list_nodegroups(**IN)
    eks.update_nodegroup_config(**group, labels={"addOrUpdateLabels": {"a": "b"}}, scalingConfig={"maxSize": 5})
    eks.describe_nodegroup(**group)
    eks.update_nodegroup_version(**group)
    eks.delete_nodegroup(**group)


def _fargate(aws: Any, eks: Any) -> None:
    profile = {**IN, "fargateProfileName": "web"}
    eks.create_fargate_profile(**profile, podExecutionRoleArn=POD, selectors=[{"namespace": "web"}])
    eks.list_fargate_profiles(**IN)
    eks.describe_fargate_profile(**profile)
    eks.delete_fargate_profile(**profile)


def _access(aws: Any, eks: Any) -> None:
    entry = {**IN, "principalArn": ADMIN}
    eks.create_access_entry(**entry)
    eks.list_access_entries(**IN)
    eks.update_access_entry(**entry, kubernetesGroups=["ops"])
    eks.describe_access_entry(**entry)
    eks.list_access_policies()
    eks.associate_access_policy(**entry, policyArn=VIEW, accessScope={"type": "namespace", "namespaces": ["web"]})
    eks.list_associated_access_policies(**entry)
    eks.disassociate_access_policy(**entry, policyArn=VIEW)
    eks.delete_access_entry(**entry)


def _pod_identity(aws: Any, eks: Any) -> None:
    made = eks.create_pod_identity_association(**IN, namespace="web", serviceAccount="web", roleArn=POD, targetRoleArn=ADMIN)
    eks.list_pod_identity_associations(**IN)
    key = {**IN, "associationId": made["association"]["associationId"]}
    eks.update_pod_identity_association(**key, roleArn=ADMIN)
    eks.describe_pod_identity_association(**key)
    eks.delete_pod_identity_association(**key)


def _capabilities(aws: Any, eks: Any) -> None:
    key = {**IN, "capabilityName": "argo"}
    argo = {"awsIdc": {"idcInstanceArn": "arn:aws:sso:::instance/ssoins-1"}}
    eks.create_capability(**key, type="ARGOCD", roleArn=POD, deletePropagationPolicy="RETAIN", configuration={"argoCd": argo})
    eks.list_capabilities(**IN)
    eks.update_capability(**key, roleArn=ADMIN)
    eks.describe_capability(**key)
    eks.delete_capability(**key)


def _authorities(aws: Any, eks: Any) -> None:
    (first,) = eks.list_certificate_authorities(**IN)["certificateAuthorities"]
    second = eks.create_certificate_authority(**IN)["certificateAuthority"]["id"]
    eks.describe_certificate_authority(**IN, certificateAuthorityId=second)
    eks.activate_certificate_authority(**IN, certificateAuthorityId=second)
    eks.describe_cluster(name="edge")
    eks.delete_certificate_authority(**IN, certificateAuthorityId=first["id"])


def _insights(aws: Any, eks: Any) -> None:
    first = eks.list_insights(**IN)["insights"][0]
    eks.describe_insight(**IN, id=first["id"])
    eks.start_insights_refresh(**IN)
    eks.describe_insights_refresh(**IN)


def _elsewhere(aws: Any, eks: Any) -> None:
    eks.register_cluster(name="far", connectorConfig={"roleArn": ROLE, "provider": "OTHER"})
    eks.deregister_cluster(name="far")
    subscription = eks.create_eks_anywhere_subscription(name="sub", term={"duration": 12, "unit": "MONTHS"})["subscription"]["id"]
    eks.list_eks_anywhere_subscriptions()
    eks.update_eks_anywhere_subscription(id=subscription, autoRenew=False)
    eks.describe_eks_anywhere_subscription(id=subscription)
    aws.clock(366 * 86400)
    eks.delete_eks_anywhere_subscription(id=subscription)
    eks.describe_cluster(name="edge")
    eks.delete_cluster(name="edge")
