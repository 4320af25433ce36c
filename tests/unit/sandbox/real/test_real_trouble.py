"""Which troubles of the collector pass by themselves, and when one has lasted too long."""

from __future__ import annotations

import http.client

import pytest

from sandbox.real.client import Refused
from sandbox.real.collector import Trouble

BUSY = Refused(429, {"reason": "TooManyRequests", "message": "storage is (re)initializing"})


def lasting(*failures: tuple[float, Exception]) -> list[bool]:
    trouble = Trouble()
    return [trouble.is_lasting(error, now) for now, error in failures]


@pytest.mark.parametrize(
    "error", [BUSY, Refused(503, {}), http.client.IncompleteRead(b""), ConnectionResetError(), ConnectionRefusedError(), ValueError("cut")]
)
def test_what_passes_is_told_when_it_lasts(error: Exception) -> None:
    assert lasting((100.0, error), (108.0, error), (114.9, error), (115.0, error)) == [False, False, False, True]


@pytest.mark.parametrize("error", [Refused(401, {}), Refused(403, {}), Refused(405, {}), Refused(400, {}), TimeoutError("timed out")])
def test_what_does_not_pass_is_told_at_once(error: Exception) -> None:
    assert lasting((0.0, error)) == [True]


def test_what_returns_after_a_while_is_a_new_trouble() -> None:
    assert lasting((0.0, BUSY), (14.0, BUSY), (29.1, BUSY), (44.0, BUSY)) == [False, False, False, False]
