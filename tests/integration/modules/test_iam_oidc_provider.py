"""iam_oidc_provider against the simulator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.aws.testing import ACCOUNT, Running, start
from tests.support.modules import call_on

ROLE = f"arn:aws:iam::{ACCOUNT}:role/eks"
EDGE: dict[str, Any] = {"cluster_name": "edge"}
PRINT = "9e99a48a9960b14926bb7f3b02e22da2b0ab7280"


@pytest.fixture
def aws() -> Iterator[Running]:
    with start(delay=0) as running:
        running.client("eks").create_cluster(name="edge", version="1.34", roleArn=ROLE, resourcesVpcConfig={"subnetIds": ["subnet-1", "subnet-2"]})
        yield running


def converge(aws: Running, *, check_mode: bool = False, **params: Any) -> dict[str, Any]:
    return call_on(aws, "iam_oidc_provider", {**EDGE, **params} if "url" not in params else params, check_mode=check_mode)


def operations(result: dict[str, Any]) -> list[str]:
    return [each["operation"] for each in result["actions"]]


def issuer(aws: Running) -> str:
    return str(aws.client("eks").describe_cluster(name="edge")["cluster"]["identity"]["oidc"]["issuer"])


def test_creates(aws: Running) -> None:
    result = converge(aws)
    assert operations(result) == ["create_open_id_connect_provider"]
    found = result["oidc_provider"]
    assert (found["url"], found["client_ids"], found["thumbprints"]) == (issuer(aws), ["sts.amazonaws.com"], [])
    assert found["arn"] == f"arn:aws:iam::{ACCOUNT}:oidc-provider/{found['issuer']}"


def test_quiet_again(aws: Running) -> None:
    converge(aws, tags={"Team": "a"})
    aws.clear_log()
    assert not converge(aws, tags={"Team": "a"})["changed"]
    assert aws.writes() == []
    assert len(aws.log()) == 3  # the cluster, the list, the provider


def test_checks_without_touching(aws: Running) -> None:
    aws.clear_log()
    result = converge(aws, check_mode=True)
    assert (result["changed"], result["oidc_provider"]) == (True, None)
    assert result["diff"]["after"] == {"url": issuer(aws), "client_ids": ["sts.amazonaws.com"]}
    assert aws.writes() == []


def test_updates_with_diff(aws: Running) -> None:
    converge(aws, tags={"Team": "a", "Old": "x"})
    result = converge(aws, client_ids=["vault"], thumbprints=[PRINT], tags={"Team": "b"})
    assert operations(result) == [
        "add_client_id_to_open_id_connect_provider",
        "remove_client_id_from_open_id_connect_provider",
        "update_open_id_connect_provider_thumbprint",
        "tag_open_id_connect_provider",
        "untag_open_id_connect_provider",
    ]
    assert result["diff"]["before"] == {"client_ids": ["sts.amazonaws.com"], "thumbprints": [], "tags": {"Team": "a", "Old": "x"}}
    assert result["diff"]["after"] == {"client_ids": ["vault"], "thumbprints": [PRINT], "tags": {"Team": "b", "Old": None}}
    assert result["oidc_provider"]["client_ids"] == ["vault"]
    assert not converge(aws, client_ids=["vault"], thumbprints=[PRINT.upper()], tags={"Team": "b"})["changed"]


def test_absent_and_absent_again(aws: Running) -> None:
    converge(aws)
    result = converge(aws, state="absent")
    assert operations(result) == ["delete_open_id_connect_provider"]
    assert aws.client("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"] == []
    aws.clear_log()
    assert not converge(aws, state="absent")["changed"]
    assert aws.writes() == []


def test_client_ids_of_others_stay_where_none_are_declared(aws: Running) -> None:
    aws.client("iam").create_open_id_connect_provider(Url=issuer(aws), ClientIDList=["other"])
    result = converge(aws)
    assert result["oidc_provider"]["client_ids"] == ["other", "sts.amazonaws.com"]
    assert not converge(aws)["changed"]
    assert not converge(aws, client_ids=["sts.amazonaws.com"], purge_client_ids=False)["changed"]


def test_tags_that_are_not_mentioned_stay(aws: Running) -> None:
    converge(aws, tags={"Team": "a"})
    assert not converge(aws)["changed"]
    assert converge(aws, tags={"More": "b"}, purge_tags=False)["oidc_provider"]["tags"] == {"Team": "a", "More": "b"}


def test_found_by_url_and_by_cluster_it_is_the_same(aws: Running) -> None:
    converge(aws)
    assert not converge(aws, url=issuer(aws))["changed"]
    assert not converge(aws, url=issuer(aws).removeprefix("https://") + "/")["changed"]


def test_a_cluster_yet_to_come_is_planned_on_and_otherwise_said(aws: Running) -> None:
    planned = converge(aws, cluster_name="later", check_mode=True)
    assert planned["changed"]
    assert planned["diff"]["after"]["url"] == "the issuer of cluster later"
    assert "Cluster later does not exist" in converge(aws, cluster_name="later")["msg"]


def test_the_provider_of_a_cluster_that_is_gone_is_removed_by_url(aws: Running) -> None:
    converge(aws)
    url = issuer(aws)
    aws.client("eks").delete_cluster(name="edge")
    result = converge(aws, state="absent")
    assert not result["changed"]
    assert "give url" in result["warnings"][0]
    assert converge(aws, url=url, state="absent")["changed"]


@pytest.mark.parametrize("operation", ["CreateOpenIDConnectProvider", "DeleteOpenIDConnectProvider"])
def test_a_lost_answer_is_no_error(aws: Running, operation: str) -> None:
    aws.faults({"match": f"iam:{operation}", "lost_answer": True, "times": 1})
    assert converge(aws)["oidc_provider"]["client_ids"] == ["sts.amazonaws.com"]
    assert converge(aws, state="absent")["oidc_provider"] is None


def test_the_quota_has_a_remedy(aws: Running) -> None:
    aws.faults({"match": "iam:CreateOpenIDConnectProvider", "code": "LimitExceeded", "message": "Cannot exceed quota", "times": 1})
    assert "at most 100" in converge(aws)["msg"]


def test_info(aws: Running) -> None:
    made = converge(aws)["oidc_provider"]
    other = converge(aws, url="https://oidc.example.com/id/1")["oidc_provider"]

    def read(**params: Any) -> list[dict[str, Any]]:
        return list(call_on(aws, "iam_oidc_provider_info", params)["oidc_providers"])

    assert sorted(each["arn"] for each in read()) == sorted([made["arn"], other["arn"]])
    assert read(cluster_name="edge") == [made]
    assert read(url="oidc.example.com/id/1") == [other]
    assert read(cluster_name="none") == read(url="https://oidc.example.com/id/2") == []
