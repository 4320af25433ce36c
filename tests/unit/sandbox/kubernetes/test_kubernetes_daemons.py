"""The pods of DaemonSets: one on each node that fits, for as long as node and DaemonSet last."""

from __future__ import annotations

import time
from typing import Any

import pytest
from ansible_collections.kubernetes.core.plugins.modules import k8s_drain
from kubernetes import client

from sandbox.kubernetes import control, daemons
from sandbox.kubernetes.cluster import Cluster, World
from sandbox.kubernetes.fleet import Fleet
from sandbox.kubernetes.tokens import Signer

Object = dict[str, Any]
COMPUTE_TYPE = "eks.amazonaws.com/compute-type"
HYBRID = {COMPUTE_TYPE: "hybrid"}
NODES = "/api/v1/nodes"
PODS = "/api/v1/namespaces/kube-system/pods"


@pytest.fixture
def cluster() -> Cluster:
    return Fleet(World(time.time, "ca", Signer.new())).put("clusters/1/us-east-1/a", "1.33")


def daemon_set(name: str = "agent", image: str = "agent:1", strategy: str = "RollingUpdate", **spec: Any) -> Object:
    labels = {"k8s-app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "agent", "image": image}], **spec}}
    whole = {"selector": {"matchLabels": labels}, "template": template, "updateStrategy": {"type": strategy}}
    return {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": name, "namespace": "kube-system"}, "spec": whole}


def node(name: str = "n", **labels: str) -> Object:
    conditions = [{"type": "Ready", "status": "True"}]
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}, "status": {"conditions": conditions}}


def put(cluster: Cluster, *manifests: Object) -> None:
    control.objects(cluster, {"apply": list(manifests)})


def drop(cluster: Cluster, manifest: Object) -> None:
    control.objects(cluster, {"delete": [manifest]})


def pods(cluster: Cluster) -> list[Object]:
    return cluster.store.rows(daemons.PODS)


def status(cluster: Cluster, name: str = "agent") -> Object:
    found = cluster.store.get(daemons.DAEMON_SETS, "kube-system", name)
    assert found is not None
    counted: Object = found["status"]
    return counted


def test_a_pod_is_its_daemon_sets_and_runs_on_its_node(cluster: Cluster) -> None:
    put(cluster, daemon_set(), node())
    (pod,) = pods(cluster)
    owner = cluster.store.get(daemons.DAEMON_SETS, "kube-system", "agent")
    assert owner is not None
    (reference,) = pod["metadata"]["ownerReferences"]
    assert (reference["kind"], reference["uid"], reference["controller"]) == ("DaemonSet", owner["metadata"]["uid"], True)
    assert (pod["spec"]["nodeName"], pod["metadata"]["labels"]["k8s-app"], pod["status"]["phase"]) == ("n", "agent", "Running")
    assert pod["metadata"]["name"].startswith("agent-")
    assert {each["type"]: each["status"] for each in pod["status"]["conditions"]}["Ready"] == "True"


@pytest.mark.parametrize("first", [pytest.param(0, id="the node"), pytest.param(1, id="the DaemonSet")])
def test_counts_follow_the_nodes_whichever_comes_first(cluster: Cluster, first: int) -> None:
    manifests = [node("a"), daemon_set(), node("b")]
    put(cluster, *manifests[first:], *manifests[:first])
    counts = ("desiredNumberScheduled", "currentNumberScheduled", "updatedNumberScheduled", "numberReady", "numberAvailable")
    assert [status(cluster)[key] for key in counts] == [2] * 5
    drop(cluster, node("a"))
    assert [status(cluster)[key] for key in counts] == [1] * 5
    assert [pod["spec"]["nodeName"] for pod in pods(cluster)] == ["b"]


def test_pods_go_with_their_daemon_set(cluster: Cluster) -> None:
    put(cluster, daemon_set(), node("a"), node("b"))
    drop(cluster, daemon_set())
    assert pods(cluster) == []


def test_pods_go_with_their_namespace(cluster: Cluster) -> None:
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "cni"}}
    put(cluster, space, node(), {**daemon_set(), "metadata": {"name": "agent", "namespace": "cni"}})
    assert len(pods(cluster)) == 1
    drop(cluster, space)
    assert (pods(cluster), cluster.store.get(("", "namespaces"), "", "cni")) == ([], None)


def affinity(*terms: Object) -> Object:
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": list(terms)}}}


def expression(operator: str, *values: str, key: str = COMPUTE_TYPE) -> Object:
    return {"key": key, "operator": operator, **({"values": list(values)} if values else {})}


@pytest.mark.parametrize(
    ("spec", "labels", "count"),
    [
        pytest.param({}, HYBRID, 1, id="says nothing"),
        pytest.param({"nodeSelector": HYBRID}, HYBRID, 1, id="selects its nodes"),
        pytest.param({"nodeSelector": HYBRID}, {}, 0, id="selects other nodes"),
        pytest.param({"affinity": affinity({"matchExpressions": [expression("In", "hybrid")]})}, HYBRID, 1, id="likes this type"),
        pytest.param({"affinity": affinity({"matchExpressions": [expression("NotIn", "hybrid")]})}, HYBRID, 0, id="avoids this type"),
        pytest.param({"affinity": affinity({"matchExpressions": [expression("NotIn", "hybrid")]})}, {}, 1, id="avoids a type that is not said"),
        pytest.param({"affinity": affinity({"matchExpressions": [expression("Gt", "3", key="size")]})}, {"size": "4"}, 1, id="wants it larger"),
        pytest.param({"affinity": affinity({"matchFields": [expression("In", "n", key="metadata.name")]})}, {}, 1, id="names the node"),
        pytest.param({"affinity": affinity({})}, {}, 0, id="an empty term fits nothing"),
        pytest.param(
            {"affinity": affinity({"matchExpressions": [expression("Exists", key="x")]}, {"matchExpressions": [expression("Exists")]})}, HYBRID, 1, id="or"
        ),
        pytest.param({"affinity": {"podAffinity": {}}}, {}, 1, id="affinity of another sort"),
    ],
)
def test_selector_and_affinity_choose_the_nodes(cluster: Cluster, spec: Object, labels: dict[str, str], count: int) -> None:
    put(cluster, daemon_set(**spec), node(**labels))
    assert (len(pods(cluster)), status(cluster)["desiredNumberScheduled"]) == (count, count)


