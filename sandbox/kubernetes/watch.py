"""Watches: the past since a version, then what comes, with bookmarks."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from sandbox.kubernetes import conversion, listing
from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.errors import ApiError, too_large
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

    def bookmark(self, version: int, initial: bool = False) -> tuple[str, Object]:
        """Return the event that says up to where all has been told; `initial`: that the first events are over."""
        metadata: Object = {"resourceVersion": str(version)}
        if initial:
            metadata["annotations"] = {"k8s.io/initial-events-end": "true"}
        return "BOOKMARK", self.form({"kind": self.kind.kind, "apiVersion": self.kind.api_version, "metadata": metadata})


class Lines:
    """The lines of one stream. Only the first Table says which columns it has."""

    def __init__(self) -> None:
        self._told = False

    def __call__(self, kind: str, obj: Object) -> bytes:
        if obj.get("kind") == "Table":
            obj = {**obj, "columnDefinitions": None} if self._told else obj
            self._told = True
        return json.dumps({"type": kind, "object": obj}, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def start(watch: Watch, query: Mapping[str, str]) -> Iterator[bytes]:
    """Return the chunks of a watch. A version that is too old or not yet there is told in an event: the stream has begun."""
    version, bookmarks = int(query.get("resourceVersion") or 0), listing.yes(query, "allowWatchBookmarks")
    streams = listing.yes(query, "sendInitialEvents") or (bookmarks and version == 0 and not query.get("resourceVersionMatch"))
    try:
        with watch.cluster.store.lock:
            now = watch.cluster.store.version
            if streams and version > now:
                raise too_large(version, now)
            # Without a version, or with 0, one hears first what is there; that only later events are wanted has to be said
            first = streams or (version == 0 and not query.get("resourceVersionMatch"))
            past, queue = watch.cluster.store.follow(watch.kind.store, version if version and not streams else now)
            rows = watch.cluster.store.rows(watch.kind.store, watch.namespace) if first else []
    except ApiError as error:
        return iter([Lines()("ERROR", error.status())])
    initial = [Event(now, "ADDED", watch.kind.store, row, None) for row in rows]
    seconds = float(query.get("timeoutSeconds") or DEFAULT_SECONDS)
    return _chunks(watch, [*initial, *past], queue, now if streams and bookmarks else None, bookmarks, seconds)


def _chunks(watch: Watch, first: list[Event], queue: SimpleQueue[Event | None], mark: int | None, bookmarks: bool, seconds: float) -> Iterator[bytes]:
    """Yield the first events, a bookmark after them where there is a version to mark, then what comes."""
    line = Lines()
    try:
        for event in first:
            if shown := watch.shown(event):
                yield line(*shown)
        if mark is not None:
            yield line(*watch.bookmark(mark, initial=True))
        yield from _following(watch, line, queue, bookmarks, time.monotonic() + seconds)
    finally:
        watch.cluster.store.unfollow(watch.kind.store, queue)


def _following(watch: Watch, line: Lines, queue: SimpleQueue[Event | None], bookmarks: bool, end: float) -> Iterator[bytes]:
    marked = time.monotonic()
    while (now := time.monotonic()) < end:
        try:
            event = queue.get(timeout=min(_PATIENCE, end - now))
        except Empty:
            due = bookmarks and now - marked >= BOOKMARK_SECONDS
            marked = now if due else marked
            yield line(*watch.bookmark(watch.cluster.store.version)) if due else b""
            continue
        if event is None:
            return
        if shown := watch.shown(event):
            yield line(*shown)
