"""Sets whose members lie beyond the first page of a list: found, so that a second run is quiet, changed, and removed where the set is to hold no other.

Pages have one row; see test_pages.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox.aws.testing import Running, start
from tests.support import many
from tests.support.many import POLICIES, ROLE, SUBNETS, THREE
from tests.support.modules import call_on

READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "eks:DescribeCluster", "Resource": "*"}]}
Params = dict[str, Any]


@pytest.fixture
def aws() -> Iterator[Running]:
    """A cluster of an empty account, in pages of one row."""
    with start(delay=0, page=1) as running:
        many.clusters(running.client("eks"), "edge")
        yield running


def asked(aws: Running, operation: str) -> int:
    return sum(each["operation"] == operation for each in aws.log())


@dataclass(frozen=True)
class Set:
    """A module that keeps a set. change: what the last member is to have besides; update and delete: the operations that change one and remove one."""

    module: str
    members: list[Params]
    list: str
    update: str
    delete: str
    change: Params = field(default_factory=lambda: {"tags": {"Team": "edge"}})

    def __str__(self) -> str:
        return self.module

    def converge(self, aws: Running, members: list[Params], **params: Any) -> tuple[Params, list[str]]:
        """Return the result, and what was written to EKS."""
        option = self.module.removeprefix("eks_")
        aws.clear_log()
        result = call_on(aws, self.module, {"cluster_name": "edge", option: members, **params})
        assert not result.get("failed"), result
        return result, [each["operation"] for each in aws.writes("eks")]


SETS = (
    Set("eks_nodegroups", [{"name": name, "node_role": f"{ROLE}/n", "subnets": SUBNETS} for name in THREE], "ListNodegroups", "TagResource", "DeleteNodegroup"),
    Set(
        "eks_fargate_profiles",
        [{"name": name, "role_arn": f"{ROLE}/pods", "subnets": SUBNETS, "selectors": [{"namespace": name}]} for name in THREE],
        "ListFargateProfiles",
        "TagResource",
        "DeleteFargateProfile",
    ),
    Set(
        "eks_access_entries",
        [{"principal_arn": f"{ROLE}/{name}"} for name in THREE],
        "ListAccessEntries",
        "UpdateAccessEntry",
        "DeleteAccessEntry",
        {"kubernetes_groups": ["ops"]},
    ),
    Set(
        "eks_pod_identity_associations",
        [{"namespace": "web", "service_account": name, "role_arn": f"{ROLE}/web"} for name in THREE],
        "ListPodIdentityAssociations",
        "UpdatePodIdentityAssociation",
        "DeletePodIdentityAssociation",
        {"role_arn": f"{ROLE}/other"},
    ),
    Set("eks_addons", [{"name": name} for name in ("eks-pod-identity-agent", "kube-proxy", "vpc-cni")], "ListAddons", "TagResource", "DeleteAddon"),
)


@pytest.mark.parametrize("kept", SETS, ids=str)
def test_a_set_finds_changes_and_removes_what_lies_beyond_the_first_page(aws: Running, kept: Set) -> None:
    first, *_, last = kept.members
    assert len(kept.converge(aws, kept.members)[1]) == len(kept.members)
    again, writes = kept.converge(aws, kept.members)
    assert (again["changed"], writes, asked(aws, kept.list) >= len(kept.members)) == (False, [], True)
    assert kept.converge(aws, [*kept.members[:-1], {**last, **kept.change}])[1] == [kept.update]
    purge = {f"purge_{kept.module.removeprefix('eks_')}": True}
    assert kept.converge(aws, [first], **purge)[1] == [kept.delete] * (len(kept.members) - 1)
    assert kept.converge(aws, [first], **purge)[1] == []


def test_policies_of_an_entry_beyond_the_first_page_are_found_changed_and_removed(aws: Running) -> None:
    entries = SETS[2]

    def granted(*policies: Params) -> list[str]:
        return entries.converge(aws, [{"principal_arn": f"{ROLE}/a", "access_policies": list(policies)}])[1]

    first, *_, last = declared = [{"policy": name} for name in POLICIES]
    assert granted(*declared) == ["CreateAccessEntry", *["AssociateAccessPolicy"] * 3]
    assert (granted(*declared), asked(aws, "ListAssociatedAccessPolicies")) == ([], 3)
    narrow = {**last, "scope": "namespace", "namespaces": ["web"]}
    assert granted(*declared[:-1], narrow) == ["AssociateAccessPolicy"]
    assert granted(first) == ["DisassociateAccessPolicy"] * 2
    assert granted(first) == []


def roles(aws: Running, *, state: str = "present", **role: Any) -> list[str]:
    """Have the role as declared, and return what was written."""
    aws.clear_log()
    result = call_on(aws, "eks_iam_roles", {"roles": [{"name": "edge", **role}], "state": state})
    assert not result.get("failed"), result
    return [each["operation"] for each in aws.writes("iam")]


def test_policies_of_a_role_beyond_the_first_page_are_found_and_removed(aws: Running) -> None:
    managed = ["AmazonEKSClusterPolicy", "AmazonEKSComputePolicy", "AmazonEKSNetworkingPolicy"]
    whole: Params = {"trust": ["eks"], "managed_policies": managed, "inline_policies": dict.fromkeys(THREE, READ)}
    assert roles(aws, **whole) == ["CreateRole", *["AttachRolePolicy"] * 3, *["PutRolePolicy"] * 3]
    assert roles(aws, **whole) == []
    assert (asked(aws, "ListAttachedRolePolicies"), asked(aws, "ListRolePolicies")) == (3, 3)
    little: Params = {**whole, "managed_policies": managed[:1], "inline_policies": {"a": READ}}
    assert sorted(roles(aws, **little)) == ["DeleteRolePolicy"] * 2 + ["DetachRolePolicy"] * 2
    assert roles(aws, **little) == []


def test_a_role_leaves_all_instance_profiles_before_it_goes(aws: Running) -> None:
    roles(aws, trust=["eks"])
    iam = aws.client("iam")
    for name in THREE:
        iam.create_instance_profile(InstanceProfileName=name)
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName="edge")
        iam.put_role_policy(RoleName="edge", PolicyName=name, PolicyDocument=json.dumps(READ))
    written = roles(aws, state="absent")
    assert sorted(written) == ["DeleteRole", *["DeleteRolePolicy"] * 3, *["RemoveRoleFromInstanceProfile"] * 3]


def test_activations_and_hosts_of_a_batch_go_from_all_pages(aws: Running) -> None:
    many.hosts(aws)
    for module, operation in (("ssm_managed_instance", "DeregisterManagedInstance"), ("ssm_hybrid_activation", "DeleteActivation")):
        aws.clear_log()
        result = call_on(aws, module, {"batch": "batch", "state": "absent"})
        assert not result.get("failed"), result
        assert [each["operation"] for each in aws.writes("ssm")] == [operation] * 3
