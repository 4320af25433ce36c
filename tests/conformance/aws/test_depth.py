"""What AWS does beside answering: reads that lag, creations that fail, tokens, quotas, throttling, roles that are not seen yet (peers.md 3; day2.md 2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.eks.references import TEXTS

pytestmark = pytest.mark.conformance(part="aws", backend="simulator")

ACCOUNT = "arn:aws:iam::111122223333"
ROLE, OTHER = f"{ACCOUNT}:role/one", f"{ACCOUNT}:role/other"
SUBNETS = {"subnetIds": ["subnet-1", "subnet-2"]}
TRUST = '{"Version":"2012-10-17","Statement":[]}'
IN = {"clusterName": "edge"}


@dataclass(frozen=True)
class Noun:
    """How a thing is made, described (by the key, or by what its creation answered), found in its list and deleted."""

    create: str
    request: dict[str, Any]
    describe: str
    key: Callable[[dict[str, Any]], dict[str, Any]]
    list: str
    listed: str
    other: dict[str, Any]
    within: dict[str, Any]


def _named(*names: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda made: {name: made[name] for name in names}


NOUNS = {
    "cluster": Noun(
        "create_cluster",
        {"name": "new", "roleArn": ROLE, "resourcesVpcConfig": SUBNETS},
        "describe_cluster",
        _named("name"),
        "list_clusters",
        "clusters",
        {"roleArn": OTHER},
        {},
    ),
    "addon": Noun(
        "create_addon",
        {**IN, "addonName": "vpc-cni"},
        "describe_addon",
        _named("clusterName", "addonName"),
        "list_addons",
        "addons",
        {"configurationValues": "{}"},
        IN,
    ),
    "nodegroup": Noun(
        "create_nodegroup",
        {**IN, "nodegroupName": "workers", "subnets": ["subnet-1"], "nodeRole": ROLE},
        "describe_nodegroup",
        _named("clusterName", "nodegroupName"),
        "list_nodegroups",
        "nodegroups",
        {"diskSize": 50},
        IN,
    ),
    "fargate profile": Noun(
        "create_fargate_profile",
        {**IN, "fargateProfileName": "web", "podExecutionRoleArn": ROLE, "selectors": [{"namespace": "web"}]},
        "describe_fargate_profile",
        _named("clusterName", "fargateProfileName"),
        "list_fargate_profiles",
        "fargateProfileNames",
        {"podExecutionRoleArn": OTHER},
        IN,
    ),
    "access entry": Noun(
        "create_access_entry",
        {**IN, "principalArn": ROLE},
        "describe_access_entry",
        _named("clusterName", "principalArn"),
        "list_access_entries",
        "accessEntries",
        {"username": "ann"},
        IN,
    ),
    "pod identity association": Noun(
        "create_pod_identity_association",
        {**IN, "namespace": "web", "serviceAccount": "web", "roleArn": ROLE},
        "describe_pod_identity_association",
        _named("clusterName", "associationId"),
        "list_pod_identity_associations",
        "associations",
        {"roleArn": OTHER},
        IN,
    ),
    "capability": Noun(
        "create_capability",
        {**IN, "capabilityName": "kro", "type": "KRO", "roleArn": ROLE, "deletePropagationPolicy": "RETAIN"},
        "describe_capability",
        _named("clusterName", "capabilityName"),
        "list_capabilities",
        "capabilities",
        {"roleArn": OTHER},
        IN,
    ),
    "connected cluster": Noun(
        "register_cluster",
        {"name": "far", "connectorConfig": {"roleArn": ROLE, "provider": "OTHER"}},
        "describe_cluster",
        _named("name"),
        "list_clusters",
        "clusters",
        {"connectorConfig": {"roleArn": OTHER, "provider": "OTHER"}},
        {"include": ["all"]},
    ),
    "subscription": Noun(
        "create_eks_anywhere_subscription",
        {"name": "sub", "term": {"duration": 12, "unit": "MONTHS"}},
        "describe_eks_anywhere_subscription",
        _named("id"),
        "list_eks_anywhere_subscriptions",
        "subscriptions",
        {"term": {"duration": 36, "unit": "MONTHS"}},
        {},
    ),
}


def make(eks: Any, noun: Noun, **more: Any) -> dict[str, Any]:
    answer = getattr(eks, noun.create)(**{**noun.request, **more})
    return next(value for name, value in answer.items() if name != "ResponseMetadata")


@pytest.mark.parametrize("name", NOUNS)
def test_a_read_straight_after_a_write_may_be_old(aws: Any, cluster: Any, eks: Any, refused: Any, name: str) -> None:
    noun = NOUNS[name]
    before = getattr(eks, noun.list)(**noun.within)[noun.listed]
    aws.settings(consistency=30)
    key = noun.key(make(eks, noun))
    assert refused(getattr(eks, noun.describe), **key).code == "ResourceNotFoundException"
    assert getattr(eks, noun.list)(**noun.within)[noun.listed] == before
    aws.clock(31)
    assert getattr(eks, noun.describe)(**key)
    assert len(getattr(eks, noun.list)(**noun.within)[noun.listed]) == len(before) + 1


@pytest.mark.parametrize("name", NOUNS)
def test_a_creation_sent_again_with_its_token_is_one_creation(cluster: Any, eks: Any, refused: Any, name: str) -> None:
    noun = NOUNS[name]
    first = make(eks, noun, clientRequestToken="t")
    assert make(eks, noun, clientRequestToken="t") == first
    refusal = refused(getattr(eks, noun.create), **{**noun.request, **noun.other, "clientRequestToken": "t"})
    assert (refusal.code, refusal.status) == ("InvalidParameterException", 400)


FAILURES = [
    ("cluster", "FAILED", "InsufficientFreeAddresses"),
    ("addon", "CREATE_FAILED", "AccessDenied"),
    ("addon", "DEGRADED", "AddonPermissionFailure"),
    ("nodegroup", "CREATE_FAILED", "NodeCreationFailure"),
    ("nodegroup", "DEGRADED", "AsgInstanceLaunchFailures"),
    ("fargate profile", "CREATE_FAILED", "AccessDenied"),
    ("capability", "CREATE_FAILED", "AccessDenied"),
    ("capability", "DEGRADED", "ClusterUnreachable"),
]


@pytest.mark.parametrize(("name", "status", "code"), FAILURES, ids=[f"{name} {status}" for name, status, _ in FAILURES])
def test_a_creation_may_fail_and_says_why(aws: Any, cluster: Any, eks: Any, name: str, status: str, code: str) -> None:
    noun = NOUNS[name]
    issue: dict[str, Any] = {"code": code, "message": "why"}
    issue |= {} if name == "capability" else {"resourceIds": ["resource"]}  # issues of capabilities name no resources
    aws.outcome(name.replace(" ", "_"), status, issues=[issue])
    (found,) = [value for part, value in getattr(eks, noun.describe)(**noun.key(make(eks, noun))).items() if part != "ResponseMetadata"]
    assert (found["status"], found["health"]["issues"]) == (status, [issue])


@pytest.mark.parametrize("text", TEXTS)
def test_a_young_role_is_not_seen_in_each_of_the_services_words(aws: Any, eks: Any, refused: Any, text: str) -> None:
    aws.settings(iam_propagation=60, iam_text=text)
    aws.client("iam").create_role(RoleName="one", AssumeRolePolicyDocument=TRUST)
    refusal = refused(eks.create_cluster, name="edge", roleArn=ROLE, resourcesVpcConfig=SUBNETS)
    assert (refusal.code, refusal.message) == ("InvalidParameterException", TEXTS[text].format(arn=ROLE))
    aws.clock(61)
    assert eks.create_cluster(name="edge", roleArn=ROLE, resourcesVpcConfig=SUBNETS)["cluster"]["roleArn"] == ROLE


def test_no_cluster_found_has_two_codes(aws: Any, eks: Any, refused: Any) -> None:
    found = refused(eks.describe_cluster, name="nowhere")
    assert (found.code, found.status, found.message) == ("ResourceNotFoundException", 404, "No cluster found for name: nowhere.")
    aws.settings(not_found_code="ClientException")
    found = refused(eks.describe_cluster, name="nowhere")
    assert (found.code, found.status, found.message) == ("ClientException", 400, "No cluster found for name: nowhere.")
    assert refused(eks.list_insights, clusterName="nowhere").code == "ResourceNotFoundException"  # declares no ClientException


QUOTAS = [
    ("cluster", "cluster", {"name": "two"}),
    ("nodegroup", "nodegroup", {"nodegroupName": "two"}),
    ("fargate profile", "fargateprofile", {"fargateProfileName": "two"}),
]
QUOTAS.append(("pod identity association", "podidentityassociation", {"serviceAccount": "two"}))


@pytest.mark.parametrize(("name", "kind", "second"), QUOTAS, ids=[kind for _, kind, _ in QUOTAS])
def test_one_more_than_the_quota_is_refused(aws: Any, cluster: Any, eks: Any, refused: Any, name: str, kind: str, second: dict[str, str]) -> None:
    noun = NOUNS[name]
    make(eks, noun)
    aws.settings(quotas={kind: 2 if kind == "cluster" else 1})
    refusal = refused(getattr(eks, noun.create), **{**noun.request, **second})
    assert (refusal.code, refusal.status) == ("ResourceLimitExceededException", 400)
    assert "more than 1" in refusal.message or "limit of 2" in refusal.message


def test_a_quota_nobody_has_is_refused(aws: Any) -> None:
    with pytest.raises(ValueError, match="no such setting: wishes"):
        aws.settings(quotas={"wishes": 3})


def test_calls_beyond_the_rate_are_throttled_and_botocore_comes_back(aws: Any, cluster: Any, eks: Any, refused: Any) -> None:
    aws.settings(requests_per_second=0.01)
    codes = []
    for _ in range(6):
        try:
            eks.describe_cluster(name="edge")
        except ClientError as error:
            codes.append((error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]))
    assert codes
    assert set(codes) == {("TooManyRequestsException", 429)}
    assert refused(eks.update_cluster_config, name="edge", zonalShiftConfig={"enabled": False}).code == "ThrottlingException"
    patient = aws.client("eks", retries={"total_max_attempts": 8, "mode": "standard"})
    aws.settings(requests_per_second=50)
    assert patient.describe_cluster(name="edge")["cluster"]["name"] == "edge"


@pytest.mark.parametrize("name", NOUNS)
def test_fifty_tags_and_none_of_aws(cluster: Any, eks: Any, refused: Any, name: str) -> None:
    noun = NOUNS[name]
    for tags in ({"aws:x": "y"}, {f"k{number}": "" for number in range(51)}):
        refusal = refused(getattr(eks, noun.create), **{**noun.request, "tags": tags})
        assert refusal.code == "InvalidParameterException"
    made = make(eks, noun, tags={f"k{number}": "" for number in range(50)})
    arn = next(value for part, value in made.items() if part.lower().endswith("arn") and value.startswith("arn:aws:eks:"))
    assert len(eks.list_tags_for_resource(resourceArn=arn)["tags"]) == 50
    refusal = refused(eks.tag_resource, resourceArn=arn, tags={"one": "more"})
    assert (refusal.code, refusal.status) == ("BadRequestException", 400)
