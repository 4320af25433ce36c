"""site.yml on the sandbox, end to end, in the order in which a user meets it: plan, converge, again, plan again."""

from __future__ import annotations

import random

import pytest

from .conftest import CLUSTERS, ROOT, Fleet, Result

LONGEST_SECOND_RUN = 60.0
"""Seconds; the issue's own bound for a run that finds everything as declared."""


def explain(result: Result) -> str:
    return result.output[-4000:]


def converged(fleet: Fleet) -> None:
    """Assert that the report shows the whole fleet as declared."""
    report = fleet.report()
    assert sorted(row["host"] for row in report["clusters"]) == sorted(CLUSTERS)
    assert {row["host"]: row["snapshot"]["status"] for row in report["clusters"]} == dict.fromkeys(CLUSTERS, "ACTIVE")
    assert {row["registration"] for row in report["clusters"]} == {"registered"}
    assert [row["issues"] for row in report["clusters"]] == [[]] * len(CLUSTERS)
    assert [node["ready"] for node in report["hybrid_nodes"]] == [True] * len(fleet.hosts)
    assert report["failures"] == []
    if not fleet.hosts:
        assert sorted(report["left_out"]) == ["edge-a1", "edge-a2"]


def nothing_twice(fleet: Fleet) -> None:
    """Assert that each thing exists once, and that nothing is left of what was passing."""
    places = [place for account in fleet.control("GET", "export")["accounts"].values() for place in account.values()]
    assert [each for place in places for each in place.get("activations", [])] == []
    names = [each["ComputerName"] for place in places for each in place.get("managed_instances", [])]
    assert sorted(names) == fleet.hosts
    clusters = [name for place in places for name in place.get("clusters", {})]
    assert sorted(clusters) == sorted(CLUSTERS)


class TestTheMainJob:
    """One fleet, step after step."""

    def test_a_plan_of_an_empty_fleet_touches_nothing_and_names_every_cluster(self, fleet: Fleet) -> None:
        fleet.forget_log()
        result = fleet.run("--check", "--diff")
        assert result.code == 0, explain(result)
        assert fleet.writes() == []
        plan = result.output.rpartition("PLAN (check mode")[2]
        for cluster in CLUSTERS:
            section = plan.partition(f"\n{cluster}\n")[2]
            assert "create_cluster" in section.split("\n\n")[0], cluster

    def test_the_fleet_converges(self, fleet: Fleet) -> None:
        result = fleet.run()
        assert result.code == 0, explain(result)
        converged(fleet)
        nothing_twice(fleet)

    def test_a_second_run_changes_nothing_and_is_quick(self, fleet: Fleet) -> None:
        fleet.forget_log()
        result = fleet.run()
        assert result.code == 0, explain(result)
        assert result.changed() == {}
        assert fleet.writes() == []
        assert result.seconds < LONGEST_SECOND_RUN

    def test_a_plan_of_a_converged_fleet_is_empty(self, fleet: Fleet) -> None:
        fleet.forget_log()
        result = fleet.run("--check", "--diff")
        assert result.code == 0, explain(result)
        assert result.changed() == {}
        assert fleet.writes() == []
        assert "none: everything is as declared" in result.output

    def test_both_paths_find_the_fleet_converged(self, fleet: Fleet) -> None:
        result = fleet.run("--limit", "dev-use1,prod-use1,localhost", FLEETOPS_EKS_IN_PROCESS="0")
        assert result.code == 0, explain(result)
        assert result.changed() == {}


BAD_INPUT = [
    ("a version as a number", {"dev-use1": {"eks_cluster_version": 1.3}}, "dev-use1: eks_cluster_version", "Quote it"),
    ("a wrong type", {"dev-use1": {"eks_cluster_zonal_shift": "perhaps"}}, "dev-use1: eks_cluster_zonal_shift", "It is:"),
    ("an unknown variable", {"dev-use1": {"eks_cluster_loging": []}}, "dev-use1: eks_cluster_loging", "Did you mean eks_cluster_logging?"),
    ("an unknown key", {"dev-use1": {"eks_nodes_groups": [{"name": "x", "lables": {}}]}}, "lables", "dev-use1"),
    (
        "a capability without its role",
        {"dev-use1": {"eks_cluster_capabilities": [{"name": "kro", "type": "KRO"}]}},
        "dev-use1: eks_cluster_capabilities",
        "Give role_arn",
    ),
    (
        "an overlap within a cluster",
        {"dev-use1": {"eks_cluster_remote_pod_networks": ["172.20.4.0/24"]}},
        "dev-use1: eks_cluster_service_ipv4_cidr",
        "range of its own",
    ),
    ("an overlap across the fleet", {"prod-apse2": {"eks_cluster_vpc_cidrs": ["10.32.0.0/16"]}}, "overlaps", "prod-apse2"),
    ("a host of an unknown cluster", {"edge-x": {"eks_cluster_host": "nowhere"}}, "edge-x: eks_cluster_host", "Name one of"),
    (
        "a host of a cluster without remote network",
        {"edge-x": {"eks_cluster_host": "dev-use1"}},
        "edge-x: eks_cluster_host",
        "eks_cluster_remote_node_networks",
    ),
    ("a host outside the remote network", {"edge-x": {"ansible_host": "198.51.100.7"}}, "edge-x: ansible_host", "outside the remote node networks"),
    ("a name used twice at the hub", {"dev-use1": {"argocd_spoke_name": "prod-apse2"}}, "argocd_spoke_name", "one of its own"),
    ("a region without EKS", {"dev-use1": {"aws_region": "mars-north-1"}}, "dev-use1: aws_region", "Choose one of"),
    ("another account's credentials", {"dev-use1": {"aws_profile": "sandbox-prod"}}, "declared in account 111122223333", "aws_profile"),
    ("a profile that does not exist", {"dev-use1": {"aws_profile": "nobody"}}, "nobody", "profile"),
]


