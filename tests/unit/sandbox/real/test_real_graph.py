"""What the collector of real API servers knows of who owns whom."""

from __future__ import annotations

import pytest

from sandbox.real.collector import Graph, Known


def known(uid: str, *owners: str) -> Known:
    references = [{"uid": owner, "blockOwnerDeletion": True} for owner in owners]
    return Known("/api/v1/configmaps", f"/api/v1/namespaces/default/configmaps/{uid}", {"metadata": {"name": uid, "uid": uid, "ownerReferences": references}})


def uids(graph: Graph, owner: str) -> list[str]:
    return [each.uid for each in graph.dependents(owner)]


@pytest.mark.parametrize("order", [("a", "b", "c"), ("c", "b", "a")])
def test_dependents_are_known_in_whatever_order_objects_are_met(order: tuple[str, ...]) -> None:
    objects = {"a": known("a"), "b": known("b", "a"), "c": known("c", "a", "b")}
    graph = Graph()
    for uid in order:
        graph.keep(objects[uid])
    assert {uid: uids(graph, uid) for uid in objects} == {"a": ["b", "c"], "b": ["c"], "c": []}


def test_an_object_that_changes_its_owner_leaves_the_one_before() -> None:
    graph = Graph()
    graph.keep(known("c", "a"))
    graph.keep(known("c", "b"))
    assert (uids(graph, "a"), uids(graph, "b")) == ([], ["c"])


def test_an_owner_that_goes_is_remembered_and_its_dependents_stay_known() -> None:
    graph = Graph()
    graph.keep(known("a"))
    graph.keep(known("b", "a"))
    graph.forget("a")
    assert (graph.gone, uids(graph, "a")) == ({"a"}, ["b"])
    graph.forget("b")
    assert (uids(graph, "a"), graph.known) == ([], {})
