"""ssm_hybrid_activation against the simulator: six rows, lost answers, fresh roles, and a code that is nowhere but in its file."""

from __future__ import annotations

import json
import stat
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.fleetops.eks.plugins.module_utils._aws.clients import Clients
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import FleetopsError
from ansible_collections.fleetops.eks.plugins.modules import ssm_hybrid_activation

from sandbox.aws.testing import Running, start
from tests.support.modules import call

BATCH = {"batch": "edge-paris", "iam_role": "EdgeHybridNodes"}


@pytest.fixture
def aws() -> Iterator[Running]:
    with start(delay=0) as running:
        yield running


def converge(aws: Running, tmp_path: Path, *, check_mode: bool = False, **params: Any) -> dict[str, Any]:
    """Run the module and hold it to its word: the code is in no result."""
    dest = tmp_path / "code.json"
    result = call("ssm_hybrid_activation", {**BATCH, "code_dest": str(dest), **params}, check_mode=check_mode, url=aws.url)
    if dest.exists():
        assert json.loads(dest.read_text())["activation_code"] not in json.dumps(result, default=str)
    return result


def operations(result: dict[str, Any]) -> list[str]:
    return [action["operation"] for action in result["actions"]]


def kept(aws: Running) -> list[dict[str, Any]]:
    regions = [region for account in aws.export()["accounts"].values() for region in account.values()]
    return [body for region in regions for body in _bodies(region["activations"])]


def _bodies(store: Any) -> list[dict[str, Any]]:
    return list(store.values()) if isinstance(store, dict) else list(store)


def register(aws: Running, dest: Path) -> str:
    """Register a host as its agent does."""
    code = json.loads(dest.read_text())
    body = {"ActivationId": code["activation_id"], "ActivationCode": code["activation_code"], "Fingerprint": "f", "PublicKey": "k", "PublicKeyType": "Rsa"}
    headers = {"X-Amz-Target": "AmazonSSM.RegisterManagedInstance", "Content-Type": "application/x-amz-json-1.1"}
    with urllib.request.urlopen(urllib.request.Request(aws.url, json.dumps(body).encode(), headers)) as answer:
        return str(json.loads(answer.read())["InstanceId"])


def test_creates_and_keeps_the_code_in_a_file_for_its_owner(aws: Running, tmp_path: Path) -> None:
    result = converge(aws, tmp_path)
    content = json.loads((tmp_path / "code.json").read_text())
    assert result["changed"]
    assert operations(result) == ["create_activation"]
    assert (result["activation"]["registrations_left"], result["code_available"]) == (1, True)
    assert content["activation_id"] == result["activation"]["activation_id"]
    assert content["region"] == "us-east-1"
    assert stat.S_IMODE((tmp_path / "code.json").stat().st_mode) == 0o600
    assert result["code_dest"] == str(tmp_path / "code.json")


def test_quiet_again(aws: Running, tmp_path: Path) -> None:
    first = converge(aws, tmp_path)
    aws.clear_log()
    again = converge(aws, tmp_path)
    assert not again["changed"]
    assert again["activation"] == first["activation"]
    assert again["code_available"]
    assert aws.writes("ssm") == []


def test_quiet_without_the_code_says_so(aws: Running, tmp_path: Path) -> None:
    converge(aws, tmp_path)
    (tmp_path / "code.json").unlink()
    again = converge(aws, tmp_path)
    assert (again["changed"], again["code_available"], again["code_dest"]) == (False, False, None)


def test_checks_without_touching(aws: Running, tmp_path: Path) -> None:
    result = converge(aws, tmp_path, check_mode=True)
    assert result["changed"]
    assert result["actions"][0]["status"] == "planned"
    assert aws.writes("ssm") == []
    assert list(tmp_path.iterdir()) == []


def test_another_role_supersedes_with_a_diff(aws: Running, tmp_path: Path) -> None:
    first = converge(aws, tmp_path)["activation"]
    result = converge(aws, tmp_path, iam_role="arn:aws:iam::123456789012:role/Other")
    assert operations(result) == ["create_activation", "delete_activation"]
    assert result["diff"]["after"]["iam_role"] == "Other"
    assert first["activation_id"] in result["diff"]["before"]["activations"]
    assert [each["IamRole"] for each in kept(aws)] == ["Other"]