@pytest.mark.parametrize(("override", "names", "remedy"), [row[1:] for row in BAD_INPUT], ids=[row[0] for row in BAD_INPUT])
def test_bad_input_is_named_before_anything_is_touched(fleet: Fleet, override: dict, names: str, remedy: str) -> None:
    fleet.forget_log()
    result = fleet.run(override=override)
    assert result.code != 0
    assert names in result.output, explain(result)
    assert remedy in result.output, explain(result)
    assert fleet.writes() == []


def test_missing_credentials_are_named_before_anything_is_touched(fleet: Fleet) -> None:
    fleet.forget_log()
    result = fleet.run(override={"dev-use1": {"aws_profile": ""}}, AWS_SHARED_CREDENTIALS_FILE="/nonexistent", AWS_CONFIG_FILE="/nonexistent")
    assert result.code != 0
    assert "credentials" in result.output or "profile" in result.output, explain(result)
    assert fleet.writes() == []


class TestFaults:
    """What goes wrong in the world, on a fleet that begins from nothing each time."""

    def test_one_cluster_that_fails_for_good_leaves_the_others_converged(self, fleet: Fleet) -> None:
        fleet.reset()
        words = "You have reached the limit of 100 clusters in this account."
        fleet.faults({"match": "eks:CreateCluster", "resource": "staging-euw1", "code": "ResourceLimitExceededException", "message": words, "status": 400})
        result = fleet.run()
        assert result.code != 0
        report = fleet.report()
        assert {row["host"] for row in report["clusters"] if row["snapshot"].get("status") == "ACTIVE"} == set(CLUSTERS) - {"staging-euw1"}
        assert len(report["failures"]) == 1
        assert report["failures"][0].startswith("staging-euw1: ")
        assert words.rstrip(".") in report["failures"][0]
        assert [node["ready"] for node in report["hybrid_nodes"]] == [True] * len(fleet.hosts)

    def test_and_converges_once_the_cause_is_gone(self, fleet: Fleet) -> None:
        fleet.faults()
        result = fleet.run()
        assert result.code == 0, explain(result)
        converged(fleet)

    def test_throttling_and_server_errors_on_every_call_end_in_the_same_state(self, fleet: Fleet) -> None:
        fleet.reset()
        rules = (
            {"match": ".*", "probability": 0.1, "code": "ThrottlingException", "message": "Rate exceeded", "status": 400},
            {"match": ".*", "probability": 0.02, "code": "InternalFailure", "message": "An internal error occurred", "status": 500},
        )
        fleet.faults(*rules, seed=7)
        result = fleet.run()
        assert result.code == 0, explain(result)
        fleet.faults()
        converged(fleet)
        nothing_twice(fleet)
        assert fleet.run("--check").changed() == {}

    def test_killed_at_ten_random_moments_the_next_run_converges(self, fleet: Fleet) -> None:
        fleet.reset()
        moments = random.Random(20261122)
        killed = sum(fleet.kill_after(moments.uniform(2.0, 30.0)) for _ in range(10))
        assert killed, "no run was caught alive"
        result = fleet.run()
        assert result.code == 0, explain(result)
        converged(fleet)
        nothing_twice(fleet)
        second = fleet.run()
        assert second.changed() == {}, explain(second)

    def test_a_hub_that_does_not_answer_is_named_before_anything_is_touched(self, fleet: Fleet) -> None:
        fleet.forget_log()
        fleet.kubernetes("PUT", "faults", {"seed": 0, "rules": [{"match": ".*", "lost_answer": True}]})
        try:
            result = fleet.run()
        finally:
            fleet.kubernetes("PUT", "faults", {"seed": 0, "rules": []})
        assert result.code != 0, explain(result)
        assert "on cluster prod-use1" in result.output
        assert "reachable from here" in result.output
        assert [write for write in fleet.writes() if write.startswith(("eks:", "iam:", "ssm:Create"))] == []


def test_the_report_is_where_make_sandbox_says(fleet: Fleet) -> None:
    assert "report: $report" in (ROOT / "tools" / "converge.sh").read_text(encoding="utf-8")
