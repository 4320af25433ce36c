"""The control API: log, faults, settings, clock, export, reset; and what moto does on the same endpoint."""

from __future__ import annotations

import time
import urllib.request
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from sandbox.aws.testing import OTHER_ACCESS_KEY

ROLE = "arn:aws:iam::111122223333:role/cluster"
REQUEST: dict[str, Any] = {"name": "edge", "roleArn": ROLE, "resourcesVpcConfig": {"subnetIds": ["subnet-1", "subnet-2"]}}
TRUST = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"eks.amazonaws.com"},"Action":"sts:AssumeRole"}]}'


def test_health(aws: Any) -> None:
    assert aws.control("GET", "health") == {"ok": True}


def test_every_request_is_logged_with_what_it_was(aws: Any, eks: Any, refused: Any) -> None:
    eks.create_cluster(**REQUEST)
    refused(eks.describe_addon, clusterName="edge", addonName="coredns")
    aws.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    log = aws.log()
    rows = [(each["service"], each["operation"], each["resource"], each["status"], each["code"], each["write"]) for each in log]
    assert rows == [
        ("eks", "CreateCluster", "edge", 200, None, True),
        ("eks", "DescribeAddon", "edge/coredns", 404, "ResourceNotFoundException", False),
        ("iam", "CreateRole", "r", 200, None, True),
    ]
    assert {(each["account"], each["region"]) for each in log} == {("111122223333", "us-east-1")}
    assert "Boto3" in log[0]["user_agent"]
    assert [each["operation"] for each in aws.writes("eks")] == ["CreateCluster"]
    assert [each["n"] for each in aws.log(since=2)] == [3]
    aws.clear_log()
    assert aws.log() == []


PROTOCOLS: list[tuple[str, str, dict[str, Any]]] = [
    ("eks", "list_clusters", {}),
    ("ssm", "describe_activations", {}),
    ("iam", "list_roles", {}),
    ("ec2", "describe_vpcs", {}),
    ("sqs", "list_queues", {}),
    ("dynamodb", "list_tables", {}),
    ("s3", "list_buckets", {}),
    ("sts", "get_caller_identity", {}),
    ("cloudwatch", "list_metrics", {}),
    ("route53", "list_hosted_zones", {}),
    ("ecr", "get_authorization_token", {}),
]


@pytest.mark.filterwarnings("ignore:Exception.*_Fault")
@pytest.mark.parametrize(("service", "call", "params"), PROTOCOLS, ids=[service for service, _, _ in PROTOCOLS])
def test_throttling_is_spoken_in_every_protocol(aws: Any, refused: Any, service: str, call: str, params: dict[str, Any]) -> None:
    client = aws.client(service)
    getattr(client, call)(**params)
    aws.faults({"match": f"{service}:.*", "code": "ThrottlingException", "status": 400, "message": "Rate exceeded"})
    refusal = refused(getattr(client, call), **params)
    assert (refusal.code, refusal.message, refusal.status) == ("ThrottlingException", "Rate exceeded", 400)
    assert aws.log(service)[-1]["code"] == "ThrottlingException"


def test_botocore_retries_through_faults_that_end(aws: Any) -> None:
    eks = aws.client("eks", retries={"total_max_attempts": 4, "mode": "standard"})
    aws.faults({"match": "eks:Describe.*", "code": "ServerException", "status": 500, "times": 2})
    with pytest.raises(ClientError, match="No cluster found"):
        eks.describe_cluster(name="edge")
    assert [each["status"] for each in aws.log("eks")] == [500, 500, 404]


def test_faults_are_aimed_by_resource_account_and_region(aws: Any, eks: Any, cluster: Any, refused: Any) -> None:
    aws.faults({"match": "eks:.*", "resource": "edge", "account": "444455556666", "code": "AccessDeniedException"})
    eks.describe_cluster(name="edge")
    other = aws.client("eks", access_key=OTHER_ACCESS_KEY)
    assert refused(other.describe_cluster, name="edge").code == "AccessDeniedException"
    assert refused(other.describe_cluster, name="other").code == "ResourceNotFoundException"


def test_faults_fall_by_seeded_dice(aws: Any, eks: Any) -> None:
    def run() -> list[int]:
        aws.faults({"match": "eks:ListClusters", "probability": 0.5, "code": "ThrottlingException"}, seed=7)
        aws.clear_log()
        for _ in range(12):
            try:
                eks.list_clusters()
            except ClientError:
                continue
        return [each["status"] for each in aws.log()]

    first = run()
    assert set(first) == {200, 429}
    assert run() == first


def test_a_lost_answer_was_carried_out(aws: Any, eks: Any) -> None:
    aws.faults({"match": "eks:CreateCluster", "lost_answer": True, "times": 1})
    with pytest.raises(ConnectionClosedError):
        eks.create_cluster(**REQUEST, clientRequestToken="t")
    assert eks.list_clusters()["clusters"] == ["edge"]
    assert eks.create_cluster(**REQUEST, clientRequestToken="t")["cluster"]["name"] == "edge"


