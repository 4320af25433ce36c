"""Heartbeats and taints of nodes, on a clock of the test's own."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kubernetes import control, nodes
from sandbox.kubernetes.cluster import Cluster, World
from sandbox.kubernetes.fleet import Fleet
from sandbox.kubernetes.names import micro_timestamp, timestamp
from sandbox.kubernetes.tokens import Signer


class Clock:
    now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cluster(clock: Clock) -> Cluster:
    return Fleet(World(clock, "ca", Signer.new())).put("clusters/1/us-east-1/a", "1.33")


def join(cluster: Cluster, clock: Clock, lease: bool = True, **spec: Any) -> None:
    """Make a node that is ready now, with a Lease renewed now."""
    beat = timestamp(clock.now)
    condition = {"type": "Ready", "status": "True", "lastHeartbeatTime": beat, "lastTransitionTime": beat}
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}, "spec": spec, "status": {"conditions": [condition]}}
    metadata = {"name": "n", "namespace": nodes.LEASE_NAMESPACE}
    held = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": {"renewTime": micro_timestamp(clock.now)}}
    control.objects(cluster, {"apply": [node, *([held] if lease else [])]})


def ready(cluster: Cluster) -> str:
    node = cluster.store.get(nodes.NODES, "", "n")
    assert node is not None
    return next(each["status"] for each in node["status"]["conditions"] if each["type"] == "Ready")


def taints(cluster: Cluster) -> list[str]:
    node = cluster.store.get(nodes.NODES, "", "n")
    assert node is not None
    return [f"{taint['key']}:{taint['effect']}" for taint in node["spec"].get("taints", [])]


@pytest.mark.parametrize(
    ("passed", "lease", "expected"),
    [pytest.param(30, True, "True", id="fresh"), pytest.param(41, True, "Unknown", id="late"), pytest.param(4000, False, "True", id="without a Lease")],
)
def test_heartbeats(cluster: Cluster, clock: Clock, passed: float, lease: bool, expected: str) -> None:
    join(cluster, clock, lease)
    clock.now += passed
    nodes.check(cluster)
    assert ready(cluster) == expected


def test_a_lost_node_is_tainted_until_it_comes_back(cluster: Cluster, clock: Clock) -> None:
    join(cluster, clock)
    assert taints(cluster) == []
    clock.now += 60
    nodes.check(cluster)
    assert taints(cluster) == ["node.kubernetes.io/unreachable:NoSchedule", "node.kubernetes.io/unreachable:NoExecute"]
    join(cluster, clock)
    assert taints(cluster) == []


def test_a_cordoned_node_is_tainted(cluster: Cluster, clock: Clock) -> None:
    join(cluster, clock, unschedulable=True)
    assert taints(cluster) == ["node.kubernetes.io/unschedulable:NoSchedule"]


def test_daemon_sets_count_the_nodes_that_they_fit(cluster: Cluster, clock: Clock) -> None:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template}
    agent = {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent", "namespace": "kube-system"}, "spec": spec}
    control.objects(cluster, {"apply": [agent]})
    join(cluster, clock)
    found = cluster.store.get(("apps", "daemonsets"), "kube-system", "agent")
    assert found is not None
    assert (found["status"]["desiredNumberScheduled"], found["status"]["numberReady"]) == (1, 1)
