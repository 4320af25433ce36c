"""fleet_lock on a hierarchy against the simulator: fleet and ring shared, cluster exclusive; all or nothing."""

from __future__ import annotations

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

Result = dict[str, Any]
EDGE = {"fleet": "shop", "ring": "canary", "cluster": "edge"}
CORE = {**EDGE, "cluster": "core"}
FLEET = {"fleet": "shop"}


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


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with start(delay=0) as simulator:
        yield simulator


@pytest.fixture
def aws(running: Running) -> Running:
    """A simulator with an empty table."""
    client = running.client("dynamodb", access_key="AKIATEST")
    if "fleetops-locks" in client.list_tables()["TableNames"]:
        client.delete_table(TableName="fleetops-locks")
    assert converge(running, "nobody", name="none", create_table=True, deletion_protection=False)["changed"]
    running.clear_log()
    return running


def converge(aws: Running, owner: str, *, check_mode: bool = False, **params: Any) -> Result:
    return call("fleet_lock", {"owner": owner, "wait": False, **params}, check_mode=check_mode, url=aws.url)


def by_clock(aws: Running, clock: FakeClock, **params: Any) -> Result:
    """Run the module with a clock of ours; errors come as they are."""
    given = {"endpoint_url": aws.url, "region": "us-east-1", "access_key": "AKIATEST", "secret_key": "not-a-secret", **params}
    options = ArgumentSpecValidator(fleet_lock.SPEC["argument_spec"]).validate(given).validated_parameters
    return fleet_lock.run(options, Context(Clients(options), clock=clock))


def holders(aws: Running) -> dict[str, list[str]]:
    """Return who has what: `=` before the owner of an exclusive lease, `?` before whose turn is next."""
    found = call("fleet_lock_info", {}, url=aws.url)["locks"]
    told = {each["name"]: [*([f"={each['owner']}"] if each["owner"] else []), *(share["owner"] for share in each["shares"])] for each in found}
    claims = {each["name"]: [f"?{each['claimed_by']}"] for each in found if each["claimed_by"]}
    return {name: [*told[name], *claims.get(name, [])] for name in told if name != "none"}


def writes(aws: Running) -> list[str]:
    return [each["operation"] for each in aws.writes("dynamodb")]


def test_creates(aws: Running) -> None:
    result = converge(aws, "run-1", **EDGE, plan_digest="sha256:1")
    assert holders(aws) == {"fleet#shop": ["run-1"], "ring#canary": ["run-1"], "cluster#edge": ["=run-1"]}
    assert result["fences"] == {"fleet": 1, "ring": 1, "cluster": 1}
    assert [(each["name"], each["mode"], each["plan_digest"]) for each in result["locks"]] == [
        ("fleet#shop", "shared", "sha256:1"), ("ring#canary", "shared", "sha256:1"), ("cluster#edge", "exclusive", "sha256:1"),
    ]  # fmt: skip
    assert result["lock"] == result["locks"][-1]
    assert writes(aws) == ["UpdateItem"] * 3


def test_again_renews_each_and_reports_no_change(aws: Running) -> None:
    first = converge(aws, "run-1", **EDGE)
    again = converge(aws, "run-1", **EDGE, fences=first["fences"])
    assert (again["changed"], again["renewed"], again["fences"]) == (False, True, first["fences"])
    assert not {each["version"] for each in again["locks"]} & {each["version"] for each in first["locks"]}


def test_checks_without_touching(aws: Running) -> None:
    result = converge(aws, "run-1", **EDGE, check_mode=True)
    assert result["changed"]
    assert result["diff"]["after"]["fleet"] == {"shared_by": "run-1", "fence": 1}
    assert result["diff"]["after"]["cluster"] == {"owner": "run-1", "fence": 1}
    converge(aws, "run-1", **EDGE)
    aws.clear_log()
    assert not converge(aws, "run-1", **EDGE, check_mode=True)["changed"]
    assert "shared by run-1" in converge(aws, "run-2", **FLEET, wait=True, check_mode=True)["warnings"][0]
    assert converge(aws, "run-1", **EDGE, state="absent", check_mode=True)["changed"]
    assert writes(aws) == []


def test_absent_and_absent_again(aws: Running) -> None:
    converge(aws, "run-1", **EDGE)
    result = converge(aws, "run-1", **EDGE, state="absent")
    assert (result["changed"], result["fences"]) == (True, {})
    assert result["diff"]["before"] == {"fleet": {"shared_by": "run-1"}, "ring": {"shared_by": "run-1"}, "cluster": {"owner": "run-1"}}
    assert not any(holders(aws).values())
    aws.clear_log()
    assert not converge(aws, "run-1", **EDGE, state="absent")["changed"]
    assert writes(aws) == []


