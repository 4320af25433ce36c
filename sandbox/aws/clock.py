"""The simulator's own clock, and what is due on it."""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable


class Clock:
    """Seconds since the epoch, which a test may move forward."""

    def __init__(self) -> None:
        self.offset = 0.0

    def now(self) -> float:
        return time.time() + self.offset

    def advance(self, seconds: float) -> None:
        self.offset += seconds


class Schedule:
    """Actions to run at a time; `run_due` runs those whose time has come, in order."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._serial = itertools.count()
        self._heap: list[tuple[float, int, Callable[[], None]]] = []

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (self._clock.now() + seconds, next(self._serial), action))

    def run_due(self) -> None:
        while self._heap and self._heap[0][0] <= self._clock.now():
            heapq.heappop(self._heap)[2]()

    def clear(self) -> None:
        self._heap.clear()
