"""The two APIs, each started once for all tests of these directories."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conformance.kubernetes import backends
from tests.conformance.kubernetes.backends import Backend


@pytest.fixture(scope="session")
def embedded() -> Iterator[Backend]:
    with backends.embedded() as backend:
        yield backend


@pytest.fixture(scope="session")
def real() -> Iterator[Backend]:
    with backends.real() as backend:
        yield backend