def test_latency_is_added(aws: Any, eks: Any) -> None:
    aws.faults({"match": "eks:ListClusters", "latency": 0.05})
    eks.list_clusters()
    assert aws.log()[-1]["ms"] >= 50


def test_settings_are_partial_and_unknown_ones_are_refused(aws: Any) -> None:
    assert aws.settings(delay=3, delays={"addon": 1})["delay"] == 3
    assert aws.settings(latency=0)["delays"] == {"addon": 1}
    with pytest.raises(ValueError, match="no such setting: speed"):
        aws.settings(speed=1)
    with pytest.raises(ValueError, match="a fault rule has no"):
        aws.faults({"matches": "x"})


def test_export_shows_everything_held(aws: Any, cluster: Any, eks: Any) -> None:
    eks.create_addon(clusterName="edge", addonName="vpc-cni")
    aws.client("ssm").create_activation(IamRole="hybrid")
    held = aws.export()["accounts"]["111122223333"]["us-east-1"]
    assert [each["addonName"] for each in held["clusters"]["edge"]["_nouns"]["addon"]] == ["vpc-cni"]
    assert len(held["activations"]) == 1


@pytest.mark.parametrize("path", ["/_sandbox/reset", "/moto-api/reset"])
def test_reset_empties_all_but_the_accounts(aws: Any, cluster: Any, path: str) -> None:
    aws.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    aws.settings(delay=9)
    aws.faults({"match": "none"})
    urllib.request.urlopen(urllib.request.Request(aws.url + path, method="POST"), timeout=10).close()
    assert aws.client("eks").list_clusters()["clusters"] == []
    assert aws.client("iam").list_roles()["Roles"] == []
    assert aws.client("sts").get_caller_identity()["Account"] == "111122223333"
    assert aws.settings()["delay"] == 0
    assert aws.control("GET", "faults")["rules"] == []


def test_an_unknown_call_of_the_control_api_is_404(aws: Any) -> None:
    with pytest.raises(ValueError, match="404"):
        aws.control("GET", "nonsense")


def test_an_unknown_path_of_eks_is_an_error_not_a_crash(aws: Any) -> None:
    session = boto3.Session("AKIASANDBOXTESTING00", "secret", region_name="us-east-1")
    client = session.client("eks", endpoint_url=aws.url + "/nonsense", config=Config(retries={"total_max_attempts": 1}))
    with pytest.raises(ClientError, match="No operation for GET"):
        client.list_clusters()


def test_assumed_roles_lead_to_their_account(aws: Any) -> None:
    role = "arn:aws:iam::444455556666:role/deploy"
    found = aws.client("sts").assume_role(RoleArn=role, RoleSessionName="me")["Credentials"]
    session = boto3.Session(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"], "us-east-1")
    eks = session.client("eks", endpoint_url=aws.url)
    made = eks.create_cluster(**REQUEST, accessConfig={"authenticationMode": "API"})["cluster"]
    assert made["arn"].split(":")[4] == "444455556666"
    assert role in eks.list_access_entries(clusterName="edge")["accessEntries"]
    assert session.client("sts", endpoint_url=aws.url).get_caller_identity()["Arn"] == "arn:aws:sts::444455556666:assumed-role/deploy/me"


def test_a_key_nobody_gave_out_is_motos_default_account(aws: Any) -> None:
    found = aws.client("sts", access_key="AKIAUNKNOWN").get_caller_identity()
    assert (found["Account"], found["Arn"]) == ("123456789012", "arn:aws:sts::123456789012:user/moto")


def test_managed_policies_exist_in_every_account(aws: Any) -> None:
    for key in ("AKIASANDBOXTESTING00", OTHER_ACCESS_KEY):
        iam = aws.client("iam", access_key=key)
        iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
        iam.attach_role_policy(RoleName="r", PolicyArn="arn:aws:iam::aws:policy/AmazonEKSClusterPolicy")
        assert iam.get_policy(PolicyArn="arn:aws:iam::aws:policy/AmazonEKSClusterPolicy")["Policy"]["AttachmentCount"] == 1


def test_organizations_trusts_the_eks_dashboard(aws: Any) -> None:
    organizations = aws.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    organizations.enable_aws_service_access(ServicePrincipal="eks.amazonaws.com")
    (found,) = organizations.list_aws_service_access_for_organization()["EnabledServicePrincipals"]
    assert found["ServicePrincipal"] == "eks.amazonaws.com"


def test_describe_cluster_is_answered_within_a_few_milliseconds(aws: Any, cluster: Any, eks: Any) -> None:
    eks.describe_cluster(name="edge")
    started = time.perf_counter()
    for _ in range(20):
        eks.describe_cluster(name="edge")
    assert (time.perf_counter() - started) / 20 < 0.1
    assert sorted(each["ms"] for each in aws.log()[-20:])[10] < 5
