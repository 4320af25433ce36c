"""The inventory to copy: it parses, it passes the fleet's own validation, and each of its values says truly who reads it."""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "inventories" / "example"
VARIABLES = sorted(path.relative_to(EXAMPLE).as_posix() for path in EXAMPLE.glob("*_vars/*.yml"))
PLAYBOOK = [
    {
        "name": "Check the example",
        "hosts": "eks_clusters",
        "gather_facts": False,
        "tasks": [
            {"name": "Check it", "fleetops.eks.fleet_validate": {}, "run_once": True, "register": "checked"},
            {"name": "Show it", "ansible.builtin.debug": {"msg": "{{ checked | ansible.builtin.to_json }}"}, "run_once": True},
        ],
    }
]
COMMENTED = re.compile(r"(?P<variable>[a-z_]+):(?: .*?)? # (?P<comment>.+)")


def run(folder: pathlib.Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a program of Ansible's beside this Python, with no configuration and no credentials of the user's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_"))}
    path = f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**kept, "PATH": path, "HOME": str(folder), "ANSIBLE_HOME": str(folder / "ansible"), "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"}
    (folder / "ansible.cfg").touch()
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_it_lists_clusters_and_hosts(tmp_path: pathlib.Path) -> None:
    done = run(tmp_path, "ansible-inventory", "-i", str(EXAMPLE), "--list")
    assert done.returncode == 0, done.stderr
    listed = json.loads(done.stdout)
    assert sorted(listed["hybrid_nodes"]["hosts"]) == ["edge-a1", "edge-a2"]
    assert sorted(listed["_meta"]["hostvars"]) == ["dev-euc1", "edge-a1", "edge-a2", "prod-euc1", "prod-use1"]


def validate(folder: pathlib.Path, inventory: pathlib.Path) -> dict[str, object]:
    """Run the validation on an inventory and return what it found."""
    # What site.yml adds to every host comes from beside the playbook.
    (folder / "group_vars").symlink_to(ROOT / "playbooks" / "group_vars")
    (folder / "check.yml").write_text(yaml.safe_dump(PLAYBOOK, sort_keys=False), encoding="utf-8")
    done = run(folder, "ansible-playbook", "-i", str(inventory), "check.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    shown = re.search(r'"msg": (\{.*\}|".*")', done.stdout)
    assert shown, done.stdout
    result = json.loads(shown[1])
    checked = json.loads(result) if isinstance(result, str) else result
    return {key: checked[key] for key in ("findings", "clusters", "hybrid_nodes")}


def test_it_passes_the_validation_of_the_fleet(tmp_path: pathlib.Path) -> None:
    assert validate(tmp_path, EXAMPLE) == {"findings": [], "clusters": 3, "hybrid_nodes": 2}


def lines() -> Iterator[tuple[str, str]]:
    """Yield (file, line) of every variable at the top of a file."""
    for name in VARIABLES:
        for line in (EXAMPLE / name).read_text(encoding="utf-8").splitlines():
            if re.match(r"[a-z_]+:", line):
                yield name, line


@pytest.mark.parametrize(("name", "line"), list(lines()), ids=lambda value: value.split(":")[0])
def test_every_variable_says_who_reads_it(name: str, line: str) -> None:
    found = COMMENTED.fullmatch(line)
    assert found, f"{name}: no comment beside {line}"
    variable, comment = found["variable"], found["comment"]
    roles = [path.name for path in (ROOT / "roles").iterdir() if re.search(rf"\b{path.name}\b", comment.partition(":")[0])]
    assert roles or comment.startswith(("Ansible", "site.yml", "all roles", "eks_clusters.yml")), f"{name}: {variable} names no reader"
    owner = next((role for role in roles if variable.startswith(f"{role}_")), None)
    assert owner is None or variable in specified(owner), f"{name}: {owner} does not read {variable}"


def specified(role: str) -> set[str]:
    specs = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
    return {option for spec in specs.values() for option in spec.get("options", {})}


def test_the_smallest_inventory_of_the_readme_passes_it_too(tmp_path: pathlib.Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.search(r"`inventories/mine/hosts.yml`:\n\n```yaml\n(.*?)```", text, re.DOTALL)
    assert shown
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "hosts.yml").write_text(shown[1], encoding="utf-8")
    assert validate(tmp_path, tmp_path / "mine") == {"findings": [], "clusters": 1, "hybrid_nodes": 0}
