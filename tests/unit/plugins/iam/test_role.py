"""Roles and policies: what means the same, what a role needs, what trusts whom."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._iam.live.role import trust_order
from ansible_collections.fleetops.eks.plugins.module_utils._iam.policy import same_policy
from ansible_collections.fleetops.eks.plugins.module_utils._iam.role import RoleSpec, RoleState, declared_roles, plan_absent, plan_present, policy_arn
from ansible_collections.fleetops.eks.plugins.module_utils._iam.trust import Place, needs_account, trust_policy

HERE = Place("aws", "eu-west-1", "111122223333")
CLUSTER = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
EKS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": ["sts:AssumeRole", "sts:TagSession"]}],
}
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "eks:DescribeCluster", "Resource": "*"}]}


def declared(**params: Any) -> RoleSpec:
    return RoleSpec.from_params({"name": "edge", "trust": ["eks"], **params}, HERE)


def role(managed: list[str] | None = None, inline: dict[str, Any] | None = None, profiles: list[str] | None = None, **fields: Any) -> RoleState:
    answer = {
        "RoleName": "edge",
        "Path": "/",
        "Arn": "arn:aws:iam::111122223333:role/edge",
        "RoleId": "AROA1",
        "CreateDate": datetime(2026, 1, 1, tzinfo=UTC),
        "AssumeRolePolicyDocument": EKS,
        "MaxSessionDuration": 3600,
    }
    return RoleState.from_api({**answer, **fields}, managed=managed or [], inline_names=list(inline or {}), inline=inline, profiles=profiles)


def operations(plan: Any) -> list[str]:
    return [step.operation for step in plan.steps]


def allow(**members: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **members}]}


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (allow(Action="s3:Get*", Resource="*"), allow(Action=["s3:get*"], Resource=["*"])),
        (allow(Action=["b", "a"]), allow(Action=["a", "b", "a"])),
        ({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "a"}}, allow(Action="a")),
        (allow(Principal={"AWS": "111122223333"}), allow(Principal={"AWS": ["arn:aws:iam::111122223333:root"]})),
        (allow(Principal="*"), allow(Principal={"AWS": "*"})),
        (allow(Condition={"Bool": {"aws:SecureTransport": True}}), allow(Condition={"Bool": {"aws:securetransport": ["true"]}})),
        (allow(Condition={}), allow()),
        ({"Statement": [{"Effect": "Allow"}, {"Effect": "Deny"}]}, {"Version": "2008-10-17", "Statement": [{"Effect": "Deny"}, {"Effect": "Allow"}]}),
        (None, None),
    ],
)
def test_policies_that_mean_the_same(left: Any, right: Any) -> None:
    assert same_policy(left, right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (allow(Action="a"), allow(Action="b")),
        (allow(Resource="arn:A"), allow(Resource="arn:a")),
        (allow(Action="a", Sid="1"), allow(Action="a", Sid="2")),
        (allow(Principal={"AWS": "111122223333"}), allow(Principal={"Service": "111122223333"})),
        (allow(), {"Statement": [{"Effect": "Allow"}]}),
        (None, allow()),
    ],
)
def test_policies_that_differ(left: Any, right: Any) -> None:
    assert not same_policy(left, right)


def test_creates_with_everything_and_without_spaces() -> None:
    spec = declared(path="/site/", managed_policies=["AmazonEKSClusterPolicy"], inline_policies={"read": READ}, tags={"Cost": 7}, permissions_boundary=CLUSTER)
    plan = plan_present(spec, None)
    assert operations(plan) == ["create_role", "attach_role_policy", "put_role_policy"]
    assert plan.steps[0].request["Tags"] == [{"Key": "Cost", "Value": "7"}]
    assert plan.steps[0].request["PermissionsBoundary"] == CLUSTER
    assert " " not in plan.steps[0].request["AssumeRolePolicyDocument"]
    assert plan.steps[1].request["PolicyArn"] == CLUSTER


@pytest.mark.parametrize(
    ("params", "state"),
    [
        ({}, role([CLUSTER], {"read": READ}, Description="words", Tags=[{"Key": "a", "Value": "b"}])),
        ({"managed_policies": ["AmazonEKSClusterPolicy", CLUSTER]}, role([CLUSTER])),
        (
            {"inline_policies": {"read": '{"Statement": {"Effect": "Allow", "Action": ["eks:describecluster"], "Resource": "*"}, "Version": "2012-10-17"}'}},
            role(inline={"read": READ}),
        ),
        ({"permissions_boundary": ""}, role()),
        ({"max_session_duration": 3600, "path": "/"}, role()),
        ({"managed_policies": [], "purge_managed_policies": False}, role([CLUSTER])),
        ({"inline_policies": {}, "purge_inline_policies": False}, role(inline={"read": READ})),
        ({"description": ""}, role()),
    ],
)
def test_what_means_the_same_is_quiet(params: dict[str, Any], state: RoleState) -> None:
    assert not plan_present(declared(**params), state)


@pytest.mark.parametrize(
    ("params", "state", "expected"),
    [
        ({"trust": ["ec2"]}, role(), ["update_assume_role_policy"]),
        ({"description": "new"}, role(), ["update_role"]),
        ({"permissions_boundary": CLUSTER}, role(), ["put_role_permissions_boundary"]),
        ({"permissions_boundary": ""}, role(PermissionsBoundary={"PermissionsBoundaryArn": CLUSTER}), ["delete_role_permissions_boundary"]),
        ({"tags": {"a": "b"}}, role(Tags=[{"Key": "c", "Value": "d"}]), ["tag_role", "untag_role"]),
        ({"managed_policies": ["X"]}, role([CLUSTER]), ["attach_role_policy", "detach_role_policy"]),
        ({"inline_policies": {"new": READ}}, role(inline={"read": READ}), ["put_role_policy", "delete_role_policy"]),
    ],
)
def test_what_differs_is_a_step(params: dict[str, Any], state: RoleState, expected: list[str]) -> None:
    assert operations(plan_present(declared(**params), state)) == expected


def test_update_role_is_told_what_stays() -> None:
    step = plan_present(declared(max_session_duration=7200), role(Description="words")).steps[0]
    assert step.request == {"RoleName": "edge", "Description": "words", "MaxSessionDuration": 7200}
    assert step.fields == ["max_session_duration"]


def test_absent_frees_the_role_first() -> None:
    plan = plan_absent(declared(), role([CLUSTER], {"read": READ}, ["edge", "other"]))
    assert operations(plan) == [
        "remove_role_from_instance_profile",
        "delete_instance_profile",
        "remove_role_from_instance_profile",
        "detach_role_policy",
        "delete_role_policy",
        "delete_role",
    ]
    assert not plan_absent(declared(), None)


@pytest.mark.parametrize(
    ("params", "state", "field"),
    [
        ({"trust": None}, None, "trust_policy"),
        ({"name": "n" * 65}, None, "name"),
        ({"path": "/other/"}, role(), "path"),
        ({"inline_policies": {"big": allow(Resource="r" * 10240)}}, None, "inline_policies"),
        ({}, role(Path="/aws-service-role/eks.amazonaws.com/"), "name"),
    ],
)
def test_the_impossible_is_refused_with_the_option(params: dict[str, Any], state: RoleState | None, field: str) -> None:
    with pytest.raises(Refusal) as refusal:
        plan_present(declared(**params), state)
    assert refusal.value.facts["refused_fields"] == [field]


@pytest.mark.parametrize("params", [{"trust": ["nobody"]}, {"inline_policies": {"a": "no json"}}, {"inline_policies": {"a": 7}}])
def test_what_cannot_be_read_is_refused(params: dict[str, Any]) -> None:
    with pytest.raises(Refusal):
        declared(**params)


def test_ssm_is_held_to_account_and_region() -> None:
    statement = trust_policy(["ssm"], {"StringEquals": {"aws:ResourceTag/x": "y"}}, HERE)["Statement"][0]
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111122223333", "aws:ResourceTag/x": "y"},
        "ArnEquals": {"aws:SourceArn": "arn:aws:ssm:eu-west-1:111122223333:*"},
    }
    assert needs_account(["ssm"])
    assert not needs_account(["eks"])


@pytest.mark.parametrize(
    ("name", "principal"),
    [
        ("pods", {"Service": "pods.eks.amazonaws.com"}),
        ("ec2", {"Service": "ec2.amazonaws.com"}),
        ("arn:aws:iam::111122223333:role/hub", {"AWS": "arn:aws:iam::111122223333:role/hub"}),
    ],
)
def test_trust_in_a_word(name: str, principal: dict[str, str]) -> None:
    assert trust_policy([name], None, HERE)["Statement"][0]["Principal"] == principal


def test_ec2_of_china_has_a_name_of_its_own() -> None:
    assert trust_policy(["ec2"], None, Place("aws-cn", "cn-north-1", ""))["Statement"][0]["Principal"] == {"Service": "ec2.amazonaws.com.cn"}


def test_names_of_policies() -> None:
    assert policy_arn("AmazonEBSCSIDriverPolicy", "aws") == "arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy"
    assert policy_arn("service-role/X", "aws-us-gov") == "arn:aws-us-gov:iam::aws:policy/service-role/X"
    assert policy_arn(CLUSTER, "aws") == CLUSTER


def test_a_role_comes_after_the_one_it_trusts() -> None:
    specs = {"spoke": declared(name="spoke", trust=["arn:aws:iam::111122223333:role/hub"]), "hub": declared(name="hub", trust=["pods"])}
    assert trust_order(specs) == (["hub"], ["spoke"])


def test_a_role_declared_twice_is_refused() -> None:
    shared = {"purge_managed_policies": True, "purge_inline_policies": True, "purge_tags": True}
    with pytest.raises(Refusal, match="more than once"):
        declared_roles({**shared, "roles": [{"name": "a", "trust": ["eks"]}, {"name": "a", "trust": ["eks"]}]}, HERE)
