"""What every role owes: defaults that are its argument spec's, no default for what is required, a README, named tasks."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest
import yaml

ROLES = sorted(path for path in (pathlib.Path(__file__).resolve().parents[2] / "roles").iterdir() if path.is_dir())


def read(path: pathlib.Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def options(role: pathlib.Path) -> dict[str, Any]:
    return read(role / "meta" / "argument_specs.yml")["argument_specs"]["main"]["options"]


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_defaults_are_those_of_the_argument_spec(role: pathlib.Path) -> None:
    declared = {name: rule["default"] for name, rule in options(role).items() if "default" in rule}
    assert (read(role / "defaults" / "main.yml") or {}) == declared


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_what_is_required_has_no_default(role: pathlib.Path) -> None:
    assert not [name for name, rule in options(role).items() if rule.get("required") and "default" in rule]


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_inputs_are_prefixed_with_the_role_or_name_the_cluster(role: pathlib.Path) -> None:
    shared = {"eks_cluster_name", "eks_cluster_subnets"}
    assert not [name for name in options(role) if not name.startswith(f"{role.name}_") and name not in shared]


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_every_input_is_described(role: pathlib.Path) -> None:
    assert all(rule.get("description") and rule.get("type") for rule in options(role).values())


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_a_role_has_a_readme(role: pathlib.Path) -> None:
    assert (role / "README.md").read_text(encoding="utf-8").startswith(f"# {role.name}\n")


def tasks_of(found: Any) -> list[dict[str, Any]]:
    """Return the tasks of a file, those inside blocks too."""
    return [
        each for task in found or [] for each in (tasks_of([*task["block"], *task.get("rescue", []), *task.get("always", [])]) if "block" in task else [task])
    ]


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_modules_of_amazon_aws_are_patient_with_throttling(role: pathlib.Path) -> None:
    """They retry as often as botocore is told to by the environment: three tries where nobody says."""
    tasks = [task for path in sorted((role / "tasks").glob("*.yml")) for task in tasks_of(read(path))]
    theirs = [task for task in tasks if any(key.startswith("amazon.aws.") for key in task)]
    assert [task["name"] for task in theirs if task.get("environment") != "{{ __" + role.name + "_patience }}"] == []
