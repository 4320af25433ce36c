"""Watches: the past since a version, then what comes, with bookmarks."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from sandbox.kubernetes import conversion
from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.errors import bad_request
from sandbox.kubernetes.kinds import Kind
from sandbox.kubernetes.represent import Form
from sandbox.kubernetes.selectors import Selector
from sandbox.kubernetes.store import Event

Object = dict[str, Any]
# How long a watch without timeoutSeconds lasts, and how often it says where it stands.
DEFAULT_SECONDS = 1800.0
BOOKMARK_SECONDS = 60.0
_PATIENCE = 5.0


@dataclass(frozen=True)
class Watch:
    """What is watched and how it is shown. `name` and `namespace` are empty for all."""

    cluster: Cluster
    kind: Kind
    selector: Selector
    form: Form
    namespace: str = ""
    name: str = ""

    def _chosen(self, obj: Object | None) -> bool:
        if obj is None:
            return False
        metadata = obj["metadata"]
        here = not self.namespace or metadata.get("namespace") == self.namespace
        return here and (not self.name or metadata["name"] == self.name) and self.selector.matches(obj)

    def shown(self, event: Event) -> tuple[str, Object] | None:
        """Return the event as this watch sees it: entering and leaving the selection are ADDED and DELETED. What goes is shown as it last was."""
        before, after = self._chosen(event.old), event.type != "DELETED" and self._chosen(event.obj)
        if not before and not after:
            return None
        kind = "MODIFIED" if before and after else "ADDED" if after else "DELETED"
        obj = event.obj
        if kind == "DELETED" and event.old is not None:
            obj = {**event.old, "metadata": {**event.old["metadata"], "resourceVersion": str(event.version)}}
        return kind, self.form(conversion.outward(self.kind, obj))

    def line(self, kind: str, obj: Object) -> bytes:
        return json.dumps({"type": kind, "object": obj}, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"

    def bookmark(self, version: int, initial: bool = False) -> bytes:
        metadata: Object = {"resourceVersion": str(version), "creationTimestamp": None}
        if initial:
            metadata["annotations"] = {"k8s.io/initial-events-end": "true"}
        return self.line("BOOKMARK", {"kind": self.kind.kind, "apiVersion": self.kind.api_version, "metadata": metadata})


def start(watch: Watch, query: Mapping[str, str]) -> Iterator[bytes]:
    """Return the chunks of a watch. Raises the 400 or 410 of a request that cannot be answered."""
    table, version = watch.kind.store, _version(query.get("resourceVersion", ""))
    listed = query.get("sendInitialEvents") == "true"
    with watch.cluster.store.lock:
        first = listed or (version == 0 and query.get("sendInitialEvents") != "false")
        now = watch.cluster.store.version
        past, queue = watch.cluster.store.follow(table, now if first else version)
        rows = watch.cluster.store.rows(table, watch.namespace) if first else []
    initial = [Event(now, "ADDED", table, row, None) for row in rows]
    seconds = float(query.get("timeoutSeconds") or DEFAULT_SECONDS)
    bookmarks = query.get("allowWatchBookmarks") in ("true", "1")
    return _chunks(watch, [*initial, *past], queue, now, listed and bookmarks, bookmarks, seconds)


def _version(text: str) -> int:
    if text and not text.isdigit():
        raise bad_request(f'Invalid value: "{text}": strconv.ParseUint: parsing "{text}": invalid syntax')
    return int(text or 0)


def _chunks(
    watch: Watch, first: list[Event], queue: SimpleQueue[Event | None], version: int, mark_initial: bool, bookmarks: bool, seconds: float
) -> Iterator[bytes]:
    try:
        for event in first:
            if shown := watch.shown(event):
                yield watch.line(*shown)
        if mark_initial:
            yield watch.bookmark(version, initial=True)
        yield from _following(watch, queue, bookmarks, time.monotonic() + seconds)
    finally:
        watch.cluster.store.unfollow(watch.kind.store, queue)


def _following(watch: Watch, queue: SimpleQueue[Event | None], bookmarks: bool, end: float) -> Iterator[bytes]:
    marked = time.monotonic()
    while (now := time.monotonic()) < end:
        try:
            event = queue.get(timeout=min(_PATIENCE, end - now))
        except Empty:
            due = bookmarks and now - marked >= BOOKMARK_SECONDS
            marked = now if due else marked
            yield watch.bookmark(watch.cluster.store.version) if due else b""
            continue
        if event is None:
            return
        if shown := watch.shown(event):
            yield watch.line(*shown)
