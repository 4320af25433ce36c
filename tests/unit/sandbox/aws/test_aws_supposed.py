"""Without strict references whatever is named exists: EC2 and KMS know it once they are asked for it, and with them not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.testing import ACCOUNT, Running, start

KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd"


@pytest.fixture
def aws() -> Iterator[Running]:
    with start(delay=0) as running:
        yield running


def subnets(aws: Running, *names: str) -> list[dict[str, Any]]:
    found = aws.client("ec2").describe_subnets(Filters=[{"Name": "subnet-id", "Values": list(names)}])["Subnets"]
    return sorted(found, key=lambda each: str(each["SubnetId"]))


def test_subnets_are_of_one_vpc_and_of_zones_by_turns(aws: Running) -> None:
    first, second = subnets(aws, "subnet-1", "subnet-2")
    assert (first["SubnetId"], second["SubnetId"]) == ("subnet-1", "subnet-2")
    assert first["VpcId"] == second["VpcId"]
    assert first["AvailabilityZone"] != second["AvailabilityZone"]
    assert first["CidrBlock"] != second["CidrBlock"]
    assert subnets(aws, "subnet-2", "subnet-1") == [first, second]


def test_a_subnet_asked_for_by_its_id_is_the_same(aws: Running) -> None:
    (named,) = aws.client("ec2").describe_subnets(SubnetIds=["subnet-1"])["Subnets"]
    assert subnets(aws, "subnet-1") == [named]


def test_security_groups_and_keys_too(aws: Running) -> None:
    (group,) = aws.client("ec2").describe_security_groups(Filters=[{"Name": "group-id", "Values": ["sg-1"]}])["SecurityGroups"]
    (subnet,) = subnets(aws, "subnet-1")
    assert group["VpcId"] == subnet["VpcId"]
    described = aws.client("kms").describe_key(KeyId=KEY)["KeyMetadata"]
    assert (described["Arn"], described["KeyState"], described["KeySpec"]) == (KEY, "Enabled", "SYMMETRIC_DEFAULT")


@pytest.mark.parametrize("key", [KEY.replace("us-east-1", "us-west-2"), "alias/edge"])
def test_a_key_of_another_region_or_an_alias_of_none_is_not_supposed(aws: Running, key: str) -> None:
    with pytest.raises(ClientError) as caught:
        aws.client("kms").describe_key(KeyId=key)
    assert caught.value.response["Error"]["Code"] == "NotFoundException"


def test_with_strict_references_nothing_is_supposed(aws: Running) -> None:
    aws.settings(strict_references=True)
    assert subnets(aws, "subnet-1") == []
    assert aws.client("ec2").describe_security_groups(Filters=[{"Name": "group-id", "Values": ["sg-1"]}])["SecurityGroups"] == []
    with pytest.raises(ClientError):
        aws.client("kms").describe_key(KeyId=KEY)
