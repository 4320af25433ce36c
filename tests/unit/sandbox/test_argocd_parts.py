"""What surrounds a real Argo CD: the doors to AWS that its pods would have, its Git repository, its processes' end."""

from __future__ import annotations

import base64
import json
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from sandbox.argocd import identity, install
from sandbox.argocd.repository import Repository
from sandbox.argocd.running import Processes
from sandbox.aws import testing
from sandbox.state import ROOT, SandboxError

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"}, "Action": ["sts:AssumeRole", "sts:TagSession"]}],
}
NAME = "argocd-application-controller"


def token(subject: str) -> str:
    """Return what a ServiceAccount's token looks like to whoever does not check its signature."""
    claims = base64.urlsafe_b64encode(json.dumps({"sub": subject}).encode()).decode().rstrip("=")
    return f"e30.{claims}.signature"


@pytest.fixture
def hub() -> Iterator[testing.Running]:
    """A simulated AWS with a cluster whose service account argocd/argocd-application-controller has a role."""
    with testing.start(delay=0) as aws:
        role = aws.client("iam").create_role(RoleName="hub-argocd", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        subnets = [each["SubnetId"] for each in aws.client("ec2").describe_subnets()["Subnets"]][:2]
        eks = aws.client("eks")
        eks.create_cluster(name="hub", roleArn=role, resourcesVpcConfig={"subnetIds": subnets})
        eks.describe_cluster(name="hub")
        eks.create_pod_identity_association(clusterName="hub", namespace="argocd", serviceAccount=NAME, roleArn=role)
        yield aws


@pytest.fixture
def environment(hub: testing.Running, tmp_path: Path) -> Iterator[dict[str, str]]:
    pods = identity.PodIdentity("hub", hub.client("eks"), hub.client("sts"))
    with identity.doors(tmp_path / "doors", pods, hub.url, "us-east-1", tmp_path / "token") as found:
        yield found


def credentials(environment: dict[str, str], subject: str) -> dict[str, str]:
    request = urllib.request.Request(environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"], headers={"Authorization": token(subject)})
    with urllib.request.urlopen(request) as answer:
        found: dict[str, str] = json.load(answer)
        return found


def test_a_pod_gets_the_role_of_its_service_account_and_reaches_sts_by_its_own_name(environment: dict[str, str]) -> None:
    keys = credentials(environment, f"system:serviceaccount:argocd:{NAME}")
    assert keys["AccountId"] == testing.ACCOUNT
    session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["Token"], region_name="us-east-1")
    config = Config(proxies={"https": environment["HTTPS_PROXY"]}, retries={"total_max_attempts": 1})
    sts = session.client("sts", endpoint_url="https://sts.us-east-1.amazonaws.com", verify=environment["AWS_CA_BUNDLE"], config=config)
    assert sts.get_caller_identity()["Arn"] == f"arn:aws:sts::{testing.ACCOUNT}:assumed-role/hub-argocd/eks-hub-{NAME}"


def test_a_pod_without_an_association_gets_nothing(environment: dict[str, str]) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        credentials(environment, "system:serviceaccount:argocd:argocd-repo-server")


def test_the_door_to_sts_leads_nowhere_else(environment: dict[str, str]) -> None:
    proxy = urllib.request.ProxyHandler({"https": environment["HTTPS_PROXY"]})
    secure = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=environment["AWS_CA_BUNDLE"]))
    with pytest.raises(urllib.error.URLError, match="403"):
        urllib.request.build_opener(proxy, secure).open("https://iam.amazonaws.com/", timeout=10)


def test_missing_crds_are_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(install.CRDS_VARIABLE, str(tmp_path))
    with pytest.raises(SandboxError, match=r"No application-crd\.yaml, .* in .*argo-cd: set FLEETOPS_CRDS to a folder"):
        install.crds_folder()


def test_a_commit_is_what_the_daemon_serves(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    commit = repository.commit({"app/one.yaml": "a: 1\n"}, "one")
    served = subprocess.run(["git", "ls-remote", str(tmp_path / "served" / repository.name), "refs/heads/main"], check=True, capture_output=True, text=True)
    assert served.stdout.split() == [commit, "refs/heads/main"]


def test_a_program_that_does_not_start_says_why_and_those_before_it_end(tmp_path: Path) -> None:
    environment = {"PATH": "/usr/bin:/bin"}
    with Processes(tmp_path) as processes:
        processes.start("first", ["sleep", "60"], environment, lambda: True)
        with pytest.raises(SandboxError, match=r"second ended with exit code 3:\n    why"):
            processes.start("second", ["sh", "-c", "echo why; exit 3"], environment, lambda: False)
    assert [process.returncode for process in processes.started] == [-15, 3]


STARTER = """
import sys, time
from pathlib import Path
from sandbox.argocd.running import Processes
with Processes(Path(sys.argv[1])) as processes:
    processes.start("program", ["sleep", "60"], {"PATH": "/usr/bin:/bin"}, lambda: True)
    print(processes.started[0].pid, flush=True)
    time.sleep(60)
"""


def test_programs_end_with_a_starter_that_is_killed(tmp_path: Path) -> None:
    starter = subprocess.Popen([sys.executable, "-c", STARTER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    program = Path("/proc") / starter.stdout.readline().strip() / "stat"
    assert program.exists()
    starter.kill()
    starter.wait()
    deadline = time.monotonic() + 30
    while is_alive(program) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(program)


def is_alive(stat: Path) -> bool:
    """Tell whether a process runs; one that nobody has collected yet does not."""
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
