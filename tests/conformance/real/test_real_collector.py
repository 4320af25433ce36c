"""On a real API server, which collects nothing itself, owners that end take along what they own, or let it go."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.real import testing
from sandbox.real.client import Client
from sandbox.real.collector import Collector
from tests.conformance.real.waits import is_gone, is_served, until

Object = dict[str, Any]


@pytest.fixture(scope="module")
def said(server: testing.Running) -> Iterator[list[str]]:
    """What a running collector complains of."""
    texts: list[str] = []
    collector = Collector(Client(server.server), texts.append)
    collector.start()
    yield texts
    collector.stop()


@pytest.fixture
def place(server: testing.Running, said: list[str]) -> Iterator[str]:
    """A namespace of one test's own; the collector has complained of nothing at its end."""
    name = f"n{uuid.uuid4().hex[:10]}"
    server.call("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
    yield name
    assert said == []


def maps(place: str) -> str:
    return f"/api/v1/namespaces/{place}/configmaps"


def owned(name: str, owner: Object, *, blocks: bool = True, **metadata: Any) -> Object:
    about = {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"]}
    return {"metadata": {"name": name, "ownerReferences": [{**about, "blockOwnerDeletion": blocks}], **metadata}}


def made(server: testing.Running, path: str, obj: Object) -> Object:
    answer: Object = server.call("POST", path, obj)
    return answer


def delete(server: testing.Running, path: str, policy: str) -> None:
    server.call("DELETE", path, {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": policy})


@pytest.mark.conformance(part="kubernetes", backend="garbage collection on kube-apiserver")
@pytest.mark.parametrize("policy", ["Background", "Foreground"])
def test_an_owner_takes_its_dependents_along_whatever_their_kind(server: testing.Running, place: str, policy: str) -> None:
    owner = made(server, maps(place), {"metadata": {"name": "owner"}})
    child = made(server, f"/apis/rbac.authorization.k8s.io/v1/namespaces/{place}/roles", owned("child", owner) | {"rules": []})
    made(server, f"/api/v1/namespaces/{place}/secrets", owned("grandchild", child))
    delete(server, f"{maps(place)}/owner", policy)
    for path in (
        f"/api/v1/namespaces/{place}/secrets/grandchild",
        f"/apis/rbac.authorization.k8s.io/v1/namespaces/{place}/roles/child",
        f"{maps(place)}/owner",
    ):
        until(f"{path} is gone", lambda path=path: is_gone(server, path))  # type: ignore[misc]


@pytest.mark.conformance(part="kubernetes", backend="garbage collection on kube-apiserver")
def test_an_owner_in_the_foreground_waits_for_what_blocks_it(server: testing.Running, place: str) -> None:
    owner = made(server, maps(place), {"metadata": {"name": "owner"}})
    made(server, maps(place), owned("held", owner, finalizers=["example.com/f"]))
    delete(server, f"{maps(place)}/owner", "Foreground")
    until("the dependent ends", lambda: "deletionTimestamp" in server.call("GET", f"{maps(place)}/held")["metadata"])
    assert server.call("GET", f"{maps(place)}/owner")["metadata"]["finalizers"] == ["foregroundDeletion"]
    server.call("PATCH", f"{maps(place)}/held", {"metadata": {"finalizers": None}}, kind="application/merge-patch+json")
    until("the owner is gone", lambda: is_gone(server, f"{maps(place)}/owner"))


@pytest.mark.conformance(part="kubernetes", backend="garbage collection on kube-apiserver")
def test_an_owner_lets_orphans_go(server: testing.Running, place: str) -> None:
    owner = made(server, maps(place), {"metadata": {"name": "owner"}})
    made(server, maps(place), owned("child", owner))
    until("the dependent is known", lambda: not is_gone(server, f"{maps(place)}/child"))
    delete(server, f"{maps(place)}/owner", "Orphan")
    until("the owner is gone", lambda: is_gone(server, f"{maps(place)}/owner"))
    until("the orphan has no owner", lambda: "ownerReferences" not in server.call("GET", f"{maps(place)}/child")["metadata"])


@pytest.mark.conformance(part="kubernetes", backend="garbage collection on kube-apiserver")
def test_a_custom_resource_that_comes_later_is_collected_too(server: testing.Running, place: str) -> None:
    group = f"{place}.example.com"
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
    spec = {"group": group, "scope": "Namespaced", "names": {"plural": "things", "kind": "Thing"}, "versions": [version]}
    definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    server.call("POST", definitions, {"metadata": {"name": f"things.{group}"}, "spec": spec})
    things = f"/apis/{group}/v1/namespaces/{place}/things"
    until("the kind is served", lambda: is_served(server, things))
    owner = made(server, things, {"apiVersion": f"{group}/v1", "kind": "Thing", "metadata": {"name": "owner"}})
    made(server, maps(place), owned("child", owner))
    delete(server, f"{things}/owner", "Foreground")
    until("the owner is gone", lambda: is_gone(server, f"{things}/owner"))
    until("the dependent is gone", lambda: is_gone(server, f"{maps(place)}/child"))
    server.call("DELETE", f"{definitions}/things.{group}")
