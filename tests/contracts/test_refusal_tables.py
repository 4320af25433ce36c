"""What EKS would refuse is refused beforehand: enough rows, and some of every noun, by the module or by its plan."""

from __future__ import annotations

import ast
import pathlib

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
LEAST = 60
NOUNS = ("eks_cluster", "eks_nodegroup", "eks_addon", "eks_access_entry", "eks_pod_identity_association")
"""Nouns whose rows go through the module; each noun that came later has a table beside its plan, tests/unit/plugins/*/test_refusals_NOUN.py."""


def tables(path: pathlib.Path) -> list[ast.List]:
    """Return the lists of a file's REFUSED tables."""
    found = ast.parse(path.read_text(encoding="utf-8")).body
    return [node.value for node in found if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "REFUSED" and isinstance(node.value, ast.List)]


def test_there_are_rows_enough() -> None:
    paths = [TESTS / "integration" / "modules" / "test_refusals.py", *sorted((TESTS / "unit" / "plugins").glob("*/test_refusals_*.py"))]
    rows = {path.name: sum(len(table.elts) for table in tables(path)) for path in paths}
    assert all(rows.values()), rows
    assert sum(rows.values()) >= LEAST, rows


@pytest.mark.parametrize("noun", NOUNS)
def test_a_noun_has_rows_that_go_through_its_module(noun: str) -> None:
    (table,) = tables(TESTS / "integration" / "modules" / "test_refusals.py")
    modules = [ast.literal_eval(row.elts[0]) for row in table.elts if isinstance(row, ast.Tuple)]
    assert modules.count(noun) >= 5
