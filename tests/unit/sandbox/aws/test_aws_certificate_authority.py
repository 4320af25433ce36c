"""Rotation of certificate authorities: what is refused, what fails (day2.md 2.4; Create-, Activate-, DeleteCertificateAuthority)."""

from __future__ import annotations

from typing import Any


def authorities(eks: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = eks.list_certificate_authorities(clusterName="edge")["certificateAuthorities"]
    return found


def test_a_successor_is_distributed_before_it_can_sign(aws: Any, cluster: Any, eks: Any, refused: Any) -> None:
    aws.settings(delay=60)
    made = eks.create_certificate_authority(clusterName="edge")["certificateAuthority"]
    names = {"clusterName": "edge", "certificateAuthorityId": made["id"]}
    assert made["distributionStatus"] == "IN_PROGRESS"
    assert "not distributed yet" in refused(eks.activate_certificate_authority, **names).message
    aws.clock(61)
    found = eks.describe_certificate_authority(**names)["certificateAuthority"]
    assert found["scheduledEvents"]["firstAutoActivation"] < found["scheduledEvents"]["finalAutoActivation"] < found["validity"]["notAfter"]


def test_going_back_is_possible_once(cluster: Any, eks: Any, refused: Any) -> None:
    first = authorities(eks)[0]["id"]
    second = eks.create_certificate_authority(clusterName="edge")["certificateAuthority"]["id"]
    eks.activate_certificate_authority(clusterName="edge", certificateAuthorityId=second)
    eks.activate_certificate_authority(clusterName="edge", certificateAuthorityId=first)
    assert eks.describe_cluster(name="edge")["cluster"]["certificateAuthority"]["active"]["id"] == first
    refusal = refused(eks.activate_certificate_authority, clusterName="edge", certificateAuthorityId=second)
    assert (refusal.code, "rollback is not available" in refusal.message) == ("InvalidParameterException", True)


def test_updates_that_fail_leave_what_was(aws: Any, cluster: Any, eks: Any) -> None:
    aws.outcome("update", "Failed", cluster="edge", name="CertificateAuthorityUpdate")
    made = eks.create_certificate_authority(clusterName="edge")["certificateAuthority"]["id"]
    names = {"clusterName": "edge", "certificateAuthorityId": made}
    assert eks.describe_certificate_authority(**names)["certificateAuthority"]["distributionStatus"] == "FAILED"
    aws.outcome("update", "Failed", cluster="edge", name="CertificateAuthorityUpdate")
    eks.delete_certificate_authority(**names)
    assert eks.describe_certificate_authority(**names)["certificateAuthority"]["distributionStatus"] == "FAILED"
    eks.delete_certificate_authority(**names)
    assert len(authorities(eks)) == 1


def test_a_request_that_is_sent_again_is_one_request(cluster: Any, eks: Any) -> None:
    first = eks.create_certificate_authority(clusterName="edge", clientRequestToken="t")
    again = eks.create_certificate_authority(clusterName="edge", clientRequestToken="t")
    assert first["certificateAuthority"]["id"] == again["certificateAuthority"]["id"]
    assert len(authorities(eks)) == 2
