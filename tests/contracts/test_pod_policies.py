"""Policies by name: each holds to the rules of every other policy of the roles, and those of AWS are policies that AWS has."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.fleetops.eks.plugins.filter.pod_roles import DOCUMENTATION, pod_roles
from ansible_collections.fleetops.eks.plugins.module_utils._iam.pod_policies import POLICIES
from moto.iam.aws_managed_policies import aws_managed_policies_data

from tests.contracts.test_iam_policies import faults

RESOURCES = {
    "acm-pca": "arn:aws:acm-pca:eu-west-1:111122223333:certificate-authority/11111111-2222-3333-4444-555555555555",
    "aps": "arn:aws:aps:eu-west-1:111122223333:workspace/ws-1",
    "kms": "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555",
    "route53": "arn:aws:route53:::hostedzone/Z0123456789ABCDEFGHIJ",
    "s3": "arn:aws:s3:::backups",
    "secretsmanager": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/*",
    "sqs": "arn:aws:sqs:eu-west-1:111122223333:edge-nth",
    "ssm": "arn:aws:ssm:eu-west-1:111122223333:parameter/prod/*",
}
PLACE = {"cluster_name": "edge", "region": "eu-west-1", "account_id": "111122223333"}
LONGEST = 10_240
"""Characters that the inline policies of a role may have together, without white space (IAM quotas)."""


def made(name: str, *, resources: bool = True) -> dict[str, Any]:
    given = [RESOURCES[service] for service in POLICIES[name].services] if resources else []
    (role,) = pod_roles([{"name": "edge-x", "policies": [name], "resources": given}], **PLACE)
    return role


STATEMENTS = [
    (f"{name}: {statement['Sid']}", statement)
    for name in POLICIES
    for document in made(name).get("inline_policies", {}).values()
    for statement in document["Statement"]
]


@pytest.mark.parametrize(("where", "statement"), STATEMENTS, ids=[where for where, _ in STATEMENTS])
def test_a_policy_allows_what_is_needed_and_no_more(where: str, statement: dict[str, Any]) -> None:
    assert faults(statement) == [], where


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_by_name_allows_something_and_fits_into_a_role(name: str) -> None:
    role = made(name)
    assert role.get("managed_policies") or role.get("inline_policies")
    assert not {"policies", "resources"} & role.keys()
    texts = [json.dumps(document, separators=(",", ":")) for document in role.get("inline_policies", {}).values()]
    assert sum(map(len, texts)) <= LONGEST
    for document in role.get("inline_policies", {}).values():
        sids = [statement["Sid"] for statement in document["Statement"]]
        assert len(sids) == len(set(sids))


@pytest.mark.parametrize("policy", sorted({each for canned in POLICIES.values() for each in canned.managed}))
def test_a_policy_of_aws_is_one(policy: str) -> None:
    assert policy in json.loads(aws_managed_policies_data)


@pytest.mark.parametrize("name", [name for name, canned in POLICIES.items() if canned.needs])
def test_what_a_policy_must_be_held_to_is_asked_for(name: str) -> None:
    with pytest.raises(AnsibleFilterError, match="no resources for it"):
        made(name, resources=False)


def test_resources_bound_each_policy_by_its_service() -> None:
    given = [RESOURCES["route53"], RESOURCES["secretsmanager"]]
    (role,) = pod_roles([{"name": "edge-x", "policies": ["external_dns", "external_secrets"], "resources": given}], **PLACE)
    dns, secrets = role["inline_policies"]["external-dns"], role["inline_policies"]["external-secrets"]
    assert [statement["Resource"] for statement in dns["Statement"]] == [["*"], [RESOURCES["route53"]]]
    assert {arn for statement in secrets["Statement"] for arn in statement["Resource"]} == {"*", RESOURCES["secretsmanager"]}


def test_policies_of_the_roles_own_stay_beside() -> None:
    declared = {"name": "edge-x", "policies": ["ebs_csi"], "managed_policies": ["ReadOnlyAccess"], "inline_policies": {"own": {"Statement": []}}}
    (role,) = pod_roles([declared], **PLACE)
    assert role == {"name": "edge-x", "managed_policies": ["AmazonEBSCSIDriverPolicy", "ReadOnlyAccess"], "inline_policies": {"own": {"Statement": []}}}


def test_another_partition_has_its_own_arns() -> None:
    (role,) = pod_roles([{"name": "edge-x", "policies": ["cert_manager"]}], **PLACE, partition="aws-cn")
    assert all(arn == "*" or arn.startswith("arn:aws-cn:") for each in role["inline_policies"]["cert-manager"]["Statement"] for arn in each["Resource"])


def test_the_documentation_names_all() -> None:
    assert all(f"C({name})" in DOCUMENTATION for name in POLICIES)
