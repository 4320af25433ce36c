"""A converge with nothing to do asks for each thing once: the bound that make bench-calls prints is held."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.benchmarks.api_calls import LEAST, measured

Runs = dict[str, tuple[Counter[str], int]]

MOST = 1.2
"""Times the least possible."""


@pytest.fixture(scope="module")
def runs() -> Runs:
    return measured()


def test_a_converge_with_nothing_to_do_describes_each_thing_once(runs: Runs) -> None:
    calls, changed = runs["no-op"]
    assert changed == 0
    assert calls.total() <= MOST * sum(LEAST.values()), calls
    assert set(calls) == set(LEAST), "a run with nothing to do writes nothing, and asks for nothing else"
    assert runs["creation"][1] == 5
    assert runs["update"][1] == 5


def test_the_least_possible_is_no_more_than_what_is_asked(runs: Runs) -> None:
    calls, _changed = runs["no-op"]
    assert {name: least for name, least in LEAST.items() if calls[name] < least} == {}
