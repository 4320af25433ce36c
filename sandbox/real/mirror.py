"""A real cluster as the embedded controllers see a simulated one: its store mirrors the API server, its writes go there.

So the controllers of sandbox/kubernetes play on a real API server what they play on the embedded one.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.deletion import NAMESPACES
from sandbox.kubernetes.kinds import Kind, builtin
from sandbox.kubernetes.store import Event, Store, Table
from sandbox.real.client import Client, Refused, path_of

Object = dict[str, Any]
React = Callable[[Cluster, Event], None]
_MANAGER = "kube-controller-manager"
CONFLICTS = (404, 409)


class MirrorStore(Store):
    """Objects as the API server has them, at its versions."""

    def keep(self, table: Table, obj: Object) -> Object | None:
        """Take an object over and return what was there before."""
        rows = self._tables.setdefault(table, {})
        key = (obj["metadata"].get("namespace", ""), obj["metadata"]["name"])
        old, rows[key] = rows.get(key), obj
        return old

    def forget(self, table: Table, obj: Object) -> Object | None:
        return self._tables.get(table, {}).pop((obj["metadata"].get("namespace", ""), obj["metadata"]["name"]), None)


@dataclass(kw_only=True)
class RealCluster(Cluster):
    """`client` is the administrator's; `react` is what follows an event."""

    client: Client
    react: React

    @property
    def mirror(self) -> MirrorStore:
        assert isinstance(self.store, MirrorStore)
        return self.store

    def _settle(self) -> None:
        while self._pending:
            event = self._pending.popleft()
            try:
                self.react(self, event)
            except (Refused, OSError) as error:
                print(f"{self.path}: after {event.type} of {'/'.join(event.table)} {event.obj['metadata']['name']}: {error}", file=sys.stderr, flush=True)

    def learn(self, kind: str, table: Table, obj: Object) -> None:
        """Take over what a watch tells, and let the controllers react unless it is their own write."""
        with self.transaction():
            metadata = obj["metadata"]
            known = self.store.get(table, metadata.get("namespace", ""), metadata["name"])
            if kind == "DELETED":
                if known is not None and known["metadata"]["uid"] == metadata["uid"]:
                    self.mirror.forget(table, obj)
                    self._pending.append(Event(0, "DELETED", table, obj, known))
            elif known is None or int(metadata["resourceVersion"]) > int(known["metadata"]["resourceVersion"]):
                self._note(table, obj)

    def learn_list(self, table: Table, objects: list[Object]) -> None:
        """Take over a whole list: what is not in it is gone."""
        with self.transaction():
            names = {(obj["metadata"].get("namespace", ""), obj["metadata"]["name"]) for obj in objects}
            for row in self.store.rows(table):
                if (row["metadata"].get("namespace", ""), row["metadata"]["name"]) not in names:
                    self.learn("DELETED", table, row)
            for obj in objects:
                self.learn("MODIFIED", table, obj)

    def _note(self, table: Table, obj: Object) -> Object:
        old = self.mirror.keep(table, obj)
        self._pending.append(Event(0, "MODIFIED" if old else "ADDED", table, obj, old))
        return obj

    def put(self, table: Table, obj: Object) -> Object:
        """Write an object as the difference from what is known says: create, delete, finalize, update, status. A conflict leaves it to the next event."""
        kind = kind_of(table)
        metadata = obj["metadata"]
        old = self.store.get(table, metadata.get("namespace", ""), metadata["name"])
        with self._conflicts():
            if old is None:
                self._note(table, self._create(kind, obj))
            elif metadata.get("deletionTimestamp") and not old["metadata"].get("deletionTimestamp"):
                self._delete(kind, obj)
            else:
                self._note(table, self._update(kind, old, obj))
        return self.store.get(table, metadata.get("namespace", ""), metadata["name"]) or obj

    def remove(self, table: Table, obj: Object) -> Object:
        """Delete an object for good; the watch tells when it is gone."""
        with self._conflicts():
            self._delete(kind_of(table), obj)
        return obj

    @contextmanager
    def _conflicts(self) -> Iterator[None]:
        try:
            yield
        except Refused as refused:
            if refused.code not in CONFLICTS:
                raise

    def _create(self, kind: Kind, obj: Object) -> Object:
        place = path_of(kind, obj["metadata"].get("namespace", ""))
        made = self.client.call("POST", place, _new(obj), fieldManager=_MANAGER)
        return self._status(kind, made, obj["status"]) if obj.get("status") and kind.subresource("status") else made

    def _update(self, kind: Kind, old: Object, obj: Object) -> Object:
        """Update what lies outside the status, then the status."""
        written = old
        if _rest(old) != _rest(obj):
            finalize = kind.store == NAMESPACES and (old.get("spec") or {}).get("finalizers") != (obj.get("spec") or {}).get("finalizers")
            written = self.client.call("PUT", _place(kind, obj, "finalize" if finalize else ""), _changed(obj), fieldManager=_MANAGER)
        changed = obj.get("status") != old.get("status") and kind.subresource("status")
        return self._status(kind, written, obj.get("status")) if changed else written

    def _status(self, kind: Kind, live: Object, status: Any) -> Object:
        return self.client.call("PUT", _place(kind, live, "status"), {**_changed(live), "status": status}, fieldManager=_MANAGER)

    def _delete(self, kind: Kind, obj: Object) -> None:
        uid = obj["metadata"].get("uid")
        options = {"propagationPolicy": "Background", "gracePeriodSeconds": 0, "preconditions": {"uid": uid}}
        self.client.call("DELETE", _place(kind, obj), {"apiVersion": "v1", "kind": "DeleteOptions", **options})

    def refresh(self, table: Table, namespace: str, name: str) -> None:
        """Learn of one object now, before its watch tells."""
        with self._conflicts():
            self.learn("MODIFIED", table, self.client.call("GET", path_of(kind_of(table), namespace, name)))


def kind_of(table: Table) -> Kind:
    """Return the built-in kind of a table at the version that clients prefer."""
    group, plural = table
    return next(kinds[plural] for kinds in builtin().values() if plural in kinds and kinds[plural].group == group)


def _place(kind: Kind, obj: Object, subresource: str = "") -> str:
    return path_of(kind, obj["metadata"].get("namespace", ""), obj["metadata"]["name"], subresource)


def _new(obj: Object) -> Object:
    """Return an object without what the server fills in itself."""
    return _without(obj, ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"))


def _changed(obj: Object) -> Object:
    """Return an object for an update: its version stays, by which the server refuses what is stale; who owns what, the server finds itself."""
    return _without(obj, ("managedFields",))


def _without(obj: Object, names: tuple[str, ...]) -> Object:
    return {**obj, "metadata": {key: value for key, value in obj["metadata"].items() if key not in names}}


def _rest(obj: Object) -> Object:
    metadata = {key: value for key, value in obj["metadata"].items() if key not in ("resourceVersion", "managedFields")}
    return {**{key: value for key, value in obj.items() if key != "status"}, "metadata": metadata}
