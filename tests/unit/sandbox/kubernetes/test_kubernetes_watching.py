"""Watches over HTTP."""

from __future__ import annotations

import json
from typing import Any

MAPS = "/api/v1/namespaces/default/configmaps"


def events(api: Any, query: str) -> list[dict[str, Any]]:
    text = api.raw("GET", f"{MAPS}?watch=true&timeoutSeconds=1&{query}").text
    return [json.loads(line) for line in text.splitlines()]


def seen(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(event["type"], event["object"]["metadata"].get("name", "")) for event in found]


def make(api: Any, name: str, **labels: str) -> dict[str, Any]:
    made: dict[str, Any] = api.post(MAPS, {"metadata": {"name": name, "labels": labels}})[1]
    return made


def test_a_watch_resumes_after_a_version(api: Any) -> None:
    version = make(api, "a")["metadata"]["resourceVersion"]
    make(api, "b")
    api.patch("merge", f"{MAPS}/b", {"data": {"k": "v"}})
    api.delete(f"{MAPS}/a")
    assert seen(events(api, f"resourceVersion={version}")) == [("ADDED", "b"), ("MODIFIED", "b"), ("DELETED", "a")]


def test_leaving_the_selection_is_a_deletion(api: Any) -> None:
    version = make(api, "a", x="y")["metadata"]["resourceVersion"]
    api.patch("merge", f"{MAPS}/a", {"metadata": {"labels": {"x": "z"}}})
    api.patch("merge", f"{MAPS}/a", {"metadata": {"labels": {"x": "y"}}})
    assert seen(events(api, f"resourceVersion={version}&labelSelector=x%3Dy")) == [("DELETED", "a"), ("ADDED", "a")]


def test_initial_events_end_with_a_bookmark(api: Any) -> None:
    make(api, "a", w="1")
    found = events(api, "sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&labelSelector=w")
    assert seen(found) == [("ADDED", "a"), ("BOOKMARK", "")]
    assert found[1]["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


def test_a_version_from_before_the_window_is_told_in_an_event(api: Any) -> None:
    (event,) = events(api, "resourceVersion=1")
    assert (event["type"], event["object"]["code"], event["object"]["reason"]) == ("ERROR", 410, "Expired")
    assert event["object"]["message"].startswith("too old resource version: 1 (")


def test_a_list_of_a_version_from_before_the_window_is_gone(api: Any) -> None:
    code, status = api.get(f"{MAPS}?resourceVersion=1&resourceVersionMatch=Exact")
    assert (code, status["reason"], status["message"]) == (410, "Expired", "The resourceVersion for the provided list is too old.")
