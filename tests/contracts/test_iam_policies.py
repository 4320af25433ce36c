"""Least privilege: every policy that the roles make, judged by AWS's own service authorization reference (policy_sentry ships it).

No `*` in an action; no `*` as resource of an action for which IAM knows ARNs; no action that is none; no ARN of the wrong kind.
"""

from __future__ import annotations

import fnmatch
import pathlib
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from policy_sentry.querying.actions import get_action_data

ROOT = pathlib.Path(__file__).resolve().parents[2]
VALUES = {
    "eks_cluster_name": "edge",
    "eks_foundation_account_id": "111122223333",
    "eks_foundation_region": "eu-west-1",
    "eks_foundation_hybrid": True,
    "argocd_hub_account_id": "111122223333",
}
TRUST_ONLY = frozenset({"sts:AssumeRole", "sts:TagSession"})
EXCEPTIONS = {
    "arn:aws:iam::*:role/*-argocd-spoke": "a hub reaches clusters of any account, each of which trusts this very hub; the name ends as those roles do",
}
"""Resources with a wildcard in account or name that stand where they do for a reason."""


def trusted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: trusted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [trusted(item) for item in value]
    return trust_as_template(value) if isinstance(value, str) else value


def rendered(role: str) -> dict[str, Any]:
    """Return the variables of a role, its defaults under what a cluster declares, with all templates evaluated."""
    folder = ROOT / "roles" / role
    files = [folder / "defaults" / "main.yml", folder / "vars" / "main.yml"]
    found = {name: value for path in files if path.is_file() for name, value in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).items()}
    templar = Templar(loader=DataLoader(), variables={**trusted(found), **VALUES})
    return {name: templar.template(trust_as_template("{{ " + name + " }}")) for name, value in found.items() if is_policy(value)}


def is_policy(value: Any) -> bool:
    return isinstance(value, dict) and "Statement" in value


def statements() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (role: variable, statement) of every policy that the roles hold."""
    for path in sorted((ROOT / "roles").glob("*/vars/main.yml")):
        role = path.parents[1].name
        for name, policy in rendered(role).items():
            for statement in policy["Statement"]:
                yield f"{role}: {name}: {statement.get('Sid', '')}", statement


STATEMENTS = list(statements())
PERMISSIONS = [(where, statement) for where, statement in STATEMENTS if "Resource" in statement]
TRUSTS = [(where, statement) for where, statement in STATEMENTS if "Principal" in statement]


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
    return [re.sub(r"\$\{[^}]*\}", "*", form) for form in forms]


def faults(statement: dict[str, Any]) -> list[str]:
    """Return what is wrong with a statement that allows something."""
    actions, resources = listed(statement["Action"]), listed(statement["Resource"])
    found = [f"{action} has a wildcard" for action in actions if "*" in action]
    found += [f"{action} is no action" for action in actions if "*" not in action and not known(action)]
    found += [f"{action} takes ARNs, and is allowed on *" for action in actions if "*" in resources and needs_arn(action)]
    for resource in resources:
        if resource != "*" and not any(fits(resource, kind) for action in actions for kind in kinds(action)):
            found.append(f"{resource} fits no action of the statement")
    return found


def needs_arn(action: str) -> bool:
    """Whether every use of an action is on something that has an ARN: one row with * means that some have none."""
    return bool(kinds(action)) and not any(row["resource_arn_format"] == "*" for row in known(action))


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


def test_no_exception_is_left_without_a_use() -> None:
    assert set(EXCEPTIONS) <= {resource for _where, statement in PERMISSIONS for resource in listed(statement["Resource"])}


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ({"Action": "eks:*", "Resource": "*"}, "eks:* has a wildcard"),
        ({"Action": "eks:DescribeCluster", "Resource": "*"}, "eks:DescribeCluster takes ARNs, and is allowed on *"),
        ({"Action": "eks:DescribeClutter", "Resource": "*"}, "eks:DescribeClutter is no action"),
        (
            {"Action": "eks:DescribeCluster", "Resource": "arn:aws:sqs:eu-west-1:111122223333:q"},
            "arn:aws:sqs:eu-west-1:111122223333:q fits no action of the statement",
        ),
    ],
)
def test_the_judge_sees_what_is_wrong(statement: dict[str, Any], fault: str) -> None:
    assert fault in faults(statement)


@pytest.mark.parametrize("action", ["ec2:DescribeInstances", "ssm:DescribeInstanceInformation"])
def test_what_has_no_arn_may_be_allowed_on_all(action: str) -> None:
    assert faults({"Action": action, "Resource": "*"}) == []
