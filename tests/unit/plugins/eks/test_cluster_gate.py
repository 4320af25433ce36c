"""What insights, history and catalogue say for and against a plan: evidence in, problems out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._eks import cluster_gate as gate
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster import plan_present
from ansible_collections.fleetops.eks.plugins.module_utils._eks.verdicts import cancelled_verdict

from tests.unit.plugins.eks.test_cluster_plan import cluster, declared

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def insight(status: str, *, hours: float = 1) -> dict[str, Any]:
    return {"id": status, "name": "APIs", "insightStatus": {"status": status, "reason": "used."}, "lastRefreshTime": NOW - timedelta(hours=hours)}


def update(kind: str, days: float, status: str = "Successful") -> dict[str, Any]:
    return {"id": f"{kind}-{days}", "type": kind, "status": status, "createdAt": NOW - timedelta(days=days)}


def row(version: str, support: str = "STANDARD_SUPPORT", tiers: tuple[str, ...] = ("standard", "tier-xl")) -> dict[str, Any]:
    return {
        "clusterVersion": version,
        "versionStatus": support,
        "endOfStandardSupportDate": NOW - timedelta(days=30),
        "controlPlaneScalingTiers": [{"tierName": tier} for tier in tiers],
    }


def test_what_passes_is_no_finding() -> None:
    assert gate.findings([insight("PASSING")]) == []
    (found,) = gate.findings([insight("ERROR"), insight("PASSING")])
    assert found == {
        "id": "ERROR",
        "name": "APIs",
        "status": "ERROR",
        "reason": "used.",
        "kubernetes_version": None,
        "last_refresh_time": "2026-11-20T11:00:00+00:00",
    }


@pytest.mark.parametrize(
    ("option", "held"), [("error", ["ERROR", "UNKNOWN"]), ("warning", ["ERROR", "UNKNOWN", "WARNING"]), ("none", [])], ids=["error", "warning", "none"]
)
def test_which_statuses_an_option_lets_stop(option: str, held: list[str]) -> None:
    found = gate.findings([insight(status) for status in ("ERROR", "UNKNOWN", "WARNING")])
    assert [finding["status"] for finding in gate.blocking(found, option)] == held


@pytest.mark.parametrize(
    ("insights", "old"),
    [([], True), ([insight("PASSING")], False), ([insight("PASSING"), insight("ERROR", hours=25)], True), ([{"insightStatus": {"status": "PASSING"}}], True)],
)
def test_insights_are_stale_when_one_is_older_than_a_day(insights: list[dict[str, Any]], old: bool) -> None:
    assert gate.stale(insights, NOW) is old


@pytest.mark.parametrize(
    ("updates", "words"),
    [
        ([], "was not upgraded since it was created"),
        ([update("LoggingUpdate", 1)], "was not upgraded since it was created"),
        ([update("VersionUpdate", 1, "Failed")], "was not upgraded since it was created"),
        ([update("VersionUpdate", 2), update("VersionRollback", 1)], "has been rolled back already"),
        ([update("VersionRollback", 3), update("VersionUpdate", 8)], "has been rolled back already"),
        ([update("VersionUpdate", 8)], "within 7 days only"),
        ([update("VersionUpdate", 2), update("VersionUpdate", 40)], None),
        ([update("VersionRollback", 9), update("VersionUpdate", 7.02)], None),
        ([update("VersionRollback", 1, "Cancelled"), update("VersionUpdate", 2)], None),
    ],
)
def test_what_the_history_says_of_a_rollback(updates: list[dict[str, Any]], words: str | None) -> None:
    problems = list(gate.history_problems(cluster(version="1.34"), "1.33", updates, NOW))
    assert [words in problem.message for problem in problems if words] == ([True] if words else [])
    assert bool(problems) is bool(words)


@pytest.mark.parametrize(
    ("params", "members", "catalogue", "words"),
    [
        ({"version": "1.36"}, {}, [row("1.34"), row("1.35")], "does not offer version 1.36"),
        ({"control_plane_scaling_tier": "tier-8xl"}, {}, [row("1.33")], "has no control_plane_scaling_tier tier-8xl"),
        ({"version": "1.34", "control_plane_scaling_tier": "tier-xl"}, {}, [row("1.33"), row("1.34", tiers=("standard",))], "version 1.34 has no"),
        ({"support_type": "STANDARD"}, {}, [row("1.33", "EXTENDED_SUPPORT")], "is in extended support since 2026-10-21"),
        ({"support_type": "STANDARD", "version": "1.34"}, {}, [row("1.33", "EXTENDED_SUPPORT"), row("1.34")], None),
        ({"support_type": "STANDARD", "version": "1.34"}, {}, [row("1.33", "EXTENDED_SUPPORT"), row("1.34", "EXTENDED_SUPPORT")], "version 1.34 is in ext"),
        ({"support_type": "STANDARD"}, {}, [], None),
        (
            {"version": "1.32", "allow_rollback": True},
            {"upgradePolicy": {"supportType": "STANDARD"}},
            [row("1.32", "EXTENDED_SUPPORT"), row("1.33")],
            "keeps it from going there",
        ),
    ],
)
def test_what_the_catalogue_says(params: dict[str, Any], members: dict[str, Any], catalogue: list[dict[str, Any]], words: str | None) -> None:
    spec, state = declared(**params), cluster(version="1.33", **members)
    plan = plan_present(spec, state)
    assert gate.needs_catalogue(plan, spec)
    problems = list(gate.catalogue_problems(spec, state, plan, {each["clusterVersion"]: each for each in catalogue}))
    assert (words is None and not problems) or any(words is not None and words in problem.message for problem in problems), problems
    assert all(problem.remedy and problem.fields for problem in problems)


def test_a_plan_that_no_catalogue_decides_asks_for_none() -> None:
    spec = declared(logging=["api"], support_type="EXTENDED")
    assert not gate.needs_catalogue(plan_present(spec, cluster(upgradePolicy={"supportType": "STANDARD"})), spec)


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        ({"status": "Cancelled", "id": "1"}, "done"),
        ({"status": "InProgress", "id": "1"}, "pending"),
        ({"status": "InProgress", "id": "1", "cancellation": {"status": "InProgress"}}, "pending"),
        ({"status": "InProgress", "id": "1", "cancellation": {"status": "Failed", "reason": "too late"}}, "failed"),
        ({"status": "Successful", "id": "1"}, "failed"),
        (None, "failed"),
    ],
)
def test_where_a_cancellation_stands(found: dict[str, Any] | None, kind: str) -> None:
    assert cancelled_verdict(found).kind == kind
