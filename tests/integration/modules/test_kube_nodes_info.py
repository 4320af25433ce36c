"""kube_nodes_info against a simulated cluster."""

from __future__ import annotations

import threading

import pytest

from tests.support.clusters import lab


def node(name, ready="True", **labels):
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {"providerID": f"eks-hybrid:///us-east-1/edge/{name}"},
        "status": {
            "conditions": [{"type": "Ready", "status": ready, "reason": "KubeletReady" if ready == "True" else "KubeletNotReady"}],
            "addresses": [{"type": "InternalIP", "address": "192.0.2.11"}],
            "nodeInfo": {"kubeletVersion": "v1.33.4"},
        },
    }


@pytest.fixture(scope="module")
def fleet():
    with lab("edge") as made:
        made.system("edge", node("mi-1", tier="a"), node("mi-2", ready="False", tier="b"))
        yield made


def nodes(fleet, *, check_mode=False, **params):
    return fleet.call("kube_nodes_info", {"cluster_name": "edge", **params}, check_mode=check_mode)


def test_lists_nodes(fleet):
    found = nodes(fleet)["nodes"]
    assert [(each["name"], each["ready"], each["kubelet_version"], each["internal_ip"]) for each in found] == [
        ("mi-1", True, "v1.33.4", "192.0.2.11"),
        ("mi-2", False, "v1.33.4", "192.0.2.11"),
    ]
    assert found[0]["provider_id"] == "eks-hybrid:///us-east-1/edge/mi-1"


def test_selects_by_label(fleet):
    assert [each["name"] for each in nodes(fleet, label_selector="tier=b")["nodes"]] == ["mi-2"]


def test_waits_for_nodes_that_are_there(fleet):
    assert len(nodes(fleet, wait_for={"names": ["mi-1"], "count": 1})["nodes"]) == 2


def test_wait_that_ends_names_what_is_missing_and_tells_the_nodes(fleet):
    result = nodes(fleet, wait_for={"names": ["mi-1", "mi-2", "mi-3"]}, wait_timeout=1)
    assert result["failed"]
    assert "mi-2 not Ready (KubeletNotReady), mi-3 not registered" in result["msg"]
    assert [each["name"] for each in result["nodes"]] == ["mi-1", "mi-2"]


def test_waits_until_a_node_joins(fleet):
    timer = threading.Timer(0.3, fleet.system, ("edge", node("mi-9")))
    timer.start()
    found = nodes(fleet, wait_for={"names": ["mi-9"]}, wait_timeout=60)["nodes"]
    timer.join()
    assert "mi-9" in [each["name"] for each in found]


def test_check_mode_looks_once(fleet):
    assert "nodes" in nodes(fleet, wait_for={"names": ["nobody"]}, check_mode=True)


def test_missing_cluster_is_an_error_and_in_check_mode_a_warning(fleet):
    assert "nowhere does not exist" in nodes(fleet, cluster_name="nowhere")["msg"]
    checked = nodes(fleet, cluster_name="nowhere", check_mode=True)
    assert (checked["nodes"], "nowhere does not exist" in checked["warnings"][0]) == ([], True)


def test_wait_for_nothing_is_refused(fleet):
    assert "one of the following is required" in nodes(fleet, wait_for={"ready": True})["msg"]
