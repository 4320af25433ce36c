"""UpdateClusterVersion, CancelUpdate, insights, the version catalogue (peers.md 3.1; day2.md 2)."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.eks.versions import VERSIONS

AUTO = {
    "computeConfig": {"enabled": True, "nodePools": ["system"], "nodeRoleArn": "arn:aws:iam::111122223333:role/auto"},
    "kubernetesNetworkConfig": {"elasticLoadBalancing": {"enabled": True}},
    "storageConfig": {"blockStorage": {"enabled": True}},
    "bootstrapSelfManagedAddons": False,
}


def upgrade(eks: Any, version: str, **more: Any) -> dict[str, Any]:
    update = eks.update_cluster_version(name="edge", version=version, **more)["update"]
    found: dict[str, Any] = eks.describe_update(name="edge", updateId=update["id"])["update"]
    return found


def insight(category: str, status: str) -> dict[str, Any]:
    return {
        "id": f"i-{status}",
        "name": "Deprecated APIs",
        "category": category,
        "kubernetesVersion": "1.34",
        "insightStatus": {"status": status, "reason": "r"},
    }


def test_an_upgrade_is_one_minor_and_an_update_of_its_own(new_cluster: Any, eks: Any) -> None:
    new_cluster(version="1.33")
    found = upgrade(eks, "1.34")
    assert (found["type"], found["status"]) == ("VersionUpdate", "Successful")
    assert {"type": "Version", "value": "1.34"} in found["params"]
    assert eks.describe_cluster(name="edge")["cluster"]["version"] == "1.34"


@pytest.mark.parametrize("version", ["1.35", "1.33", "1.32", "1.31", "1.99", "nonsense"])
def test_other_steps_are_unsupported(new_cluster: Any, eks: Any, refused: Any, version: str) -> None:
    new_cluster(version="1.33")
    refusal = refused(eks.update_cluster_version, name="edge", version=version)
    if version == "1.32":
        assert refusal.code == "InvalidRequestException"
    else:
        assert refusal.message == f"Unsupported Kubernetes minor version update from 1.33 to {version}"


def test_the_version_changes_only_when_the_update_is_done(aws: Any, new_cluster: Any, eks: Any) -> None:
    new_cluster(version="1.33")
    aws.settings(delay=100)
    eks.update_cluster_version(name="edge", version="1.34")
    assert eks.describe_cluster(name="edge")["cluster"]["version"] == "1.33"
    aws.clock(101)
    assert eks.describe_cluster(name="edge")["cluster"]["version"] == "1.34"


def test_an_error_insight_stops_an_upgrade_and_force_overrides(aws: Any, new_cluster: Any, eks: Any, refused: Any) -> None:
    new_cluster(version="1.33")
    aws.insights("edge", [insight("UPGRADE_READINESS", "ERROR")])
    refusal = refused(eks.update_cluster_version, name="edge", version="1.34")
    assert (refusal.code, refusal.status) == ("InvalidStateException", 400)
    assert refusal.message.startswith("Upgrade readiness issues detected")
    assert upgrade(eks, "1.34", force=True)["status"] == "Successful"


def test_lagging_kubelets_are_an_error_insight(new_cluster: Any, new_nodegroup: Any, eks: Any, refused: Any) -> None:
    new_cluster(version="1.33")
    group = new_nodegroup(version="1.30")
    found = {each["name"]: each["insightStatus"]["status"] for each in eks.list_insights(clusterName="edge")["insights"]}
    assert found["Kubelet version skew"] == "ERROR"
    assert refused(eks.update_cluster_version, name="edge", version="1.34").code == "InvalidStateException"
    ids = [each["id"] for each in eks.list_insights(clusterName="edge", filter={"statuses": ["ERROR"]})["insights"]]
    assert eks.describe_insight(clusterName="edge", id=ids[0])["insight"]["resources"][0]["arn"] == group["nodegroupArn"]


def test_rollback_goes_to_the_version_before_within_a_week(aws: Any, new_cluster: Any, eks: Any, refused: Any) -> None:
    new_cluster(version="1.33")
    upgrade(eks, "1.34")
    found = upgrade(eks, "1.33", rollbackConfig={"timeoutMinutes": 120})
    assert (found["type"], found["status"]) == ("VersionRollback", "Successful")
    upgrade(eks, "1.34")
    aws.clock(7 * 86400 + 1)
    assert "more than 7 days ago" in refused(eks.update_cluster_version, name="edge", version="1.33").message


def test_rollback_timeout_has_its_limits(new_cluster: Any, eks: Any, refused: Any) -> None:
    new_cluster(version="1.33")
    upgrade(eks, "1.34")
    assert "120 and 10080" in refused(eks.update_cluster_version, name="edge", version="1.33", rollbackConfig={"timeoutMinutes": 5}).message


def test_unknown_rollback_insights_block_too(aws: Any, new_cluster: Any, eks: Any, refused: Any) -> None:
    new_cluster(version="1.33")
    upgrade(eks, "1.34")
    aws.insights("edge", [insight("ROLLBACK_READINESS", "UNKNOWN")])
    assert refused(eks.update_cluster_version, name="edge", version="1.33").code == "InvalidStateException"


def test_cancel_is_for_a_rollback_of_an_auto_mode_cluster(aws: Any, new_cluster: Any, eks: Any, refused: Any) -> None:
    new_cluster(version="1.33", **AUTO)
    upgrade(eks, "1.34")
    aws.settings(delay=100)
    update = eks.update_cluster_version(name="edge", version="1.33")["update"]["id"]
    aws.clock(50)
    assert eks.describe_cluster(name="edge")["cluster"]["status"] == "ACTIVE"
    assert refused(eks.update_cluster_config, name="edge", deletionProtection=True).code == "ResourceInUseException"
    assert eks.cancel_update(name="edge", updateId=update)["update"]["status"] == "Cancelled"
    aws.clock(100)
    assert eks.describe_update(name="edge", updateId=update)["update"]["status"] == "Cancelled"
    assert eks.describe_cluster(name="edge")["cluster"]["version"] == "1.34"


def test_cancel_is_refused_for_other_updates(aws: Any, cluster: Any, eks: Any, refused: Any) -> None:
    aws.settings(delay=100)
    update = eks.update_cluster_config(name="edge", deletionProtection=True)["update"]["id"]
    assert refused(eks.cancel_update, name="edge", updateId=update).code == "InvalidRequestException"


def test_insights_refresh_runs_and_completes(aws: Any, cluster: Any, eks: Any) -> None:
    aws.settings(delay=60)
    assert eks.start_insights_refresh(clusterName="edge")["status"] == "IN_PROGRESS"
    assert eks.describe_insights_refresh(clusterName="edge")["status"] == "IN_PROGRESS"
    aws.clock(61)
    found = eks.describe_insights_refresh(clusterName="edge")
    assert found["status"] == "COMPLETED"
    assert found["endedAt"] > found["startedAt"]


def test_insights_are_filtered(aws: Any, cluster: Any, eks: Any) -> None:
    aws.insights("edge", [insight("UPGRADE_READINESS", "ERROR"), insight("MISCONFIGURATION", "WARNING")])
    found = eks.list_insights(clusterName="edge", filter={"categories": ["MISCONFIGURATION"]})["insights"]
    assert [each["id"] for each in found] == ["i-WARNING"]


def test_the_catalogue_has_dates_and_one_default(eks: Any) -> None:
    found = eks.describe_cluster_versions(includeAll=True)["clusterVersions"]
    assert [each["clusterVersion"] for each in found] == [version.minor for version in VERSIONS]
    assert [each["clusterVersion"] for each in found if each["defaultVersion"]] == ["1.35"]
    assert all(each["releaseDate"] < each["endOfStandardSupportDate"] < each["endOfExtendedSupportDate"] for each in found)
    assert eks.describe_cluster_versions(defaultOnly=True)["clusterVersions"][0]["clusterVersion"] == "1.35"
    assert {tier["tierName"] for tier in found[0]["controlPlaneScalingTiers"]} >= {"standard", "tier-xl"}


def test_the_catalogue_ages_with_the_clock(aws: Any, eks: Any) -> None:
    aws.clock(20 * 365 * 86400)
    assert {each["versionStatus"] for each in eks.describe_cluster_versions(includeAll=True)["clusterVersions"]} == {"UNSUPPORTED"}
    assert eks.describe_cluster_versions()["clusterVersions"] == []


def test_the_catalogue_is_filtered_and_paginated(eks: Any) -> None:
    assert [each["clusterVersion"] for each in eks.describe_cluster_versions(clusterVersions=["1.33"])["clusterVersions"]] == ["1.33"]
    pages = list(eks.get_paginator("describe_cluster_versions").paginate(includeAll=True, PaginationConfig={"PageSize": 3}))
    assert [len(page["clusterVersions"]) for page in pages] == [3, 3, 2]
