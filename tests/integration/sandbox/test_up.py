"""`python -m sandbox` with its real servers: what `up` makes, what the other commands say of it, and that `down` leaves nothing."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest

from sandbox import launch
from sandbox.foundation import PROFILES, SITES, Site
from tests.integration.sandbox.lab import Lab

NOT_RUNNING = 3
NO_ENGINE = {**os.environ, "PATH": str(Path(sys.executable).parent)}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One sandbox for most tests; hosts were asked for and cannot be had, which must keep nothing else from coming up."""
    made = Lab(tmp_path_factory.mktemp("real") / "sandbox")
    done = made.run("up", "--delay", "0", env=NO_ENGINE)
    assert done.returncode == 0, done.stderr
    yield made
    made.run("down")
    made.assert_no_process()
    assert not made.directory.exists()


@pytest.fixture
def shell(real: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """The sandbox, with its `env` taken over into this process."""
    for line in real.run("env").stdout.splitlines():
        if line.startswith("export "):
            name, _, value = shlex.split(line)[1].partition("=")
            monkeypatch.setenv(name, value)
    return real


def ec2(profile: str, region: str) -> Any:
    return boto3.Session(profile_name=profile).client("ec2", region_name=region)


def vpcs(site: Site) -> dict[str, str]:
    """Return id → CIDR of what a site has beside moto's default VPC."""
    profile = next(profile for profile, account in PROFILES.items() if account == site.account)
    return {vpc["VpcId"]: vpc["CidrBlock"] for vpc in ec2(profile, site.region).describe_vpcs()["Vpcs"] if not vpc["IsDefault"]}


def call(lab: Lab, part: str, method: str, path: str, body: Any = None) -> Any:
    state = lab.state()
    return launch.call(method, state[part]["url"] + path, body=body, ca=state[part].get("ca"), token=state["control_token"])


def test_without_an_engine_one_line_says_why_there_are_no_hosts(real: Lab) -> None:
    state = real.state()
    assert (state["network"], state["hosts"]) == (None, {})
    assert state["hosts_left_out"].startswith("no container engine works here")
    assert "\n" not in state["hosts_left_out"]
    assert f"hosts      none: {state['hosts_left_out']}\n" in real.run("status").stdout


@pytest.mark.parametrize("part", ["aws", "kubernetes"])
def test_parts_answer_where_the_state_says(real: Lab, part: str) -> None:
    assert call(real, part, "GET", "/_sandbox/health") == {"ok": True}


def test_the_simulator_is_as_the_options_say_and_strict(real: Lab) -> None:
    settings = call(real, "aws", "GET", "/_sandbox/settings")
    assert (settings["delay"], settings["strict_references"]) == (0, True)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_is_its_account(shell: Lab, profile: str) -> None:
    assert boto3.Session(profile_name=profile).client("sts", region_name="us-east-1").get_caller_identity()["Account"] == PROFILES[profile]


@pytest.mark.parametrize("site", SITES)
def test_the_foundation_is_there(shell: Lab, site: Site) -> None:
    recorded = shell.state()["foundation"][site.account][site.region]
    assert vpcs(site) == {recorded["vpc_id"]: site.cidr}
    assert recorded["cidr"] == site.cidr
    assert len(recorded["subnet_ids"]) == 3


def test_subnets_are_private_tagged_and_in_three_zones(shell: Lab) -> None:
    ids = shell.state()["foundation"]["111122223333"]["us-east-1"]["subnet_ids"]
    subnets = ec2("sandbox-nonprod", "us-east-1").describe_subnets(SubnetIds=ids)["Subnets"]
    assert len({subnet["AvailabilityZone"] for subnet in subnets}) == 3
    assert not any(subnet["MapPublicIpOnLaunch"] for subnet in subnets)
    tags = [{tag["Key"]: tag["Value"] for tag in subnet["Tags"]} for subnet in subnets]
    assert {tag["kubernetes.io/role/internal-elb"] for tag in tags} == {"1"}
    assert sorted(tag["Name"] for tag in tags) == [f"fleet-us-east-1-private-{zone}" for zone in "abc"]


def test_a_cluster_of_the_simulator_answers_as_a_kubernetes(shell: Lab) -> None:
    """Both servers know each other: the cluster made at one is there at the other, under the sandbox's CA."""
    session = boto3.Session(profile_name="sandbox-nonprod")
    role = session.client("iam").create_role(RoleName="cluster", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    eks = session.client("eks", region_name="us-east-1")
    subnets = shell.state()["foundation"]["111122223333"]["us-east-1"]["subnet_ids"]
    eks.create_cluster(name="first", roleArn=role, resourcesVpcConfig={"subnetIds": subnets})
    cluster = eks.describe_cluster(name="first")["cluster"]
    assert cluster["status"] == "ACTIVE"
    assert launch.call("GET", f"{cluster['endpoint']}/version", ca=str(shell.directory / "ca.crt"))["major"] == "1"


def test_up_again_says_so(real: Lab) -> None:
    pid = real.state()["pid"]
    done = real.run("up", "--delay", "0")
    assert done.returncode == 0
    assert done.stdout.startswith(f"already up in {real.directory}\n")
    assert real.state()["pid"] == pid


def test_up_with_other_options_says_how_to_get_them(real: Lab) -> None:
    done = real.run("up", "--no-hosts", "--delay", "9")
    assert f"started with another hosts and delay: `python -m sandbox down --state {real.directory}`, then `up`, changes that" in done.stdout


def test_status_for_people_and_for_programs(real: Lab) -> None:
    people, programs = real.run("status"), real.run("status", "--json")
    assert (people.returncode, programs.returncode) == (0, 0)
    state = real.state()
    assert f"aws        {state['aws']['url']}\n" in people.stdout
    shown = json.loads(programs.stdout)
    assert (shown["running"], shown["aws"]) == (True, state["aws"])
    assert state["control_token"] not in people.stdout + programs.stdout


def test_logs_of_one_part(real: Lab) -> None:
    assert real.state()["aws"]["url"] in real.run("logs", "aws").stdout
    assert "kubernetes   | ready https://" in real.run("logs").stdout
    wrong = real.run("logs", "azure")
    assert (wrong.returncode, wrong.stderr) == (
        1,
        f"error: No log of azure in {real.directory / 'logs'}: there are aws, foundation, kubernetes, network, supervisor\n",
    )


def test_no_secret_is_in_a_process_list_or_a_log(real: Lab) -> None:
    text = (real.directory / "aws" / "credentials").read_text()
    secrets = [real.state()["control_token"], *(line.split(" = ")[1] for line in text.splitlines() if "secret" in line)]
    lines = [(Path("/proc") / str(pid) / "cmdline").read_text() for pid in real.processes()]
    lines += [path.read_text() for path in (real.directory / "logs").iterdir()]
    assert len(lines) >= 6
    assert [secret for secret in secrets if any(secret in line for line in lines)] == []


def test_reset_is_as_after_up(shell: Lab) -> None:
    site = SITES[0]
    ec2("sandbox-nonprod", site.region).create_vpc(CidrBlock="10.200.0.0/16")
    call(shell, "kubernetes", "PUT", f"/_sandbox/clusters/{site.account}/{site.region}/stray", {"version": "1.33"})
    assert shell.run("reset").returncode == 0
    assert vpcs(site) == {shell.state()["foundation"][site.account][site.region]["vpc_id"]: site.cidr}
    settings = call(shell, "aws", "GET", "/_sandbox/settings")
    assert (settings["delay"], settings["strict_references"]) == (0, True)
    with pytest.raises(launch.SandboxError):
        call(shell, "kubernetes", "GET", f"/clusters/{site.account}/{site.region}/stray/version")


def test_two_at_once_make_one(lab: Lab) -> None:
    with ThreadPoolExecutor() as pool:
        first, second = sorted(pool.map(lambda _: lab.run("up", "--no-hosts"), range(2)), key=lambda done: "already" in done.stdout)
    assert (first.returncode, second.returncode) == (0, 0)
    assert first.stdout.startswith("up after")
    assert second.stdout.startswith("already up")
    assert "hosts      none: not asked for (--no-hosts)" in first.stdout


def test_a_port_in_use_is_one_line_after_what_was_left_is_cleared(lab: Lab) -> None:
    lab.up()
    os.kill(lab.state()["pid"], signal.SIGKILL)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = lab.run("up", "--no-hosts", "--aws-port", str(port))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "... cleared what an earlier sandbox had left (its supervisor was killed, or the machine restarted)",
        f"error: Port {port} for aws cannot be used: Address already in use: name another, or leave the option out",
    ]
    lab.assert_no_process()
