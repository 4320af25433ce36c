"""What one cluster holds: tables of objects, one resource version for all, and a window of recent events for watches.

Objects in the store are never changed in place: a write puts a new one.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

from sandbox.kubernetes.errors import expired

Object = dict[str, Any]
Table = tuple[str, str]
Key = tuple[str, str]
# Events older than this many writes are forgotten: a watch from before them gets 410.
WINDOW = 1000


@dataclass(frozen=True, slots=True)
class Event:
    """One write: `old` is what the object was before, None when it was added."""

    version: int
    type: str
    table: Table
    obj: Object
    old: Object | None


class Store:
    """Tables by (group, plural), rows by (namespace, name); thread safe."""

    def __init__(self, first_version: int = 1) -> None:
        self.lock = threading.RLock()
        self.version = first_version
        self._tables: dict[Table, dict[Key, Object]] = {}
        self._events: deque[Event] = deque(maxlen=WINDOW)
        self._forgotten = first_version
        self._begun: dict[Table, int] = {}
        self._watchers: dict[Table, set[SimpleQueue[Event | None]]] = {}

    def get(self, table: Table, namespace: str, name: str) -> Object | None:
        return self._tables.get(table, {}).get((namespace, name))

    def tables(self) -> list[Table]:
        return list(self._tables)

    def rows(self, table: Table, namespace: str = "") -> list[Object]:
        """Return the objects of a table in order of namespace and name; an empty namespace means all."""
        with self.lock:
            rows = self._tables.get(table, {})
            keys = sorted(key for key in rows if not namespace or key[0] == namespace)
            return [rows[key] for key in keys]

    def everything(self) -> Iterator[tuple[Table, Object]]:
        with self.lock:
            held = [(table, obj) for table, rows in self._tables.items() for obj in rows.values()]
        yield from held

    def snapshot(self, table: Table, namespace: str) -> tuple[list[Object], int]:
        """Return rows and the version at which they are so."""
        with self.lock:
            return self.rows(table, namespace), self.version

    def rows_at(self, table: Table, namespace: str, version: int) -> list[Object] | None:
        """Return the rows as they were at a version; None when that is longer ago than the store remembers."""
        with self.lock:
            if version < self._forgotten and version < self.version:
                return None
            rows = dict(self._tables.get(table, {}))
            for event in reversed(self._events):
                if event.version > version and event.table == table:
                    _undo(rows, event)
            return [rows[key] for key in sorted(rows) if not namespace or key[0] == namespace]

    def put(self, table: Table, obj: Object) -> Object:
        """Store an object, new or changed, at the next version; returns it as stored."""
        with self.lock:
            key = _key(obj)
            rows = self._tables.setdefault(table, {})
            old = rows.get(key)
            stored = self._versioned(obj)
            rows[key] = stored
            self._announce(Event(self.version, "MODIFIED" if old else "ADDED", table, stored, old))
            return stored

    def delete(self, table: Table, obj: Object) -> Object:
        """Forget an object; returns its last state at the version of the deletion."""
        with self.lock:
            last = self._versioned(obj)
            rows = self._tables[table]
            old = rows.pop(_key(obj))
            if not rows:
                del self._tables[table]
            self._announce(Event(self.version, "DELETED", table, last, old))
            return last

    def _versioned(self, obj: Object) -> Object:
        self.version += 1
        return {**obj, "metadata": {**obj["metadata"], "resourceVersion": str(self.version)}}

    def _announce(self, event: Event) -> None:
        if len(self._events) == WINDOW:
            self._forgotten = self._events[0].version
        self._events.append(event)
        for queue in self._watchers.get(event.table, ()):
            queue.put(event)

    def follow(self, table: Table, after: int) -> tuple[list[Event], SimpleQueue[Event | None]]:
        """Return the table's events since a version and a queue of those to come. Raises the 410 for a version too old."""
        with self.lock:
            oldest = max(self._forgotten, self._begun.get(table, 0))
            if after < oldest and after < self.version:
                raise expired(f"too old resource version: {after} ({oldest})")
            queue: SimpleQueue[Event | None] = SimpleQueue()
            self._watchers.setdefault(table, set()).add(queue)
            return [event for event in self._events if event.table == table and event.version > after], queue

    def unfollow(self, table: Table, queue: SimpleQueue[Event | None]) -> None:
        with self.lock:
            self._watchers.get(table, set()).discard(queue)

    def begin(self, table: Table) -> None:
        """Let the story of a table begin now: it is that of another kind from here on, though the name be the same."""
        with self.lock:
            self._begun[table] = self.version

    def end(self, table: Table) -> None:
        """End the watches of a table."""
        with self.lock:
            for queue in self._watchers.get(table, ()):
                queue.put(None)

    def close(self) -> None:
        """End every watch."""
        with self.lock:
            for table in self._watchers:
                self.end(table)


def _undo(rows: dict[Key, Object], event: Event) -> None:
    if event.old is None:
        rows.pop(_key(event.obj), None)
    else:
        rows[_key(event.obj)] = event.old


def _key(obj: Object) -> Key:
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]
