"""The garbage collector of a real API server: what ends takes along what it owns, or lets it go, as the policy of its deletion says.

It follows the metadata of everything that can be deleted, custom resources too, each kind by one watch. It does not look for owners that never were.
"""

from __future__ import annotations

import http.client
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

from sandbox.kubernetes.deletion import FOREGROUND, ORPHAN
from sandbox.kubernetes.lifecycle import blocks, without_owner
from sandbox.real.client import MERGE, Client, Refused

Object = dict[str, Any]
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_METADATA = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
_METADATA_LIST = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
_VERBS = {"list", "watch", "delete", "patch"}
_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_OVERTAKEN = (404, 409, 422)
_RETRY_SECONDS = 0.5
_PATIENCE_SECONDS = 15.0
"""A kind whose storage is being made or taken down is refused for a while (429, 5xx), or its watch is cut: a trouble that passes is none."""
_DISCOVERY_SECONDS = 10.0
"""Discovery tells of a new kind some time after its definition's last event, so it is asked again without one too."""


def resources(client: Client, scopes: tuple[str, ...], verbs: set[str]) -> Iterator[tuple[str, str]]:
    """Yield the root and the plural of each resource that the server serves with these verbs, at the version that it prefers."""
    for start in ("/api", "/apis"):
        for group in client.call("GET", start, accept=AGGREGATED)["items"]:
            version = group["versions"][0]
            root = "/".join(filter(None, [start, group["metadata"].get("name"), version["version"]]))
            for resource in version.get("resources") or ():
                if resource["scope"] in scopes and verbs <= set(resource["verbs"]):
                    yield root, resource["resource"]


@dataclass(frozen=True)
class Known:
    """An object's metadata, under `metadata`, and where it is."""

    listed: str
    place: str
    obj: Object

    @property
    def uid(self) -> str:
        return str(self.obj["metadata"]["uid"])

    @property
    def owners(self) -> set[str]:
        return {reference["uid"] for reference in self.obj["metadata"].get("ownerReferences") or ()}

    @property
    def ends(self) -> bool:
        return "deletionTimestamp" in self.obj["metadata"]

    @property
    def finalizers(self) -> list[str]:
        return list(self.obj["metadata"].get("finalizers") or ())


