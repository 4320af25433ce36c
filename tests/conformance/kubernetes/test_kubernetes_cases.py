"""The same Kubernetes cases on the embedded API and on a real kube-apiserver: every answer is the same, field by field."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.conformance.kubernetes import backends
from tests.conformance.kubernetes.backends import Answer, Backend, Unexpected, play
from tests.conformance.kubernetes.case import Case, load
from tests.conformance.kubernetes.normal import differences, plain
from tests.conformance.ledger import Conformance

CASES = load()
_AT_ONCE = 4
Pair = tuple[list[Answer], list[Answer]]


@dataclass(frozen=True)
class Played:
    """Cases by their identity, with the answers to come."""

    answers: dict[str, Future[Pair]]


@pytest.fixture(scope="session")
def played(request: pytest.FixtureRequest, embedded: Backend, real: Backend) -> Iterator[Played]:
    """Play the chosen cases on both: those that need the servers for themselves one by one, then the others, some at once, those of EKS on its clusters."""
    chosen = [item.callspec.params["case"] for item in request.session.items if isinstance(item, pytest.Function) and item.originalname == _NAME]
    suffix = "".join(random.Random(os.urandom(8)).choices("bcdfghjklm", k=4))

    clusters = request.getfixturevalue("clusters") if any(case.eks for case in chosen) else ()

    def both(case: Case) -> Pair:
        if not case.eks:
            return play(embedded, case, suffix), play(real, case, suffix)
        ours, theirs = clusters
        with ThreadPoolExecutor(1) as beside:  # a case that waits for caches does so on both at once
            there = beside.submit(play, theirs, case, suffix)
            return play(ours, case, suffix), there.result()

    with ThreadPoolExecutor(1) as first, ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = {case.id: first.submit(both, case) for case in chosen if case.alone}
        first.shutdown(wait=True)
        yield Played(answers | {case.id: pool.submit(both, case) for case in chosen if not case.alone})


@pytest.mark.conformance(part="kubernetes", backend="embedded against kube-apiserver")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_both_answer_alike(case: Case, played: Played, conformance: Conformance) -> None:
    embedded, real = played.answers[case.id].result()
    lines: list[str] = []
    steps = [step for step in case.steps if not step.setup]
    for number, (step, ours, theirs) in enumerate(zip(steps, plain(embedded), plain(real), strict=True), 1):
        found = list(differences(ours, theirs, step.ignore))
        lines += [f"step {number}, {step.method} {step.path}: {text}" for _, text in found if text]
        lines += [f"step {number}: nothing differs at {pointer}: take the excuse away" for pointer in step.ignore if pointer not in dict(found)]
        for reason in step.ignore.values():
            conformance.excuse(reason)
    if lines:
        raise Unexpected("\n".join(lines))


_NAME = "test_both_answer_alike"


def test_the_two_are_what_they_are_said_to_be(embedded: Backend, real: Backend) -> None:
    assert embedded.name == backends.EMBEDDED
    assert real.name == backends.REAL
    version = real.send("GET", "/version", headers={"Authorization": f"Bearer {real.token}"}).body
    assert f"{version['major']}.{version['minor']}" == backends.VERSION
    assert real.url != embedded.url