def test_runs_on_different_clusters_go_side_by_side_and_fences_grow(aws: Running) -> None:
    first, second = converge(aws, "run-1", **EDGE), converge(aws, "run-2", **CORE)
    assert (first["fences"]["fleet"], second["fences"]["fleet"]) == (1, 2)
    assert holders(aws)["fleet#shop"] == ["run-1", "run-2"]
    converge(aws, "run-1", **EDGE, state="absent")
    assert holders(aws)["fleet#shop"] == ["run-2"]
    assert converge(aws, "run-1", **EDGE)["fences"] == {"fleet": 3, "ring": 3, "cluster": 2}


def test_what_was_taken_is_given_back_when_the_rest_cannot_be_had(aws: Running) -> None:
    converge(aws, "run-1", **EDGE)
    result = converge(aws, "run-2", **EDGE)
    assert "cluster#edge was still held by run-1" in result["msg"]
    assert (result["given_back"], result["not_given_back"]) == (["ring#canary", "fleet#shop"], [])
    assert holders(aws) == {"fleet#shop": ["run-1"], "ring#canary": ["run-1"], "cluster#edge": ["=run-1"]}


def test_what_cannot_be_given_back_is_named(aws: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    converge(aws, "run-1", **EDGE)
    release = fleet_lock.absent.__globals__["LiveShare"]._release

    def refused(self: Any, lease: Any) -> None:
        if self.spec.name == "ring#canary":
            raise FleetopsError("no way back")
        release(self, lease)

    monkeypatch.setattr(fleet_lock.absent.__globals__["LiveShare"], "_release", refused)
    result = converge(aws, "run-2", **EDGE)
    assert result["given_back"] == ["fleet#shop"]
    assert result["not_given_back"] == [{"name": "ring#canary", "error": "no way back"}]
    assert "Not given back: ring#canary" in result["msg"]


def test_what_was_had_before_is_kept_when_the_rest_cannot_be_had(aws: Running) -> None:
    converge(aws, "run-2", **FLEET, mode="shared")
    converge(aws, "run-1", **EDGE)
    assert converge(aws, "run-2", **EDGE)["given_back"] == ["ring#canary"]
    assert holders(aws)["fleet#shop"] == ["run-1", "run-2"]


def test_the_whole_fleet_is_had_alone(aws: Running) -> None:
    converge(aws, "run-1", **EDGE)
    assert "shared by run-1" in converge(aws, "run-2", **FLEET)["msg"]
    assert holders(aws)["fleet#shop"] == ["run-1"], "without patience nothing is claimed"
    converge(aws, "run-1", **EDGE, state="absent")
    converge(aws, "run-2", **FLEET)
    assert "held by run-2" in converge(aws, "run-1", **EDGE)["msg"]
    assert "would wait for itself" in converge(aws, "run-2", **EDGE)["msg"]


def test_whoever_waits_for_the_fleet_is_next(aws: Running) -> None:
    converge(aws, "run-1", **EDGE)
    told: list[str] = []

    def others() -> None:
        told.append(converge(aws, "run-2", **CORE).get("msg", "got it"))
        if len(told) == 3:
            converge(aws, "run-1", **EDGE, state="absent")

    result = by_clock(aws, FakeClock(others), owner="run-9", **FLEET)
    assert (result["lock"]["owner"], result["taken_over_from"]) == ("run-9", None)
    assert all("claimed by run-9" in each for each in told[:2])
    assert holders(aws)["fleet#shop"] == ["=run-9"], "the claim is gone"


def test_whoever_gives_up_takes_the_claim_back(aws: Running) -> None:
    converge(aws, "run-1", **EDGE)
    seen: list[Any] = []
    with pytest.raises(FleetopsError, match="shared by run-1"):
        by_clock(aws, FakeClock(lambda: seen.append(holders(aws)["fleet#shop"])), owner="run-9", **FLEET, wait_timeout=20)
    assert seen[0] == ["run-1", "?run-9"]
    assert converge(aws, "run-2", **CORE)["changed"]


def test_a_claim_that_is_not_renewed_keeps_nobody_for_long(aws: Running) -> None:
    converge(aws, "run-1", **EDGE)

    def dies() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        by_clock(aws, FakeClock(dies), owner="run-9", **FLEET)
    assert holders(aws)["fleet#shop"] == ["run-1", "?run-9"]
    clock = FakeClock()
    assert by_clock(aws, clock, owner="run-2", **CORE)["changed"]
    assert 1060 <= clock.time < 1080


def test_a_dead_share_is_ended_and_a_live_one_waited_for(aws: Running) -> None:
    converge(aws, "dead", **EDGE, ttl="100")
    converge(aws, "alive", **CORE, ttl="100")
    clock = FakeClock()

    def alive() -> None:
        if clock.time < 1130:
            converge(aws, "alive", **CORE, ttl="100")
        elif holders(aws)["fleet#shop"][:1] == ["alive"]:
            converge(aws, "alive", **CORE, state="absent")

    clock.while_asleep = alive
    result = by_clock(aws, clock, owner="run-9", **FLEET)
    assert 1130 <= clock.time < 1160
    assert (result["taken_over_from"]["owner"], result["lock"]["fence"]) == ("dead", 3)
    assert "has lost lock fleet#shop" in converge(aws, "dead", **EDGE, fences={"fleet": 1, "ring": 1, "cluster": 1})["msg"]


def test_a_dead_run_on_the_fleet_gives_way_to_a_share(aws: Running) -> None:
    converge(aws, "dead", **FLEET, ttl="100")
    result = by_clock(aws, FakeClock(), owner="run-1", **EDGE)
    assert (result["taken_over_from"]["owner"], result["fences"]["fleet"]) == ("dead", 2)
    assert "warnings" not in result


def test_what_is_had_is_kept_while_the_rest_is_waited_for(aws: Running) -> None:
    converge(aws, "run-1", **EDGE)
    clock, seen = FakeClock(), set[str]()

    def holds() -> None:
        (fleet,) = call("fleet_lock_info", {"name": "fleet#shop"}, url=aws.url)["locks"]
        seen.update(each["version"] for each in fleet["shares"] if each["owner"] == "run-2")
        converge(aws, "run-1", **EDGE, **({"state": "absent"} if clock.time > 1080 else {}))

    clock.while_asleep = holds
    by_clock(aws, clock, owner="run-2", **EDGE, ttl="60")
    assert len(seen) > 2
    assert holders(aws) == {"fleet#shop": ["run-2"], "ring#canary": ["run-2"], "cluster#edge": ["=run-2"]}


@pytest.mark.parametrize(
    ("mine", "theirs", "told"),
    [
        (FLEET, {**FLEET, "mode": "shared"}, "shared by run-1"),
        ({**FLEET, "mode": "shared"}, FLEET, "held by run-1"),
    ],
)
def test_what_another_takes_between_plan_and_write_is_his(aws: Running, monkeypatch: pytest.MonkeyPatch, mine: Result, theirs: Result, told: str) -> None:
    """The window that the condition of the write closes."""
    perform = LiveLease.perform

    def late(self: LiveLease, step: Any) -> Any:
        monkeypatch.setattr(LiveLease, "perform", perform)
        assert converge(aws, "run-1", **theirs)["changed"]
        return perform(self, step)

    monkeypatch.setattr(LiveLease, "perform", late)
    assert told in converge(aws, "run-2", **mine)["msg"]
    assert holders(aws)["fleet#shop"] in (["run-1"], ["=run-1"])


def test_another_plan_is_refused_with_both_digests(aws: Running) -> None:
    for where in ({"name": "edge"}, EDGE):
        converge(aws, "run-1", **where, plan_digest="sha256:1")
        aws.clear_log()
        refused = converge(aws, "run-1", **where, plan_digest="sha256:2")["msg"]
        assert "for the plan sha256:1, and this is the plan sha256:2" in refused
        assert "plan anew" in refused
        assert writes(aws) == []
        assert converge(aws, "run-1", **where, plan_digest="sha256:1")["renewed"]


def test_a_share_is_broken_by_its_fence_and_the_table_tells_of_it(aws: Running) -> None:
    converge(aws, "run-1", **EDGE)
    converge(aws, "run-2", **CORE)
    broken = {"name": "fleet#shop", "mode": "shared", "force": True, "reason": "lost", "state": "absent"}
    assert "its fences are 1 of run-1, 2 of run-2" in converge(aws, "operator", **broken, fence=9)["msg"]
    assert converge(aws, "operator", **broken, fence=1)["changed"]
    assert holders(aws)["fleet#shop"] == ["run-2"]
    (told,) = call("fleet_lock_info", {"name": "fleet#shop"}, url=aws.url)["broken"]
    assert (told["owner"], told["broken_by"], told["fence"], told["reason"]) == ("run-1", "operator", 1, "lost")


@pytest.mark.parametrize("fault", [{"lost_answer": True}, {"code": "ThrottlingException"}])
@pytest.mark.parametrize("step", ["acquire", "renew", "release"])
def test_a_write_that_is_repeated_is_one_write(aws: Running, step: str, fault: dict[str, Any]) -> None:
    if step != "acquire":
        converge(aws, "run-1", **EDGE)
    aws.faults({"match": "dynamodb:UpdateItem", "times": 1 if fault.get("code") else 3, **fault})
    result = converge(aws, "run-1", **EDGE, state="absent" if step == "release" else "present")
    assert not result.get("failed"), result.get("msg")
    assert holders(aws) == {"fleet#shop": ["run-1"], "ring#canary": ["run-1"], "cluster#edge": ["=run-1"]} or step == "release"
    assert converge(aws, "run-2", **CORE)["fences"] == {"fleet": 2, "ring": 2, "cluster": 1}
    item = aws.client("dynamodb", access_key="AKIATEST").get_item(TableName="fleetops-locks", Key={"id": {"S": "fleet#shop"}})["Item"]
    assert item["shares"]["N"] == ("1" if step == "release" else "2")
