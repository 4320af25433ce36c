"""The stand-in on real systemd containers, against the whole sandbox: two hosts join, become Ready, are upgraded and leave."""

from __future__ import annotations

import configparser
import json
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from sandbox.hosts.engine import NoEngine, find_engine
from sandbox.hosts.standin.aws import eks_token

pytestmark = pytest.mark.slow
REGION, CLUSTER, HOSTS = "us-east-1", "edge", ("edge-a1", "edge-a2")
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": ["eks.amazonaws.com", "ssm.amazonaws.com"]}, "Action": "sts:AssumeRole"}],
}
CILIUM = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cilium-config", "namespace": "kube-system"}}


@dataclass(frozen=True)
class Fleet:
    """A sandbox with one cluster and its hosts."""

    directory: Path
    state: dict[str, Any]

    def client(self, service: str) -> Any:
        key = self.key()
        session = boto3.Session(aws_access_key_id=key["access"], aws_secret_access_key=key["secret"], region_name=REGION)
        return session.client(service, endpoint_url=self.state["aws"]["url"])

    def key(self) -> dict[str, str]:
        parser = configparser.ConfigParser()
        parser.read(self.directory / "aws/credentials")
        row = parser["sandbox-nonprod"]
        return {"access": row["aws_access_key_id"], "secret": row["aws_secret_access_key"]}

    def kubernetes(self, method: str, path: str, body: Any = None) -> Any:
        """Call the cluster's API as its creator; None when there is nothing."""
        url = self.client("eks").describe_cluster(name=CLUSTER)["cluster"]["endpoint"]
        token, _ = eks_token(REGION, CLUSTER, self.key())
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        request = urllib.request.Request(url + path, data=json.dumps(body).encode() if body else None, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, context=ssl.create_default_context(cafile=self.state["kubernetes"]["ca"]), timeout=10) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise AssertionError(error.read().decode()) from error

    def ssh(self, host: str, command: str, data: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command on a host as the user admin."""
        keys = self.directory / "hosts"
        options = ("-i", str(keys / "id_ed25519"), "-o", f"UserKnownHostsFile={keys / 'known_hosts'}", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes")
        target = f"admin@{self.state['hosts'][host]['address']}"
        return subprocess.run(["ssh", *options, target, command], input=data, capture_output=True, text=True, check=False, timeout=120)

    def nodeadm(self, host: str, words: str) -> dict[str, Any]:
        """Run nodeadm; fail unless it ends with 0; return its last line."""
        done = self.ssh(host, f"sudo nodeadm {words}")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stderr.splitlines()[-1])

    def ready(self, name: str) -> str | None:
        node = self.kubernetes("GET", f"/api/v1/nodes/{name}") or {"status": {}}
        return next((row["status"] for row in node["status"].get("conditions", []) if row["type"] == "Ready"), None)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    directory = tmp_path_factory.mktemp("sandbox") / "state"
    try:
        find_engine(tmp_path_factory.mktemp("engine"))
    except NoEngine as error:
        pytest.skip(str(error))
    sandbox = (sys.executable, "-m", "sandbox")
    up = subprocess.run([*sandbox, "up", "--state", str(directory), "--delay", "0"], capture_output=True, text=True, check=False, timeout=300)
    assert up.returncode == 0, up.stderr
    try:
        yield Fleet(directory, json.loads((directory / "state.json").read_text()))
    finally:
        subprocess.run([*sandbox, "down", "--state", str(directory)], check=True, capture_output=True, timeout=120)


@pytest.fixture(scope="module")
def activation(fleet: Fleet) -> dict[str, str]:
    """Make the cluster, its access entry and one activation for both hosts."""
    role = fleet.client("iam").create_role(RoleName="hybrid", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    eks, subnets = fleet.client("eks"), fleet.state["foundation"]["111122223333"][REGION]["subnet_ids"]
    networks = {"remoteNodeNetworks": [{"cidrs": [fleet.state["network"]["subnet"]]}]}
    access = {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": True}
    eks.create_cluster(
        name=CLUSTER, version="1.35", roleArn=role, resourcesVpcConfig={"subnetIds": subnets[:2]}, accessConfig=access, remoteNetworkConfig=networks
    )
    eks.get_waiter("cluster_active").wait(name=CLUSTER, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    eks.create_access_entry(clusterName=CLUSTER, principalArn=role, type="HYBRID_LINUX")
    made = fleet.client("ssm").create_activation(IamRole="hybrid", RegistrationLimit=len(HOSTS))
    return {"activationCode": made["ActivationCode"], "activationId": made["ActivationId"]}


def until(check: Callable[[], bool], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.5)


def instance(fleet: Fleet, host: str) -> str:
    return json.loads(fleet.ssh(host, "sudo cat /var/lib/amazon/ssm/registration").stdout)["ManagedInstanceID"]


def test_hosts_are_machines_of_their_own(fleet: Fleet) -> None:
    said = {
        host: fleet.ssh(host, "cat /etc/machine-id; hostname; sudo env | grep AWS_ENDPOINT_URL; systemctl is-system-running").stdout.split() for host in HOSTS
    }
    assert len({words[0] for words in said.values()}) == len(HOSTS)
    port = fleet.state["aws"]["url"].rpartition(":")[2]
    for host, words in said.items():
        assert words[1:] == [host, f"AWS_ENDPOINT_URL=http://{fleet.state['network']['gateway']}:{port}", "running"]
    assert fleet.ssh(HOSTS[0], f"getent hosts {HOSTS[1]}").stdout.split()[0] == fleet.state["hosts"][HOSTS[1]]["address"]


def test_hosts_join_and_leave(fleet: Fleet, activation: dict[str, str]) -> None:
    spec = {"cluster": {"name": CLUSTER, "region": REGION}, "hybrid": {"ssm": activation}}
    config = json.dumps({"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": spec})
    fetch = "import sys, urllib.request as u; open('/usr/local/bin/nodeadm', 'wb').write(u.urlopen(sys.argv[1]).read())"
    url = f"{fleet.state['artifacts']['url']}/releases/v1.0.20/bin/linux/amd64/nodeadm"
    _take_the_cni_away(fleet)
    for host in HOSTS:
        assert fleet.ssh(host, f'sudo python3 -c "{fetch}" {url} && sudo chmod 755 /usr/local/bin/nodeadm').returncode == 0
        fleet.ssh(host, "sudo tee /root/nc.yaml", config)
        fleet.nodeadm(host, f"install 1.35 -p ssm -r {REGION}")
        fleet.nodeadm(host, "init -c file:///root/nc.yaml")
    names = {host: instance(fleet, host) for host in HOSTS}
    until(lambda: [fleet.ready(name) for name in names.values()] == ["False"] * len(HOSTS))
    fleet.kubernetes("POST", "/api/v1/namespaces/kube-system/configmaps", CILIUM)
    until(lambda: [fleet.ready(name) for name in names.values()] == ["True"] * len(HOSTS))
    listed = fleet.client("ssm").describe_instance_information()["InstanceInformationList"]
    assert {row["InstanceId"]: row["PingStatus"] for row in listed} == dict.fromkeys(names.values(), "Online")
    _upgrade(fleet, HOSTS[0], names[HOSTS[0]])
    _leave(fleet, HOSTS[0], names[HOSTS[0]])


def _take_the_cni_away(fleet: Fleet) -> None:
    """Remove the Cilium that the simulator gives to clusters with remote networks: a node without a CNI is not Ready."""
    for path in ("/apis/apps/v1/namespaces/kube-system/daemonsets/cilium", "/api/v1/namespaces/kube-system/configmaps/cilium-config"):
        until(lambda path=path: fleet.kubernetes("GET", path) is not None)  # type: ignore[misc]
        fleet.kubernetes("DELETE", path)


def _upgrade(fleet: Fleet, host: str, name: str) -> None:
    refused = fleet.ssh(host, "sudo nodeadm upgrade 1.36 -c file:///root/nc.yaml")
    assert "node is schedulable" in refused.stderr
    fleet.nodeadm(host, "upgrade 1.36 -c file:///root/nc.yaml -s node-validation")
    until(lambda: fleet.kubernetes("GET", f"/api/v1/nodes/{name}")["status"]["nodeInfo"]["kubeletVersion"].startswith("v1.36"))


def _leave(fleet: Fleet, host: str, name: str) -> None:
    """The Node object outlives the host's departure, the managed instance does not."""
    fleet.nodeadm(host, "uninstall -s pod-validation,node-validation")
    assert fleet.kubernetes("GET", f"/api/v1/nodes/{name}") is not None
    listed = fleet.client("ssm").describe_instance_information()["InstanceInformationList"]
    assert name not in {row["InstanceId"] for row in listed}
    assert fleet.ssh(host, "systemctl is-active kubelet").stdout.strip() != "active"
    assert fleet.nodeadm(host, "uninstall")["msg"] == "Nodeadm components are already uninstalled"
