"""reconcile: one story for every module, told with a resource that is a plain dictionary."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Busy, ParentMissing, ServiceError, SettleFailed, SettleTimeout
from ansible_collections.fleetops.eks.plugins.module_utils._core.many import Many
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Change, Plan, Step
from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import Run, reconcile
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Verdict, done, failed, pending


class FakeClock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.time = 0.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


class Dictionary:
    """A resource whose state is a dictionary: every wanted key that differs is one step, which needs `looks` looks to settle."""

    def __init__(self, wanted: dict[str, Any], actual: dict[str, Any] | None = None, *, looks: int = 0, journal: list[str] | None = None) -> None:
        self.wanted, self.actual, self.looks = wanted, dict(actual or {}), looks
        self.journal = [] if journal is None else journal
        self.errors: list[Exception] = []
        self.others: list[Verdict] = []
        self.left = 0
        self.stubborn = False

    def observe(self) -> dict[str, Any]:
        return dict(self.actual)

    def nothing(self) -> dict[str, Any]:
        return {}

    def in_flight(self, state: Any) -> Verdict | None:
        return self.others.pop(0) if self.others else None

    def plan(self, state: dict[str, Any]) -> Plan:
        return Plan(
            tuple(
                Step("set", {"key": key, "value": value}, (Change(key, state.get(key), value),), settle="looks" if self.looks else None)
                for key, value in self.wanted.items()
                if state.get(key) != value
            )
        )

    def perform(self, step: Step) -> Any:
        if self.errors:
            raise self.errors.pop(0)
        self.journal.append(f"set {step.request['key']}")
        if not self.stubborn:
            self.actual[step.request["key"]] = step.request["value"]
        self.left = self.looks
        return {"update": {"id": f"u-{step.request['key']}"}}

    def verdict(self, step: Step, answer: Any) -> Verdict:
        self.journal.append(f"look {step.request['key']}")
        self.left -= 1
        return pending("InProgress") if self.left > 0 else done()

    def busy(self, error: Busy) -> Verdict:
        self.journal.append(f"busy {error.update_id}")
        return done()

    def describe(self, step: Step) -> str:
        return f"set {step.request['key']}"


def run(**options: Any) -> Run:
    return Run(clock=FakeClock(), **{"wait_timeout": 60, **options})


def test_a_difference_is_applied_and_reported_in_order() -> None:
    resource = Dictionary({"a": 1, "b": 2}, {"a": 0})
    outcome = reconcile(resource, run())
    assert outcome.state == {"a": 1, "b": 2}
    assert [(action["operation"], action["fields"], action["status"]) for action in outcome.actions] == [("set", ["a"], "done"), ("set", ["b"], "done")]
    assert outcome.common()["diff"] == {"before": {"a": 0, "b": None}, "after": {"a": 1, "b": 2}}


def test_nothing_to_do_is_no_change_and_no_call() -> None:
    resource = Dictionary({"a": 1}, {"a": 1})
    assert reconcile(resource, run()).common() == {"changed": False, "actions": [], "diff": {"before": {}, "after": {}}}
    assert resource.journal == []


def test_check_mode_plans_and_stops() -> None:
    resource = Dictionary({"a": 1})
    outcome = reconcile(resource, run(check_mode=True))
    assert outcome.changed
    assert outcome.actions == [{"operation": "set", "fields": ["a"], "status": "planned"}]
    assert resource.journal == []
    assert resource.actual == {}


def test_each_step_settles_before_the_next_begins() -> None:
    resource = Dictionary({"a": 1, "b": 2}, looks=2)
    outcome = reconcile(resource, run())
    assert resource.journal == ["set a", "look a", "look a", "set b", "look b", "look b"]
    assert outcome.actions[0]["update_id"] == "u-a"


def test_without_wait_the_last_step_is_not_waited_for() -> None:
    resource = Dictionary({"a": 1, "b": 2}, looks=2)
    outcome = reconcile(resource, run(wait=False))
    assert resource.journal == ["set a", "look a", "look a", "set b"]
    assert [action["status"] for action in outcome.actions] == ["done", "requested"]


def test_an_error_carries_what_was_applied_before_it() -> None:
    resource = Dictionary({"a": 1, "b": 2})
    resource.errors = []
    original = resource.perform

    def second_fails(step: Step) -> Any:
        if step.request["key"] == "b":
            raise ServiceError("Could not set b: Denied: no.", code="Denied")
        return original(step)

    resource.perform = second_fails  # type: ignore[method-assign]
    with pytest.raises(ServiceError) as caught:
        reconcile(resource, run())
    assert [action["status"] for action in caught.value.facts["actions"]] == ["done", "failed"]
    assert caught.value.facts["changed"] is True


@pytest.mark.parametrize(("wait", "status"), [(True, "done"), (False, "requested")])
def test_a_result_that_cannot_be_read_hides_nothing_of_what_was_applied(wait: bool, status: str) -> None:
    resource = Dictionary({"a": 1}, looks=1)
    looks = iter([resource.observe()])

    def reads_once() -> dict[str, Any]:
        for state in looks:
            return state
        raise ServiceError("Could not read a: Throttling: rate exceeded.", code="Throttling")

    resource.observe = reads_once  # type: ignore[method-assign]
    with pytest.raises(ServiceError) as caught:
        reconcile(resource, run(wait=wait))
    assert [action["status"] for action in caught.value.facts["actions"]] == [status]
    assert caught.value.facts["changed"] is True


def test_another_operation_in_the_way_is_awaited_and_the_call_made_again() -> None:
    resource = Dictionary({"a": 1})
    resource.errors = [Busy("busy", code="ResourceInUseException", update_id="u-1"), Busy("busy", code="ResourceInUseException", update_id="u-2")]
    outcome = reconcile(resource, run())
    assert resource.journal == ["busy u-1", "busy u-2", "set a"]
    assert [action["status"] for action in outcome.actions] == ["done"]


def test_being_busy_for_ever_ends_at_the_deadline() -> None:
    resource = Dictionary({"a": 1})
    resource.errors = [Busy("busy", code="ResourceInUseException") for _ in range(100)]
    with pytest.raises(Busy):
        reconcile(resource, run(wait_timeout=30))


def test_an_operation_under_way_is_awaited_before_planning() -> None:
    resource = Dictionary({"a": 1})
    resource.others = [pending("CREATING"), pending("CREATING")]
    assert reconcile(resource, run()).state == {"a": 1}


def test_check_mode_does_not_wait_for_others() -> None:
    resource = Dictionary({"a": 1})
    resource.others = [pending("CREATING")]
    clock = FakeClock()
    reconcile(resource, Run(check_mode=True, clock=clock))
    assert clock.slept == []


def test_one_deadline_bounds_all_steps() -> None:
    resource = Dictionary({"a": 1, "b": 2}, looks=1000)
    with pytest.raises(SettleTimeout) as caught:
        reconcile(resource, run(wait_timeout=20))
    assert "set a was still InProgress after 20 s" in str(caught.value)
    assert [action["status"] for action in caught.value.facts["actions"]] == ["failed"]


def test_pauses_double_up_to_a_limit() -> None:
    clock = FakeClock()
    reconcile(Dictionary({"a": 1}, looks=12), Run(clock=clock, wait_timeout=600))
    assert clock.slept[:4] == [0.2, 0.4, 0.8, 1.6]
    assert max(clock.slept) == 15.0


def test_a_declaration_that_is_ignored_is_a_warning_with_the_fields() -> None:
    resource = Dictionary({"a": 1})
    resource.stubborn = True
    clock = FakeClock()
    assert "differs from the declaration in a" in reconcile(resource, Run(clock=clock)).warnings[0]
    assert 10 <= clock.time < 11


def test_reads_that_lag_are_no_warning_and_no_result() -> None:
    """IAM and EKS may answer for a moment what was true before a write."""
    resource, stale = Dictionary({"a": 1}), [{}, {}, {}]
    resource.observe = lambda: stale.pop() if stale else dict(resource.actual)  # type: ignore[method-assign]
    outcome = reconcile(resource, run())
    assert (outcome.state, outcome.warnings, resource.journal) == ({"a": 1}, [], ["set a"])


def test_a_missing_parent_is_planned_from_nothing_in_check_mode_only() -> None:
    resource = Dictionary({"a": 1})

    def missing() -> Any:
        raise ParentMissing("Cluster x does not exist.", remedy="Create it.")

    resource.observe = missing  # type: ignore[method-assign]
    outcome = reconcile(resource, run(check_mode=True))
    assert outcome.changed
    assert "Cluster x does not exist." in outcome.warnings[0]
    with pytest.raises(ParentMissing):
        reconcile(resource, run())


def test_members_of_a_wave_are_in_flight_together_and_waves_follow_each_other() -> None:
    journal: list[str] = []
    members = {name: Dictionary({name: 1}, looks=1, journal=journal) for name in ("a", "b", "c")}
    outcome = reconcile(Many([{"a": members["a"], "b": members["b"]}, {"c": members["c"]}]), run())
    assert journal == ["set a", "set b", "look a", "look b", "set c", "look c"]
    assert [action["subject"] for action in outcome.actions] == ["a", "b", "c"]


def test_a_failing_member_does_not_keep_its_neighbours_from_settling() -> None:
    journal: list[str] = []
    bad, good = Dictionary({"x": 1}, looks=1, journal=journal), Dictionary({"y": 1}, looks=1, journal=journal)
    bad.verdict = lambda step, answer: failed("quota")  # type: ignore[method-assign]
    with pytest.raises(SettleFailed) as caught:
        reconcile(Many([{"bad": bad, "good": good}]), run())
    assert [action["status"] for action in caught.value.facts["actions"]] == ["failed", "done"]
    assert "quota" in str(caught.value)
