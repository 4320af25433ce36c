"""eks_connector against the simulator."""

from __future__ import annotations

import json
import stat
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.aws.testing import ACCOUNT, Running, start
from tests.support.modules import call_on

ROLE = f"arn:aws:iam::{ACCOUNT}:role/AmazonEKSConnectorAgentRole"
DAY = 86400


@pytest.fixture
def aws() -> Iterator[Running]:
    with start(delay=0) as running:
        yield running


@pytest.fixture
def dest(tmp_path: Path) -> Path:
    return tmp_path / "codes" / "paris.json"


def converge(aws: Running, dest: Path, *, check_mode: bool = False, **params: Any) -> dict[str, Any]:
    """Run the module, and hold it to this: whatever it returns, the code is not in it."""
    given = {"name": "paris", "provider": "OTHER", "role_arn": ROLE, "code_dest": str(dest), **params}
    result = call_on(aws, "eks_connector", given, check_mode=check_mode)
    codes = [each["_code"] for each in aws.world.region(ACCOUNT, "us-east-1").activations.bodies()]
    assert not [code for code in codes if code in json.dumps(result, default=str)]
    return result


def operations(result: dict[str, Any]) -> list[str]:
    return [each["operation"] for each in result["actions"]]


def connect(aws: Running, dest: Path) -> None:
    """Register the agent with what the file holds, as the manifest lets it."""
    code = json.loads(dest.read_text())
    body = {"ActivationId": code["activation_id"], "ActivationCode": code["activation_code"], "Fingerprint": "f", "PublicKey": "k", "PublicKeyType": "Rsa"}
    headers = {"X-Amz-Target": "AmazonSSM.RegisterManagedInstance", "Content-Type": "application/x-amz-json-1.1"}
    with urllib.request.urlopen(urllib.request.Request(aws.url, json.dumps(body).encode(), headers)) as answer:
        assert json.loads(answer.read())["InstanceId"]


def test_creates_and_keeps_the_code_where_only_its_owner_reads_it(aws: Running, dest: Path) -> None:
    result = converge(aws, dest, tags={"Site": "paris"})
    assert operations(result) == ["register_cluster"]
    assert (result["cluster"]["status"], result["cluster"]["tags"], result["code_available"]) == ("PENDING", {"Site": "paris"}, True)
    assert stat.S_IMODE(dest.stat().st_mode) == 0o600
    assert stat.S_IMODE(dest.parent.stat().st_mode) == 0o700
    held = json.loads(dest.read_text())
    assert held["activation_id"] == result["manifest"]["activation_id"]
    assert result["manifest"] == {
        "region": "us-east-1",
        "activation_id": held["activation_id"],
        "cluster_name": "paris",
        "cluster_arn": f"arn:aws:eks:us-east-1:{ACCOUNT}:cluster/paris",
    }


def test_quiet_again(aws: Running, dest: Path) -> None:
    converge(aws, dest)
    aws.clear_log()
    result = converge(aws, dest)
    assert (result["changed"], result["code_available"]) == (False, True)
    assert [each["operation"] for each in aws.log()] == ["DescribeCluster"]


def test_checks_without_touching(aws: Running, dest: Path) -> None:
    result = converge(aws, dest, check_mode=True)
    assert (result["changed"], result["cluster"], result["manifest"]) == (True, None, None)
    assert result["diff"]["after"] == {"name": "paris", "role_arn": ROLE, "provider": "OTHER", "code_dest": str(dest)}
    assert aws.writes() == []
    assert not dest.exists()


def test_updates_with_diff(aws: Running, dest: Path) -> None:
    converge(aws, dest, tags={"Site": "paris", "Old": "x"})
    result = converge(aws, dest, tags={"Site": "lyon"})
    assert operations(result) == ["tag_resource", "untag_resource"]
    assert (result["diff"]["before"], result["diff"]["after"]) == ({"tags": {"Site": "paris", "Old": "x"}}, {"tags": {"Site": "lyon", "Old": None}})
    assert result["cluster"]["tags"] == {"Site": "lyon"}


def test_absent_and_absent_again(aws: Running, dest: Path) -> None:
    converge(aws, dest)
    result = converge(aws, dest, state="absent")
    assert operations(result) == ["deregister_cluster", "remove_code"]
    assert (result["cluster"], dest.exists()) == (None, False)
    aws.clear_log()
    assert not converge(aws, dest, state="absent")["changed"]
    assert aws.writes() == []


