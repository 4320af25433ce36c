"""site.yml on real API servers: the main job with its hosts, its second run, and what EKS decides about who may do what."""

from __future__ import annotations

import base64
import configparser
import itertools
import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.signers import RequestSigner

from tests.support.running import mentions

from .conftest import Fleet
from .test_site import converged, explain, nothing_twice

LONGEST = 60.0


class Kubectl:
    """kubectl as an IAM identity, against a cluster that DescribeCluster tells about."""

    def __init__(self, fleet: Fleet, cluster: str, scratch: Path, **credentials: str) -> None:
        self._session = boto3.Session(region_name="us-east-1", **(credentials or keys(fleet)))
        self._lives = itertools.count(60)
        found = self.aws("eks", fleet).describe_cluster(name=cluster)["cluster"]
        (scratch / "ca.crt").write_bytes(base64.b64decode(found["certificateAuthority"]["data"]))
        self.cluster, self.endpoint, self._ca = cluster, found["endpoint"], scratch / "ca.crt"

    def aws(self, service: str, fleet: Fleet) -> Any:
        return self._session.client(service, endpoint_url=fleet.state["aws"]["url"])

    def token(self) -> str:
        """Return a token as `aws eks get-token` makes it, another one each time: API servers keep what they know of a token for ten seconds."""
        sts = self._session.client("sts")
        signer = RequestSigner(sts.meta.service_model.service_id, "us-east-1", "sts", "v4", self._session.get_credentials(), sts.meta.events)
        url = "https://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15"
        request = {"method": "GET", "url": url, "body": {}, "headers": {"x-k8s-aws-id": self.cluster}, "context": {}}
        signed = signer.generate_presigned_url(request, region_name="us-east-1", expires_in=next(self._lives), operation_name="")
        return "k8s-aws-v1." + base64.urlsafe_b64encode(signed.encode()).decode().rstrip("=")

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        place = ["--server", self.endpoint, "--certificate-authority", str(self._ca), "--token", self.token()]
        return subprocess.run(["kubectl", *place, *words], capture_output=True, text=True, check=False)


def keys(fleet: Fleet, profile: str = "sandbox-nonprod") -> dict[str, str]:
    """Return the keys of a profile."""
    parser = configparser.ConfigParser()
    parser.read(fleet.directory / "aws" / "credentials")
    return {name: parser[profile][name] for name in ("aws_access_key_id", "aws_secret_access_key")}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A sandbox with real API servers, and with hosts where an engine works."""
    fleet = Fleet(tmp_path_factory.mktemp("real") / "sandbox", tmp_path_factory.mktemp("scratch"))
    done = fleet.sandbox("up", "--kubernetes", "real", "--delay", "0.5")
    assert done.returncode == 0, done.stdout + done.stderr
    try:
        yield fleet
    finally:
        fleet.sandbox("down")
    assert [line for line in mentions(str(fleet.directory)) if "kube-apiserver" in line or "etcd" in line] == []


@pytest.fixture(scope="module")
def kubectl(real: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Kubectl:
    return Kubectl(real, "dev-use1", tmp_path_factory.mktemp("kubectl"))


def test_the_fleet_converges_on_real_api_servers(real: Fleet) -> None:
    result = real.run()
    assert result.code == 0, explain(result)
    converged(real)
    nothing_twice(real)


def test_the_hosts_are_nodes_of_a_real_api_server(real: Fleet, tmp_path: Path) -> None:
    if not real.hosts:
        pytest.skip(real.state["hosts_left_out"])
    kubectl = Kubectl(real, "prod-use1", tmp_path, **keys(real, "sandbox-prod"))
    joined = hybrid_nodes(kubectl)
    assert sorted(joined.values()) == ["True"] * len(real.hosts)
    assert all(name.startswith("mi-") for name in joined)


def test_a_second_run_changes_nothing(real: Fleet) -> None:
    result = real.run()
    assert result.code == 0, explain(result)
    assert result.changed() == {}, explain(result)
    converged(real)


def hybrid_nodes(kubectl: Kubectl) -> dict[str, str]:
    """Return {node: its condition Ready} of the nodes that are no machines of AWS."""
    nodes = json.loads(kubectl("get", "nodes", "-l", "eks.amazonaws.com/compute-type=hybrid", "-o", "json").stdout)["items"]
    return {node["metadata"]["name"]: each["status"] for node in nodes for each in node["status"]["conditions"] if each["type"] == "Ready"}


def test_the_server_says_its_own_version_and_not_the_declared_one(kubectl: Kubectl) -> None:
    assert json.loads(kubectl("get", "--raw", "/version").stdout)["gitVersion"] == "v1.36.3"


def test_nodes_and_workloads_are_what_the_embedded_controllers_make_of_them(kubectl: Kubectl) -> None:
    nodes = json.loads(kubectl("get", "nodes", "-o", "json").stdout)["items"]
    assert nodes
    assert all(condition["status"] == "True" for node in nodes for condition in node["status"]["conditions"] if condition["type"] == "Ready")
    pods = json.loads(kubectl("get", "pods", "-n", "kube-system", "-o", "json").stdout)["items"]
    placed = [pod["spec"]["nodeName"] for pod in pods if pod["metadata"]["labels"].get("app.kubernetes.io/name") == "aws-node"]
    assert sorted(placed) == sorted(node["metadata"]["name"] for node in nodes)


def test_a_namespace_gets_its_defaults_and_ends_with_all_it_holds(kubectl: Kubectl) -> None:
    assert kubectl("create", "namespace", "passing").returncode == 0
    wait_for(lambda: kubectl("get", "serviceaccount/default", "configmap/kube-root-ca.crt", "-n", "passing").returncode == 0)
    assert kubectl("create", "configmap", "mine", "-n", "passing").returncode == 0
    done = kubectl("delete", "namespace", "passing", "--timeout=60s")
    assert done.returncode == 0, done.stderr
    assert "not found" in kubectl("get", "namespace", "passing").stderr


def test_an_access_policy_grants_what_it_says_and_its_end_takes_it_away(real: Fleet, kubectl: Kubectl) -> None:
    eks = kubectl.aws("eks", real)
    principal = kubectl.aws("sts", real).get_caller_identity()["Arn"]
    policy = "arn:aws:eks::aws:cluster-access-policy/"
    place = {"clusterName": "dev-use1", "principalArn": principal}
    eks.disassociate_access_policy(**place, policyArn=f"{policy}AmazonEKSClusterAdminPolicy")
    try:
        refused = kubectl("get", "secrets", "-n", "default")
        assert f'secrets is forbidden: User "{principal}" cannot list resource "secrets" in API group "" in the namespace "default"' in refused.stderr
        eks.associate_access_policy(**place, policyArn=f"{policy}AmazonEKSEditPolicy", accessScope={"type": "namespace", "namespaces": ["default"]})
        assert kubectl("get", "secrets", "-n", "default").returncode == 0
        assert "Forbidden" in kubectl("get", "secrets", "-n", "kube-system").stderr
        eks.disassociate_access_policy(**place, policyArn=f"{policy}AmazonEKSEditPolicy")
    finally:
        eks.associate_access_policy(**place, policyArn=f"{policy}AmazonEKSClusterAdminPolicy", accessScope={"type": "cluster"})
    assert kubectl("get", "secrets", "-n", "kube-system").returncode == 0


def test_a_token_for_another_cluster_is_refused(real: Fleet, kubectl: Kubectl, tmp_path: Path) -> None:
    """A session's secret is known to the simulator, which can then tell for which cluster a token was signed."""
    role = {"RoleArn": "arn:aws:iam::111122223333:role/platform-admin", "RoleSessionName": "test"}
    given = kubectl.aws("sts", real).assume_role(**role)["Credentials"]
    session = {"aws_access_key_id": given["AccessKeyId"], "aws_secret_access_key": given["SecretAccessKey"], "aws_session_token": given["SessionToken"]}
    other = Kubectl(real, "dev-use1", tmp_path, **session)
    assert other("get", "namespaces").returncode == 0
    other.cluster = "staging-use1"
    assert "Unauthorized" in other("get", "namespaces").stderr


