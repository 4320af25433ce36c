"""What every module owes: docs that match its spec, an action plugin of its name, a place in the action group, a changelog."""

from __future__ import annotations

import functools
import importlib
import json
import pathlib
import subprocess
from typing import Any

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAMES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
ACTION_ONLY = {"fleet_validate"}
"""Needs the variables of all hosts, which only the controller has."""


ON_HOSTS = {"hybrid_node", "hybrid_node_info"}
"""Run on on-premises hosts, over ssh: the worker on the controller is no place for them."""


def spec(name: str) -> dict[str, Any]:
    return importlib.import_module(f"ansible_collections.fleetops.eks.plugins.modules.{name}").SPEC


@functools.cache
def documentation() -> dict[str, Any]:
    """Return what ansible-doc knows of the collection, fragments resolved."""
    command = ["ansible-doc", "--json", "-t", "module", *(f"fleetops.eks.{name}" for name in NAMES)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def documented(name: str) -> dict[str, Any]:
    return documentation()[f"fleetops.eks.{name}"]["doc"]


def compare(options: dict[str, Any], arguments: dict[str, Any], where: str) -> None:
    assert sorted(options) == sorted(arguments), where
    for option, rule in arguments.items():
        doc = options[option]
        here = f"{where}.{option}"
        assert doc.get("type", "str") == rule.get("type", "str"), here
        assert doc.get("elements") == rule.get("elements"), here
        assert doc.get("default") == rule.get("default"), here
        assert doc.get("choices") == rule.get("choices"), here
        assert bool(doc.get("required")) == bool(rule.get("required")), here
        assert sorted(doc.get("aliases") or []) == sorted(rule.get("aliases") or []), here
        if rule.get("options"):
            compare(doc["suboptions"], rule["options"], here)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ACTION_ONLY])
def test_docs_match_the_spec(name: str) -> None:
    compare(documented(name)["options"], spec(name)["argument_spec"], name)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ACTION_ONLY])
def test_a_module_supports_check_mode(name: str) -> None:
    assert spec(name)["supports_check_mode"] is True


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ON_HOSTS])
def test_a_module_has_its_fast_path(name: str) -> None:
    text = (ROOT / "plugins" / "action" / f"{name}.py").read_text(encoding="utf-8")
    assert name in ACTION_ONLY or f"module = {name}" in text


@pytest.mark.parametrize("name", NAMES)
def test_a_module_says_what_check_mode_and_diff_mode_mean(name: str) -> None:
    assert {"check_mode", "diff_mode"} <= set(documented(name)["attributes"])


def test_the_action_group_holds_every_module_that_takes_the_options_of_aws() -> None:
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    taking = sorted(name for name in NAMES if name not in ACTION_ONLY and "profile" in spec(name)["argument_spec"])
    assert runtime["action_groups"]["aws"] == taking
