"""modules → _aws/shell → live + api → nouns → _core: read from the imports, so that it cannot drift."""

from __future__ import annotations

import ast
import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2] / "plugins"
PREFIX = "ansible_collections.fleetops.eks.plugins."
STANDARD_ONLY = {"ansible_collections", "__future__"}
IO = {"boto3", "botocore", "kubernetes", "urllib3", "requests", "time", "os", "random", "socket", "subprocess"}


def imports(path: pathlib.Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def ours(path: pathlib.Path) -> set[str]:
    return {name.removeprefix(PREFIX) for name in imports(path) if name.startswith(PREFIX)}


def files(pattern: str) -> list[pathlib.Path]:
    return sorted(ROOT.glob(pattern))


def pure_files() -> list[pathlib.Path]:
    """Nouns: files straight below a package of module_utils that is neither _core nor the shell, and is not marked as I/O by its folder or name."""
    packages = [path for path in (ROOT / "module_utils").iterdir() if path.is_dir() and path.name not in ("_core", "_aws", "__pycache__")]
    return [path for package in packages for path in sorted(package.glob("*.py")) if path.stem not in IO_FILES]


IO_FILES = {"codefile", "client", "token", "api", "live", "connection", "tls", "transport", "discovery", "io", "cache"}


@pytest.mark.parametrize("path", files("module_utils/_core/*.py"), ids=lambda path: path.stem)
def test_core_imports_the_standard_library_and_itself_only(path: pathlib.Path) -> None:
    assert all(name.startswith("module_utils._core") for name in ours(path))
    assert not {name.split(".")[0] for name in imports(path)} & {"boto3", "botocore", "kubernetes", "ansible", "yaml", "jsonschema"}


@pytest.mark.parametrize("path", pure_files(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_nouns_decide_and_do_not_call(path: pathlib.Path) -> None:
    assert not {name.split(".")[0] for name in imports(path)} & IO
    assert not [name for name in ours(path) if ".live." in name or ".api." in name or name.startswith("module_utils._aws")]


@pytest.mark.parametrize("path", files("module_utils/**/live/*.py"), ids=lambda path: f"{path.parent.parent.name}/{path.stem}")
def test_the_live_half_knows_no_module(path: pathlib.Path) -> None:
    assert not [name for name in ours(path) if name.startswith(("modules", "action", "plugin_utils", "module_utils._aws.shell"))]


@pytest.mark.parametrize("path", files("modules/*.py"), ids=lambda path: path.stem)
def test_a_module_makes_no_client_and_fails_no_task_itself(path: pathlib.Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not imports(path) & {"boto3", "botocore", "botocore.session"}
    assert "fail_json" not in text
    assert "exit_json" not in text
