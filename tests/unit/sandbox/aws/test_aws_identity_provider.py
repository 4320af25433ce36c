"""Identity providers: refusals, updates that fail, answers that are lost (peers.md 3.1; AssociateIdentityProviderConfig)."""

from __future__ import annotations

from typing import Any

import pytest

OIDC = {"identityProviderConfigName": "corp", "issuerUrl": "https://issuer.example.com", "clientId": "kubernetes"}
CONFIG: dict[str, Any] = {"clusterName": "edge", "identityProviderConfig": {"type": "oidc", "name": "corp"}}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"issuerUrl": "http://issuer.example.com"}, "must begin with https://"),
        ({"issuerUrl": "https://issuer.example.com?a=b"}, "must not contain query parameters"),
        ({"usernamePrefix": "system:"}, "usernamePrefix must not contain system:"),
        ({"groupsPrefix": "system:x"}, "groupsPrefix must not contain system:"),
    ],
)
def test_what_cannot_be_is_refused(cluster: Any, eks: Any, refused: Any, changed: dict[str, str], message: str) -> None:
    refusal = refused(eks.associate_identity_provider_config, clusterName="edge", oidc={**OIDC, **changed})
    assert refusal.code == "InvalidParameterException"
    assert message in refusal.message


def test_an_association_is_an_update_of_the_cluster(aws: Any, cluster: Any, eks: Any, refused: Any) -> None:
    aws.settings(delay=60)
    update = eks.associate_identity_provider_config(clusterName="edge", oidc=OIDC)["update"]
    refusal = refused(eks.update_cluster_config, name="edge", zonalShiftConfig={"enabled": True})
    assert refusal.message == f"Cannot ZonalShiftConfigUpdate because cluster edge currently has update {update['id']} in progress"
    assert eks.describe_identity_provider_config(**CONFIG)["identityProviderConfig"]["oidc"]["status"] == "CREATING"


def test_updates_that_fail_leave_what_was(aws: Any, cluster: Any, eks: Any, refused: Any) -> None:
    aws.outcome("update", "Failed", cluster="edge", name="AssociateIdentityProviderConfig", errors=[{"errorCode": "AccessDenied"}])
    eks.associate_identity_provider_config(clusterName="edge", oidc=OIDC)
    assert refused(eks.describe_identity_provider_config, **CONFIG).code == "ResourceNotFoundException"
    eks.associate_identity_provider_config(clusterName="edge", oidc=OIDC)
    aws.outcome("update", "Failed", cluster="edge", name="DisassociateIdentityProviderConfig")
    eks.disassociate_identity_provider_config(**CONFIG)
    assert eks.describe_identity_provider_config(**CONFIG)["identityProviderConfig"]["oidc"]["status"] == "ACTIVE"


def test_a_request_that_is_sent_again_is_one_request(cluster: Any, eks: Any) -> None:
    first = eks.associate_identity_provider_config(clusterName="edge", oidc=OIDC, clientRequestToken="t")
    again = eks.associate_identity_provider_config(clusterName="edge", oidc=OIDC, clientRequestToken="t")
    assert first["update"]["id"] == again["update"]["id"]
