"""Random interleavings of several owners on a hierarchy of locks, request by request: who may have what at the same time, and that all get it in the end.

Each owner is a thread, of which one at a time runs: before each request and in each sleep it stops, and a seed decides who goes on. Time is the schedule's
and passes when all sleep; each owner's clock differs from it. So a run depends on its seed alone.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import FleetopsError
from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import Run
from ansible_collections.fleetops.eks.plugins.module_utils._lock.live.task import absent, present
from ansible_collections.fleetops.eks.plugins.module_utils._lock.scopes import specs_from_params
from botocore.exceptions import ClientError

from sandbox.aws.testing import Running, start

TTL = 60
ROUNDS = 3
SEEDS = (0, 3)
TARGETS: list[dict[str, str]] = [
    {"fleet": "shop"},
    {"fleet": "shop", "ring": "canary"},
    {"fleet": "shop", "ring": "canary", "cluster": "a"},
    {"fleet": "shop", "ring": "canary", "cluster": "a"},
    {"fleet": "shop", "ring": "canary", "cluster": "b"},
    {"fleet": "shop", "ring": "stable", "cluster": "d"},
    {"fleet": "shop", "ring": "stable", "cluster": "c"},
]


@dataclass
class Turn:
    """One thread's place in the schedule: from when it can go on, and the signal that it may."""

    at: float = 0.0
    go: threading.Event = field(default_factory=threading.Event)
    over: bool = False


class Schedule:
    """Lets one of several threads run at a time. `steps` bounds a run that would never end."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.time = 0.0
        self.steps = 0
        self.turns: list[Turn] = []
        self.stopped = threading.Event()
        self.errors: list[Exception] = []

    def pause(self, turn: Turn, seconds: float = 0.0) -> None:
        """Stop until the schedule lets this thread go on, not before the seconds have passed."""
        turn.at = self.time + seconds
        self.stopped.set()
        turn.go.wait()
        turn.go.clear()

    def start(self, work: Callable[[Turn], None]) -> threading.Thread:
        turn = Turn()
        self.turns.append(turn)

        def body() -> None:
            turn.go.wait()
            turn.go.clear()
            try:
                work(turn)
            except (AssertionError, FleetopsError, ClientError) as error:
                self.errors.append(error)
            finally:
                turn.over = True
                self.stopped.set()

        thread = threading.Thread(target=body, daemon=True)
        thread.start()
        return thread

    def run(self) -> None:
        while (waiting := [turn for turn in self.turns if not turn.over]) and not self.errors:
            self.steps += 1
            assert self.steps < 20_000, "somebody never gets it"
            self.time = max(self.time, min(turn.at for turn in waiting))
            self.stopped.clear()
            self.random.choice([turn for turn in waiting if turn.at <= self.time]).go.set()
            self.stopped.wait()
        if self.errors:
            raise self.errors[0]


@dataclass
class OwnClock:
    """A clock that is not set like the others'."""

    schedule: Schedule
    turn: Turn
    offset: float

    def now(self) -> float:
        return self.schedule.time + self.offset

    def sleep(self, seconds: float) -> None:
        self.schedule.pause(self.turn, seconds)


class Slow:
    """A client whose requests begin when the schedule says; now and then an answer is lost, and the request is sent again, as botocore does."""

    def __init__(self, client: Any, schedule: Schedule, turn: Turn) -> None:
        self.client, self.schedule, self.turn = client, schedule, turn
        self.meta = client.meta

    def __getattr__(self, name: str) -> Any:
        def send(**request: Any) -> Any:
            self.schedule.pause(self.turn)
            if name == "update_item" and self.schedule.random.random() < 0.1:
                self.client.update_item(**request)
                self.schedule.pause(self.turn)
            return getattr(self.client, name)(**request)

        return send


