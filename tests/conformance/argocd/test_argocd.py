"""A real Argo CD works with the registrations that the collection writes, on every kind of Kubernetes API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.argocd.conftest import EMBEDDED, REAL, Tell
from tests.conformance.argocd.logs import chance, complaints
from tests.conformance.argocd.story import ARRIVES, DEREGISTERED, TAKEN_DOWN
from tests.conformance.ledger import Conformance
from tests.fleet.conftest import CLUSTERS

BEFORE_DEREGISTRATION = "token rotated"
EVERY_BACKEND = [pytest.param(name, marks=pytest.mark.conformance(part="argocd", backend=name)) for name in (EMBEDDED, REAL)]


def named(case: str) -> Any:
    """Give a test's row in the ledger a name."""
    return pytest.mark.parametrize("case", [case])


@pytest.mark.parametrize("backend", EVERY_BACKEND)
@pytest.mark.parametrize("spoke", CLUSTERS)
@pytest.mark.parametrize("chapter", ARRIVES)
def test_what_is_in_git_arrives(stories: Tell, chapter: str, spoke: str, backend: str) -> None:
    """After registration, after either credential was rotated, and after registering anew."""
    story = stories(backend)
    seen = story.chapters[chapter][spoke]
    assert (seen.value, seen.sync, seen.health, seen.revision, seen.conditions) == (chapter, "Synced", "Healthy", story.commits[chapter], ())


@pytest.mark.parametrize("backend", EVERY_BACKEND)
@pytest.mark.parametrize("spoke", CLUSTERS)
@pytest.mark.parametrize("chapter", [DEREGISTERED])
def test_nothing_arrives_after_deregistration(stories: Tell, chapter: str, spoke: str, backend: str) -> None:
    """What was deployed stays; the commit after it does not come, and Argo CD says why."""
    seen = stories(backend).chapters[chapter][spoke]
    assert (seen.value, seen.sync, seen.revision) == (BEFORE_DEREGISTRATION, "Unknown", "")
    assert seen.conditions[0].startswith("InvalidSpecError: error getting cluster by server")


@pytest.mark.parametrize("backend", EVERY_BACKEND)
@pytest.mark.parametrize("spoke", CLUSTERS)
@pytest.mark.parametrize("chapter", [TAKEN_DOWN])
def test_deregistration_takes_down_what_was_deployed(stories: Tell, chapter: str, spoke: str, backend: str) -> None:
    """With `applications: delete`, Argo CD itself has emptied the spoke before its registration went."""
    seen = stories(backend).chapters[chapter][spoke]
    assert (seen.value, seen.sync) == (None, None)


@pytest.mark.parametrize("backend", EVERY_BACKEND)
@named("argocd-k8s-auth assumes the registered role, and the rotated one")
def test_roles_are_assumed_by_argocd_itself(stories: Tell, case: str, backend: str) -> None:
    roles = {arn.partition(":role/")[2] for arn in stories(backend).assumed}
    assert roles == {f"{spoke}{suffix}-argocd-spoke" for spoke in CLUSTERS for suffix in ("", "-next")}


@pytest.mark.parametrize("backend", EVERY_BACKEND)
@named("a token that was rotated is worth nothing")
def test_a_rotated_token_is_worth_nothing(stories: Tell, case: str, backend: str) -> None:
    assert stories(backend).ended == dict.fromkeys(CLUSTERS, True)


@pytest.mark.parametrize("backend", EVERY_BACKEND)
@named("the Events that it writes, as protobuf, are there")
def test_events_of_every_application_are_kept(stories: Tell, case: str, backend: str) -> None:
    """Core kinds go over the wire as protobuf, both ways."""
    assert stories(backend).reported == set(CLUSTERS)


@pytest.mark.conformance(part="argocd", backend=EMBEDDED)
@named("the logs complain of nothing that they do not complain of on real API servers")
def test_the_embedded_api_gives_no_cause_for_complaint(stories: Tell, case: str, conformance: Conformance) -> None:
    embedded, known = complaints(stories(EMBEDDED).logs), complaints(stories(REAL).logs)
    alone = {name: line for name, line in embedded.items() if name not in known}
    for name in filter(chance, alone):
        conformance.excuse(f"{name}: {chance(name)}")
    assert {name: line for name, line in alone.items() if not chance(name)} == {}
