"""The two APIs, each started once for all tests of these directories, and who of two workers takes which of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from sandbox.real import testing
from tests.conformance.kubernetes import backends
from tests.conformance.kubernetes.backends import Backend

HERE = Path(__file__).parent
# What shares servers runs in one worker. In the order of what takes longest, so that the workers end together; each gets the next when it is free.
GROUPS = (
    ("argocd", ("argocd",)),
    ("servers", ("clients", "kubernetes", "real")),
    ("aws", ("aws",)),
    ("nodeadm", ("nodeadm/test_nodeadm_lifecycle.py",)),
    ("hosts", ("nodeadm/test_nodeadm_on_hosts.py",)),
)
PLACES = {HERE / place: (order, name) for order, (name, places) in enumerate(GROUPS) for place in places}
ELSEWHERE = (len(GROUPS), "")


def group(path: Path) -> tuple[int, str]:
    """Return the place and the name of the group that a test file belongs to."""
    return next((PLACES[place] for place in (path, *path.parents) if place in PLACES), ELSEWHERE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: group(item.path))


class ByGroup(LoadScopeScheduling):
    """Give whole groups to workers; what is in none, file by file."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        _, name = group(self.config.rootpath / file)
        return name or file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByGroup:
    return ByGroup(config, log)


@pytest.fixture(scope="session")
def embedded() -> Iterator[Backend]:
    with backends.embedded() as backend:
        yield backend


@pytest.fixture(scope="session")
def server() -> Iterator[testing.Running]:
    """A real API server alone; building it takes minutes the first time."""
    with testing.start() as running:
        yield running


@pytest.fixture(scope="session")
def real(request: pytest.FixtureRequest) -> Backend:
    """The same server, or one that runs already."""
    return backends.named() or backends.of(request.getfixturevalue("server"))


@pytest.fixture(scope="session")
def clusters() -> Iterator[tuple[Backend, Backend]]:
    """The two as clusters of EKS."""
    with backends.on_eks() as pair:
        yield pair
