"""Pages: fewer rows than were asked for where the settings say so, and IAM's lists of a role."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

READ = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "eks:DescribeCluster", "Resource": "*"}]})
IAM = {
    "list_attached_role_policies": "AttachedPolicies",
    "list_role_policies": "PolicyNames",
    "list_instance_profiles_for_role": "InstanceProfiles",
}


@pytest.fixture
def iam(aws: Any) -> Any:
    """A role with three of everything."""
    client = aws.client("iam")
    client.create_role(RoleName="r", AssumeRolePolicyDocument=READ)
    for number in range(3):
        client.put_role_policy(RoleName="r", PolicyName=f"p{number}", PolicyDocument=READ)
        client.create_instance_profile(InstanceProfileName=f"i{number}")
        client.add_role_to_instance_profile(InstanceProfileName=f"i{number}", RoleName="r")
        made = client.create_policy(PolicyName=f"m{number}", PolicyDocument=READ)
        client.attach_role_policy(RoleName="r", PolicyArn=made["Policy"]["Arn"])
    return client


def sizes(client: Any, operation: str, key: str, **request: Any) -> list[int]:
    return [len(page[key]) for page in client.get_paginator(operation).paginate(**request)]


def test_a_page_has_no_more_rows_than_the_setting_says(aws: Any, cluster: Any, eks: Any) -> None:
    for name in ("a", "b", "c"):
        eks.create_access_entry(clusterName="edge", principalArn=f"arn:aws:iam::111122223333:role/{name}")
    where = {"clusterName": "edge"}
    (whole,) = sizes(eks, "list_access_entries", "accessEntries", **where)
    aws.settings(page=1)
    assert sizes(eks, "list_access_entries", "accessEntries", **where) == [1] * whole
    assert sizes(eks, "list_access_entries", "accessEntries", **where, maxResults=100) == [1] * whole
    aws.settings(page=2)
    assert sizes(eks, "list_access_entries", "accessEntries", **where, maxResults=1) == [1] * whole


@pytest.mark.parametrize(("operation", "key"), IAM.items())
def test_the_lists_of_a_role_come_in_pages(aws: Any, iam: Any, operation: str, key: str) -> None:
    assert sizes(iam, operation, key, RoleName="r") == [3]
    assert sizes(iam, operation, key, RoleName="r", PaginationConfig={"PageSize": 2}) == [2, 1]
    aws.settings(page=1)
    assert sizes(iam, operation, key, RoleName="r") == [1, 1, 1]
    assert len({str(row) for page in iam.get_paginator(operation).paginate(RoleName="r") for row in page[key]}) == 3


def test_a_made_up_marker_is_refused(iam: Any) -> None:
    for marker in ("1", "made-up"):
        with pytest.raises(ClientError, match="ValidationError"):
            iam.list_role_policies(RoleName="r", Marker=marker)


def test_a_list_of_a_role_that_is_not_there_is_not_found(aws: Any) -> None:
    with pytest.raises(ClientError, match="NoSuchEntity"):
        aws.client("iam").list_role_policies(RoleName="none")


def test_a_setting_that_no_service_has_is_refused(aws: Any) -> None:
    for rows in (-1, 51):
        with pytest.raises(ValueError, match="rows up to 50"):
            aws.settings(page=rows)
