"""A task of community.aws's EKS modules works after changing only its FQCN: their options, their documented examples, their results.

Nothing of theirs is written down here: options and examples are read from the installed collection when the tests run.
"""

from __future__ import annotations

import importlib
import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import yaml

from sandbox.aws.testing import ACCESS_KEY, OTHER_ACCESS_KEY, Running, start
from tests.support.modules import call

MODULES = ("eks_cluster", "eks_nodegroup", "eks_fargate_profile")
Options = dict[str, Any]
KEY = "AKIATEST"

OTHER_DEFAULTS: dict[str, str] = {
    "eks_cluster.wait": "a cluster that is not awaited hides its failure (EC9, EC10)",
    "eks_cluster.wait_timeout": "one deadline for a whole task, which may climb several minors",
    "eks_nodegroup.wait": "a group that is not awaited hides its failure (NG19)",
    "eks_nodegroup.wait_timeout": "botocore's own waiter has 2400 s for a group",
    "eks_nodegroup.scaling_config": "not mentioned must not reset what an autoscaler set (NG13)",
    "eks_nodegroup.update_config": "not mentioned must not reset what is there; EKS has the same default for a new group",
    "eks_nodegroup.labels": "not mentioned must not purge (NG15)",
    "eks_nodegroup.taints": "not mentioned must not purge (NG15)",
    "eks_nodegroup.capacity_type": "not mentioned must not refuse a group of Spot capacity; EKS has the same default for a new group",
    "eks_fargate_profile.wait": "a profile that is not awaited hides its failure, and holds up the next: EKS makes one at a time",
    "eks_fargate_profile.wait_timeout": "the time of all profiles that are waited for",
    "eks_fargate_profile.selectors.labels": "not mentioned and empty mean the same to EKS (FP2)",
}
"""Options whose default is another one here, and why."""
OTHER_TYPES: dict[str, str] = {"eks_fargate_profile.selectors.labels": "a mapping by their option, a list of mappings by their example: both are taken"}
NOT_TAKEN_BY_EKS: dict[str, dict[str, tuple[Any, str]]] = {
    "Create an EKS cluster": {
        "version": ("1.33", "1.14 is no version that EKS offers any more"),
        "role_arn": ("arn:aws:iam::123456789012:role/my_eks_role", "an ARN is longer than a name"),
    },
    "create nodegroup": {"node_role": ("arn:aws:iam::123456789012:role/asdf", "a role is of the service iam")},
    "Create an EKS Fargate Profile": {
        "role_arn": ("arn:aws:iam::123456789012:role/my_eks_role", "an ARN is longer than a name"),
    },
}
"""What in an example of theirs EKS itself refuses, and what stands in its place: (value, reason)."""
OTHER_RESULTS: dict[str, str] = {
    "response_metadata": "the HTTP headers of one answer; a task of ours may have made several calls, or none",
    "failed": "says nothing beside changed in a result that did not fail",
    "msg": "a text that is no template of Python's any more (NG16); what was deleted stands in our diff",
    "action": "the FQCN of the task, which ansible-core adds",
    "invocation": "the options as they were parsed, which are more here",
    "resource_actions": "the calls, which debug_botocore_endpoint_logs turns on in both",
    "nodegroup": "theirs returns the group flat or below this key, by wait (NG14); ours always both, and the key is compared by its members",
    "client_request_token": "a random value of the request",
    "modified_at": "the time of an update",
}
"""Members of their results that are not compared as they are, and why."""


