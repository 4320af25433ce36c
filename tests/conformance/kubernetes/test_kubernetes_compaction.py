"""What may be asked of a moment that is forgotten: a real server of its own compacts etcd every second, the embedded API's window is written over."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.kubernetes.store import WINDOW
from sandbox.real import testing
from sandbox.real.servers import Settings
from tests.conformance.kubernetes import backends
from tests.conformance.kubernetes.backends import Answer, Backend, Unexpected
from tests.conformance.kubernetes.case import Step
from tests.conformance.kubernetes.normal import differences, plain

INTERVAL = "1s"
SECONDS = 60
PATH = "/api/v1/namespaces/forgotten/configmaps"
CONTINUED, EXACTLY = {"limit": 2, "continue": "${token}"}, {"resourceVersion": "${version}", "resourceVersionMatch": "Exact"}
pytestmark = pytest.mark.conformance(part="kubernetes", backend="embedded against kube-apiserver")


@dataclass(frozen=True)
class Old:
    """A backend in which the moment of a list's first page is forgotten; the page's token and version."""

    backend: Backend
    values: dict[str, Any]

    def ask(self, *queries: dict[str, Any]) -> list[Answer]:
        return [self.backend.ask(Step("GET", PATH, query=query), self.values) for query in queries]

    def go_on(self) -> list[Answer]:
        """Return the refusal of the token, and the pages that the token in it leads to."""
        answers = self.ask(CONTINUED)
        while token := backends.at(answers[-1].body, "/metadata/continue"):
            answers.append(self.backend.ask(Step("GET", PATH, query=CONTINUED), {"token": token}))
        return answers


@pytest.fixture(scope="module")
def compacted() -> Iterator[Backend]:
    """A real server that has etcd forget what is older than two seconds."""
    with testing.start(Settings(arguments=(f"--etcd-compaction-interval={INTERVAL}",))) as server:
        yield backends.of(server)


@pytest.fixture(scope="module")
def forgotten(compacted: Backend) -> Iterator[Sequence[Old]]:
    with backends.embedded() as embedded:
        yield old(embedded), old(compacted)


def old(backend: Backend) -> Old:
    backend.make("/api/v1/namespaces", {"metadata": {"name": "forgotten"}})
    for name in "abcde":
        backend.make(PATH, {"metadata": {"name": name}})
    page = backend.ask(Step("GET", PATH, query={"limit": 2}), {}).body
    made = Old(backend, {"token": page["metadata"]["continue"], "version": page["metadata"]["resourceVersion"]})
    backend.make(PATH, {"metadata": {"name": "f"}})
    backend.ask(Step("DELETE", f"{PATH}/d"), {})
    for number in range(WINDOW + 1) if backend.name == backends.EMBEDDED else ():
        backend.ask(Step("PATCH", f"{PATH}/a", type="merge", body={"data": {"n": str(number)}}), {})
    deadline = time.monotonic() + SECONDS
    while {answer.status for answer in made.ask(CONTINUED, EXACTLY)} != {410}:
        if time.monotonic() > deadline:
            raise Unexpected(f"{backend.name}: after {SECONDS} s nothing is forgotten: {made.ask(CONTINUED, EXACTLY)}")
        time.sleep(0.2)
    # the last word of both, so that objects are the same again
    backend.ask(Step("PUT", f"{PATH}/a", body={"metadata": {"name": "a"}, "data": {"n": "last"}}), {})
    return made


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(Old.go_on, id="a page that would go on is refused, and told how to go on nevertheless"),
        pytest.param(lambda each: each.ask(EXACTLY), id="a list at exactly that version is refused"),
        pytest.param(lambda each: each.ask(EXACTLY | {"limit": 2}), id="a first page at exactly that version is refused"),
        pytest.param(
            lambda each: each.ask({"resourceVersion": "${version}", "resourceVersionMatch": "NotOlderThan"}), id="a list not older than that version is of now"
        ),
    ],
)
def test_what_is_forgotten_is_refused_alike(asked: Callable[[Old], list[Answer]], forgotten: Sequence[Old]) -> None:
    ours, theirs = (plain(asked(each)) for each in forgotten)
    lines = [f"answer {number}: {text}" for number, pair in enumerate(zip(ours, theirs, strict=True), 1) for _, text in differences(*pair)]
    if lines:
        raise Unexpected("\n".join(lines))