class Oracle:
    """Who has what by its own account, until when; and the fences that were given."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.had: dict[tuple[str, str], tuple[str, float]] = {}
        self.fences: dict[str, dict[int, tuple[int, int]]] = {}
        self.together = 0

    def has(self, owner: str, locks: list[dict[str, Any]]) -> None:
        """Note that the owner has these, for at least half of the lease from now, and that nobody has what must not be beside them."""
        now = self.schedule.time
        for lock in locks:
            others = [mode for (name, other), (mode, until) in self.had.items() if (name, other != owner, until > now) == (lock["name"], True, True)]
            assert lock["mode"] == "shared" or not others, f"{owner} has {lock['name']} alone, beside {others}"
            assert "exclusive" not in others, f"{owner} has {lock['name']} beside an exclusive one"
            self.together += len(others)
            self.had[lock["name"], owner] = (lock["mode"], now + TTL / 2)

    def fenced(self, locks: list[dict[str, Any]], begun: int) -> None:
        """Note new fences: none is given twice, and what was asked for after another was had gets a higher one."""
        for lock in locks:
            known = self.fences.setdefault(lock["name"], {})
            assert lock["fence"] not in known
            assert all(lock["fence"] > fence for fence, (_, end) in known.items() if end < begun)
            known[lock["fence"]] = (begun, self.schedule.steps)

    def lost(self, owner: str) -> None:
        self.had = {key: value for key, value in self.had.items() if key[1] != owner}


class Team:
    """One owner after the other: each acquires, renews some times, and releases or dies."""

    def __init__(self, number: int, rounds: int, client: Any, schedule: Schedule, oracle: Oracle) -> None:
        self.number, self.rounds, self.schedule, self.oracle, self.client = number, rounds, schedule, oracle, client
        self.random = random.Random(f"{schedule.random.random()}")
        self.finished = 0

    def work(self, turn: Turn) -> None:
        client = Slow(self.client, self.schedule, turn)
        run = Run(clock=OwnClock(self.schedule, turn, self.random.uniform(-1e6, 1e6)))
        for turn_number in range(self.rounds):
            self._one(client, run, {"owner": f"run-{self.number}-{turn_number}", "table": "fleetops-locks", "ttl": str(TTL), **self.random.choice(TARGETS)})
            self.finished += 1

    def _one(self, client: Any, run: Run, given: dict[str, Any]) -> None:
        begun, owner = self.schedule.steps, given["owner"]
        got = present(client, specs_from_params(given), run, patience=1e5, create_table=False, protected=False)
        self.oracle.has(owner, got["locks"])
        self.oracle.fenced(got["locks"], begun)
        for _ in range(self.random.randrange(3)):
            run.clock.sleep(self.random.uniform(0, TTL / 4))
            still = present(client, specs_from_params({**given, "fences": got["fences"]}), run, patience=0, create_table=False, protected=False)
            assert still["fences"] == got["fences"]
            self.oracle.has(owner, still["locks"])
        if self.random.random() < 0.25:
            return
        self.oracle.lost(owner)
        assert absent(client, specs_from_params({**given, "state": "absent"}), run)["fences"] == {}


@pytest.fixture(scope="module")
def aws() -> Iterator[Running]:
    with start(delay=0) as running:
        yield running


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_the_order_nobody_is_beside_an_exclusive_holder_and_all_get_it(aws: Running, seed: int) -> None:
    client = aws.client("dynamodb", access_key="AKIATEST")
    if "fleetops-locks" in client.list_tables()["TableNames"]:
        client.delete_table(TableName="fleetops-locks")
    key = {"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}], "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}
    client.create_table(TableName="fleetops-locks", BillingMode="PAY_PER_REQUEST", **key)
    schedule = Schedule(seed)
    oracle = Oracle(schedule)
    teams = [Team(number, ROUNDS, client, schedule, oracle) for number in range(4)]
    threads = [schedule.start(team.work) for team in teams]
    schedule.run()
    for thread in threads:
        thread.join(timeout=60)
    assert [team.finished for team in teams] == [ROUNDS] * 4
    assert oracle.together, "shares were had side by side, so that something was tried"
