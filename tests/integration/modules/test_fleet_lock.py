"""fleet_lock against the simulator, alone and among several processes."""

from __future__ import annotations

import pathlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.fleetops.eks.plugins.module_utils._aws.clients import Clients
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import FleetopsError
from ansible_collections.fleetops.eks.plugins.module_utils._lock.live.lease import LiveLease
from ansible_collections.fleetops.eks.plugins.modules import fleet_lock

from sandbox.aws.testing import Running, start
from tests.support.modules import call

ROOT = pathlib.Path(__file__).resolve().parents[3]
Result = dict[str, Any]


class FakeClock:
    """A clock that only its sleepers move; `while_asleep` is what the others do meanwhile."""

    def __init__(self, while_asleep: Callable[[], object] = lambda: None) -> None:
        self.time = 1000.0
        self.while_asleep = while_asleep

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds
        self.while_asleep()


@pytest.fixture
def aws() -> Iterator[Running]:
    with start(delay=0) as running:
        yield running


@pytest.fixture
def table(aws: Running) -> Running:
    """A simulator with a table of leases that nobody has."""
    assert converge(aws, "nobody", create_table=True)["changed"]
    assert converge(aws, "nobody", state="absent")["changed"]
    aws.clear_log()
    return aws


def converge(aws: Running, owner: str, *, check_mode: bool = False, **params: Any) -> Result:
    return call("fleet_lock", {"name": "edge", "owner": owner, "wait": False, **params}, check_mode=check_mode, url=aws.url)


def by_clock(aws: Running, clock: FakeClock, **params: Any) -> Result:
    """Run the module with a clock of ours; errors come as they are."""
    given = {"name": "edge", "endpoint_url": aws.url, "region": "us-east-1", "access_key": "AKIATEST", "secret_key": "not-a-secret", **params}
    options = ArgumentSpecValidator(fleet_lock.SPEC["argument_spec"]).validate(given).validated_parameters
    return fleet_lock.run(options, Context(Clients(options), clock=clock))


def writes(aws: Running) -> list[str]:
    return [each["operation"] for each in aws.writes("dynamodb")]


def test_creates_the_table_on_request(aws: Running) -> None:
    assert "Set create_table" in converge(aws, "run-1")["msg"]
    result = converge(aws, "run-1", create_table=True)
    assert [each["operation"] for each in result["actions"]] == ["create_table", "update_time_to_live", "update_item"]
    dynamodb = aws.client("dynamodb", access_key="AKIATEST")
    made = dynamodb.describe_table(TableName="fleetops-locks")["Table"]
    assert (made["BillingModeSummary"]["BillingMode"], made["DeletionProtectionEnabled"]) == ("PAY_PER_REQUEST", True)
    assert dynamodb.describe_time_to_live(TableName="fleetops-locks")["TimeToLiveDescription"]["AttributeName"] == "forget_at"
    assert not converge(aws, "run-1", create_table=True)["changed"]


def test_creates(table: Running) -> None:
    result = converge(table, "run-1", ttl="1h", run="awx-1", reason="Upgrade")
    assert writes(table) == ["UpdateItem"]
    assert (result["diff"]["before"], result["diff"]["after"]) == ({"owner": None, "fence": 1}, {"owner": "run-1", "fence": 2})
    lock = result["lock"]
    assert (lock["held"], lock["owner"], lock["fence"], lock["lease_seconds"], lock["run"], lock["reason"]) == (True, "run-1", 2, 3600, "awx-1", "Upgrade")
    assert lock["host"]
    assert lock["user"]


def test_again_renews_and_reports_no_change(table: Running) -> None:
    first = converge(table, "run-1")["lock"]
    again = converge(table, "run-1")
    assert (again["changed"], again["renewed"], again["lock"]["fence"], again["lock"]["since"]) == (False, True, first["fence"], first["since"])
    assert again["lock"]["version"] != first["version"]


def test_checks_without_touching(table: Running) -> None:
    assert converge(table, "run-1", check_mode=True)["changed"]
    converge(table, "run-1")
    table.clear_log()
    assert not converge(table, "run-1", check_mode=True)["changed"]
    waiting = converge(table, "run-2", check_mode=True, wait=True)
    assert waiting["changed"]
    assert "held by run-1" in waiting["warnings"][0]
    assert converge(table, "run-1", state="absent", check_mode=True)["changed"]
    assert writes(table) == []


