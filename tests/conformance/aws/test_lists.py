"""Every list of EKS in pages: a hundred at a time by itself, tokens that say nothing, and a made-up token refused (peers.md 3)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws import protocol

pytestmark = pytest.mark.conformance(part="aws", backend="simulator")

ACCOUNT = "arn:aws:iam::111122223333"
ROLE = f"{ACCOUNT}:role/r"
SUBNETS = {"subnetIds": ["subnet-1", "subnet-2"]}
MANY = 102
PAGE = 100


def _names(prefix: str) -> list[str]:
    return [f"{prefix}{number:03}" for number in range(MANY)]


def _clusters(aws: Any, eks: Any) -> None:
    for name in _names("c"):
        eks.create_cluster(name=name, roleArn=ROLE, resourcesVpcConfig=SUBNETS)


def _nodegroups(aws: Any, eks: Any) -> None:
    for name in _names("n"):
        eks.create_nodegroup(clusterName="edge", nodegroupName=name, subnets=["subnet-1"], nodeRole=ROLE)


def _profiles(aws: Any, eks: Any) -> None:
    for name in _names("f"):
        eks.create_fargate_profile(clusterName="edge", fargateProfileName=name, podExecutionRoleArn=ROLE, selectors=[{"namespace": name}])


def _entries(aws: Any, eks: Any) -> None:
    for name in _names("r"):
        eks.create_access_entry(clusterName="edge", principalArn=f"{ACCOUNT}:role/{name}")


def _associations(aws: Any, eks: Any) -> None:
    for name in _names("s"):
        eks.create_pod_identity_association(clusterName="edge", namespace="web", serviceAccount=name, roleArn=ROLE)


def _updates(aws: Any, eks: Any) -> None:
    for number in range(MANY):
        eks.update_cluster_config(name="edge", zonalShiftConfig={"enabled": number % 2 == 0})


def _insights(aws: Any, eks: Any) -> None:
    status = {"status": "PASSING", "reason": "r"}
    aws.insights("edge", [{"id": name, "name": name, "category": "UPGRADE_READINESS", "insightStatus": status} for name in _names("i")])


def _subscriptions(aws: Any, eks: Any) -> None:
    for name in _names("s"):
        eks.create_eks_anywhere_subscription(name=name, term={"duration": 12, "unit": "MONTHS"})


def _addons(aws: Any, eks: Any) -> None:
    for each in eks.describe_addon_versions(kubernetesVersion="1.35")["addons"]:
        eks.create_addon(clusterName="edge", addonName=each["addonName"])


def _capabilities(aws: Any, eks: Any) -> None:
    for kind in ("ACK", "KRO"):
        eks.create_capability(clusterName="edge", capabilityName=kind.lower(), type=kind, roleArn=ROLE, deletePropagationPolicy="RETAIN")


def _authorities(aws: Any, eks: Any) -> None:
    eks.create_certificate_authority(clusterName="edge")


def _policies(aws: Any, eks: Any) -> None:
    eks.create_access_entry(clusterName="edge", principalArn=ROLE)
    for policy in eks.list_access_policies()["accessPolicies"]:
        eks.associate_access_policy(clusterName="edge", principalArn=ROLE, policyArn=policy["arn"], accessScope={"type": "cluster"})


def _provider(aws: Any, eks: Any) -> None:
    oidc = {"identityProviderConfigName": "corp", "issuerUrl": "https://issuer.example.com", "clientId": "k"}
    eks.associate_identity_provider_config(clusterName="edge", oidc=oidc)


def _nothing(aws: Any, eks: Any) -> None:
    """The service itself holds what is listed."""


Fill = Callable[[Any, Any], None]
# Above a page: what may be there more than a hundred times. The others the service limits to fewer, and their pages are asked for by size.
ABOVE_A_PAGE: dict[str, tuple[Fill, dict[str, Any], int]] = {
    "ListClusters": (_clusters, {}, MANY + 1),
    "ListNodegroups": (_nodegroups, {"clusterName": "edge"}, MANY),
    "ListFargateProfiles": (_profiles, {"clusterName": "edge"}, MANY),
    "ListAccessEntries": (_entries, {"clusterName": "edge"}, MANY + 1),
    "ListPodIdentityAssociations": (_associations, {"clusterName": "edge"}, MANY),
    "ListUpdates": (_updates, {"name": "edge"}, MANY),
    "ListInsights": (_insights, {"clusterName": "edge"}, MANY),
    "ListEksAnywhereSubscriptions": (_subscriptions, {}, MANY),
}
WITHIN_A_PAGE: dict[str, tuple[Fill, dict[str, Any]]] = {
    "ListAddons": (_addons, {"clusterName": "edge"}),
    "ListCapabilities": (_capabilities, {"clusterName": "edge"}),
    "ListCertificateAuthorities": (_authorities, {"clusterName": "edge"}),
    "ListIdentityProviderConfigs": (_provider, {"clusterName": "edge"}),
    "ListAccessPolicies": (_nothing, {}),
    "ListAssociatedAccessPolicies": (_policies, {"clusterName": "edge", "principalArn": ROLE}),
    "DescribeAddonVersions": (_nothing, {}),
    "DescribeClusterVersions": (_nothing, {"includeAll": True}),
}


def test_the_tables_name_every_operation_with_pages() -> None:
    model = protocol.load("eks")
    paged = {name for name in model.operations if "nextToken" in model.operation(name).input_shape.members}
    assert paged == ABOVE_A_PAGE.keys() | WITHIN_A_PAGE.keys()


@pytest.mark.parametrize("operation", sorted(ABOVE_A_PAGE))
def test_a_list_above_a_page_comes_in_pages_of_a_hundred(aws: Any, cluster: Any, eks: Any, operation: str) -> None:
    fill, key, count = ABOVE_A_PAGE[operation]
    fill(aws, eks)
    whole = _walk(eks, operation, key)
    assert [len(rows) for rows in whole] == [PAGE, count - PAGE]
    assert _flat(_walk(eks, operation, key, PageSize=40)) == _flat(whole)
    assert len({str(row) for rows in whole for row in rows}) == count


@pytest.mark.parametrize("operation", sorted(WITHIN_A_PAGE))
def test_a_short_list_comes_in_the_pages_that_are_asked_for(aws: Any, cluster: Any, eks: Any, operation: str) -> None:
    fill, key = WITHIN_A_PAGE[operation]
    fill(aws, eks)
    (whole,) = _walk(eks, operation, key)
    assert [len(rows) for rows in _walk(eks, operation, key, PageSize=1)] == [1] * len(whole)
    assert _flat(_walk(eks, operation, key, PageSize=1)) == whole


@pytest.mark.parametrize("operation", sorted({**ABOVE_A_PAGE, **WITHIN_A_PAGE}))
def test_a_token_says_nothing_and_a_made_up_one_is_refused(aws: Any, cluster: Any, eks: Any, operation: str) -> None:
    fill, key = WITHIN_A_PAGE.get(operation, (_nothing, {}))[0], {**ABOVE_A_PAGE, **WITHIN_A_PAGE}[operation][1]
    fill(aws, eks)
    call = getattr(eks, _snake(operation))
    token = call(**key, maxResults=1).get("nextToken", "")
    assert not re.search(r"\d", token) or not token.isdigit()
    for bad in ("made-up", "2", token[:-3] + "AAA"):
        with pytest.raises(ClientError) as caught:
            call(**key, nextToken=bad)
        assert caught.value.response["Error"]["Code"] == "InvalidParameterException"


def test_maximum_results_lie_between_one_and_a_hundred(aws: Any, eks: Any, refused: Any) -> None:
    assert "Member must have value less than or equal to 100" in refused(eks.list_clusters, maxResults=101).message
    unchecked = aws.client("eks", parameter_validation=False)
    assert "Member must have value greater than or equal to 1" in refused(unchecked.list_clusters, maxResults=0).message


def _walk(eks: Any, operation: str, key: dict[str, Any], **config: int) -> list[list[Any]]:
    """Return the rows page by page, walked by botocore's paginator."""
    pages = eks.get_paginator(_snake(operation)).paginate(**key, PaginationConfig=config)
    return [next(value for value in page.values() if isinstance(value, list)) for page in pages]


def _flat(pages: list[list[Any]]) -> list[Any]:
    return [row for rows in pages for row in rows]


def _snake(operation: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", operation).lower()
