"""Every refusal of the simulated EKS and SSM is one that a plan makes beforehand, or known_beforehand.yml says why none can.

The sites are read from the simulator's code, so that a new refusal there is asked for its row here.
"""

from __future__ import annotations

import ast
import functools
import pathlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
SIMULATOR = ROOT / "sandbox" / "aws"
TABLE = "tests/integration/modules/test_refusals.py"

Site = tuple[str, str]
"""(file and function, text of the refusal; what the code fills in is a <…>)."""


def sites() -> list[Site]:
    paths = sorted(path for folder in ("eks", "ssm") for path in (SIMULATOR / folder).glob("*.py"))
    return [(f"{path.relative_to(SIMULATOR)} {name}", text) for path in paths for name, text in _raised(ast.parse(path.read_text(encoding="utf-8")), "")]


def _raised(node: ast.AST, within: str) -> Iterator[tuple[str, str]]:
    for child in ast.iter_child_nodes(node):
        inner = child.name if isinstance(child, ast.FunctionDef) else within
        if isinstance(child, ast.Raise):
            yield within, _text(child.exc)
        yield from _raised(child, inner)


def _text(raised: ast.expr | None) -> str:
    """Return the text that a refusal gives: the first argument of invalid(…) and its like, the second of ApiError(code, …)."""
    assert isinstance(raised, ast.Call), ast.unparse(raised) if raised else "a bare raise"
    text = raised.args[1 if ast.unparse(raised.func) == "ApiError" else 0]
    if isinstance(text, ast.Constant):
        return str(text.value)
    if isinstance(text, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "<…>" for part in text.values)
    return f"<{ast.unparse(text)}>"


@functools.cache
def ledger() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(pathlib.Path(__file__).with_name("known_beforehand.yml").read_text(encoding="utf-8"))
    return found


def entries() -> list[dict[str, Any]]:
    return list(ledger()["refusals"])


def _name(entry: dict[str, Any]) -> str:
    return f"{entry['site']}: {entry['says']}"[:90]


def test_every_refusal_of_the_simulator_has_one_entry_and_every_entry_a_refusal() -> None:
    held = Counter((entry["site"], entry["says"]) for entry in entries())
    assert set(held) == set(sites())
    assert set(held.values()) == {1}


@pytest.mark.parametrize("entry", entries(), ids=_name)
def test_an_entry_names_its_rows_or_its_reason(entry: dict[str, Any]) -> None:
    kinds = entry.keys() & {"plan", "cannot"}
    assert kinds, "neither rows nor a reason"
    assert entry.keys() <= {"site", "says", "plan", "cannot", "because"}
    assert entry.get("cannot", next(iter(ledger()["reasons"]))) in ledger()["reasons"]
    for row in entry.get("plan", ()):
        path, _, name = row.partition("::")
        assert name in _rows(path), row


def test_no_reason_is_without_a_refusal() -> None:
    assert {entry["cannot"] for entry in entries() if "cannot" in entry} == set(ledger()["reasons"])


@functools.cache
def _rows(path: str) -> frozenset[str]:
    """Return the names of a file's rows of REFUSED, `module: name` in the table that goes through the modules, and of its tests."""
    found: set[str] = set()
    for node in ast.parse((ROOT / path).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            found.add(node.name)
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "REFUSED" and isinstance(node.value, ast.List):
            found |= {_row_name(path, row) for row in node.value.elts if isinstance(row, ast.Tuple)}
    return frozenset(found)


def _row_name(path: str, row: ast.Tuple) -> str:
    first, second = (ast.literal_eval(each) if isinstance(each, ast.Constant) else "" for each in row.elts[:2])
    return f"{first}: {second}" if path == TABLE else str(first)
