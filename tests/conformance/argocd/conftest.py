"""One story for each kind of Kubernetes API, told when the first test asks for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.argocd.running import Binaries
from sandbox.real import programs
from tests.conformance.argocd import spokes, story
from tests.conformance.argocd.real import collecting
from tests.fleet.conftest import Fleet

EMBEDDED, REAL = "embedded", "real"
Tell = Callable[[str], story.Story]


@pytest.fixture(scope="session")
def stories(tmp_path_factory: pytest.TempPathFactory) -> Tell:
    """Return what tells a story, or the same one again, or how telling it failed."""
    told: dict[str, story.Story | Exception] = {}

    def tell(backend: str) -> story.Story:
        if backend not in told:
            try:
                told[backend] = _tell(backend, tmp_path_factory)
            except Exception as error:  # noqa: BLE001  every test of this backend fails with it, and none tries for minutes again
                told[backend] = error
        found = told[backend]
        if isinstance(found, Exception):
            raise found
        return found

    return tell


def _tell(backend: str, paths: pytest.TempPathFactory) -> story.Story:
    binaries = Binaries(programs.ensure("argocd"), programs.ensure("redis-server"))
    fleet = Fleet(paths.mktemp("argocd") / "sandbox", paths.mktemp("scratch"))
    done = fleet.sandbox("up", "--no-hosts", "--delay", "0", "--kubernetes", backend)
    assert done.returncode == 0, done.stdout + done.stderr
    try:
        run = fleet.run()
        assert run.code == 0, run.output
        clusters = spokes.fleet(fleet.state["aws"]["url"], fleet.directory)
        with collecting([spoke.api() for spoke in clusters] if backend == REAL else []):
            return story.tell(fleet, clusters, binaries)
    finally:
        fleet.sandbox("down")
