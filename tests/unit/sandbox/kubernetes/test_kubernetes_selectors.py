"""Label and field selectors."""

from __future__ import annotations

import pytest

from sandbox.kubernetes import selectors
from sandbox.kubernetes.errors import ApiError
from sandbox.kubernetes.kinds import builtin_kind

LABELS = {"app": "web", "tier": "front", "n": "5"}


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("", True),
        ("app=web", True),
        ("app==web", True),
        ("app=db", False),
        ("app!=web", False),
        ("other!=x", True),
        ("app in (web, db)", True),
        ("app notin (web)", False),
        ("other notin (web)", True),
        ("app", True),
        ("!app", False),
        ("!other", True),
        ("app=web,tier=front", True),
        ("app=web,tier=back", False),
        ("app in (web,db),tier", True),
        ("n>4", True),
        ("n<5", False),
        ("app=", False),
    ],
)
def test_label_selector(text: str, matches: bool) -> None:
    assert selectors.labels_match(selectors.parse_labels(text), LABELS) is matches


@pytest.mark.parametrize("text", ["a b", "app in web", "=x", "app=a b"])
def test_a_label_selector_that_cannot_be_read_is_a_bad_request(text: str) -> None:
    with pytest.raises(ApiError) as caught:
        selectors.parse_labels(text)
    assert caught.value.code == 400


@pytest.mark.parametrize(
    ("text", "matches"),
    [("metadata.name=a", True), ("metadata.name!=a", False), ("spec.nodeName=n1", True), ("status.phase=", True), ("metadata.name=a,spec.nodeName=n2", False)],
)
def test_field_selector(text: str, matches: bool) -> None:
    pod = {"metadata": {"name": "a", "namespace": "d"}, "spec": {"nodeName": "n1"}}
    assert selectors.parse(builtin_kind("v1", "Pod"), {"fieldSelector": text}).matches(pod) is matches


def test_a_field_that_a_kind_does_not_offer_is_a_bad_request() -> None:
    with pytest.raises(ApiError, match=r"field label not supported: spec\.image"):
        selectors.parse_fields(builtin_kind("v1", "Pod"), "spec.image=x")


def test_label_selector_objects() -> None:
    chosen = selectors.from_label_selector({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "tier", "operator": "In", "values": ["front"]}]})
    assert selectors.labels_match(chosen, LABELS)
    assert not selectors.labels_match(chosen, {"app": "web"})
