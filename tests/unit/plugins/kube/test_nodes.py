"""Nodes as results, and the wait for them."""

from __future__ import annotations

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._kube.nodes import Awaited, arrived, to_result


def node(name, ready="True", **spec):
    return {
        "metadata": {"name": name, "labels": {"a.example/b": "c"}, "creationTimestamp": "2026-01-01T00:00:00Z"},
        "spec": spec,
        "status": {
            "conditions": [{"type": "Ready", "status": ready, "reason": "KubeletReady" if ready == "True" else "KubeletNotReady"}],
            "addresses": [{"type": "Hostname", "address": "edge-a1"}, {"type": "InternalIP", "address": "192.0.2.11"}],
            "nodeInfo": {
                "kubeletVersion": "v1.33.4",
                "osImage": "Ubuntu",
                "kernelVersion": "6.8",
                "containerRuntimeVersion": "containerd://1",
                "architecture": "amd64",
            },
        },
    }


def test_node_as_a_result():
    assert to_result(node("a", unschedulable=True, providerID="eks-hybrid:///x", taints=[{"key": "k", "effect": "NoSchedule"}])) == {
        "name": "a",
        "ready": True,
        "ready_reason": "KubeletReady",
        "unschedulable": True,
        "kubelet_version": "v1.33.4",
        "os_image": "Ubuntu",
        "kernel_version": "6.8",
        "container_runtime_version": "containerd://1",
        "architecture": "amd64",
        "internal_ip": "192.0.2.11",
        "hostname": "edge-a1",
        "provider_id": "eks-hybrid:///x",
        "labels": {"a.example/b": "c"},
        "taints": [{"key": "k", "value": None, "effect": "NoSchedule"}],
        "created": "2026-01-01T00:00:00Z",
    }


def test_bare_node_has_the_same_keys():
    bare = to_result({"metadata": {"name": "a"}})
    assert bare.keys() == to_result(node("a")).keys()
    assert (bare["ready"], bare["ready_reason"], bare["internal_ip"]) == (False, "no condition Ready", None)


NODES = [to_result(node("a")), to_result(node("b", ready="False"))]


@pytest.mark.parametrize(
    ("awaited", "kind", "words"),
    [
        (Awaited(names=("a",)), "done", ""),
        (Awaited(names=("a", "b")), "pending", "b not Ready (KubeletNotReady)"),
        (Awaited(names=("a", "c")), "pending", "c not registered"),
        (Awaited(names=("b",), ready=None), "done", ""),
        (Awaited(names=("b",), ready=False), "done", ""),
        (Awaited(names=("a",), ready=False), "pending", "a still Ready"),
        (Awaited(count=1), "done", ""),
        (Awaited(count=2), "pending", "1 of 2 nodes (b not Ready (KubeletNotReady))"),
        (Awaited(count=2, ready=None), "done", ""),
        (Awaited(count=0), "done", ""),
        (Awaited(names=("a",), count=2), "pending", "1 of 2 nodes (b not Ready (KubeletNotReady))"),
    ],
)
def test_arrival(awaited, kind, words):
    verdict = arrived(awaited, NODES)
    assert (verdict.kind, verdict.reason) == (kind, words)


def test_wait_that_ends_without_them_tells_the_nodes():
    assert arrived(Awaited(count=5), NODES).facts["nodes"] == NODES
