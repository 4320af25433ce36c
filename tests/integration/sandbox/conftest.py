"""Two sandboxes, each in a directory of its own, of which nothing may be left after the test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.sandbox.lab import Lab


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    made = Lab(tmp_path / "sandbox")
    yield made
    made.run("down")
    made.assert_no_process()


@pytest.fixture
def other_lab(tmp_path: Path) -> Iterator[Lab]:
    made = Lab(tmp_path / "other")
    yield made
    made.run("down")
    made.assert_no_process()