def test_the_vpc_cni_never_runs_on_hybrid_nodes(cluster: Cluster) -> None:
    put(cluster, daemon_set("aws-node"), daemon_set("cilium"), node("cloud"), node("edge", **HYBRID))
    assert sorted((pod["metadata"]["labels"]["k8s-app"], pod["spec"]["nodeName"]) for pod in pods(cluster)) == [
        ("aws-node", "cloud"),
        ("cilium", "cloud"),
        ("cilium", "edge"),
    ]


def test_a_node_that_changes_its_labels_loses_the_pod(cluster: Cluster) -> None:
    put(cluster, daemon_set(nodeSelector=HYBRID), node(**HYBRID))
    put(cluster, node())
    assert (pods(cluster), status(cluster)["desiredNumberScheduled"]) == ([], 0)


@pytest.mark.parametrize(("strategy", "image", "updated"), [("RollingUpdate", "agent:2", 1), ("OnDelete", "agent:1", 0)])
def test_a_new_template_reaches_the_pods_where_updates_roll(cluster: Cluster, strategy: str, image: str, updated: int) -> None:
    put(cluster, daemon_set(strategy=strategy), node())
    put(cluster, daemon_set(strategy=strategy, image="agent:2"))
    (pod,) = pods(cluster)
    assert (pod["spec"]["containers"][0]["image"], status(cluster).get("updatedNumberScheduled", 0)) == (image, updated)


def test_heartbeats_and_repeated_orders_write_no_pods(cluster: Cluster) -> None:
    put(cluster, daemon_set(), node())
    before = pods(cluster), status(cluster)
    put(cluster, daemon_set(), node() | {"status": {"conditions": [{"type": "Ready", "status": "False"}]}})
    assert (pods(cluster), status(cluster)) == before


def test_nothing_happens_without_nodes(cluster: Cluster) -> None:
    version = cluster.store.version
    put(cluster, daemon_set())
    assert (pods(cluster), cluster.store.version - version) == ([], 2)


def arranged(api: Any, *manifests: Object) -> str:
    """Put a DaemonSet, a node and more into the cluster; returns the name of the DaemonSet's pod."""
    api.running.objects(api.path, apply=[daemon_set(), node(), *manifests])
    name: str = api.get(f"{PODS}?labelSelector=k8s-app%3Dagent")[1]["items"][0]["metadata"]["name"]
    return name


@pytest.mark.parametrize("how", ["delete", "evict"])
def test_a_lost_pod_is_replaced(api: Any, how: str) -> None:
    name = arranged(api)
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": "kube-system"}}
    code = api.delete(f"{PODS}/{name}")[0] if how == "delete" else api.post(f"{PODS}/{name}/eviction", eviction)[0]
    assert code in (200, 201)
    (pod,) = api.get(PODS)[1]["items"]
    assert (pod["metadata"]["name"] != name, pod["spec"]["nodeName"]) == (True, "n")


def test_an_unready_pod_is_counted(api: Any) -> None:
    name = arranged(api)
    unready = {"status": {"conditions": [{"type": "Ready", "status": "False"}]}}
    assert api.patch("strategic", f"{PODS}/{name}/status", unready)[0] == 200
    counts = api.get("/apis/apps/v1/namespaces/kube-system/daemonsets/agent")[1]["status"]
    assert (counts["numberReady"], counts["numberUnavailable"], counts["currentNumberScheduled"]) == (0, 1, 1)


def test_a_drain_that_ignores_daemon_sets_finds_nothing_to_do(api: Any) -> None:
    name = arranged(api)
    with api.running.client(api.path) as connection:
        found = client.CoreV1Api(connection).list_pod_for_all_namespaces(field_selector="spec.nodeName=n").items
    evicted, warnings, errors, info = k8s_drain.filter_pods(found, False, True, False)
    assert (evicted, warnings, errors, info) == ([], [], [], [f"Ignoring DaemonSet-managed Pods: kube-system/{name}."])
    assert "cannot delete DaemonSet-managed Pods" in k8s_drain.filter_pods(found, False, False, False)[2][0]


def test_a_cordoned_node_keeps_its_pods(api: Any) -> None:
    name = arranged(api)
    assert api.patch("strategic", f"{NODES}/n", {"spec": {"unschedulable": True}})[0] == 200
    assert [pod["metadata"]["name"] for pod in api.get(PODS)[1]["items"]] == [name]


def test_the_controllers_writes_are_no_requests(api: Any) -> None:
    arranged(api)
    assert [entry for entry in api.running.writes() if entry["cluster"] == f"clusters/{api.path}"] == []
