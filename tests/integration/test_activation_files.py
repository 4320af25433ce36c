"""The file that holds an activation, by the name that the playbooks give it: no two clusters share it, be they of one user and named alike."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import yaml

from sandbox.aws import testing

ROOT = pathlib.Path(__file__).resolve().parents[2]
VARIABLES = ROOT / "playbooks" / "group_vars" / "eks_clusters.yml"
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ssm.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
NAMES = {"eks_cluster_name": "edge", "aws_account_id": testing.ACCOUNT, "aws_region": testing.REGION}


def run(home: pathlib.Path, tasks: list[dict[str, Any]], environment: dict[str, str]) -> str:
    """Run tasks with the variables that site.yml gives to clusters, and return what they print."""
    playbook = home / f"{environment.get('AWS_ENDPOINT_URL', 'aws').rpartition(':')[2]}.yml"
    variables = {**NAMES, "eks_foundation_hybrid_role_arn": f"arn:aws:iam::{testing.ACCOUNT}:role/hybrid", "groups": {}}
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "vars_files": [str(VARIABLES)], "vars": variables, "tasks": tasks}
    playbook.write_text(yaml.safe_dump([play]), encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    command = ["ansible-playbook", "-i", "localhost,", str(playbook), "-e", json.dumps({"hybrid_activation_count": 1})]
    done = subprocess.run(command, env={**kept, **environment, "HOME": str(home)}, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def role(part: str) -> list[dict[str, Any]]:
    return [{"ansible.builtin.include_role": {"name": "fleetops.eks.hybrid_activation", "tasks_from": part}}]


def files(home: pathlib.Path) -> dict[str, str]:
    """Return the activation of each file, by its name."""
    folder = home / ".cache" / "fleetops-eks" / "activations"
    return {path.name: json.loads(path.read_text(encoding="utf-8"))["activation_id"] for path in folder.iterdir()}


def test_two_sandboxes_of_one_user_at_once_keep_their_activations_apart(tmp_path: pathlib.Path) -> None:
    with testing.start() as one, testing.start() as other, ThreadPoolExecutor(2) as pool:
        one.client("iam").create_role(RoleName="hybrid", AssumeRolePolicyDocument=json.dumps(TRUST))
        list(pool.map(lambda aws: run(tmp_path, role("main"), aws.environment()), (one, other)))
        held = sorted(each["ActivationId"] for aws in (one, other) for each in aws.client("ssm").describe_activations()["ActivationList"])
        assert len(held) == 2
        assert sorted(files(tmp_path).values()) == held
        run(tmp_path, role("remove"), one.environment())
        left = [each["ActivationId"] for each in other.client("ssm").describe_activations()["ActivationList"]]
        assert list(files(tmp_path).values()) == left
        assert one.client("ssm").describe_activations()["ActivationList"] == []


def test_every_cluster_at_aws_has_a_file_of_its_own(tmp_path: pathlib.Path) -> None:
    others = ({}, {"eks_cluster_name": "edge-2"}, {"aws_region": "eu-west-1"}, {"aws_account_id": testing.OTHER_ACCOUNT})
    said = run(tmp_path, [{"ansible.builtin.debug": {"msg": "file {{ hybrid_activation_file }}"}, "vars": names} for names in others], {})
    found = [word.strip('"') for word in said.split() if word.startswith(str(tmp_path))]
    names = ("111122223333-us-east-1-edge", "111122223333-us-east-1-edge-2", "111122223333-eu-west-1-edge", "444455556666-us-east-1-edge")
    assert found == [f"{tmp_path}/.cache/fleetops-eks/activations/{name}.json" for name in names]