@cache
def documentation() -> dict[str, Any]:
    """Return what ansible-doc knows of their modules, fragments resolved."""
    command = ["ansible-doc", "--json", "-t", "module", *(f"community.aws.{module}" for module in MODULES)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def theirs(module: str) -> dict[str, Any]:
    """Return what is documented of a module of community.aws: doc and examples."""
    found: dict[str, Any] = documentation()[f"community.aws.{module}"]
    return found


def ours(module: str) -> Options:
    spec: Options = importlib.import_module(f"ansible_collections.fleetops.eks.plugins.modules.{module}").SPEC["argument_spec"]
    return spec


def walk(options: Options, taken: Options, where: str) -> Iterator[tuple[str, Options, Options | None]]:
    """Yield (path, their option, our option) of all options, members of options too."""
    by_name = {alias: rule for name, rule in taken.items() for alias in (name, *rule.get("aliases", ()))}
    for name, option in options.items():
        rule = by_name.get(name)
        yield f"{where}.{name}", option, rule
        for alias in option.get("aliases") or ():
            yield f"{where}.{alias}", option, by_name.get(alias)
        if rule is not None and option.get("suboptions"):
            yield from walk(option["suboptions"], rule.get("options") or {}, f"{where}.{name}")


@pytest.mark.parametrize("module", MODULES)
def test_every_option_of_theirs_is_taken_with_its_type_choices_and_default(module: str) -> None:
    seen = list(walk(theirs(module)["doc"]["options"], ours(module), module))
    assert len(seen) > 10
    for where, option, rule in seen:
        assert rule is not None, where
        assert rule.get("type", "str") == option.get("type", "str") or where in OTHER_TYPES, where
        assert rule.get("elements") == option.get("elements"), where
        assert set(option.get("choices") or ()) <= set(rule.get("choices") or option.get("choices") or ()), where
        assert not rule.get("required") or option.get("required") or where.count(".") > 1, f"{where} is required here only"
        if where not in OTHER_DEFAULTS:
            assert (rule.get("default") or None) == (option.get("default") or None), where


def test_every_other_default_is_one() -> None:
    known = {where for module in MODULES for where, option, rule in walk(theirs(module)["doc"]["options"], ours(module), module)}
    assert set(OTHER_DEFAULTS) <= known


@pytest.fixture
def aws() -> Iterator[Running]:
    with start(delay=0) as running:
        yield running


def examples(module: str, of_the_network: dict[str, Options]) -> list[dict[str, Any]]:
    """Return their examples, in them the ids of the network that is there, and what EKS takes in place of what it would refuse."""
    tasks = yaml.safe_load(theirs(module)["examples"])
    assert tasks
    name = f"community.aws.{module}"
    return [{**task, name: {**task[name], **instead(task["name"]), **of_the_network.get(task["name"], {})}} for task in tasks]


def instead(task: str) -> Options:
    return {option: value for option, (value, _reason) in NOT_TAKEN_BY_EKS.get(task, {}).items()}


@pytest.fixture
def network(aws: Running) -> dict[str, Options]:
    """A VPC with the security group and the cluster of the examples; return the ids that stand in each example for those it has.

    EKS wants subnets of two zones, and its security groups of their VPC. The sandbox takes subnets that it does not know.
    """
    ec2 = aws.client("ec2", access_key=KEY)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    groups = [ec2.create_security_group(GroupName=name, Description="x", VpcId=vpc)["GroupId"] for name in ("my_eks_sg", "other")]
    zones = {"us-east-1a": "10.0.0.0/24", "us-east-1b": "10.0.1.0/24"}
    subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zone)["Subnet"]["SubnetId"] for zone, block in zones.items()]
    eks = aws.client("eks", access_key=KEY)
    role = "arn:aws:iam::123456789012:role/eks"
    eks.create_cluster(name="test_cluster", roleArn=role, version="1.32", resourcesVpcConfig={"subnetIds": subnets})
    eks.describe_cluster(name="test_cluster")
    return {"Create an EKS cluster": {"security_groups": ["my_eks_sg", groups[1]], "subnets": subnets}}


@pytest.mark.parametrize("module", MODULES)
def test_every_documented_example_of_theirs_runs_and_runs_quietly_again(aws: Running, network: dict[str, Options], module: str) -> None:
    for task in examples(module, network):
        params = task[f"community.aws.{module}"]
        result = call(module, params, url=aws.url)
        assert not result.get("failed"), (task["name"], result["msg"])
        assert result["changed"], task["name"]
        assert not call(module, params, url=aws.url)["changed"], task["name"]


