"""SSM's hybrid activations, managed instances, the agent's operations (peers.md 3.9; hybrid.md 3)."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TAGS = [{"Key": "EKSClusterARN", "Value": "arn:aws:eks:us-east-1:111122223333:cluster/edge"}]


@pytest.fixture
def ssm(aws: Any) -> Any:
    return aws.client("ssm")


def agent(aws: Any, operation: str, **body: Any) -> dict[str, Any]:
    """Call as the agent does: unsigned."""
    headers = {"X-Amz-Target": f"AmazonSSM.{operation}", "Content-Type": "application/x-amz-json-1.1"}
    request = urllib.request.Request(aws.url + "/", data=json.dumps(body).encode(), headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            found: dict[str, Any] = json.loads(answer.read())
            return found
    except urllib.error.HTTPError as error:
        document = json.loads(error.read())
        raise ValueError(f"{document['__type']}: {document['message']}") from error


def register(aws: Any, activation: dict[str, Any], fingerprint: str = "f1") -> str:
    answer = agent(
        aws, "RegisterManagedInstance", ActivationId=activation["ActivationId"], ActivationCode=activation["ActivationCode"], Fingerprint=fingerprint
    )
    return str(answer["InstanceId"])


def only(ssm: Any) -> dict[str, Any]:
    (found,) = ssm.describe_activations()["ActivationList"]
    return dict(found)


def test_the_code_is_answered_once_and_never_again(aws: Any, ssm: Any) -> None:
    made = ssm.create_activation(IamRole="hybrid", Description="d", DefaultInstanceName="edge", Tags=TAGS)
    assert len(made["ActivationCode"]) >= 20
    assert made["ActivationCode"] not in json.dumps(only(ssm), default=str) + json.dumps(aws.export()) + json.dumps(aws.log())


def test_defaults_are_one_registration_within_a_day(ssm: Any) -> None:
    ssm.create_activation(IamRole="hybrid")
    found = only(ssm)
    assert (found["RegistrationLimit"], found.get("RegistrationsCount"), found["Expired"]) == (1, None, False)
    assert timedelta(hours=23, minutes=59) < found["ExpirationDate"] - NOW < timedelta(hours=24, minutes=1)


def test_an_activation_expires(aws: Any, ssm: Any) -> None:
    made = ssm.create_activation(IamRole="hybrid", ExpirationDate=NOW + timedelta(hours=2))
    aws.clock(2 * 3600 + 1)
    assert only(ssm)["Expired"] is True
    with pytest.raises(ValueError, match="ActivationExpired"):
        register(aws, made)


@pytest.mark.parametrize("request_", [{"ExpirationDate": NOW + timedelta(days=31)}, {"IamRole": "arn:aws:iam::111122223333:role/hybrid"}])
def test_impossible_activations_are_refused(ssm: Any, refused: Any, request_: dict[str, Any]) -> None:
    assert refused(ssm.create_activation, **{"IamRole": "hybrid", **request_}).code == "ValidationException"


def test_activations_are_filtered_and_paginated(ssm: Any) -> None:
    ids = [ssm.create_activation(IamRole=f"role-{number % 2}", DefaultInstanceName=f"n{number}")["ActivationId"] for number in range(52)]
    assert len(ssm.describe_activations()["ActivationList"]) == 50
    assert sum(len(page["ActivationList"]) for page in ssm.get_paginator("describe_activations").paginate()) == 52
    for key, values, count in (("ActivationIds", ids[:2], 2), ("IamRole", ["role-0"], 26), ("DefaultInstanceName", ["n7"], 1)):
        assert len(ssm.describe_activations(Filters=[{"FilterKey": key, "FilterValues": values}])["ActivationList"]) == count


def test_a_host_registers_and_takes_the_activations_tags(aws: Any, ssm: Any) -> None:
    made = ssm.create_activation(IamRole="hybrid", DefaultInstanceName="edge", Tags=TAGS)
    identifier = register(aws, made)
    assert identifier.startswith("mi-")
    assert len(identifier) == 20
    assert only(ssm)["RegistrationsCount"] == 1
    (found,) = ssm.describe_instance_information()["InstanceInformationList"]
    assert (found["InstanceId"], found["IamRole"], found["ActivationId"], found["Name"]) == (identifier, "hybrid", made["ActivationId"], "edge")
    assert ssm.list_tags_for_resource(ResourceType="ManagedInstance", ResourceId=identifier)["TagList"] == TAGS


def test_a_used_up_or_wrong_activation_is_invalid(aws: Any, ssm: Any) -> None:
    made = ssm.create_activation(IamRole="hybrid")
    with pytest.raises(ValueError, match="InvalidActivation"):
        register(aws, {**made, "ActivationCode": "wrong"})
    register(aws, made)
    with pytest.raises(ValueError, match=r"InvalidActivation: .*registration limit"):
        register(aws, made, "f2")


def test_deleting_an_activation_leaves_its_hosts(aws: Any, ssm: Any, refused: Any) -> None:
    made = ssm.create_activation(IamRole="hybrid")
    identifier = register(aws, made)
    ssm.delete_activation(ActivationId=made["ActivationId"])
    assert len(ssm.describe_instance_information()["InstanceInformationList"]) == 1
    assert refused(ssm.delete_activation, ActivationId=made["ActivationId"]).code == "InvalidActivation"
    ssm.deregister_managed_instance(InstanceId=identifier)
    assert ssm.describe_instance_information()["InstanceInformationList"] == []
    assert refused(ssm.deregister_managed_instance, InstanceId=identifier).code == "InvalidInstanceId"


def test_ping_is_lost_after_five_minutes_of_silence(aws: Any, ssm: Any) -> None:
    identifier = register(aws, ssm.create_activation(IamRole="hybrid"))
    agent(aws, "UpdateInstanceInformation", InstanceId=identifier, AgentVersion="3.3.1.0", PlatformName="Ubuntu", PlatformType="Linux", ComputerName="edge-a1")
    found = ssm.describe_instance_information()["InstanceInformationList"][0]
    assert (found["PingStatus"], found["ComputerName"]) == ("Online", "edge-a1")
    aws.clock(301)
    assert ssm.describe_instance_information()["InstanceInformationList"][0]["PingStatus"] == "ConnectionLost"


def test_instances_are_filtered_in_both_styles_by_tag_too(aws: Any, ssm: Any, refused: Any) -> None:
    made = ssm.create_activation(IamRole="hybrid", RegistrationLimit=60, Tags=TAGS)
    ids = [register(aws, made, f"f{number}") for number in range(12)]
    ssm.add_tags_to_resource(ResourceType="ManagedInstance", ResourceId=ids[0], Tags=[{"Key": "host", "Value": "a"}])
    filters: list[tuple[dict[str, Any], int]] = [
        ({"InstanceInformationFilterList": [{"key": "InstanceIds", "valueSet": ids[:3]}]}, 3),
        ({"Filters": [{"Key": "ActivationIds", "Values": [made["ActivationId"]]}]}, 12),
        ({"Filters": [{"Key": "tag:host", "Values": ["a"]}]}, 1),
        ({"Filters": [{"Key": "tag:EKSClusterARN", "Values": [TAGS[0]["Value"]]}, {"Key": "ResourceType", "Values": ["ManagedInstance"]}]}, 12),
        ({"Filters": [{"Key": "PingStatus", "Values": ["Online"]}]}, 0),
    ]
    for request, count in filters:
        assert len(ssm.describe_instance_information(**request)["InstanceInformationList"]) == count
    assert refused(ssm.describe_instance_information, Filters=[{"Key": "Nonsense", "Values": ["x"]}]).code == "InvalidFilterKey"
    pages = list(ssm.get_paginator("describe_instance_information").paginate(PaginationConfig={"PageSize": 5}))
    assert [len(page["InstanceInformationList"]) for page in pages] == [5, 5, 2]


def test_a_registered_host_gets_a_session_of_its_role(aws: Any, ssm: Any) -> None:
    identifier = register(aws, ssm.create_activation(IamRole="hybrid"))
    token = agent(aws, "RequestManagedInstanceRoleToken", Fingerprint="f1", InstanceId=identifier)
    session = boto3.Session(token["AccessKeyId"], token["SecretAccessKey"], token["SessionToken"], "us-east-1")
    found = session.client("sts", endpoint_url=aws.url).get_caller_identity()
    assert (found["Account"], found["Arn"]) == ("111122223333", f"arn:aws:sts::111122223333:assumed-role/hybrid/{identifier}")
    with pytest.raises(ValueError, match="MachineFingerprintDoesNotMatch"):
        agent(aws, "RequestManagedInstanceRoleToken", Fingerprint="other", InstanceId=identifier)


def test_the_role_of_a_host_is_changed_without_a_new_registration(aws: Any, ssm: Any) -> None:
    identifier = register(aws, ssm.create_activation(IamRole="hybrid"))
    ssm.update_managed_instance_role(InstanceId=identifier, IamRole="other")
    token = agent(aws, "RequestManagedInstanceRoleToken", Fingerprint="f1", InstanceId=identifier)
    assert aws.world.principals.identity(token["AccessKeyId"]).arn.endswith(f"assumed-role/other/{identifier}")


def test_the_tier_is_a_service_setting(ssm: Any, refused: Any) -> None:
    tier = "/ssm/managed-instance/activation-tier"
    assert ssm.get_service_setting(SettingId=tier)["ServiceSetting"]["SettingValue"] == "standard"
    ssm.update_service_setting(SettingId=tier, SettingValue="advanced")
    assert ssm.get_service_setting(SettingId=tier)["ServiceSetting"]["SettingValue"] == "advanced"
    assert ssm.reset_service_setting(SettingId=tier)["ServiceSetting"]["SettingValue"] == "standard"
    assert refused(ssm.get_service_setting, SettingId="/ssm/nothing").code == "ServiceSettingNotFound"


def test_everything_else_of_ssm_is_motos(ssm: Any) -> None:
    ssm.put_parameter(Name="/a", Value="b", Type="String", Tags=[{"Key": "k", "Value": "v"}])
    assert ssm.get_parameter(Name="/a")["Parameter"]["Value"] == "b"
    assert ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/a")["TagList"] == [{"Key": "k", "Value": "v"}]
