"""What runs beside a real API server: the embedded controllers, fed by watches, namespaces emptied by what the server itself serves, and its collector."""

from __future__ import annotations

import http.client
import sys
import threading
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any

from sandbox.kubernetes import controllers, deletion, nodes
from sandbox.kubernetes.cluster import Cluster, World
from sandbox.kubernetes.controllers import REACTIONS, Reaction
from sandbox.kubernetes.store import Event, Table
from sandbox.real.client import Client, Refused, path_of
from sandbox.real.collector import Collector, resources
from sandbox.real.mirror import MirrorStore, RealCluster, kind_of

Object = dict[str, Any]
ACCOUNTS: Table = ("", "serviceaccounts")
# The API server keeps these itself: the Service kubernetes and where it leads, and whether a custom resource is served.
_SERVERS = {("", "services"), ("", "endpoints"), ("discovery.k8s.io", "endpointslices"), ("apiextensions.k8s.io", "customresourcedefinitions")}
_RETRY_SECONDS = 0.5


def _namespace(cluster: Cluster, event: Event) -> None:
    if event.type == "DELETED":
        return
    assert isinstance(cluster, RealCluster)
    if event.obj["metadata"].get("deletionTimestamp"):
        empty(cluster, event.obj)
    elif event.type == "ADDED":
        controllers.provide_defaults(cluster, event.obj["metadata"]["name"])


def _token_secret(cluster: Cluster, event: Event) -> None:
    """Learn of the Secret's ServiceAccount first, whose watch may be behind."""
    annotations = event.obj["metadata"].get("annotations") or {}
    name = annotations.get("kubernetes.io/service-account.name")
    if event.type != "DELETED" and event.obj.get("type") == controllers.TOKEN_TYPE and name:
        assert isinstance(cluster, RealCluster)
        cluster.refresh(ACCOUNTS, event.obj["metadata"]["namespace"], name)
        for reaction in REACTIONS[event.table]:
            reaction(cluster, event)


def _ended_pod(cluster: Cluster, event: Event) -> None:
    """End a pod that is being deleted, as its node's kubelet would."""
    if event.type != "DELETED" and event.obj["metadata"].get("deletionTimestamp") and event.obj["spec"].get("nodeName"):
        cluster.remove(event.table, event.obj)


def _reactions() -> dict[Table, tuple[Reaction, ...]]:
    ours: dict[Table, tuple[Reaction, ...]] = {
        ("", "namespaces"): (_namespace,),
        ("", "secrets"): (_token_secret,),
        ("", "pods"): (_ended_pod, *REACTIONS["", "pods"]),
        nodes.LEASES: (),
    }
    return {table: reactions for table, reactions in REACTIONS.items() if table not in _SERVERS} | ours


WATCHED = _reactions()


def react(cluster: Cluster, event: Event) -> None:
    """Run what follows one event."""
    for reaction in WATCHED.get(event.table, ()):
        reaction(cluster, event)


def empty(cluster: RealCluster, namespace: Object) -> None:
    """Delete everything in a terminating namespace; let it go when nothing is left. What finalizers hold is looked at again later."""
    name = namespace["metadata"]["name"]
    if sum(_emptied(cluster, path) for path in list(_namespaced(cluster, name))):
        return
    spec = {key: value for key, value in (namespace.get("spec") or {}).items() if key != "finalizers"}
    cluster.change(deletion.NAMESPACES, namespace, spec=spec)


def _emptied(cluster: RealCluster, path: str) -> int:
    """Delete the content of a list; return how much was left of it afterwards."""
    if not cluster.client.call("GET", path, limit=1).get("items"):
        return 0
    cluster.client.call("DELETE", path, {"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0, "propagationPolicy": "Background"})
    return len(cluster.client.call("GET", path, limit=1).get("items") or ())


def _namespaced(cluster: RealCluster, name: str) -> Iterator[str]:
    """Yield the address of each list of a namespace that can be deleted."""
    for root, plural in resources(cluster.client, ("Namespaced",), {"list", "deletecollection"}):
        yield f"{root}/namespaces/{name}/{plural}"


class Player:
    """The controllers of one cluster: a thread for each watch, and one that reacts to what they tell."""

    def __init__(self, path: str, version: str, world: World, client: Client) -> None:
        self.cluster = RealCluster(path, version, world, store=MirrorStore(), client=client, react=react)
        self._queue: SimpleQueue[tuple[str, Table, Any] | None] = SimpleQueue()
        self._stopped = threading.Event()
        self._collector = Collector(client, lambda text: self._complain(f"collector: {text}"))

    def start(self) -> None:
        threading.Thread(target=self._work, daemon=True).start()
        self._collector.start()
        for table in WATCHED:
            threading.Thread(target=self._follow, args=(table,), daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()
        self._collector.stop()
        self._queue.put(None)

    def tick(self) -> None:
        """Do what time brings: nodes whose heartbeats stopped, namespaces that something still holds."""
        nodes.check(self.cluster)
        for namespace in self.cluster.store.rows(deletion.NAMESPACES):
            if namespace["metadata"].get("deletionTimestamp"):
                self._queue.put(("AGAIN", deletion.NAMESPACES, namespace))

    def _work(self) -> None:
        while (item := self._queue.get()) is not None and not self._stopped.is_set():
            kind, table, told = item
            try:
                if kind == "LIST":
                    self.cluster.learn_list(table, told)
                elif kind == "AGAIN":
                    empty(self.cluster, told)
                else:
                    self.cluster.learn(kind, table, told)
            except (Refused, OSError, http.client.HTTPException) as error:
                self._complain(f"{kind} of {'/'.join(table)}: {error}")

    def _follow(self, table: Table) -> None:
        """Keep the mirror of a table up: list, watch, and again when the watch ends."""
        kind = kind_of(table)
        about = {"apiVersion": f"{kind.group}/{kind.version}".lstrip("/"), "kind": kind.kind}
        while not self._stopped.is_set():
            try:
                listed = self.cluster.client.call("GET", path_of(kind))
                self._queue.put(("LIST", table, [{**about, **item} for item in listed["items"] or ()]))
                for event, obj in self.cluster.client.watch(path_of(kind), listed["metadata"]["resourceVersion"]):
                    self._queue.put((event, table, obj))
            except (Refused, OSError, http.client.HTTPException, ValueError) as error:
                self._complain(f"watch of {'/'.join(table)}: {error}")
                self._stopped.wait(_RETRY_SECONDS)

    def _complain(self, text: str) -> None:
        if not self._stopped.is_set():
            print(f"{self.cluster.path}: {text}", file=sys.stderr, flush=True)