def test_a_host_leaves_a_real_api_server_and_joins_again(real: Fleet, tmp_path: Path) -> None:
    """Last, because it changes the fleet: what runs on the host moves, the Node and the managed instance go, and who joins again is another instance."""
    if not real.hosts:
        pytest.skip(real.state["hosts_left_out"])
    kubectl, leaver = Kubectl(real, "prod-use1", tmp_path, **keys(real, "sandbox-prod")), real.hosts[0]
    before = hybrid_nodes(kubectl)
    for node in before:
        occupy(kubectl, node, tmp_path)
    assert sorted(places(kubectl)) == sorted(before)

    left = real.run("--limit", leaver, "-e", "confirm=yes", playbook="playbooks/remove_node.yml")
    assert left.code == 0, explain(left)
    (gone,) = before.keys() - hybrid_nodes(kubectl)
    assert places(kubectl) == [node for node in before if node != gone]
    assert managed(real) == [host for host in real.hosts if host != leaver]
    again = real.run("--limit", leaver, "-e", "confirm=yes", playbook="playbooks/remove_node.yml")
    assert (again.code, again.changed()) == (0, {}), explain(again)

    joined = real.run("--limit", leaver, playbook="playbooks/add_node.yml")
    assert joined.code == 0, explain(joined)
    assert sorted(hybrid_nodes(kubectl).values()) == ["True"] * len(before)
    assert gone not in hybrid_nodes(kubectl)
    nothing_twice(real)


def occupy(kubectl: Kubectl, node: str, scratch: Path) -> None:
    """Put a pod of a ReplicaSet on a node, as its controller and the scheduler would."""
    path = scratch / f"{node}.json"
    spec = {"nodeName": node, "containers": [{"name": "main", "image": "registry.k8s.io/pause:3.10"}], "volumes": [{"name": "scratch", "emptyDir": {}}]}
    template = {"metadata": {"labels": {"app": node}}, "spec": spec}
    declared = {"selector": {"matchLabels": {"app": node}}, "replicas": 1, "template": template}
    path.write_text(json.dumps({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": node}, "spec": declared}), encoding="utf-8")
    made = kubectl("create", "-f", str(path), "-o", "json")
    assert made.returncode == 0, made.stderr
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": node, "uid": json.loads(made.stdout)["metadata"]["uid"], "controller": True}
    metadata = {"name": node, "labels": {"app": node, "moves": "yes"}, "ownerReferences": [owner]}
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}), encoding="utf-8")
    made = kubectl("create", "-f", str(path))
    assert made.returncode == 0, made.stderr


def places(kubectl: Kubectl) -> list[str]:
    """Return the nodes of the pods that move."""
    return [pod["spec"]["nodeName"] for pod in json.loads(kubectl("get", "pods", "-l", "moves=yes", "-o", "json").stdout)["items"]]


def managed(fleet: Fleet) -> list[str]:
    """Return the names of the hosts that are managed instances of Systems Manager, in order."""
    accounts = fleet.control("GET", "export")["accounts"].values()
    return sorted(each["ComputerName"] for account in accounts for place in account.values() for each in place.get("managed_instances", []))


def wait_for(holds: Any) -> None:
    deadline = time.monotonic() + LONGEST
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.2)
