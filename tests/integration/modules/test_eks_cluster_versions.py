"""eks_cluster on its way between versions: insights at every hop, the way back and its cancellation, what the catalogue speaks against; and Outposts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import FleetopsError

from sandbox.aws.eks import versions
from sandbox.aws.testing import Running, start
from tests.integration.modules.test_eks_cluster import PLAIN, ROLE, SimulatedTime, converge, eks, operations, read, timed, written

AUTO: dict[str, Any] = {"authentication_mode": "API", "auto_mode": {"enabled": True}}
WEEK = 7 * 86400


@pytest.fixture
def aws() -> Iterator[Running]:
    """On a day when 1.34 was in standard support, 1.33 was not any more, and 1.31 was still offered."""
    with start(delay=0) as running:
        running.on("2026-11-20")
        yield running


def insight(version: str, status: str = "ERROR", category: str = "UPGRADE_READINESS") -> dict[str, Any]:
    state = {"status": status, "reason": "still in use."}
    return {"id": f"i-{version}-{status}", "name": f"Deprecated APIs of {version}", "category": category, "kubernetesVersion": version, "insightStatus": state}


def told(aws: Running, *insights: dict[str, Any]) -> None:
    aws.insights("edge", list(insights), account="123456789012")


def test_the_gate_stops_the_walk_at_the_hop_its_insights_are_about(aws: Running) -> None:
    converge(aws)
    told(aws, insight("1.34", "PASSING"), insight("1.35"))
    result = converge(aws, version="1.36", tags={"Team": "x"})
    assert result["failed"]
    assert "has climbed to 1.34. Its upgrade to 1.35 is held by upgrade insights: Deprecated APIs of 1.35 (ERROR: still in use)." in result["msg"]
    assert "force: true" in result["msg"]
    assert result["upgrade"]["hops"] == ["1.34", "1.35", "1.36"]
    assert result["upgrade"]["climbed"] == ["1.34"]
    assert [finding["id"] for finding in result["upgrade"]["findings"]] == ["i-1.35-ERROR"]
    assert [action["operation"] for action in result["actions"] if action["status"] == "done"] == ["tag_resource", "update_cluster_version"]
    assert result["changed"]
    assert eks(aws).describe_cluster(name="edge")["cluster"]["version"] == "1.34"


def test_the_gate_of_the_first_hop_is_a_refusal_before_any_change(aws: Running) -> None:
    converge(aws)
    told(aws, insight("1.34"))
    call_refresh(aws)
    aws.clear_log()
    result = converge(aws, version="1.34", tags={"Team": "x"}, logging=["api"])
    assert result["failed"]
    assert result["refused_fields"] == ["version", "insights_gate", "force"]
    assert not result["changed"]
    assert written(aws) == []


def call_refresh(aws: Running) -> None:
    """Let EKS look anew, so that insights are fresh."""
    eks(aws).start_insights_refresh(clusterName="edge")


@pytest.mark.parametrize(
    ("gate", "status", "stops"),
    [("error", "ERROR", True), ("error", "UNKNOWN", True), ("error", "WARNING", False), ("warning", "WARNING", True), ("none", "UNKNOWN", False)],
)
def test_which_insights_stop_an_upgrade(aws: Running, gate: str, status: str, stops: bool) -> None:
    converge(aws)
    told(aws, insight("1.34", status))
    result = converge(aws, version="1.34", insights_gate=gate)
    assert bool(result.get("failed")) is stops
    assert (result["version"] == "1.34") if not stops else (status in result["msg"])


def test_what_does_not_stop_is_a_warning(aws: Running) -> None:
    converge(aws)
    told(aws, insight("1.34", "WARNING"))
    assert any("Deprecated APIs of 1.34 (WARNING: still in use)" in warning for warning in converge(aws, version="1.34")["warnings"])


def test_force_asks_for_no_insight(aws: Running) -> None:
    converge(aws)
    told(aws, insight("1.34"))
    aws.clear_log()
    assert converge(aws, version="1.34", force=True)["version"] == "1.34"
    assert not {"ListInsights", "StartInsightsRefresh"} & set(read(aws))


def test_check_mode_tells_the_hops_and_today_s_findings_and_refreshes_nothing(aws: Running) -> None:
    converge(aws)
    told(aws, insight("1.34", "WARNING"), insight("1.35"))
    aws.clock(2 * 86400)
    aws.clear_log()
    result = converge(aws, check_mode=True, version="1.35")
    assert result["upgrade"]["hops"] == ["1.34", "1.35"]
    assert [(finding["status"], finding["kubernetes_version"]) for finding in result["upgrade"]["findings"]] == [("WARNING", "1.34")]
    assert written(aws) == []
    held = converge(aws, check_mode=True, version="1.35", insights_gate="warning")
    assert held["failed"]
    assert held["upgrade"]["hops"] == ["1.34", "1.35"]
    assert written(aws) == []


def test_stale_insights_are_refreshed_and_fresh_ones_are_not(aws: Running) -> None:
    converge(aws)
    aws.clear_log()
    converge(aws, version="1.34")
    assert "StartInsightsRefresh" not in read(aws)
    aws.clock(25 * 3600)
    converge(aws, version="1.35")
    assert read(aws).count("StartInsightsRefresh") == 1
    aws.clear_log()
    assert not converge(aws, version="1.35")["changed"]
    assert read(aws) == ["DescribeCluster"]


def test_each_hop_but_the_first_looks_anew_for_the_cluster_is_another(aws: Running) -> None:
    converge(aws)
    aws.clear_log()
    assert converge(aws, version="1.36")["version"] == "1.36"
    asked = [name for name in read(aws) if name in ("ListInsights", "StartInsightsRefresh", "UpdateClusterVersion")]
    one, anew = ["ListInsights", "UpdateClusterVersion"], ["ListInsights", "StartInsightsRefresh", "ListInsights", "UpdateClusterVersion"]
    assert asked == [*one, *anew, *anew]


def test_who_may_not_read_insights_is_told_what_to_allow(aws: Running) -> None:
    converge(aws)
    aws.faults({"match": "eks:ListInsights", "code": "AccessDeniedException", "status": 403, "message": "not authorized"})
    result = converge(aws, version="1.34")
    assert result["failed"]
    assert "Allow eks:ListInsights" in result["msg"]
    assert "insights_gate: none" in result["msg"]
    assert converge(aws, version="1.34", insights_gate="none")["version"] == "1.34"


def test_who_may_not_read_the_catalogue_goes_on_with_a_warning(aws: Running) -> None:
    aws.faults({"match": "eks:DescribeClusterVersions", "code": "AccessDeniedException", "status": 403, "message": "not authorized"})
    result = converge(aws)
    assert result["changed"]
    assert any("catalogue" in warning for warning in result["warnings"])


@pytest.mark.parametrize("params", [{"version": "1.50"}, {"version": "1.28"}])
def test_a_version_that_is_not_on_offer_is_refused_at_creation(aws: Running, params: dict[str, Any]) -> None:
    result = converge(aws, **params)
    assert "does not offer version" in result["msg"]
    assert "1.34, 1.35, 1.36" in result["msg"]
    assert written(aws) == []


def test_a_rollback_of_what_was_never_upgraded_is_refused(aws: Running) -> None:
    converge(aws, version="1.34")
    aws.clear_log()
    result = converge(aws, version="1.33", allow_rollback=True)
    assert "was not upgraded since it was created" in result["msg"]
    assert written(aws) == []


def test_a_rollback_is_refused_when_its_week_is_over(aws: Running) -> None:
    converge(aws)
    converge(aws, version="1.34")
    aws.clock(WEEK - 7200)
    assert converge(aws, version="1.33", allow_rollback=True, check_mode=True)["upgrade"] == {
        "from": "1.34",
        "to": "1.33",
        "hops": ["1.33"],
        "climbed": [],
        "findings": [],
    }
    aws.clock(4 * 3600)
    aws.clear_log()
    result = converge(aws, version="1.33", allow_rollback=True)
    assert "EKS rolls back within 7 days only" in result["msg"]
    assert written(aws) == []


def test_a_second_rollback_is_refused(aws: Running) -> None:
    converge(aws)
    converge(aws, version="1.34")
    converge(aws, version="1.33", allow_rollback=True)
    aws.clear_log()
    assert "has been rolled back already" in converge(aws, version="1.32", allow_rollback=True)["msg"]
    assert written(aws) == []


@pytest.mark.parametrize("status", ["ERROR", "UNKNOWN"])
def test_rollback_insights_hold_a_rollback(aws: Running, status: str) -> None:
    converge(aws)
    converge(aws, version="1.34")
    told(aws, insight("1.33", status, "ROLLBACK_READINESS"), insight("1.35"))
    call_refresh(aws)
    aws.clear_log()
    result = converge(aws, version="1.33", allow_rollback=True)
    assert "its rollback to 1.33 is held by rollback insights" in result["msg"]
    assert written(aws) == []
    assert converge(aws, version="1.33", allow_rollback=True, force=True)["version"] == "1.33"


def test_a_rollback_into_extended_support_needs_the_policy_first(aws: Running) -> None:
    converge(aws, version="1.33")  # whose standard support is over
    converge(aws, version="1.34", support_type="STANDARD")
    aws.clear_log()
    refused = converge(aws, version="1.33", allow_rollback=True)
    assert "version 1.33 is in extended support" in refused["msg"]
    assert written(aws) == []
    result = converge(aws, version="1.33", allow_rollback=True, support_type="EXTENDED")
    assert [action["fields"] for action in result["actions"]] == [["support_type"], ["version"]]


def rolling_back(aws: Running, **params: Any) -> str:
    """Return the id of a rollback under way."""
    converge(aws, **params)
    converge(aws, version="1.34", **params)
    aws.settings(delay=100)
    update: str = eks(aws).update_cluster_version(name="edge", version="1.33")["update"]["id"]
    return update


def test_cancels_a_rollback_of_an_auto_mode_cluster(aws: Running) -> None:
    update = rolling_back(aws, **AUTO)
    aws.clear_log()
    planned = converge(aws, version="1.34", cancel_rollback=True, check_mode=True)
    assert planned["diff"] == {"before": {"rollback": "InProgress"}, "after": {"rollback": "Cancelled"}}
    assert operations(planned) == ["cancel_update"]
    assert written(aws) == []
    result = converge(aws, version="1.34", cancel_rollback=True)
    assert [(action["operation"], action["status"]) for action in result["actions"]] == [("cancel_update", "done")]
    assert eks(aws).describe_update(name="edge", updateId=update)["update"]["status"] == "Cancelled"
    again = converge(aws, version="1.34", cancel_rollback=True)
    assert not again["changed"]
    assert again["version"] == "1.34"


def test_a_cancelled_rollback_makes_way_for_other_changes(aws: Running) -> None:
    rolling_back(aws, **AUTO)
    aws.clear_log()
    result = timed(aws, SimulatedTime(aws), version="1.34", cancel_rollback=True, logging=["api"])
    assert operations(result) == ["cancel_update", "update_cluster_config"]
    assert "warnings" not in result


def test_a_rollback_without_auto_mode_cannot_be_cancelled(aws: Running) -> None:
    rolling_back(aws)
    aws.clear_log()
    result = converge(aws, version="1.34", cancel_rollback=True)
    assert "clusters with Auto Mode only" in result["msg"]
    assert written(aws) == []


def test_a_rollback_whose_control_plane_goes_back_already_cannot_be_cancelled(aws: Running) -> None:
    rolling_back(aws, **AUTO)
    aws.clock(70)
    result = converge(aws, version="1.34", cancel_rollback=True)
    assert "the rollback of the control plane has begun" in result["msg"]
    assert "run again without cancel_rollback" in result["msg"]


def test_wanting_a_rollback_and_its_cancellation_is_refused(aws: Running) -> None:
    assert "want opposite things" in converge(aws, cancel_rollback=True, allow_rollback=True)["msg"]
    assert written(aws) == []


def test_extended_support_is_not_left_once_it_has_begun(aws: Running) -> None:
    converge(aws, version="1.32")
    aws.clear_log()
    result = converge(aws, version="1.32", support_type="STANDARD")
    assert "is in extended support since 2026-03-23" in result["msg"]
    assert result["refused_fields"] == ["support_type", "version"]
    assert written(aws) == []


def test_an_upgrade_out_of_extended_support_leaves_it_afterwards(aws: Running) -> None:
    converge(aws, version="1.33")
    result = converge(aws, version="1.34", support_type="STANDARD")
    assert [action["fields"] for action in result["actions"]] == [["version"], ["support_type"]]
    assert result["upgrade_policy"] == {"support_type": "STANDARD"}


def test_a_tier_that_a_version_does_not_have_is_refused(aws: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    converge(aws)
    monkeypatch.setitem(versions.LIMITED, "1.33", ("standard", "tier-xl"))
    aws.clear_log()
    result = converge(aws, control_plane_scaling_tier="tier-8xl")
    assert "version 1.33 has no control_plane_scaling_tier tier-8xl" in result["msg"]
    assert "standard, tier-xl" in result["msg"]
    assert written(aws) == []
    assert converge(aws, control_plane_scaling_tier="tier-xl")["changed"]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        (
            {"kube_api_server_config": {"event_ttl": "5m"}},
            "event_ttl 5m is out of range. Give kube_api_server_config.event_ttl from 10m0s",
        ),
        ({"kube_api_server_config": {"service_node_port_range": {"min_port": 80, "max_port": 90}}}, "service_node_port_range.min_port 80 is out of range"),
        ({"kube_controller_manager_config": {"pod_gc_controller_config": {"terminated_pod_gc_threshold": 0}}}, "terminated_pod_gc_threshold 0 is out"),
        (
            {"kube_scheduler_config": {"node_resources_fit": {"scoring_strategy": {"resources": [{"name": "disk", "weight": 1}]}}}},
            "kube_scheduler_config.node_resources_fit.scoring_strategy.resources does not take disk",
        ),
    ],
)
def test_component_settings_that_the_catalogue_does_not_take_are_refused(aws: Running, params: dict[str, Any], words: str) -> None:
    converge(aws)
    aws.clear_log()
    assert words in converge(aws, **params)["msg"]
    assert written(aws) == []


def test_remote_networks_are_added_changed_and_removed(aws: Running) -> None:
    converge(aws, authentication_mode="API")
    networks = [
        ({"remote_node_networks": ["192.168.16.0/20"]}, {"remote_node_networks": [{"cidrs": ["192.168.16.0/20"]}]}),
        (
            {"remote_node_networks": ["192.168.16.0/20"], "remote_pod_networks": ["192.168.64.0/18"]},
            {"remote_node_networks": [{"cidrs": ["192.168.16.0/20"]}], "remote_pod_networks": [{"cidrs": ["192.168.64.0/18"]}]},
        ),
        (
            {"remote_node_networks": ["10.1.0.0/16", "10.2.0.0/16"], "remote_pod_networks": []},
            {"remote_node_networks": [{"cidrs": ["10.1.0.0/16", "10.2.0.0/16"]}]},
        ),
        ({"remote_node_networks": [], "remote_pod_networks": []}, None),
    ]
    for declared, expected in networks:
        result = converge(aws, authentication_mode="API", **declared)
        assert operations(result) == ["update_cluster_config"], declared
        assert result["remote_network_config"] == expected
        assert not converge(aws, authentication_mode="API", **declared)["changed"]


def test_gateway_api_crds_come_and_go_while_auto_mode_stays(aws: Running) -> None:
    converge(aws, **AUTO)
    for wanted in (True, False):
        declared = {**AUTO, "auto_mode": {"enabled": True, "gateway_api_crds": wanted}}
        result = converge(aws, **declared)
        assert operations(result) == ["update_cluster_config"]
        assert result["kubernetes_network_config"]["elastic_load_balancing"]["gateway_api"] == {"crds": {"managed": wanted}}
        assert not converge(aws, **declared)["changed"]


def test_a_local_cluster_on_an_outpost(aws: Running) -> None:
    outpost = {"outpost_arns": ["arn:aws:outposts:us-east-1:123456789012:outpost/op-1"], "control_plane_instance_type": "m5.large"}
    local: dict[str, Any] = {"subnets": PLAIN["subnets"][:1], "outpost_config": outpost}
    result = converge(aws, **local)
    assert result["changed"], result["msg"]
    assert not result["resources_vpc_config"]["endpoint_public_access"]
    assert not converge(aws, **local, endpoint_private_access=True)["changed"]
    aws.clear_log()
    for params in ({"endpoint_public_access": True}, {"encryption_key_arn": f"arn:aws:kms:us-east-1:123456789012:key/{ROLE[-4:]}"}, AUTO):
        refused = converge(aws, **local, **params)
        assert "does not go with a local cluster on an Outpost" in refused["msg"]
    assert written(aws) == []


def test_an_error_between_hops_tells_what_was_climbed(aws: Running) -> None:
    converge(aws)
    told(aws, insight("1.34", "PASSING"), insight("1.35", "UNKNOWN"))
    with pytest.raises(FleetopsError) as caught:
        timed(aws, SimulatedTime(aws), version="1.35")
    assert caught.value.facts["upgrade"]["climbed"] == ["1.34"]
    assert caught.value.facts["changed"]
