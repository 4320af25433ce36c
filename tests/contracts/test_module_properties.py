"""The table of modules and what each owes: a plan, an info twin, six rows on both paths, examples, results, a word in the changelog. Read from the files."""

from __future__ import annotations

import functools
import importlib
import pathlib
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODULES = ROOT / "plugins" / "modules"
TARGETS = ROOT / "tests" / "integration" / "targets"
NAMES = sorted(path.stem for path in MODULES.glob("*.py"))
ROWS = ("Creates", "Quiet again", "Checks without touching", "Updates with diff", "Absent", "Absent again")
OF_OTHERS = {
    "eks_access_entries": "eks_access_entry_info",
    "eks_addons": "eks_addon_info",
    "eks_connector": "eks_cluster_info",
    "eks_fargate_profiles": "eks_fargate_profile_info",
    "eks_nodegroups": "eks_nodegroup_info",
    "eks_pod_identity_associations": "eks_pod_identity_association_info",
}
"""Info modules that serve more than the module of their name."""
NO_INFO = {
    "eks_iam_roles": "amazon.aws.iam_role_info reads roles of IAM",
    "kube_objects": "kubernetes.core.k8s_info reads objects of any kind",
}
NO_ROW = {
    ("fleet_lock", "Updates with diff"): "a lease is had or not; another owner's is waited for, or broken",
    ("ssm_managed_instance", "Creates"): "a host registers itself, with an activation",
}
ON_HOSTS = {"hybrid_node", "hybrid_node_info"}
"""Run on hosts over ssh: extensions/molecule plays their rows on systemd containers."""
OF_PLAYBOOKS = {
    "eks_cluster_snapshot_info": "the report of site.yml is made from it (tests/fleet)",
    "eks_preflight": "the first task of site.yml for each cluster (tests/fleet)",
    "fleet_report": "the last play of site.yml (tests/fleet, tests/unit/plugins/fleet)",
    "fleet_validate": "the first play of site.yml, an action alone (tests/fleet, tests/unit/plugins/fleet)",
}
"""Modules with no target of their own: what runs them."""


def source(name: str) -> str:
    return (MODULES / f"{name}.py").read_text(encoding="utf-8")


def documented(name: str, part: str) -> Any:
    found = re.search(rf'^{part} = r"""\n(.*?)^"""', source(name), re.DOTALL | re.MULTILINE)
    return yaml.safe_load(found[1]) if found else None


WITH_STATE = [name for name in NAMES if name not in ON_HOSTS and "actions" in (documented(name, "RETURN") or {})]
"""Those that tell what they did."""
LOOPS = {"fleet_lock": "_lock.live.task"}
"""Modules whose reconcile runs in a loop of module_utils: a lease that changed hands is planned again."""


def tasks_of(tasks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for task in tasks:
        yield task
        yield from tasks_of(task.get("block") or [])


@functools.cache
def played() -> dict[str, list[dict[str, Any]]]:
    """Return {target: its tasks}."""
    return {path.parent.parent.name: list(tasks_of(yaml.safe_load(path.read_text(encoding="utf-8")))) for path in TARGETS.glob("*/tasks/main.yml")}


@pytest.mark.parametrize("name", WITH_STATE)
def test_what_has_a_state_is_planned_and_reconciled(name: str) -> None:
    text = source(name)
    assert "reconcile(" in text or LOOPS[name] in text, "it runs desired, observe, plan, apply, settle, result"
    spec = importlib.import_module(f"ansible_collections.fleetops.eks.plugins.modules.{name}").SPEC
    assert spec["supports_check_mode"] is True


@pytest.mark.parametrize("name", WITH_STATE)
def test_what_has_a_state_has_an_info_twin(name: str) -> None:
    assert OF_OTHERS.get(name, f"{name}_info") in NAMES or len(NO_INFO.get(name, "")) > 8


@pytest.mark.parametrize("name", WITH_STATE)
def test_what_has_a_state_has_six_rows_on_both_paths(name: str) -> None:
    titles = [task["name"] for task in played().get(name, ())]
    missing = [row for row in ROWS if not any(re.match(rf"{row}\b(?! again)", title) for title in titles) and (name, row) not in NO_ROW]
    assert not missing, f"tests/integration/targets/{name}/tasks/main.yml has no task of these names"


@pytest.mark.parametrize("name", WITH_STATE)
def test_a_row_is_what_its_name_says(name: str) -> None:
    tasks = {row: next((task for task in played()[name] if re.match(rf"{row}\b(?! again)", task["name"])), None) for row in ROWS}
    check = tasks["Checks without touching"]
    assert check is not None
    assert check.get("check_mode") is True
    assert any(f"fleetops.eks.{name}" in task for task in tasks.values() if task)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ON_HOSTS and name not in OF_PLAYBOOKS])
def test_a_target_runs_every_module(name: str) -> None:
    assert any(f"fleetops.eks.{name}" in task for tasks in played().values() for task in tasks)


@pytest.mark.parametrize("name", NAMES)
def test_examples_run_from_the_smallest_call_and_results_are_told(name: str) -> None:
    examples, result = documented(name, "EXAMPLES"), documented(name, "RETURN")
    assert examples
    assert any(key.startswith("fleetops.eks.") for task in tasks_of(examples) for key in task)
    assert result
    assert all({"description", "returned", "type"} <= set(value) for value in result.values())


@pytest.mark.parametrize("name", NAMES)
def test_the_changelog_names_it(name: str) -> None:
    fragments = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "changelogs").rglob("*.y*ml"))
    assert re.search(rf"\b{name}\b", fragments) or f"playbook {name}" in fragments


def test_reasons_are_about_modules_that_need_them() -> None:
    assert {*OF_OTHERS, *NO_INFO, *(name for name, _ in NO_ROW)} <= set(WITH_STATE)
    assert {*OF_PLAYBOOKS, *ON_HOSTS} <= set(NAMES)
    assert not [name for name in NO_INFO if f"{name}_info" in NAMES]
    titles = {(name, row) for name, tasks in played().items() for task in tasks for row in ROWS if re.match(rf"{row}\b(?! again)", task["name"])}
    assert not titles & set(NO_ROW)
    run = {name for name in OF_PLAYBOOKS for tasks in played().values() for task in tasks if f"fleetops.eks.{name}" in task}
    assert not run
