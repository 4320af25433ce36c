"""Where resources live: immutable bodies by key, with a memory of what they were a moment ago."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import Any

Body = dict[str, Any]
Key = Hashable


class Store:
    """Bodies by key. A body is never changed in place, only replaced, so that an old one can still be answered.

    Members of a body that begin with an underscore are the simulator's own; the service's model drops them from answers.
    """

    def __init__(self, now: Callable[[], float], horizon: Callable[[], float]) -> None:
        self._now = now
        self._horizon = horizon
        self._bodies: dict[Key, Body] = {}
        self._journal: dict[Key, list[tuple[float, Body | None]]] = {}

    def get(self, key: Key) -> Body | None:
        """Return what is true now."""
        return self._bodies.get(key)

    def put(self, key: Key, body: Body) -> Body:
        self._remember(key)
        self._bodies[key] = body
        return body

    def change(self, key: Key, **members: Any) -> Body:
        """Replace the body with one whose given members differ."""
        return self.put(key, {**self._bodies[key], **members})

    def remove(self, key: Key) -> None:
        self._remember(key)
        self._bodies.pop(key, None)

    def items(self) -> list[tuple[Key, Body]]:
        return list(self._bodies.items())

    def bodies(self) -> list[Body]:
        return list(self._bodies.values())

    def __len__(self) -> int:
        return len(self._bodies)

    def seen(self, key: Key) -> Body | None:
        """Return what a reader sees: what was true `consistency` seconds ago."""
        past = self._past(key)
        return self._bodies.get(key) if past is None else past[0]

    def all_seen(self) -> Iterator[Body]:
        """Yield every body a reader sees, the oldest first."""
        if not self._journal:
            yield from list(self._bodies.values())
            return
        for key in list(dict.fromkeys([*self._bodies, *self._journal])):
            body = self.seen(key)
            if body is not None:
                yield body

    def _remember(self, key: Key) -> None:
        horizon = self._horizon()
        if horizon <= 0:
            self._journal.clear()
            return
        fresh = [entry for entry in self._journal.get(key, ()) if entry[0] > self._now() - horizon]
        self._journal[key] = [*fresh, (self._now(), self._bodies.get(key))]

    def _past(self, key: Key) -> tuple[Body | None] | None:
        entries = self._journal.get(key)
        if not entries:
            return None
        since = self._now() - self._horizon()
        return next(((before,) for at, before in entries if at > since), None)
