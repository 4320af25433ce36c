"""eks_insights_info and eks_update_info against the simulator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.aws.testing import ACCOUNT, Running, start
from tests.support.modules import call_on

ROLE = f"arn:aws:iam::{ACCOUNT}:role/eks"


@pytest.fixture
def aws() -> Iterator[Running]:
    with start(delay=0) as running:
        running.client("eks").create_cluster(name="edge", version="1.34", roleArn=ROLE, resourcesVpcConfig={"subnetIds": ["subnet-1", "subnet-2"]})
        yield running


def insight(name: str, status: str, category: str = "UPGRADE_READINESS", version: str = "1.35") -> dict[str, Any]:
    told = {"status": status, "reason": f"because of {name}"}
    return {"id": f"id-{name}", "name": name, "category": category, "kubernetesVersion": version, "insightStatus": told, "recommendation": f"mend {name}"}


def read(aws: Running, *, check_mode: bool = False, **params: Any) -> dict[str, Any]:
    return call_on(aws, "eks_insights_info", {"cluster_name": "edge", **params}, check_mode=check_mode)


def names(result: dict[str, Any]) -> list[str]:
    return [each["name"] for each in result["insights"]]


@pytest.fixture
def mixed(aws: Running) -> Running:
    many = [insight(f"a{number:03}", "PASSING") for number in range(120)]
    back = [insight("back", "UNKNOWN", "ROLLBACK_READINESS", "1.33"), insight("hybrid", "WARNING", "MISCONFIGURATION")]
    aws.insights("edge", [*many, insight("skew", "ERROR"), *back])
    return aws


def test_counts_of_all_pages(mixed: Running) -> None:
    summary = read(mixed)["summary"]
    assert summary["total"] == 123
    assert summary["by_status"] == {"PASSING": 120, "WARNING": 1, "ERROR": 1, "UNKNOWN": 1}
    assert summary["by_category"]["UPGRADE_READINESS"] == {"PASSING": 120, "WARNING": 0, "ERROR": 1, "UNKNOWN": 0}
    assert summary["by_category"]["ROLLBACK_READINESS"]["UNKNOWN"] == 1
    assert summary["blocking"] == ["back", "skew"]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"categories": ["ROLLBACK_READINESS"]}, ["back"]),
        ({"statuses": ["ERROR", "WARNING"]}, ["hybrid", "skew"]),
        ({"kubernetes_version": "1.33"}, ["back"]),
        ({"kubernetes_versions": ["1.31"]}, []),
        ({"categories": ["UPGRADE_READINESS"], "statuses": ["ERROR"], "kubernetes_versions": ["1.35"]}, ["skew"]),
    ],
)
def test_filters(mixed: Running, params: dict[str, Any], expected: list[str]) -> None:
    assert names(read(mixed, **params)) == expected


def test_described_where_asked(mixed: Running) -> None:
    (found,) = read(mixed, statuses=["ERROR"], describe=True)["insights"]
    assert (found["recommendation"], found["status"], found["reason"]) == ("mend skew", "ERROR", "because of skew")
    assert "recommendation" not in read(mixed, statuses=["ERROR"])["insights"][0]


def test_a_refresh_is_waited_for(aws: Running) -> None:
    before = read(aws)["summary"]["oldest_refresh_time"]
    aws.settings(delays={"update": 0.3})
    result = read(aws, refresh=True)
    assert (result["refreshed"], result["changed"]) == (True, False)
    assert result["summary"]["oldest_refresh_time"] > before
    assert [each["operation"] for each in aws.writes("eks")][-1] == "StartInsightsRefresh"


def test_the_end_of_the_refresh_before_is_not_taken_for_the_end_of_this_one(aws: Running) -> None:
    read(aws, refresh=True)
    aws.settings(delays={"update": 0.3}, consistency=0.2)
    before = read(aws)["summary"]["oldest_refresh_time"]
    assert read(aws, refresh=True)["summary"]["oldest_refresh_time"] >= before
    assert aws.export()["accounts"][ACCOUNT]["us-east-1"]["clusters"]["edge"]["_nouns"]["insightsrefresh"][0]["status"] == "COMPLETED"


def test_check_mode_asks_for_no_refresh(aws: Running) -> None:
    aws.clear_log()
    assert read(aws, refresh=True, check_mode=True)["refreshed"] is False
    assert aws.writes("eks") == []


def test_a_refresh_that_fails_is_an_error_with_its_reason(aws: Running) -> None:
    aws.outcome("insights", "FAILED", cluster="edge")
    result = read(aws, refresh=True)
    assert result["failed"]
    assert "refresh of the insights of cluster edge failed: status FAILED: Insights refresh failed" in result["msg"]


def test_a_refresh_that_takes_too_long_says_so(aws: Running) -> None:
    aws.settings(delays={"update": 60})
    assert "still IN_PROGRESS after 1 s" in read(aws, refresh=True, wait_timeout=1)["msg"]


def test_no_cluster_is_said(aws: Running) -> None:
    assert "Cluster none does not exist" in read(aws, cluster_name="none")["msg"]


def updates(aws: Running, **params: Any) -> dict[str, Any]:
    return call_on(aws, "eks_update_info", {"cluster_name": "edge", **params})


def begin(aws: Running, *, seconds: float = 0) -> str:
    """Begin a version update of the cluster that takes that long, and return its id."""
    aws.settings(delays={"update": seconds})
    return str(aws.client("eks").update_cluster_version(name="edge", version="1.35")["update"]["id"])


def test_updates_of_the_cluster_with_their_parameters(aws: Running) -> None:
    update_id = begin(aws)
    (found,) = updates(aws)["updates"]
    assert (found["id"], found["type"], found["status"], found["nodegroup_name"]) == (update_id, "VersionUpdate", "Successful", None)
    assert {"type": "Version", "value": "1.35"} in found["params"]


def test_what_is_under_way_and_waiting_for_it(aws: Running) -> None:
    update_id = begin(aws, seconds=0.6)
    assert updates(aws, statuses=["InProgress"])["in_progress"] == [update_id]
    result = updates(aws, update_id=update_id, wait=True, wait_timeout=30)
    assert [each["status"] for each in result["updates"]] == ["Successful"]
    assert result["in_progress"] == []


def test_an_update_that_fails_fails_the_task_with_its_reason(aws: Running) -> None:
    aws.outcome("update", "Failed", cluster="edge", errors=[{"errorCode": "IpNotAvailable", "errorMessage": "no address left", "resourceIds": ["subnet-1"]}])
    result = updates(aws, update_id=begin(aws), wait=True)
    assert result["failed"]
    assert "IpNotAvailable: no address left (subnet-1)" in result["msg"]
    assert [each["errors"][0]["error_code"] for each in updates(aws, statuses=["Failed"])["updates"]] == ["IpNotAvailable"]


def test_waiting_too_long_says_what_was_seen_last(aws: Running) -> None:
    update_id = begin(aws, seconds=60)
    assert "was still VersionUpdate InProgress after 1 s" in updates(aws, update_id=update_id, wait=True, wait_timeout=1)["msg"]


def test_updates_of_members(aws: Running) -> None:
    eks = aws.client("eks")
    eks.create_addon(clusterName="edge", addonName="kube-proxy")
    eks.create_nodegroup(clusterName="edge", nodegroupName="workers", subnets=["subnet-1"], nodeRole=ROLE)
    scaled = eks.update_nodegroup_config(clusterName="edge", nodegroupName="workers", scalingConfig={"minSize": 1, "maxSize": 5, "desiredSize": 2})
    tuned = eks.update_addon(clusterName="edge", addonName="kube-proxy", resolveConflicts="OVERWRITE")
    begin(aws)
    found = updates(aws, include_members=True)["updates"]
    assert {(each["nodegroup_name"], each["addon_name"], each["type"]) for each in found} == {
        (None, None, "VersionUpdate"),
        ("workers", None, "ConfigUpdate"),
        (None, "kube-proxy", "AddonUpdate"),
    }
    assert [each["id"] for each in updates(aws, nodegroup_name="workers")["updates"]] == [scaled["update"]["id"]]
    assert [each["id"] for each in updates(aws, addon_name="kube-proxy", id=tuned["update"]["id"])["updates"]] == [tuned["update"]["id"]]


def test_an_unknown_id_is_an_empty_list_and_nothing_to_wait_for(aws: Running) -> None:
    unknown = "00000000-0000-0000-0000-000000000000"
    assert updates(aws, update_id=unknown)["updates"] == []
    assert "none to wait for" in updates(aws, update_id=unknown, wait=True)["msg"]
    assert "Cluster none does not exist" in updates(aws, cluster_name="none")["msg"]
