"""The report: what a run learned, in one look."""

from __future__ import annotations

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._eks import snapshot
from ansible_collections.fleetops.eks.plugins.module_utils._fleet import report

ACTIVE = {
    "name": "one",
    "status": "ACTIVE",
    "version": "1.35",
    "issues": [],
    "addons": [{"name": "coredns", "status": "ACTIVE"}],
    "nodegroups": [{"desired_size": 2}],
}


def row(host: str = "one", **changes: Any) -> dict[str, Any]:
    return {"host": host, "tier": "dev", "region": "us-east-1", "declared_version": "1.35", "snapshot": ACTIVE, "registration": "registered", **changes}


def test_a_converged_fleet_says_so() -> None:
    node = {"host": "edge-1", "cluster": "one", "node": "mi-1", "ready": True, "failure": {}}
    text = report.text(report.build([row()], [node], {}))
    assert text.splitlines()[-1] == "1 of 1 clusters converged, 1 of 1 hybrid nodes Ready"
    assert "hybrid node edge-1 (mi-1) of one: Ready" in text


def test_a_failure_is_named_with_the_words_of_the_service() -> None:
    failure = {"task": "Control plane", "message": "ResourceLimitExceededException: You have reached your limit"}
    built = report.build([row(), row("two", snapshot={}, failure=failure)], [], {})
    assert built["failures"] == ["two: Control plane: ResourceLimitExceededException: You have reached your limit"]
    assert built["summary"] == "1 of 2 clusters converged, 0 of 0 hybrid nodes Ready"
    assert "FAILED: two: Control plane" in report.text(built)


def test_a_host_that_is_left_out_is_named_with_its_reason() -> None:
    built = report.build([row()], [], {"edge-1": "no container engine"})
    assert "left out: edge-1: no container engine" in report.text(built)
    assert built["summary"].endswith("1 left out")


def test_a_cluster_outside_the_limit_is_not_counted() -> None:
    built = report.build([row(), row("two", snapshot={})], [], {})
    assert built["summary"] == "1 of 1 clusters converged, 0 of 0 hybrid nodes Ready, 1 clusters not in this run"
    assert "not in this run" in report.text(built)


def test_a_version_that_is_not_the_declared_one_is_an_issue() -> None:
    assert report.build([row(declared_version="1.36")], [], {})["clusters"][0]["issues"] == ["declared version 1.36, running 1.35"]


def test_a_snapshot_has_the_same_keys_with_and_without_a_cluster() -> None:
    there = snapshot.summary({"name": "one", "status": "ACTIVE"}, nodegroups=(), addons=(), entries=(), associations=0, insights=())
    assert set(there) == set(snapshot.absent("one"))


def test_a_snapshot_tells_health_issues_in_words() -> None:
    addon = {"addonName": "coredns", "status": "DEGRADED", "health": {"issues": [{"code": "InsufficientNumberOfReplicas", "message": "no nodes"}]}}
    found = snapshot.summary({"name": "one", "status": "ACTIVE"}, nodegroups=(), addons=(addon,), entries=(), associations=0, insights=())
    assert found["issues"] == ["add-on coredns: InsufficientNumberOfReplicas: no nodes"]