def test_checks_without_a_table(aws: Running) -> None:
    result = converge(aws, "run-1", check_mode=True, create_table=True)
    assert [each["status"] for each in result["actions"]] == ["planned"] * 3
    assert "warnings" not in result
    assert "does not exist" in converge(aws, "run-1", check_mode=True)["warnings"][0]
    assert not converge(aws, "run-1", state="absent")["changed"]
    assert writes(aws) == []


def test_absent_and_absent_again(table: Running) -> None:
    converge(table, "run-1")
    result = converge(table, "run-1", state="absent")
    assert (result["changed"], result["lock"]["held"], result["lock"]["owner"], result["lock"]["fence"]) == (True, False, None, 2)
    table.clear_log()
    assert not converge(table, "run-1", state="absent")["changed"]
    assert writes(table) == []


def test_whoever_has_it_is_in_the_error(table: Running) -> None:
    mine = converge(table, "run-1", run="awx-1", reason="Upgrade")["lock"]
    table.clear_log()
    result = converge(table, "run-2")
    assert result["failed"]
    assert f"held by run-1 ({mine['user']}@{mine['host']}, since {mine['since']}, run awx-1, for: Upgrade)" in result["msg"]
    assert result["lock"] == mine
    assert writes(table) == []


def test_fences_only_grow(table: Running) -> None:
    fences = []
    for owner in ("run-1", "run-2", "run-1", "run-3"):
        fences.append(converge(table, owner)["lock"]["fence"])
        converge(table, owner, state="absent")
    assert fences == [2, 3, 4, 5]


def test_locks_of_other_names_are_other_locks(table: Running) -> None:
    converge(table, "run-1")
    assert converge(table, "run-2", name="other")["changed"]


def test_a_lease_that_is_not_renewed_is_taken_over_after_its_own_time(table: Running) -> None:
    dead = converge(table, "run-1", ttl="100")["lock"]
    clock = FakeClock()
    result = by_clock(table, clock, owner="run-2", ttl="1h", wait_timeout=500)
    assert 1100 <= clock.time < 1120
    assert (result["lock"]["owner"], result["lock"]["fence"]) == ("run-2", dead["fence"] + 1)
    assert result["taken_over_from"] == dead
    assert "has lost lock" in converge(table, "run-1", fence=dead["fence"])["msg"]


def test_a_lease_that_is_renewed_is_never_taken_over(table: Running) -> None:
    converge(table, "run-1", ttl="20")
    clock = FakeClock(lambda: converge(table, "run-1", ttl="20"))
    with pytest.raises(FleetopsError) as caught:
        by_clock(table, clock, owner="run-2", wait_timeout=200)
    assert "after 200 s" in str(caught.value)
    assert call("fleet_lock_info", {}, url=table.url)["locks"][0]["owner"] == "run-1"


def test_patience_shorter_than_the_lease_takes_nothing_over(table: Running) -> None:
    converge(table, "run-1", ttl="100")
    with pytest.raises(FleetopsError):
        by_clock(table, FakeClock(), owner="run-2", wait_timeout=90)


def test_a_lease_that_is_released_is_had_soon(table: Running) -> None:
    converge(table, "run-1")
    clock = FakeClock(lambda: converge(table, "run-1", state="absent"))
    assert by_clock(table, clock, owner="run-2")["taken_over_from"] is None
    assert clock.time < 1002


