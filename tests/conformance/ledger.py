"""What the conformance tests found, one row a case: the rows of every test and every worker land in one file of JSON lines.

A test records by its marker, one row for each parameter set, or by hand:

    @pytest.mark.conformance(part="nodeadm", backend="stand-in")       # passed = equal, failed = different with the failure as the diff
    def test_lifecycle(conformance, row): conformance.excuse("why")    # a difference that is accepted: passed = excused

    def test_many(conformance):
        conformance.record(Row("aws", "EKS refuses a second update", "simulator", "equal"))

The file is named by the environment variable CONFORMANCE_LEDGER; without it rows are checked and forgotten.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

VARIABLE = "CONFORMANCE_LEDGER"
PARTS = ("kubernetes", "clients", "property", "nodeadm", "aws", "argocd")
OUTCOMES = ("equal", "excused", "different")


@dataclass(frozen=True)
class Row:
    """One case of a part on a backend. `reason` says why it is excused, or shows the difference."""

    part: str
    case: str
    backend: str
    outcome: str
    reason: str = ""

    def __post_init__(self) -> None:
        if self.part not in PARTS or self.outcome not in OUTCOMES:
            raise ValueError(f"part {self.part!r} must be one of {PARTS}, outcome {self.outcome!r} one of {OUTCOMES}")
        if self.outcome != "equal" and not self.reason:
            raise ValueError(f"{self.case}: {self.outcome} without a reason")


def write(row: Row) -> None:
    """Append a row; a single write to a file opened for appending, so that workers do not mix their lines."""
    file = os.environ.get(VARIABLE)
    if file:
        with open(file, "ab", buffering=0) as stream:
            stream.write(json.dumps(asdict(row)).encode() + b"\n")


def read(file: Path) -> list[Row]:
    return [Row(**json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]


class Conformance:
    """What a test says of its own row: excuses, or whole rows of its own in place of the marker's."""

    def __init__(self) -> None:
        self.excuses: list[str] = []
        self.recorded = False

    def excuse(self, reason: str) -> None:
        self.excuses.append(reason)

    def record(self, row: Row) -> None:
        self.recorded = True
        write(row)


_KEY = pytest.StashKey[Conformance]()


@pytest.fixture
def conformance(request: pytest.FixtureRequest) -> Conformance:
    return request.node.stash.setdefault(_KEY, Conformance())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
    """Write the row of a marked test once its outcome is known."""
    report = yield
    marker = item.get_closest_marker("conformance")
    own = item.stash.get(_KEY, None) or Conformance()
    if marker is not None and not own.recorded and (report.when == "call" or report.failed):
        _write_marked(item, marker.kwargs, own, report, call.excinfo)
    return report


def _write_marked(item: pytest.Item, about: dict[str, str], own: Conformance, report: pytest.TestReport, error: pytest.ExceptionInfo[Any] | None) -> None:
    case = item.callspec.id if isinstance(item, pytest.Function) and hasattr(item, "callspec") else item.name.removeprefix("test_").replace("_", " ")
    if report.failed:
        write(Row(about["part"], case, about["backend"], "different", error.exconly()[:4000] if error else report.longreprtext))
    elif report.passed:
        write(Row(about["part"], case, about["backend"], "excused" if own.excuses else "equal", "; ".join(dict.fromkeys(own.excuses))))