def twins(subnets: dict[str, list[str]], key: str) -> list[tuple[str, Options]]:
    """Return (module, options) of a life of each resource, with the keys of one of two accounts that are alike."""
    access = {"access_key": key, "secret_key": "secret", "region": "us-east-1"}
    account = {ACCESS_KEY: "111122223333", OTHER_ACCESS_KEY: "444455556666"}[key]
    role = f"arn:aws:iam::{account}:role/"
    cluster = {"name": "twin", "role_arn": f"{role}eks", "subnets": subnets[key], "security_groups": ["sg-1"], "version": "1.32", **access, "wait": True}
    group = {"name": "apps", "cluster_name": "twin", "node_role": f"{role}nodes", "subnets": subnets[key], **access, "wait": True}
    sized = {**group, "scaling_config": {"min_size": 1, "max_size": 3, "desired_size": 2}, "labels": {"tier": "apps"}, "ami_type": "AL2_x86_64"}
    sized |= {"disk_size": 30, "instance_types": ["t3.micro"]}
    profile = {"name": "quiet", "cluster_name": "twin", "role_arn": f"{role}pods", "subnets": subnets[key], **access, "wait": True}
    selected = {**profile, "selectors": [{"namespace": "a", "labels": {"b": "c"}}]}
    return [
        ("eks_cluster", {**cluster, "tags": {"team": "a"}}),
        ("eks_cluster", {**cluster, "tags": {"team": "a"}}),
        ("eks_nodegroup", {**sized, "capacity_type": "ON_DEMAND"}),
        ("eks_nodegroup", {**sized, "capacity_type": "ON_DEMAND"}),
        ("eks_nodegroup", {**sized, "labels": {"tier": "apps", "more": "x"}, "scaling_config": {"min_size": 1, "max_size": 5, "desired_size": 2}}),
        ("eks_fargate_profile", selected),
        ("eks_fargate_profile", selected),
        ("eks_fargate_profile", {**profile, "state": "absent"}),
        ("eks_nodegroup", {**group, "state": "absent"}),
        ("eks_cluster", {**cluster, "state": "absent"}),
        ("eks_cluster", {**cluster, "state": "absent"}),
    ]


def played(aws: Running, tasks: list[tuple[str, Options]], folder: pathlib.Path) -> list[Options]:
    """Run tasks of both collections by ansible-playbook and return their results, in order."""
    playbook = folder / "play.json"
    listed = [{"name": f"{number}", name: options} for number, (name, options) in enumerate(tasks)]
    playbook.write_text(json.dumps([{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": listed}]), encoding="utf-8")
    (folder / "ansible.cfg").touch()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "AWS_ENDPOINT_URL": aws.url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.jsonl",
        "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
    }
    command = ["ansible-playbook", "-v", "-i", "localhost,", str(playbook), "-e", f"ansible_python_interpreter={sys.executable}"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    results = {event["task"]["name"]: event["hosts"]["localhost"] for event in events if "task" in event and "localhost" in event.get("hosts", {})}
    return [results[f"{number}"] for number in range(len(tasks))]


def test_their_results_are_contained_in_ours_on_twin_clusters(aws: Running, tmp_path: pathlib.Path) -> None:
    subnets = {key: two_subnets(aws, key) for key in (ACCESS_KEY, OTHER_ACCESS_KEY)}
    one, other = twins(subnets, ACCESS_KEY), twins(subnets, OTHER_ACCESS_KEY)
    names = [(f"community.aws.{module}", options) for module, options in one] + [(f"fleetops.eks.{module}", options) for module, options in other]
    results = played(aws, names, tmp_path)
    for (module, options), old, new in zip(one, results[: len(one)], results[len(one) :], strict=True):
        where = f"{module} {options.get('state', 'present')}"
        assert old["changed"] == new["changed"], where
        assert not missing(comparable(old), comparable(new)), where


def two_subnets(aws: Running, key: str) -> list[str]:
    found = aws.client("ec2", access_key=key).describe_subnets()["Subnets"]
    return [subnet["SubnetId"] for subnet in found][:2]


def comparable(result: Options) -> Options:
    """Return a result without what no two clusters share, and what OTHER_RESULTS lists; NG14's nesting taken away."""
    flat = {**result, **(result.get("nodegroup") or {}), **(result.get("fargate_profile") or {})}
    return {name: value for name, value in flat.items() if name not in OTHER_RESULTS and not name.startswith(("_", "ansible_"))}


OF_ITS_OWN = (
    ".id",
    "arn",
    "endpoint",
    "data",
    "issuer",
    "created_at",
    "vpc_id",
    "cluster_security_group_id",
    "subnet_ids",
    "subnets",
    "role_arn",
    "node_role",
    "name_",
)
"""Ends of names whose values are another cluster's: the name must be there, and the value of its type."""


def missing(old: Any, new: Any, where: str = "") -> list[str]:
    """Return where theirs says something that ours does not."""
    if isinstance(old, dict):
        if not isinstance(new, dict):
            return [where]
        return [gap for name, value in old.items() for gap in (missing(value, new[name], f"{where}.{name}") if name in new else [f"{where}.{name}"])]
    if where.endswith(OF_ITS_OWN) or "resources" in where.split("."):
        return [] if isinstance(new, type(old)) else [where]
    return [] if old == new else [f"{where}: {old!r} != {new!r}"]
