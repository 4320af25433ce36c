"""The rules of rules.yml, and their rows in the conformance ledger: each test that a rule names writes a row under the rule's name."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conformance.ledger import Row, write

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Rule:
    """One rule. tests: node ids without parameters; says: the service's text, <…> where it differs."""

    id: str
    section: str
    rule: str
    tests: tuple[str, ...]
    says: str = ""


@functools.cache
def rules() -> tuple[Rule, ...]:
    document = yaml.safe_load(Path(__file__).with_name("rules.yml").read_text(encoding="utf-8"))
    return tuple(Rule(**{**each, "tests": tuple(each["tests"])}) for each in document)


def rules_of(item: pytest.Item) -> list[Rule]:
    """Return the rules that a collected test shows."""
    path = item.path.relative_to(ROOT).as_posix() if item.path.is_relative_to(ROOT) else ""
    name = f"{path}::{getattr(item, 'originalname', item.name)}"
    return [rule for rule in rules() if name in rule.tests]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
    """Write a row for every rule that a test shows, each parameter set by itself."""
    report = yield
    if report.when == "call" or report.failed:
        parameters = f" [{item.callspec.id}]" if isinstance(item, pytest.Function) and hasattr(item, "callspec") else ""
        for rule in rules_of(item):
            outcome, reason = ("equal", "") if report.passed else ("different", f"{item.nodeid}: {report.longreprtext}"[:4000])
            if not report.skipped:
                write(Row("aws", f"{rule.section} {rule.id}{parameters}", "simulator", outcome, reason))
    return report
