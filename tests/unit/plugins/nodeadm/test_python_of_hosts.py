"""What runs on a host runs on its own Python, from 3.9 on: no syntax, union or argument that came later."""

from __future__ import annotations

import ast
import pathlib

import pytest

PLUGINS = pathlib.Path(__file__).resolve().parents[4] / "plugins"
FILES = sorted([*PLUGINS.glob("module_utils/_core/*.py"), *PLUGINS.glob("module_utils/_nodeadm/**/*.py"), *PLUGINS.glob("modules/hybrid_node*.py")])
TYPES = {"str", "int", "float", "bool", "bytes", "dict", "list", "tuple", "set", "None", "Any"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PLUGINS)))
def test_a_file_is_python_3_9(path: pathlib.Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))
    assert not [node.lineno for node in evaluated(tree) if is_late(node)]


@pytest.mark.parametrize(
    "text", ["A = str | None", "isinstance(x, int | str)", "zip(a, b, strict=True)", "@dataclass(slots=True)\nclass A: ...", "A = dict[str, int] | None"]
)
def test_what_came_later_is_seen(text: str) -> None:
    assert [node for node in evaluated(ast.parse(text)) if is_late(node)]


def test_annotations_are_not_evaluated_and_may_be_late() -> None:
    text = "def f(a: int | None) -> str | None:\n    b: int | str = 1\n"
    assert not [node for node in evaluated(ast.parse(text)) if is_late(node)]


def evaluated(tree: ast.AST) -> list[ast.AST]:
    """Return all nodes but those of annotations, which `from __future__ import annotations` leaves alone."""
    skipped = {id(inner) for node in ast.walk(tree) for part in annotations(node) for inner in ast.walk(part)}
    return [node for node in ast.walk(tree) if id(node) not in skipped]


def annotations(node: ast.AST) -> list[ast.AST]:
    found = [getattr(node, name, None) for name in ("annotation", "returns")]
    return [part for part in found if isinstance(part, ast.AST)]


def is_late(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return bool({keyword.arg for keyword in node.keywords} & {"strict", "slots", "kw_only"}) and ast.unparse(node.func) in ("zip", "dataclass", "field")
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr) and bool({base(node.left), base(node.right)} & TYPES)


def base(node: ast.AST) -> str:
    return ast.unparse(node).partition("[")[0]
