"""eks_iam_roles against the simulator's IAM."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.aws.testing import Running, start
from tests.support.modules import call

READ = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["eks:DescribeCluster", "eks:ListAccessEntries"], "Resource": "*"}],
}
ROLES: list[dict[str, Any]] = [
    {"name": "edge-cluster", "trust": ["eks"], "managed_policies": ["AmazonEKSClusterPolicy"]},
    {
        "name": "edge-hybrid",
        "description": "Hybrid nodes of edge",
        "trust": ["ssm"],
        "managed_policies": ["AmazonSSMManagedInstanceCore", "AmazonEC2ContainerRegistryPullOnly"],
        "inline_policies": {"hybrid-node": READ},
        "max_session_duration": 7200,
        "tags": {"Cluster": "edge"},
    },
    {
        "name": "edge-dns",
        "trust": ["pods"],
        "trust_conditions": {"StringEquals": {"aws:RequestTag/kubernetes-namespace": "external-dns"}},
        "managed_policies": ["AmazonRoute53FullAccess"],
        "permissions_boundary": "AmazonRoute53FullAccess",
    },
]


@pytest.fixture
def aws() -> Iterator[Running]:
    with start(delay=0) as running:
        yield running


def converge(aws: Running, roles: list[dict[str, Any]] = ROLES, *, check_mode: bool = False, **params: Any) -> dict[str, Any]:
    return call("eks_iam_roles", {"roles": roles, **params}, check_mode=check_mode, url=aws.url)


def operations(result: dict[str, Any]) -> list[str]:
    return [action["operation"] for action in result["actions"]]


def test_creates_all_side_by_side(aws: Running) -> None:
    result = converge(aws)
    assert operations(result)[:3] == ["create_role"] * 3
    assert {action["status"] for action in result["actions"]} == {"done"}
    assert [role["name"] for role in result["roles"]] == ["edge-cluster", "edge-hybrid", "edge-dns"]
    hybrid = result["roles"][1]
    assert hybrid["arn"] == "arn:aws:iam::123456789012:role/edge-hybrid"
    assert hybrid["inline_policies"] == ["hybrid-node"]
    assert (hybrid["tags"], hybrid["max_session_duration"]) == ({"Cluster": "edge"}, 7200)
    condition = hybrid["trust_policy"]["Statement"][0]["Condition"]
    assert condition["StringEquals"] == {"aws:SourceAccount": "123456789012"}
    assert "warnings" not in result


def test_quiet_again(aws: Running) -> None:
    first = converge(aws)
    aws.clear_log()
    again = converge(aws)
    assert (again["changed"], aws.writes("iam")) == (False, [])
    assert again["roles"] == first["roles"]


def test_a_quiet_role_costs_no_more_reads_than_are_declared(aws: Running) -> None:
    roles = [{"name": "edge-cluster", "trust": ["eks"]}]
    converge(aws, roles)
    aws.clear_log()
    converge(aws, roles)
    assert [each["operation"] for each in aws.log()] == ["GetRole"]


def test_checks_without_touching(aws: Running) -> None:
    result = converge(aws, check_mode=True)
    assert result["changed"]
    assert aws.writes("iam") == []
    assert result["diff"]["after"]["edge-cluster"]["managed_policies"]


def test_updates_with_diff(aws: Running) -> None:
    converge(aws)
    changed = [
        {**ROLES[1], "managed_policies": ["AmazonSSMManagedInstanceCore"], "inline_policies": {"other": READ}, "tags": {"Team": "a"}, "description": "new"}
    ]
    result = converge(aws, changed)
    assert operations(result) == ["update_role", "tag_role", "untag_role", "detach_role_policy", "put_role_policy", "delete_role_policy"]
    assert result["diff"]["before"]["edge-hybrid"]["description"] == "Hybrid nodes of edge"
    assert result["diff"]["after"]["edge-hybrid"]["tags"] == {"Team": "a", "Cluster": None}
    assert not converge(aws, changed)["changed"]


def test_absent_and_absent_again(aws: Running) -> None:
    converge(aws)
    iam = aws.client("iam", access_key="AKIATEST")
    iam.create_instance_profile(InstanceProfileName="edge-hybrid")
    iam.add_role_to_instance_profile(InstanceProfileName="edge-hybrid", RoleName="edge-hybrid")
    names = [{"name": role["name"]} for role in ROLES]
    gone = converge(aws, names, state="absent")
    assert operations(gone).count("delete_role") == 3
    assert gone["roles"] == []
    assert iam.list_roles()["Roles"] == []
    assert iam.list_instance_profiles()["InstanceProfiles"] == []
    aws.clear_log()
    assert not converge(aws, names, state="absent")["changed"]
    assert aws.writes("iam") == []


def test_a_policy_that_does_not_exist_is_said_with_what_was_done_before(aws: Running) -> None:
    result = converge(aws, [{"name": "edge", "trust": ["eks"], "managed_policies": ["AmazonNoSuchPolicy"]}])
    assert "AmazonNoSuchPolicy" in result["msg"]
    assert "by its ARN" in result["msg"]
    assert [action["status"] for action in result["actions"]] == ["done", "failed"]
    assert result["changed"]


def test_a_lost_answer_of_the_creation_is_no_error(aws: Running) -> None:
    aws.faults({"match": "iam:CreateRole", "lost_answer": True, "times": 1})
    result = converge(aws, ROLES[:1])
    assert "failed" not in result
    assert not converge(aws, ROLES[:1])["changed"]


def test_a_principal_that_iam_does_not_know_yet_is_tried_again(aws: Running) -> None:
    rule = {"match": "iam:CreateRole", "code": "MalformedPolicyDocument", "status": 400, "message": "Invalid principal in policy: AWS", "times": 2}
    aws.faults(rule)
    assert converge(aws, [{"name": "spoke", "trust": ["arn:aws:iam::123456789012:role/hub"]}])["changed"]


def test_a_role_that_trusts_another_comes_after_it(aws: Running) -> None:
    roles = [{"name": "spoke", "trust": ["arn:aws:iam::123456789012:role/hub"]}, {"name": "hub", "trust": ["pods"]}]
    assert [action["subject"] for action in converge(aws, roles)["actions"]] == ["hub", "spoke"]


def test_given_account_is_not_asked_for(aws: Running) -> None:
    result = converge(aws, ROLES[1:2], account_id="111122223333", trust_region="eu-west-1")
    condition = result["roles"][0]["trust_policy"]["Statement"][0]["Condition"]
    assert condition["ArnEquals"] == {"aws:SourceArn": "arn:aws:ssm:eu-west-1:111122223333:*"}
    assert aws.log("sts") == []


def test_refusals_of_all_members_come_before_any_call(aws: Running) -> None:
    result = converge(aws, [{"name": "a"}, {"name": "b" * 65, "trust": ["eks"]}])
    assert result["refused_fields"] == ["trust_policy", "name"]
    assert aws.writes("iam") == []


def test_trust_and_trust_policy_exclude_each_other(aws: Running) -> None:
    assert "mutually exclusive" in converge(aws, [{"name": "a", "trust": ["eks"], "trust_policy": {}}])["msg"]
