"""TokenReview: from an EKS bearer token to a Kubernetes user (README.md, split of the parts)."""

from __future__ import annotations

import base64
from typing import Any

import boto3
import pytest

from sandbox.aws.testing import ACCESS_KEY, ACCOUNT, REGION, Running

ADMIN = f"arn:aws:iam::{ACCOUNT}:role/ops/admin"
TRUST = '{"Version":"2012-10-17","Statement":[]}'
POLICY = "arn:aws:eks::aws:cluster-access-policy/"


@pytest.fixture
def live(simulator: Running) -> Running:
    """The simulator, empty, at the real time: tokens carry it."""
    simulator.reset()
    request = {"name": "edge", "roleArn": ADMIN, "resourcesVpcConfig": {"subnetIds": ["subnet-1", "subnet-2"]}}
    simulator.client("eks").create_cluster(**request, accessConfig={"authenticationMode": "API"})
    return simulator


def token(url: str, session: boto3.Session, cluster: str = "edge", expires: int = 60, action: str = "get_caller_identity") -> str:
    sts = session.client("sts", endpoint_url=url)

    def add_header(request: Any, **_: Any) -> None:
        if cluster:
            request.headers["x-k8s-aws-id"] = cluster

    sts.meta.events.register("before-sign.sts", add_header)
    signed = sts.generate_presigned_url(action, Params={}, ExpiresIn=expires, HttpMethod="GET")
    return "k8s-aws-v1." + base64.urlsafe_b64encode(signed.encode()).decode().rstrip("=")


def operator() -> boto3.Session:
    return boto3.Session(ACCESS_KEY, "secret", region_name=REGION)


def assume(live: Running, role: str = ADMIN, name: str = "ann@example.com") -> boto3.Session:
    found = live.client("sts").assume_role(RoleArn=role, RoleSessionName=name)["Credentials"]
    return boto3.Session(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"], REGION)


def test_the_creator_is_admin(live: Running) -> None:
    status = live.review("edge", token(live.url, operator()))
    assert status["authenticated"] is True
    assert status["user"]["username"] == f"arn:aws:iam::{ACCOUNT}:user/sandbox"
    assert "eks:access-policy:AmazonEKSClusterAdminPolicy" in status["user"]["groups"]
    assert "system:authenticated" in status["user"]["groups"]


def test_a_roles_session_is_found_by_the_roles_arn_and_named_in_the_username(live: Running) -> None:
    eks = live.client("eks")
    eks.create_access_entry(clusterName="edge", principalArn=ADMIN, kubernetesGroups=["ops"], username="ops:{{AccountID}}:{{SessionName}}")
    scope = {"type": "namespace", "namespaces": ["a", "b"]}
    eks.associate_access_policy(clusterName="edge", principalArn=ADMIN, policyArn=POLICY + "AmazonEKSEditPolicy", accessScope=scope)
    user = live.review("edge", token(live.url, assume(live)))["user"]
    assert user["username"] == f"ops:{ACCOUNT}:ann-example.com"
    assert user["groups"] == ["ops", "eks:access-policy:AmazonEKSEditPolicy:a", "eks:access-policy:AmazonEKSEditPolicy:b", "system:authenticated"]
    assert user["extra"]["sessionName"] == ["ann@example.com"]


def test_a_hybrid_host_is_a_node(live: Running) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/hybrid"
    live.client("eks").create_access_entry(clusterName="edge", principalArn=role, type="HYBRID_LINUX")
    user = live.review("edge", token(live.url, assume(live, role, "mi-0123456789abcdef0")))["user"]
    assert user["username"] == "system:node:mi-0123456789abcdef0"
    assert {"system:bootstrappers", "system:nodes"} <= set(user["groups"])


def refusal(live: Running, text: str) -> str:
    status = live.review("edge", text)
    assert status["authenticated"] is False
    return str(status["error"])


def test_strangers_are_refused(live: Running) -> None:
    assert "no access entry" in refusal(live, token(live.url, assume(live)))


def test_the_token_must_be_signed_for_this_cluster(live: Running) -> None:
    live.client("eks").create_access_entry(clusterName="edge", principalArn=ADMIN)
    assert "x-k8s-aws-id is not signed" in refusal(live, token(live.url, assume(live), cluster=""))
    assert "signature" in refusal(live, token(live.url, assume(live), cluster="other"))


def test_a_forged_signature_is_refused_where_the_secret_is_known(live: Running) -> None:
    live.client("eks").create_access_entry(clusterName="edge", principalArn=ADMIN)
    session = assume(live)
    credentials = session.get_credentials()
    forged = boto3.Session(credentials.access_key, "not-the-secret", credentials.token, REGION)
    assert "signature" in refusal(live, token(live.url, forged))


def test_an_expired_token_is_refused(live: Running) -> None:
    made = token(live.url, operator())
    assert live.review("edge", made)["authenticated"] is True
    live.clock(901)
    assert "expired" in refusal(live, made)


def test_nonsense_is_refused(live: Running) -> None:
    encoded = base64.urlsafe_b64encode(b"https://sts.us-east-1.amazonaws.com/?Action=GetSessionToken").decode()
    for text in ("", "abc", "k8s-aws-v1.%%%", "k8s-aws-v1.aGVsbG8", f"k8s-aws-v1.{encoded}"):
        assert refusal(live, text)


def test_a_role_made_anew_is_a_stranger_to_its_entry(live: Running) -> None:
    iam, role = live.client("iam"), f"arn:aws:iam::{ACCOUNT}:role/hybrid"
    iam.create_role(RoleName="hybrid", AssumeRolePolicyDocument=TRUST)
    live.client("eks").create_access_entry(clusterName="edge", principalArn=role, type="HYBRID_LINUX")
    assert live.review("edge", token(live.url, assume(live, role)))["authenticated"] is True
    iam.delete_role(RoleName="hybrid")
    iam.create_role(RoleName="hybrid", AssumeRolePolicyDocument=TRUST)
    assert "made anew" in refusal(live, token(live.url, assume(live, role)))