def test_an_agent_that_registers_makes_it_active(aws: Running, dest: Path) -> None:
    assert "its agent has not registered after 1 s" in {**converge(aws, dest), **converge(aws, dest, wait=True, wait_timeout=1)}["msg"]
    connect(aws, dest)
    result = converge(aws, dest, wait=True)
    assert (result["changed"], result["cluster"]["status"]) == (False, "ACTIVE")
    assert converge(aws, dest, state="absent")["changed"]
    assert aws.export()["accounts"][ACCOUNT]["us-east-1"]["managed_instances"] == []


def test_an_expired_activation_is_registered_anew_and_a_connected_cluster_is_left_alone(aws: Running, dest: Path) -> None:
    first = converge(aws, dest)["manifest"]["activation_id"]
    backdate(aws)
    result = converge(aws, dest)
    assert operations(result) == ["deregister_cluster", "register_cluster"]
    assert result["manifest"]["activation_id"] != first
    assert result["code_available"]
    connect(aws, dest)
    backdate(aws)
    assert not converge(aws, dest)["changed"]


def backdate(aws: Running) -> None:
    """Let the activation have ended: the module reads this machine's clock, which no test moves."""
    clusters = aws.world.region(ACCOUNT, "us-east-1").clusters
    config = (clusters.get("paris") or {})["connectorConfig"]
    clusters.change("paris", connectorConfig={**config, "activationExpiry": config["activationExpiry"] - 4 * DAY})


def test_without_the_code_a_pending_cluster_is_registered_anew_where_asked(aws: Running, dest: Path) -> None:
    converge(aws, dest)
    dest.unlink()
    result = converge(aws, dest)
    assert (result["changed"], result["code_available"], result["code_dest"]) == (False, False, None)
    assert operations(converge(aws, dest, renew="without_code")) == ["deregister_cluster", "register_cluster"]
    assert not converge(aws, dest, renew="without_code")["changed"]
    connect(aws, dest)
    dest.unlink()
    assert not converge(aws, dest, renew="without_code")["changed"]


def test_always_registers_anew_and_may_change_what_else_cannot(aws: Running, dest: Path) -> None:
    converge(aws, dest)
    aws.clear_log()
    refused = converge(aws, dest, provider="GKE")
    assert refused["failed"]
    assert "renew: always" in refused["msg"]
    assert refused["refused_fields"] == ["provider"]
    assert aws.writes() == []
    result = converge(aws, dest, provider="GKE", renew="always")
    assert "warnings" not in result
    assert result["cluster"]["connector_config"]["provider"] == "GKE"


def test_a_cluster_of_eks_itself_is_never_touched(aws: Running, dest: Path) -> None:
    aws.client("eks").create_cluster(name="paris", roleArn=ROLE, resourcesVpcConfig={"subnetIds": ["subnet-1", "subnet-2"]})
    aws.clear_log()
    for state in ("present", "absent"):
        assert "is a cluster of EKS itself" in converge(aws, dest, state=state)["msg"]
    assert aws.writes() == []


def test_a_file_with_something_else_is_never_touched(aws: Running, dest: Path) -> None:
    dest.parent.mkdir()
    dest.write_text("mine")
    assert "left alone" in converge(aws, dest)["msg"]
    assert dest.read_text() == "mine"
    assert aws.writes() == []


def test_a_folder_that_cannot_be_written_is_found_out_before_the_call(aws: Running, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "Choose another code_dest" in converge(aws, tmp_path / "file" / "paris.json")["msg"]
    assert aws.writes() == []


def test_a_lost_answer_is_asked_for_again(aws: Running, dest: Path) -> None:
    aws.faults({"match": "eks:RegisterCluster", "lost_answer": True, "times": 1})
    result = converge(aws, dest)
    assert result["code_available"]
    connect(aws, dest)


def test_reads_that_lag_behind_are_waited_for(aws: Running, dest: Path) -> None:
    aws.settings(consistency=0.4)
    assert "warnings" not in converge(aws, dest)
    assert "warnings" not in converge(aws, dest, renew="always")
    assert "warnings" not in converge(aws, dest, state="absent")


def test_the_cluster_s_own_info_has_no_code(aws: Running, dest: Path) -> None:
    converge(aws, dest)
    code = json.loads(dest.read_text())["activation_code"]
    result = call_on(aws, "eks_cluster_info", {"name": "paris"})
    assert result["clusters"][0]["connector_config"]["activation_id"]
    assert code not in json.dumps(result)
