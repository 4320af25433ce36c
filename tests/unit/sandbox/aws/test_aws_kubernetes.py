"""What the simulator tells a Kubernetes API that stands behind the clusters, held against a recording stand-in."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from sandbox.aws.testing import Running, start

PLACE = "/_sandbox/clusters/111122223333/us-east-1/edge"
ROLE = "arn:aws:iam::111122223333:role/node"
PATIENCE = 5


@dataclass
class Recorder:
    """The requests received; `arrived` wakes who waits for the next."""

    requests: list[tuple[str, str, Any, str]] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def add(self, *request: Any) -> None:
        with self.arrived:
            self.requests.append(request)  # type: ignore[arg-type]
            self.arrived.notify_all()

    def calls(self) -> list[tuple[str, str]]:
        return [(method, path) for method, path, _, _ in self.requests]

    def objects(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Return the objects there are after all that was applied and deleted."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for _, path, body, _ in self.requests:
            if path.endswith("/objects"):
                found.update({(each["kind"], each["metadata"]["name"]): each for each in body["apply"]})
                for each in body["delete"]:
                    found.pop((each["kind"], each["metadata"]["name"]), None)
        return found


@pytest.fixture
def recorder() -> Iterator[tuple[Recorder, str]]:
    record = Recorder()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            record.add(self.command, self.path, json.loads(body or b"null"), self.headers["Authorization"])
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_PUT = do_POST = do_DELETE = _answer

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield record, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def wired(recorder: tuple[Recorder, str], tmp_path: Path) -> Iterator[tuple[Running, Recorder, str]]:
    ca = tmp_path / "ca.crt"
    ca.write_text("-----BEGIN CERTIFICATE-----\n")
    record, url = recorder
    with start(kubernetes=(url, ca, "control-token")) as running:
        yield running, record, url


def create(aws: Running, **more: Any) -> None:
    subnets = {"subnetIds": ["subnet-1", "subnet-2"]}
    access = {"authenticationMode": "API"}
    aws.client("eks").create_cluster(name="edge", version="1.33", roleArn=ROLE, resourcesVpcConfig=subnets, accessConfig=access, **more)


def test_a_cluster_is_put_when_its_creation_starts_and_its_endpoint_is_the_callers_host(wired: tuple[Running, Recorder, str]) -> None:
    aws, record, url = wired
    create(aws)
    assert record.requests[0] == ("PUT", PLACE, {"version": "1.33"}, "Bearer control-token")
    found = aws.client("eks").describe_cluster(name="edge")["cluster"]
    assert found["endpoint"] == f"https://127.0.0.1:{url.rpartition(':')[2]}/clusters/111122223333/us-east-1/edge"
    assert found["certificateAuthority"]["data"]


def test_transitions_happen_on_time_without_a_look(wired: tuple[Running, Recorder, str]) -> None:
    aws, record, _ = wired
    create(aws)
    with record.arrived:
        assert record.arrived.wait_for(lambda: ("POST", PLACE + "/objects") in record.calls(), timeout=PATIENCE)
    assert {("DaemonSet", "aws-node"), ("DaemonSet", "kube-proxy"), ("Deployment", "coredns")} == set(record.objects())


def test_an_upgrade_changes_the_version_there_and_delete_removes_the_cluster(wired: tuple[Running, Recorder, str]) -> None:
    aws, record, _ = wired
    create(aws)
    eks = aws.client("eks")
    eks.describe_cluster(name="edge")
    eks.update_cluster_version(name="edge", version="1.34")
    eks.describe_cluster(name="edge")
    assert ("PUT", PLACE, {"version": "1.34"}, "Bearer control-token") in record.requests
    eks.delete_cluster(name="edge")
    eks.list_clusters()
    assert record.calls()[-1] == ("DELETE", PLACE)


def test_nodes_come_scale_and_go(wired: tuple[Running, Recorder, str]) -> None:
    aws, record, _ = wired
    create(aws, bootstrapSelfManagedAddons=False)
    eks, key = aws.client("eks"), {"clusterName": "edge", "nodegroupName": "workers"}
    eks.describe_cluster(name="edge")
    eks.create_nodegroup(**key, subnets=["subnet-1"], nodeRole=ROLE, labels={"team": "a"}, scalingConfig={"minSize": 0, "maxSize": 3, "desiredSize": 3})
    eks.describe_nodegroup(**key)
    nodes = [each for (kind, _), each in record.objects().items() if kind == "Node"]
    assert len(nodes) == 3
    labels = nodes[0]["metadata"]["labels"]
    assert (labels["eks.amazonaws.com/nodegroup"], labels["team"], labels["node.kubernetes.io/instance-type"]) == ("workers", "a", "t3.medium")
    assert nodes[0]["status"]["nodeInfo"]["kubeletVersion"].startswith("v1.33.")
    assert nodes[0]["status"]["conditions"][0]["status"] == "True"
    eks.update_nodegroup_config(**key, scalingConfig={"desiredSize": 1})
    eks.describe_nodegroup(**key)
    assert len(record.objects()) == 1
    eks.delete_nodegroup(**key)
    eks.list_nodegroups(clusterName="edge")
    assert record.objects() == {}


def test_addons_have_workloads_which_preserve_keeps(wired: tuple[Running, Recorder, str]) -> None:
    aws, record, _ = wired
    create(aws, bootstrapSelfManagedAddons=False)
    eks = aws.client("eks")
    eks.describe_cluster(name="edge")
    for name in ("kube-proxy", "external-dns"):
        eks.create_addon(clusterName="edge", addonName=name)
    eks.list_addons(clusterName="edge")
    found = record.objects()
    assert found["DaemonSet", "kube-proxy"]["metadata"]["namespace"] == "kube-system"
    assert found["Deployment", "external-dns"]["metadata"]["namespace"] == "external-dns"
    assert found["Deployment", "external-dns"]["status"]["readyReplicas"] == 0
    assert ("Namespace", "external-dns") in found
    eks.delete_addon(clusterName="edge", addonName="kube-proxy", preserve=True)
    eks.delete_addon(clusterName="edge", addonName="external-dns")
    eks.list_addons(clusterName="edge")
    assert set(record.objects()) == {("DaemonSet", "kube-proxy"), ("Namespace", "external-dns")}


def test_a_cluster_for_hybrid_nodes_has_a_cni(wired: tuple[Running, Recorder, str]) -> None:
    aws, record, _ = wired
    create(aws, bootstrapSelfManagedAddons=False, remoteNetworkConfig={"remoteNodeNetworks": [{"cidrs": ["192.168.0.0/20"]}]})
    aws.client("eks").describe_cluster(name="edge")
    assert record.objects()["DaemonSet", "cilium"]["status"]["numberReady"] == 2


def test_reset_removes_the_clusters_there_too(wired: tuple[Running, Recorder, str]) -> None:
    aws, record, _ = wired
    create(aws)
    aws.reset()
    assert record.calls()[-1] == ("DELETE", PLACE)


def test_a_kubernetes_api_that_does_not_answer_stops_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ca = tmp_path / "ca.crt"
    ca.write_text("")
    with start(kubernetes=("http://127.0.0.1:9", ca, "t")) as aws:
        create(aws)
        assert aws.client("eks").describe_cluster(name="edge")["cluster"]["status"] == "ACTIVE"
    assert "the Kubernetes API was not told put_cluster" in capsys.readouterr().err
