"""Identity providers, capabilities, certificate authorities, subscriptions (peers.md 3.1, 3.7; gitops.md 2.1; day2.md 2.4)."""

from __future__ import annotations

from typing import Any

OIDC = {"identityProviderConfigName": "corp", "issuerUrl": "https://issuer.example.com", "clientId": "kubernetes"}
CONFIG = {"clusterName": "edge", "identityProviderConfig": {"type": "oidc", "name": "corp"}}
ROLE = "arn:aws:iam::111122223333:role/capability"
IDC = {"idcInstanceArn": "arn:aws:sso:::instance/ssoins-1"}
ANN = {"id": "ann", "type": "SSO_USER"}


def test_one_identity_provider_comes_and_goes_by_updates(cluster: Any, eks: Any, refused: Any) -> None:
    update = eks.associate_identity_provider_config(clusterName="edge", oidc=OIDC)["update"]
    assert update["type"] == "AssociateIdentityProviderConfig"
    found = eks.describe_identity_provider_config(**CONFIG)["identityProviderConfig"]["oidc"]
    assert (found["status"], found["issuerUrl"]) == ("ACTIVE", "https://issuer.example.com")
    assert refused(eks.associate_identity_provider_config, clusterName="edge", oidc=OIDC).code == "ResourceInUseException"
    assert eks.list_identity_provider_configs(clusterName="edge")["identityProviderConfigs"] == [{"type": "oidc", "name": "corp"}]
    assert eks.disassociate_identity_provider_config(**CONFIG)["update"]["type"] == "DisassociateIdentityProviderConfig"
    assert refused(eks.describe_identity_provider_config, **CONFIG).code == "ResourceNotFoundException"


def argo(eks: Any, name: str = "argo") -> dict[str, Any]:
    config = {"argoCd": {"awsIdc": IDC, "rbacRoleMappings": [{"role": "VIEWER", "identities": [ANN]}]}}
    request = {"clusterName": "edge", "capabilityName": name, "type": "ARGOCD", "roleArn": ROLE, "deletePropagationPolicy": "RETAIN"}
    eks.create_capability(**request, configuration=config)
    found: dict[str, Any] = eks.describe_capability(clusterName="edge", capabilityName=name)["capability"]
    return found


def test_a_capability_of_argo_cd_has_a_server_and_an_application(cluster: Any, eks: Any) -> None:
    found = argo(eks)
    assert (found["status"], found["type"]) == ("ACTIVE", "ARGOCD")
    configuration = found["configuration"]["argoCd"]
    assert configuration["serverUrl"].endswith(".eks-capabilities.us-east-1.amazonaws.com")
    assert configuration["awsIdc"]["idcManagedApplicationArn"]
    assert configuration["namespace"] == "argocd"


def test_one_capability_of_a_type_per_cluster(cluster: Any, eks: Any, refused: Any) -> None:
    argo(eks)
    request = {"clusterName": "edge", "capabilityName": "other", "type": "ARGOCD", "roleArn": ROLE, "deletePropagationPolicy": "RETAIN"}
    assert refused(eks.create_capability, **request, configuration={"argoCd": {"awsIdc": IDC}}).code == "ResourceInUseException"


def test_argo_cd_needs_identity_center(cluster: Any, eks: Any, refused: Any) -> None:
    request = {"clusterName": "edge", "capabilityName": "other", "type": "ARGOCD", "roleArn": ROLE, "deletePropagationPolicy": "RETAIN"}
    assert refused(eks.create_capability, **request).code == "InvalidParameterException"


def test_role_mappings_are_updated_by_deltas(cluster: Any, eks: Any) -> None:
    argo(eks)
    delta = {"addOrUpdateRoleMappings": [{"role": "ADMIN", "identities": [ANN]}], "removeRoleMappings": [{"role": "VIEWER", "identities": [ANN]}]}
    update = eks.update_capability(clusterName="edge", capabilityName="argo", configuration={"argoCd": {"rbacRoleMappings": delta}})["update"]
    assert update["type"] == "CapabilityUpdate"
    found = eks.describe_capability(clusterName="edge", capabilityName="argo")["capability"]
    assert found["configuration"]["argoCd"]["rbacRoleMappings"] == [{"role": "ADMIN", "identities": [ANN]}]
    assert eks.describe_update(name="edge", updateId=update["id"], capabilityName="argo")["update"]["status"] == "Successful"


def test_capabilities_are_listed_and_deleted(cluster: Any, eks: Any, refused: Any) -> None:
    argo(eks)
    assert [each["capabilityName"] for each in eks.list_capabilities(clusterName="edge")["capabilities"]] == ["argo"]
    assert refused(eks.delete_cluster, name="edge").code == "ResourceInUseException"
    eks.delete_capability(clusterName="edge", capabilityName="argo")
    assert refused(eks.describe_capability, clusterName="edge", capabilityName="argo").code == "ResourceNotFoundException"


def test_a_certificate_authority_is_rotated(cluster: Any, eks: Any, refused: Any) -> None:
    (first,) = eks.list_certificate_authorities(clusterName="edge")["certificateAuthorities"]
    assert (first["signingStatus"], cluster["certificateAuthority"]["active"]["id"]) == ("IN_USE", first["id"])
    made = eks.create_certificate_authority(clusterName="edge")
    second = made["certificateAuthority"]["id"]
    assert made["update"]["type"] == "CertificateAuthorityUpdate"
    assert eks.describe_certificate_authority(clusterName="edge", certificateAuthorityId=second)["certificateAuthority"]["distributionStatus"] == "COMPLETE"
    assert refused(eks.create_certificate_authority, clusterName="edge").code == "ResourceLimitExceededException"
    assert refused(eks.delete_certificate_authority, clusterName="edge", certificateAuthorityId=first["id"]).code == "ResourceInUseException"
    eks.activate_certificate_authority(clusterName="edge", certificateAuthorityId=second)
    found = eks.describe_cluster(name="edge")["cluster"]["certificateAuthority"]
    assert found["active"] == {"id": second, "activatedBy": "CUSTOMER"}
    assert found["data"] != cluster["certificateAuthority"]["data"]
    eks.delete_certificate_authority(clusterName="edge", certificateAuthorityId=first["id"])
    assert [each["id"] for each in eks.list_certificate_authorities(clusterName="edge")["certificateAuthorities"]] == [second]


def test_a_subscription_lives_until_its_term_ends(aws: Any, eks: Any, refused: Any) -> None:
    made = eks.create_eks_anywhere_subscription(name="sub", term={"duration": 12, "unit": "MONTHS"})["subscription"]
    assert eks.describe_eks_anywhere_subscription(id=made["id"])["subscription"]["status"] == "ACTIVE"
    assert eks.update_eks_anywhere_subscription(id=made["id"], autoRenew=True)["subscription"]["autoRenew"] is True
    assert refused(eks.delete_eks_anywhere_subscription, id=made["id"]).code == "InvalidRequestException"
    aws.clock(366 * 86400)
    eks.delete_eks_anywhere_subscription(id=made["id"])
    assert eks.list_eks_anywhere_subscriptions()["subscriptions"] == []
