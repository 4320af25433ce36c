"""What other tools do for EKS is done here, by modules, options, roles and playbooks that are there; or the table says why not."""

from __future__ import annotations

import functools
import importlib
import pathlib
from typing import Any

import pytest
import yaml
from ansible_collections.fleetops.eks.plugins.plugin_utils.role_specs import role_specs

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE: list[dict[str, Any]] = yaml.safe_load(pathlib.Path(__file__).with_name("features.yml").read_text(encoding="utf-8"))


def is_there(proof: str) -> bool:
    """Whether a module with its option, a role with its input, a playbook or a file is there."""
    if proof.startswith("playbook "):
        return (ROOT / "playbooks" / f"{proof.removeprefix('playbook ')}.yml").is_file()
    if "/" in proof:
        return (ROOT / proof).is_file()
    first, *path = proof.split(".")
    return (module(first) is not None and option(module(first), path)) or (len(path) == 1 and path[0] in inputs().get(first, {}))


@functools.cache
def module(name: str) -> dict[str, Any] | None:
    if not (ROOT / "plugins" / "modules" / f"{name}.py").is_file():
        return None
    return dict(importlib.import_module(f"ansible_collections.fleetops.eks.plugins.modules.{name}").SPEC["argument_spec"])


@functools.cache
def inputs() -> dict[str, dict[str, Any]]:
    return role_specs(path.name for path in (ROOT / "roles").iterdir())


def option(spec: dict[str, Any] | None, path: list[str]) -> bool:
    if not path:
        return True
    return spec is not None and path[0] in spec and option(spec[path[0]].get("options"), path[1:])


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row['number']} {row['feature']}")
def test_a_feature_is_there_or_says_why_not(row: dict[str, Any]) -> None:
    assert ("by" in row) != ("not" in row)
    assert not [proof for proof in row.get("by", ()) if not is_there(proof)]
    assert "by" in row or len(row["not"]) > 20


def test_every_row_of_the_table_is_there_once() -> None:
    assert [row["number"] for row in TABLE] == list(range(1, 99))


def test_a_proof_that_is_not_there_is_noticed() -> None:
    for missing in ("eks_cluster.nothing", "eks_nothing", "eks_foundation.eks_foundation_nothing", "playbook nothing", "docs/nothing.md"):
        assert not is_there(missing), missing
