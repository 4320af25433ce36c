"""ssm_managed_instance and the info modules of SSM against the simulator."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.aws.testing import Running, start
from tests.support.modules import call

CLUSTER = "arn:aws:eks:us-east-1:123456789012:cluster/edge"


@pytest.fixture
def aws() -> Iterator[Running]:
    with start(delay=0) as running:
        yield running


@pytest.fixture
def hosts(aws: Running, tmp_path: Path) -> list[str]:
    """Register two hosts of batch edge, and return their ids."""
    dest = tmp_path / "code.json"
    params = {"batch": "edge", "iam_role": "Nodes", "registration_limit": 2, "code_dest": str(dest), "cluster_arn": CLUSTER}
    assert call("ssm_hybrid_activation", params, url=aws.url)["changed"]
    code = json.loads(dest.read_text())
    found = []
    for name in ("edge-a1", "edge-a2.example.com"):
        register = {
            "ActivationId": code["activation_id"],
            "ActivationCode": code["activation_code"],
            "Fingerprint": name,
            "PublicKey": "k",
            "PublicKeyType": "Rsa",
        }
        found.append(agent(aws, "RegisterManagedInstance", **register)["InstanceId"])
        keys = agent(aws, "RequestManagedInstanceRoleToken", Fingerprint=name, InstanceId=found[-1])
        report(aws, keys, found[-1], name)
    aws.clear_log()
    return found


def agent(aws: Running, operation: str, headers: dict[str, str] | None = None, **body: Any) -> dict[str, Any]:
    sent = {"X-Amz-Target": f"AmazonSSM.{operation}", "Content-Type": "application/x-amz-json-1.1", **(headers or {})}
    with urllib.request.urlopen(urllib.request.Request(aws.url, json.dumps(body).encode(), sent)) as answer:
        found: dict[str, Any] = json.loads(answer.read())
        return found


def report(aws: Running, keys: dict[str, Any], host: str, name: str) -> None:
    """Tell SSM the host's name, as its agent does; the access key of the request says whose it is."""
    scope = f"AWS4-HMAC-SHA256 Credential={keys['AccessKeyId']}/20261122/us-east-1/ssm/aws4_request, SignedHeaders=host, Signature=0"
    known = {"AgentVersion": "3.3.1.0", "AgentStatus": "Active", "PlatformName": "Debian", "PlatformVersion": "12", "PlatformType": "Linux"}
    agent(aws, "UpdateInstanceInformation", {"Authorization": scope}, InstanceId=host, ComputerName=name, IPAddress="192.0.2.11", **known)


def converge(aws: Running, *, check_mode: bool = False, **params: Any) -> dict[str, Any]:
    return call("ssm_managed_instance", params, check_mode=check_mode, url=aws.url)


def listed(aws: Running, **params: Any) -> list[str]:
    return [each["instance_id"] for each in call("ssm_managed_instance_info", params, url=aws.url)["managed_instances"]]


def test_deregisters_by_id_and_is_quiet_again(aws: Running, hosts: list[str]) -> None:
    result = converge(aws, instance_id=hosts[0], state="absent")
    assert [each["operation"] for each in result["actions"]] == ["deregister_managed_instance"]
    assert result["diff"]["before"] == {"managed_instances": [f"{hosts[0]} (edge-a1)"]}
    assert result["managed_instances"] == []
    assert listed(aws) == [hosts[1]]
    aws.clear_log()
    assert not converge(aws, instance_id=hosts[0], state="absent")["changed"]
    assert aws.writes("ssm") == []


def test_checks_without_touching(aws: Running, hosts: list[str]) -> None:
    result = converge(aws, batch="edge", state="absent", check_mode=True)
    assert [each["subject"] for each in result["actions"]] == sorted(hosts)
    assert aws.writes("ssm") == []


def test_finds_a_host_by_its_name(aws: Running, hosts: list[str]) -> None:
    assert converge(aws, computer_name="edge-a2", batch="edge", state="absent")["changed"]
    assert listed(aws) == [hosts[0]]


def test_only_the_lost_ones_go(aws: Running, hosts: list[str]) -> None:
    lost: dict[str, Any] = {"computer_name": "edge-a1", "ping_status": ["ConnectionLost", "Inactive"], "state": "absent"}
    assert not converge(aws, **lost)["changed"]
    aws.clock(advance=301)
    assert converge(aws, **lost)["changed"]
    assert listed(aws) == [hosts[1]]


def test_gives_a_role_and_is_quiet_again(aws: Running, hosts: list[str]) -> None:
    result = converge(aws, batch="edge", iam_role="arn:aws:iam::123456789012:role/Nodes2")
    assert [each["operation"] for each in result["actions"]] == ["update_managed_instance_role"] * 2
    assert {each["iam_role"] for each in result["managed_instances"]} == {"Nodes2"}
    assert (result["diff"]["before"], result["diff"]["after"]) == ({"iam_role": "Nodes"}, {"iam_role": "Nodes2"})
    aws.clear_log()
    assert not converge(aws, batch="edge", iam_role="Nodes2")["changed"]
    assert aws.writes("ssm") == []


def test_a_host_that_never_registered_is_said_and_planned_on_in_check_mode(aws: Running) -> None:
    assert "Register the host" in converge(aws, computer_name="none", iam_role="Nodes")["msg"]
    planned = converge(aws, computer_name="none", iam_role="Nodes", check_mode=True)
    assert (planned["changed"], len(planned["warnings"])) == (False, 1)


def test_gone_between_look_and_call_is_gone(aws: Running, hosts: list[str]) -> None:
    aws.faults({"match": "ssm:DeregisterManagedInstance", "lost_answer": True, "times": 1})
    assert converge(aws, instance_id=hosts[0], state="absent")["changed"]
    assert listed(aws) == [hosts[1]]


def test_reads_that_lag_behind_are_waited_for(aws: Running, hosts: list[str]) -> None:
    aws.settings(consistency=0.4)
    assert "warnings" not in converge(aws, batch="edge", iam_role="Nodes2")
    assert "warnings" not in converge(aws, batch="edge", state="absent")


def test_info_filters(aws: Running, hosts: list[str]) -> None:
    assert listed(aws) == sorted(hosts)
    assert listed(aws, tags={"EKSClusterARN": CLUSTER}, ping_status=["Online"]) == sorted(hosts)
    assert listed(aws, tags={"EKSClusterARN": "other"}) == []
    assert listed(aws, instance_ids=[hosts[0]]) == [hosts[0]]
    assert listed(aws, iam_role="Other") == []
    found = call("ssm_managed_instance_info", {"computer_name": "edge-a1", "include_tags": True}, url=aws.url)["managed_instances"]
    assert found[0]["tags"] == {"EKSClusterARN": CLUSTER, "fleetops:activation": "edge", "fleetops:call": found[0]["tags"]["fleetops:call"]}


def test_activations_are_listed_without_codes(aws: Running, hosts: list[str], tmp_path: Path) -> None:
    def activations(**params: Any) -> list[dict[str, Any]]:
        result: list[dict[str, Any]] = call("ssm_hybrid_activation_info", params, url=aws.url)["activations"]
        assert json.loads((tmp_path / "code.json").read_text())["activation_code"] not in json.dumps(result)
        return result

    (found,) = activations()
    assert (found["registrations_count"], found["registrations_left"]) == (2, 0)
    assert activations(batch="edge", usable=True) == []
    assert activations(batch="edge", usable=False, iam_role="Nodes") == [found]
    assert activations(activation_ids=[found["activation_id"]]) == [found]
    assert activations(batch="other") == []
    assert activations(default_instance_name="none") == []