@dataclass
class Graph:
    """Everything by uid, what each owns, and the owners that have gone."""

    known: dict[str, Known] = field(default_factory=dict)
    owned: dict[str, set[str]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    def keep(self, new: Known) -> None:
        self._unlink(new.uid)
        self.known[new.uid] = new
        for owner in new.owners:
            self.owned.setdefault(owner, set()).add(new.uid)

    def forget(self, uid: str) -> None:
        self._unlink(uid)
        self.known.pop(uid, None)
        self.gone.add(uid)

    def _unlink(self, uid: str) -> None:
        for owner in self.known[uid].owners if uid in self.known else ():
            self.owned[owner].discard(uid)

    def dependents(self, uid: str) -> list[Known]:
        return [self.known[each] for each in sorted(self.owned.get(uid, ()))]


@dataclass
class Trouble:
    """What fails, and is tried again: one that returns after more than the patience is a new one."""

    begun: float = 0.0
    latest: float = -_PATIENCE_SECONDS * 2

    def is_lasting(self, error: Exception, now: float) -> bool:
        """Note another failure; tell whether it is more than one that passes."""
        if now - self.latest > _PATIENCE_SECONDS:
            self.begun = now
        self.latest = now
        return not passes(error) or now - self.begun >= _PATIENCE_SECONDS


def passes(error: Exception) -> bool:
    """Tell whether the same may work before long: an answer that says so, or a connection that was cut."""
    if isinstance(error, Refused):
        return error.code == 429 or error.code >= 500
    return not isinstance(error, TimeoutError)


class Collector:
    """The collector of one server: a thread for each kind's watch, and one that does what they tell. `complain` hears of what goes wrong."""

    def __init__(self, client: Client, complain: Callable[[str], None] = lambda text: print(text, file=sys.stderr, flush=True)) -> None:
        self._client = client
        self._complain = complain
        self._graph = Graph()
        self._followed: set[str] = set()
        self._stale = threading.Event()
        self._stopped = threading.Event()
        self._queue: SimpleQueue[tuple[str, Known] | None] = SimpleQueue()

    def start(self) -> None:
        threading.Thread(target=self._work, daemon=True).start()
        threading.Thread(target=self._discover, daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()
        self._stale.set()
        self._queue.put(None)

    def _discover(self) -> None:
        """Follow every kind that there is, and those that definitions bring."""
        trouble = Trouble()
        while not self._stopped.is_set():
            self._stale.clear()
            try:
                for root, plural in list(resources(self._client, ("Namespaced", "Cluster"), _VERBS)):
                    self._begin(root, plural)
            except (Refused, OSError, http.client.HTTPException, ValueError) as error:
                self._stale.set()
                self._fail("discovery", error, trouble)
            self._stale.wait(_DISCOVERY_SECONDS)

    def _begin(self, root: str, plural: str) -> None:
        listed = f"{root}/{plural}"
        if plural != "events" and listed not in self._followed:
            self._followed.add(listed)
            threading.Thread(target=self._follow, args=(root, plural), daemon=True).start()

    def _follow(self, root: str, plural: str) -> None:
        """Tell of a kind's objects until the server no longer has the kind."""
        listed, trouble = f"{root}/{plural}", Trouble()
        while not self._stopped.is_set() and listed in self._followed:
            try:
                self._watch(root, plural)
            except (Refused, OSError, http.client.HTTPException, ValueError) as error:
                if isinstance(error, Refused) and error.code == 404:
                    self._followed.discard(listed)
                else:
                    self._fail(f"watch of {listed}", error, trouble)

    def _fail(self, what: str, error: Exception, trouble: Trouble) -> bool:
        """Complain of a trouble that lasts; tell so. Return when it is time to try again."""
        lasting = trouble.is_lasting(error, time.monotonic())
        if lasting and not self._stopped.is_set():
            self._complain(f"{what}: {error}")
        self._stopped.wait(_RETRY_SECONDS)
        return lasting

    def _watch(self, root: str, plural: str) -> None:
        """Tell of a kind's objects and then of one watch's events; what was known and is not there any more has gone."""
        listed = f"{root}/{plural}"
        found = self._client.call("GET", listed, accept=_METADATA_LIST)
        self._client.close()
        items = found["items"] or ()
        self._missed(listed, {item["metadata"]["uid"] for item in items})
        for item in items:
            self._tell("ADDED", listed, root, plural, item)
        for event, obj in self._client.watch(listed, found["metadata"]["resourceVersion"], accept=_METADATA):
            if self._stopped.is_set():
                return
            self._tell(event, listed, root, plural, obj)

    def _tell(self, event: str, listed: str, root: str, plural: str, obj: Object) -> None:
        self._queue.put((event, Known(listed, _place(root, plural, obj["metadata"]), obj)))
        if listed == _DEFINITIONS:
            self._stale.set()

    def _missed(self, listed: str, met: set[str]) -> None:
        for each in list(self._graph.known.values()):
            if each.listed == listed and each.uid not in met:
                self._queue.put(("DELETED", each))

    def _work(self) -> None:
        while (item := self._queue.get()) is not None and not self._stopped.is_set():
            trouble = Trouble()
            while not self._stopped.is_set() and not self._learned(*item, trouble):
                continue

    def _learned(self, event: str, known: Known, trouble: Trouble) -> bool:
        """Act on an event; tell whether that is over with: done, or given up with a complaint. To act twice does no harm."""
        try:
            self._learn(event, known)
        except (Refused, OSError, http.client.HTTPException) as error:
            return self._fail(f"after {event} of {known.place}", error, trouble)
        return True

    def _learn(self, event: str, known: Known) -> None:
        if event == "DELETED":
            self._graph.forget(known.uid)
            for dependent in self._graph.dependents(known.uid):
                self._leave(dependent, known.uid)
            for owner in known.owners & self._graph.known.keys():
                self._collect(self._graph.known[owner])
            return
        self._graph.keep(known)
        self._collect(known)
        for owner in known.owners:
            if owner in self._graph.gone:
                self._leave(known, owner)
            elif owner in self._graph.known:
                self._collect(self._graph.known[owner])

    def _collect(self, owner: Known) -> None:
        """Do what the finalizer of an ending owner waits for, and take it off."""
        if not owner.ends:
            return
        if ORPHAN in owner.finalizers:
            for dependent in self._graph.dependents(owner.uid):
                self._release(dependent, owner.uid)
            self._let_go(owner, ORPHAN)
        elif FOREGROUND in owner.finalizers:
            blocking = [each for each in self._graph.dependents(owner.uid) if blocks(each.obj, owner.uid)]
            for dependent in blocking:
                self._delete(dependent, "Foreground" if self._graph.dependents(dependent.uid) else "Background")
            if not blocking:
                self._let_go(owner, FOREGROUND)

    def _leave(self, dependent: Known, owner: str) -> None:
        """Delete what a gone owner alone had; another owner keeps it."""
        if dependent.owners - {owner} - self._graph.gone:
            self._release(dependent, owner)
        else:
            self._delete(dependent, "Background")

    def _delete(self, known: Known, policy: str) -> None:
        if not known.ends:
            options = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": policy, "preconditions": {"uid": known.uid}}
            self._write("DELETE", known, options)

    def _release(self, known: Known, owner: str) -> None:
        references = without_owner(known.obj, owner)["metadata"].get("ownerReferences")
        self._write("PATCH", known, {"metadata": {"uid": known.uid, "ownerReferences": references}})

    def _let_go(self, known: Known, finalizer: str) -> None:
        left = [each for each in known.finalizers if each != finalizer]
        version = known.obj["metadata"]["resourceVersion"]
        self._write("PATCH", known, {"metadata": {"uid": known.uid, "resourceVersion": version, "finalizers": left or None}})

    def _write(self, method: str, known: Known, body: Object) -> None:
        """Write, unless somebody was faster: then that write's event follows."""
        try:
            self._client.call(method, known.place, body, **({"kind": MERGE} if method == "PATCH" else {}))
        except Refused as refused:
            if refused.code not in _OVERTAKEN:
                raise


def _place(root: str, plural: str, metadata: Object) -> str:
    namespace = f"/namespaces/{metadata['namespace']}" if metadata.get("namespace") else ""
    return f"{root}{namespace}/{plural}/{metadata['name']}"
