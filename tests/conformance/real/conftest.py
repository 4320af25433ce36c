"""One etcd and one real API server, and a sandbox with real API servers, each started once for the tests of this directory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.real import testing


@pytest.fixture(scope="session")
def server() -> Iterator[testing.Running]:
    """An API server alone; building it takes minutes the first time."""
    with testing.start() as running:
        yield running