def test_absent_and_absent_again(aws: Running, tmp_path: Path) -> None:
    converge(aws, tmp_path)
    gone = converge(aws, tmp_path, state="absent")
    assert operations(gone) == ["delete_activation", "remove_code"]
    assert (gone["activation"], gone["code_available"]) == (None, False)
    assert list(tmp_path.iterdir()) == []
    aws.clear_log()
    assert not converge(aws, tmp_path, state="absent")["changed"]
    assert aws.writes("ssm") == []


def test_absent_by_id_and_an_id_nobody_knows(aws: Running, tmp_path: Path) -> None:
    first = converge(aws, tmp_path)["activation"]
    params = {"activation_id": first["activation_id"], "state": "absent"}
    assert call("ssm_hybrid_activation", params, url=aws.url)["changed"]
    assert not call("ssm_hybrid_activation", params, url=aws.url)["changed"]


def test_used_up_makes_another_and_leaves_the_host(aws: Running, tmp_path: Path) -> None:
    converge(aws, tmp_path)
    host = register(aws, tmp_path / "code.json")
    result = converge(aws, tmp_path)
    assert operations(result) == ["create_activation", "delete_activation"]
    found = aws.client("ssm", access_key="AKIATEST").describe_instance_information()["InstanceInformationList"]
    assert [each["InstanceId"] for each in found] == [host]


def test_expired_makes_another(aws: Running, tmp_path: Path) -> None:
    converge(aws, tmp_path, expires_in="1h")
    aws.clock(advance=3601)
    assert operations(converge(aws, tmp_path, expires_in="2h")) == ["create_activation", "delete_activation"]
    assert len(kept(aws)) == 1


def test_a_play_that_needs_the_code_gets_a_new_one_once(aws: Running, tmp_path: Path) -> None:
    converge(aws, tmp_path)
    (tmp_path / "code.json").unlink()
    assert converge(aws, tmp_path, renew="without_code")["code_available"]
    assert not converge(aws, tmp_path, renew="without_code")["changed"]
    assert len(kept(aws)) == 1


def test_always_renews_and_warns_of_nothing(aws: Running, tmp_path: Path) -> None:
    first = converge(aws, tmp_path, renew="always")
    second = converge(aws, tmp_path, renew="always")
    assert first["activation"]["activation_id"] != second["activation"]["activation_id"]
    assert "warnings" not in second
    assert len(kept(aws)) == 1


def test_the_richest_example(aws: Running, tmp_path: Path) -> None:
    params: dict[str, Any] = {
        "iam_role": "arn:aws:iam::111122223333:role/EdgeHybridNodes",
        "description": "Twelve hosts of Paris",
        "default_instance_name": "paris",
        "registration_limit": 12,
        "expires_in": "2h",
        "min_remaining": {"validity": "30m", "registrations": 12},
        "renew": "without_code",
        "cluster_arn": "arn:aws:eks:us-east-1:111122223333:cluster/edge",
        "tags": {"Site": "paris"},
    }
    result = converge(aws, tmp_path, **params)
    tags = result["activation"]["tags"]
    assert tags["EKSClusterARN"] == params["cluster_arn"]
    assert (tags["Site"], tags["fleetops:activation"]) == ("paris", "edge-paris")
    assert not converge(aws, tmp_path, **params)["changed"]
    register(aws, tmp_path / "code.json")
    assert converge(aws, tmp_path, **{**params, "min_remaining": {"registrations": 11}})["changed"] is False
    assert converge(aws, tmp_path, **params)["changed"]


def test_a_lost_answer_leaves_no_second_activation(aws: Running, tmp_path: Path) -> None:
    aws.faults({"match": "ssm:CreateActivation", "lost_answer": True, "times": 1})
    result = converge(aws, tmp_path)
    assert result["code_available"], result
    assert [each["ActivationId"] for each in kept(aws)] == [result["activation"]["activation_id"]]
    assert [each["operation"] for each in aws.writes("ssm")] == ["CreateActivation", "DeleteActivation", "CreateActivation"]


