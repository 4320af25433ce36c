"""Every rule of AWS in rules.yml has tests that are there and collected, and every text of the service stands in one of them."""

from __future__ import annotations

import ast
import functools
import re
import subprocess
import sys

import pytest

from tests.conformance.aws.recording import ROOT, Rule, rules

SECTIONS = {"3", *(f"3.{number}" for number in range(1, 11)), "5.4"}


@pytest.fixture(scope="module")
def collected() -> set[str]:
    """Return the node ids that pytest collects from the folders of the simulator's tests, without their parameters."""
    folders = sorted({test.rpartition("/")[0] for rule in rules() for test in rule.tests})
    command = [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider", *folders]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return {line.partition("[")[0] for line in done.stdout.splitlines() if "::" in line}


def test_every_section_has_rules_and_no_rule_comes_twice() -> None:
    assert {rule.section for rule in rules()} == SECTIONS
    assert len({rule.id for rule in rules()}) == len(rules())


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_every_rule_has_tests_that_are_collected(rule: Rule, collected: set[str]) -> None:
    assert rule.tests
    assert set(rule.tests) <= collected


@pytest.mark.parametrize("rule", [rule for rule in rules() if rule.says], ids=lambda rule: rule.id)
def test_every_text_of_the_service_is_what_a_test_expects(rule: Rule) -> None:
    """The text is a literal of the test's own code, its parameters, or a constant of its module that it names."""
    shape = ".+".join(re.escape(part) for part in re.split(r"<\w+>", rule.says))
    assert any(re.search(shape, text) for test in rule.tests for text in _literals(test)), rule.says


def _literals(test: str) -> list[str]:
    """Return the texts in a test, those of constants that it names included; what an f-string fills in is a <…>."""
    path, _, name = test.partition("::")
    nodes = _module(path)
    function = nodes[name]
    named = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    return [text for each in (function, *(nodes[each] for each in named & nodes.keys() if each.isupper())) for text in _texts(each)]


@functools.cache
def _module(path: str) -> dict[str, ast.AST]:
    found: dict[str, ast.AST] = {}
    for node in ast.parse((ROOT / path).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                found[ast.unparse(target)] = node
    return found


def _texts(node: ast.AST) -> list[str]:
    plain = [each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    filled = [
        "".join(str(part.value) if isinstance(part, ast.Constant) else "<…>" for part in each.values)
        for each in ast.walk(node)
        if isinstance(each, ast.JoinedStr)
    ]
    return plain + filled
