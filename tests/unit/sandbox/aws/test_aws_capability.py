"""Capabilities: what fails, what is refused while another operation runs (gitops.md 2.1; CreateCapability, UpdateCapability)."""

from __future__ import annotations

from typing import Any

REQUEST: dict[str, Any] = {
    "clusterName": "edge",
    "capabilityName": "ack",
    "type": "ACK",
    "roleArn": "arn:aws:iam::111122223333:role/ack",
    "deletePropagationPolicy": "RETAIN",
}
NAMES = {"clusterName": "edge", "capabilityName": "ack"}
ISSUE = {"code": "AccessDenied", "message": "no"}


def capability(eks: Any) -> dict[str, Any]:
    found: dict[str, Any] = eks.describe_capability(**NAMES)["capability"]
    return found


def test_ack_tells_the_settings_in_effect(cluster: Any, eks: Any) -> None:
    eks.create_capability(**REQUEST, configuration={"ack": {"disabledServices": ["s3"]}})
    assert capability(eks)["configuration"] == {"ack": {"enableCrossNamespace": False, "disabledServices": ["s3"]}}
    eks.update_capability(**NAMES, configuration={"ack": {"disabledServices": []}})
    assert capability(eks)["configuration"]["ack"]["disabledServices"] == []


def test_the_configuration_is_of_the_type(cluster: Any, eks: Any, refused: Any) -> None:
    eks.create_capability(**REQUEST)
    refusal = refused(eks.update_capability, **NAMES, configuration={"argoCd": {"networkAccess": {"vpceIds": []}}})
    assert (refusal.code, refusal.message) == ("InvalidParameterException", "The configuration does not fit a capability of type ACK")
    assert refused(eks.update_capability, **NAMES, deletePropagationPolicy="RETAIN").message == "No changes detected"


def test_a_creation_and_a_deletion_can_fail(aws: Any, cluster: Any, eks: Any) -> None:
    aws.outcome("capability", "CREATE_FAILED", cluster="edge", name="ack", issues=[ISSUE])
    eks.create_capability(**REQUEST)
    assert (capability(eks)["status"], capability(eks)["health"]["issues"]) == ("CREATE_FAILED", [ISSUE])
    aws.outcome("capability", "DELETE_FAILED", cluster="edge", name="ack", issues=[ISSUE])
    eks.delete_capability(**NAMES)
    assert capability(eks)["status"] == "DELETE_FAILED"
    eks.delete_capability(**NAMES)
    assert eks.list_capabilities(clusterName="edge")["capabilities"] == []


def test_one_operation_at_a_time(aws: Any, cluster: Any, eks: Any, refused: Any) -> None:
    aws.settings(delay=60)
    eks.create_capability(**REQUEST)
    refusal = refused(eks.update_capability, **NAMES, roleArn=REQUEST["roleArn"] + "2")
    assert (refusal.code, refusal.message) == ("ResourceInUseException", "Capability ack cannot be updated as it is currently in CREATING status")
    assert refused(eks.delete_capability, **NAMES).code == "ResourceInUseException"
    aws.clock(61)
    update = eks.update_capability(**NAMES, roleArn=REQUEST["roleArn"] + "2")["update"]
    assert refused(eks.delete_capability, **NAMES).message == f"Cannot delete because capability ack currently has update {update['id']} in progress"
    aws.clock(61)
    eks.delete_capability(**NAMES)
    assert refused(eks.delete_capability, **NAMES).message == "Capability ack cannot be deleted as it is currently in DELETING status"