def test_a_lost_answer_and_lists_that_lag_behind_leave_no_second_one_either(aws: Running, tmp_path: Path) -> None:
    aws.settings(consistency=1.5)
    aws.faults({"match": "ssm:CreateActivation", "lost_answer": True, "times": 1})
    result = converge(aws, tmp_path)
    assert result["code_available"], result
    assert [each["ActivationId"] for each in kept(aws)] == [result["activation"]["activation_id"]]


def test_a_failure_on_the_services_side_may_have_made_one_all_the_same(aws: Running, tmp_path: Path) -> None:
    aws.faults({"match": "ssm:CreateActivation", "code": "InternalServerError", "status": 500, "times": 1})
    assert converge(aws, tmp_path)["code_available"]
    assert len(kept(aws)) == 1


def test_answers_that_stay_lost_are_an_error_that_leaves_nothing(aws: Running, tmp_path: Path) -> None:
    aws.faults({"match": "ssm:CreateActivation", "lost_answer": True})
    result = impatient(aws, tmp_path)
    assert "create activation" in result["msg"]
    assert kept(aws) == []
    assert list(tmp_path.iterdir()) == []


def test_a_role_made_a_moment_ago_is_waited_for(aws: Running, tmp_path: Path) -> None:
    words = "Nonexistent role or missing ssm service principal in trust policy: EdgeHybridNodes"
    aws.faults({"match": "ssm:CreateActivation", "code": "ValidationException", "status": 400, "message": words, "times": 2})
    assert converge(aws, tmp_path)["code_available"]


def test_a_role_that_never_appears_is_an_error_with_a_remedy(aws: Running, tmp_path: Path) -> None:
    aws.settings(strict_references=True)
    result = impatient(aws, tmp_path)
    assert "trust: ssm" in result["msg"]
    assert list(tmp_path.iterdir()) == []


class Hurried:
    """A clock on which every pause is over at once."""

    time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


def impatient(aws: Running, tmp_path: Path) -> dict[str, Any]:
    """Run the module on a hurried clock; its error as a result."""
    given = {"endpoint_url": aws.url, "region": "us-east-1", "access_key": "AKIATEST", "secret_key": "x", "code_dest": str(tmp_path / "code.json"), **BATCH}
    checked = ArgumentSpecValidator(ssm_hybrid_activation.SPEC["argument_spec"]).validate(given)
    params = checked.validated_parameters
    try:
        return ssm_hybrid_activation.run(params, Context(Clients(params), clock=Hurried()))
    except FleetopsError as error:
        return {"failed": True, "msg": str(error)}


def test_throttling_is_a_clear_no_and_only_repeated(aws: Running, tmp_path: Path) -> None:
    aws.faults({"match": "ssm:CreateActivation", "code": "ThrottlingException", "status": 400, "times": 1})
    assert converge(aws, tmp_path)["changed"]
    assert [each["operation"] for each in aws.writes("ssm")] == ["CreateActivation", "CreateActivation"]
    assert len(kept(aws)) == 1


def test_reads_that_lag_behind_are_waited_for(aws: Running, tmp_path: Path) -> None:
    aws.settings(consistency=0.5)
    assert "warnings" not in converge(aws, tmp_path)
    assert not converge(aws, tmp_path)["changed"]


def test_denied_is_said_with_a_remedy_and_leaves_no_file(aws: Running, tmp_path: Path) -> None:
    aws.faults({"match": "ssm:CreateActivation", "code": "AccessDeniedException", "status": 400, "message": "no"})
    result = converge(aws, tmp_path)
    assert result["failed"]
    assert "AccessDenied" in result["msg"]
    assert result["actions"][0]["status"] == "failed"
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_an_error_before_the_call(aws: Running, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = call("ssm_hybrid_activation", {**BATCH, "code_dest": str(tmp_path / "file" / "code.json")}, url=aws.url)
    assert result["failed"]
    assert aws.writes("ssm") == []


def test_options_that_do_not_fit(aws: Running) -> None:
    assert "batch" in call("ssm_hybrid_activation", {"iam_role": "x"}, url=aws.url)["msg"]
    assert "code_dest" in call("ssm_hybrid_activation", BATCH, url=aws.url)["msg"]
