"""Every request the simulator answered, for tests to count and read."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

KEPT = 200_000
READS = ("Describe", "List", "Get", "Head", "BatchGet", "Query", "Scan", "Lookup", "Search", "Simulate", "AssumeRole", "Decode")


@dataclass(frozen=True)
class Entry:
    """One request: `ms` is the time the answer took, `code` the error's code or null."""

    n: int
    time: float
    service: str
    operation: str
    account: str
    region: str
    access_key: str
    status: int
    code: str | None
    ms: float
    write: bool
    resource: str
    user_agent: str


class RequestLog:
    """The last requests, numbered from 1 since the log was emptied."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._count = 0

    def add(self, **values: Any) -> None:
        self._count += 1
        self._entries.append(Entry(n=self._count, write=is_write(values["operation"]), **values))

    def since(self, number: int, *, writes: bool, service: str | None) -> dict[str, Any]:
        """Return the requests after the given number, and the number to ask with next."""
        found = [entry for entry in list(self._entries) if entry.n > number and (entry.write or not writes) and service in (None, entry.service)]
        return {"next": self._count, "requests": [asdict(entry) for entry in found]}

    def clear(self) -> None:
        self._entries.clear()
        self._count = 0


def is_write(operation: str) -> bool:
    return not operation.startswith(READS)