def test_a_lease_that_is_taken_between_look_and_plan_is_waited_for(table: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """The window that processes found: free when it was waited for, somebody else's when it was planned."""
    looks = []
    observe = LiveLease.observe

    def late(self: LiveLease) -> Any:
        looks.append(self)
        if len(looks) == 2:
            monkeypatch.setattr(LiveLease, "observe", observe)
            assert converge(table, "run-1")["changed"]
        return observe(self)

    monkeypatch.setattr(LiveLease, "observe", late)
    assert "held by run-1" in converge(table, "run-2")["msg"]
    assert call("fleet_lock_info", {}, url=table.url)["locks"][0]["owner"] == "run-1"


def test_a_lease_that_is_had_by_another_right_after_its_release_is_released(table: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    converge(table, "run-1")
    perform = LiveLease.perform

    def and_then(self: LiveLease, step: Any) -> Any:
        monkeypatch.setattr(LiveLease, "perform", perform)
        answer = perform(self, step)
        assert converge(table, "run-2")["changed"]
        return answer

    monkeypatch.setattr(LiveLease, "perform", and_then)
    result = converge(table, "run-1", state="absent")
    assert (result["changed"], result["lock"]["owner"]) == (True, "run-2")


@pytest.mark.parametrize("fault", [{"lost_answer": True}, {"code": "ThrottlingException"}])
@pytest.mark.parametrize("step", ["acquire", "renew", "release"])
def test_a_write_that_is_repeated_is_one_write(table: Running, step: str, fault: dict[str, Any]) -> None:
    if step != "acquire":
        converge(table, "run-1")
    table.faults({"match": "dynamodb:UpdateItem", "times": 1, **fault})
    result = converge(table, "run-1", state="absent" if step == "release" else "present")
    assert not result.get("failed"), result.get("msg")
    assert (result["lock"]["fence"], result["lock"]["held"]) == (2, step != "release")


def test_only_the_owner_releases_and_force_tells_of_itself(table: Running) -> None:
    held = converge(table, "run-1")["lock"]
    table.clear_log()
    assert "only its owner releases it" in converge(table, "run-2", state="absent")["msg"]
    assert "by now, and not 1" in converge(table, "run-2", state="absent", force=True, reason="dead", fence=1)["msg"]
    assert writes(table) == []
    result = converge(table, "run-2", state="absent", force=True, reason="dead", fence=held["fence"])
    assert (result["changed"], result["lock"]["held"]) == (True, False)
    (told,) = call("fleet_lock_info", {"name": "edge"}, url=table.url)["broken"]
    assert (told["owner"], told["broken_by"], told["fence"], told["reason"]) == ("run-1", "run-2", held["fence"], "dead")


def test_a_table_of_something_else_is_refused(aws: Running) -> None:
    key = {"AttributeDefinitions": [{"AttributeName": "LockID", "AttributeType": "S"}], "KeySchema": [{"AttributeName": "LockID", "KeyType": "HASH"}]}
    aws.client("dynamodb", access_key="AKIATEST").create_table(TableName="terraform", BillingMode="PAY_PER_REQUEST", **key)
    aws.clear_log()
    assert "has the key LockID" in converge(aws, "run-1", table="terraform", create_table=True)["msg"]
    assert writes(aws) == []


def test_info_filters(table: Running) -> None:
    converge(table, "run-1")
    converge(table, "run-2", name="other")
    converge(table, "run-2", name="other", state="absent")

    def names(**params: Any) -> list[str]:
        return [each["name"] for each in call("fleet_lock_info", params, url=table.url)["locks"]]

    assert (names(), names(held=True), names(held=False), names(name="other")) == (["edge", "other"], ["edge"], ["other"], ["other"])
    assert names(table="none") == []


def test_among_processes_one_has_it_at_a_time_and_fences_grow(aws: Running, tmp_path: pathlib.Path) -> None:
    journal, owners, rounds = tmp_path / "journal", [f"run-{number}" for number in range(3)], 6
    command = [sys.executable, "-m", "tests.support.lock_worker", aws.url]
    running = [subprocess.Popen([*command, owner, str(rounds), str(journal)], cwd=ROOT, stderr=subprocess.PIPE, text=True) for owner in owners]
    errors = [process.communicate(timeout=300)[1] for process in running]
    assert [process.returncode for process in running] == [0] * len(owners), errors
    told = [line.split() for line in journal.read_text().splitlines()]
    assert [word for word, _, _ in told] == ["enter", "leave"] * (len(owners) * rounds)
    assert [told[index][1:] for index in range(0, len(told), 2)] == [told[index][1:] for index in range(1, len(told), 2)]
    fences = [int(fence) for word, _, fence in told if word == "enter"]
    assert fences == list(range(1, len(owners) * rounds + 1))
    assert {owner for _, owner, _ in told} == set(owners)
