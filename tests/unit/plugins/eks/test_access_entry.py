"""What an access entry needs, what it refuses, what a purge leaves alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._eks.access_entry import EntrySpec, EntryState, plan_absent, plan_present, to_result
from ansible_collections.fleetops.eks.plugins.module_utils._eks.access_entry_policies import policy_arn
from ansible_collections.fleetops.eks.plugins.module_utils._eks.access_entry_set import Owners, declared_entries, principal_of, why_kept

ROLE = "arn:aws:iam::111122223333:role/teams/Payments"
BORN = datetime(2026, 1, 1, tzinfo=UTC)
ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
VIEW = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"


def declared(**params: Any) -> EntrySpec:
    return EntrySpec.from_params({"cluster_name": "edge", "principal_arn": ROLE, **params})


def policy(arn: str = VIEW, *namespaces: str) -> dict[str, Any]:
    return {"policyArn": arn, "accessScope": {"type": "namespace" if namespaces else "cluster", "namespaces": list(namespaces)}}


def entry(*policies: dict[str, Any], since: datetime | None = None, **fields: Any) -> EntryState:
    answer = {
        "clusterName": "edge",
        "principalArn": ROLE,
        "accessEntryArn": "arn:aws:eks:us-east-1:111122223333:access-entry/edge/role/111122223333/Payments/x",
        "kubernetesGroups": [],
        "username": "arn:aws:sts::111122223333:assumed-role/Payments/{{SessionName}}",
        "type": "STANDARD",
        "tags": {},
        "createdAt": BORN + timedelta(days=1),
    }
    return EntryState.from_api({**answer, **fields}, policies, since)


def operations(plan: Any) -> list[str]:
    return [step.operation for step in plan.steps]


def wanted(name: str = "AmazonEKSViewPolicy", *namespaces: str) -> dict[str, Any]:
    return {"policy": name, "scope": "namespace" if namespaces else "cluster", "namespaces": list(namespaces) or None}


def test_creates_with_its_policies() -> None:
    plan = plan_present(declared(kubernetes_groups=["payments"], access_policies=[wanted("AmazonEKSEditPolicy", "b", "a")], tags={"Cost": 7}), None)
    assert plan.steps[0].request == {"clusterName": "edge", "principalArn": ROLE, "kubernetesGroups": ["payments"], "tags": {"Cost": "7"}}
    assert plan.steps[1].request["accessScope"] == {"type": "namespace", "namespaces": ["a", "b"]}
    assert plan.steps[1].request["policyArn"].endswith("/AmazonEKSEditPolicy")


@pytest.mark.parametrize(
    ("params", "state"),
    [
        ({}, entry(policy(), kubernetesGroups=["a"], tags={"A": "b"})),
        ({"kubernetes_groups": ["b", "a"]}, entry(kubernetesGroups=["a", "b"])),
        ({"access_policies": [wanted("AmazonEKSViewPolicy", "b", "a")]}, entry(policy(VIEW, "a", "b"))),
        ({"access_policies": [wanted(VIEW)]}, entry(policy())),
        ({"access_policies": [wanted()], "purge_access_policies": False}, entry(policy(), policy(ADMIN))),
        ({"type": "STANDARD"}, entry()),
        ({"tags": {"A": "b"}, "purge_tags": False}, entry(tags={"A": "b", "C": "d"})),
        ({"type": "HYBRID_LINUX"}, entry(type="HYBRID_LINUX", kubernetesGroups=["system:nodes"], username="system:node:{{SessionName}}")),
        ({}, entry(since=BORN)),
    ],
)
def test_what_means_the_same_is_quiet(params: dict[str, Any], state: EntryState) -> None:
    assert not plan_present(declared(**params), state)


@pytest.mark.parametrize(
    ("params", "state", "expected"),
    [
        ({"kubernetes_groups": []}, entry(kubernetesGroups=["a"]), ["update_access_entry"]),
        ({"username": "me"}, entry(), ["update_access_entry"]),
        ({"access_policies": []}, entry(policy()), ["disassociate_access_policy"]),
        ({"access_policies": [wanted("AmazonEKSViewPolicy", "a")]}, entry(policy()), ["associate_access_policy"]),
        ({"access_policies": [wanted()]}, entry(policy(ADMIN)), ["associate_access_policy", "disassociate_access_policy"]),
        ({"tags": {"A": "b"}}, entry(tags={"C": "d"}), ["tag_resource", "untag_resource"]),
        ({"type": "HYBRID_LINUX", "recreate": True}, entry(policy(ADMIN)), ["delete_access_entry", "create_access_entry"]),
        ({}, entry(policy(), since=BORN + timedelta(days=2)), ["delete_access_entry", "create_access_entry", "associate_access_policy"]),
    ],
)
def test_what_differs_is_a_step(params: dict[str, Any], state: EntryState, expected: list[str]) -> None:
    assert operations(plan_present(declared(**params), state)) == expected


def test_a_role_made_anew_gets_its_entry_back_as_it_was() -> None:
    state = entry(policy(VIEW, "a"), kubernetesGroups=["g"], tags={"A": "b"}, since=BORN + timedelta(days=2))
    create = plan_present(declared(), state).steps[1].request
    assert (create["kubernetesGroups"], create["tags"], create["type"]) == (["g"], {"A": "b"}, "STANDARD")


@pytest.mark.parametrize(
    ("params", "state", "field"),
    [
        ({"type": "EC2_LINUX"}, entry(), "type"),
        ({"type": "HYBRID_LINUX", "kubernetes_groups": ["a"]}, None, "kubernetes_groups"),
        ({"type": "EC2_LINUX", "access_policies": [wanted()]}, None, "access_policies"),
        ({"access_policies": [wanted()]}, entry(type="FARGATE_LINUX"), "access_policies"),
        ({"username": "system:admin"}, None, "username"),
        ({"kubernetes_groups": ["system:masters"]}, entry(), "kubernetes_groups"),
    ],
)
def test_the_impossible_is_refused_with_the_option(params: dict[str, Any], state: EntryState | None, field: str) -> None:
    with pytest.raises(Refusal) as refusal:
        plan_present(declared(**params), state)
    assert field in refusal.value.facts["refused_fields"]
    assert refusal.value.remedy


def test_auto_mode_nodes_may_have_a_policy() -> None:
    assert operations(plan_present(declared(type="EC2", access_policies=[wanted("AmazonEKSAutoNodePolicy")]), None)) == [
        "create_access_entry",
        "associate_access_policy",
    ]


@pytest.mark.parametrize(("scope", "namespaces"), [("cluster", ["a"]), ("namespace", None), ("namespace", [])])
def test_a_scope_that_contradicts_its_namespaces_is_refused(scope: str, namespaces: list[str] | None) -> None:
    with pytest.raises(Refusal):
        declared(access_policies=[{"policy": "AmazonEKSViewPolicy", "scope": scope, "namespaces": namespaces}])


def test_absent_and_absent_again() -> None:
    assert operations(plan_absent(declared(), entry())) == ["delete_access_entry"]
    assert not plan_absent(declared(), None)


def test_a_policys_name_becomes_its_arn() -> None:
    assert policy_arn("AmazonEKSViewPolicy", "aws-cn") == "arn:aws-cn:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
    assert policy_arn(VIEW, "aws-cn") == VIEW


def test_result_keeps_users_keys_and_has_the_policies() -> None:
    result = to_result(entry(policy(VIEW, "a"), tags={"CostCenter": "1"}))
    assert result is not None
    assert result["tags"] == {"CostCenter": "1"}
    assert result["access_policies"] == [{"policy": "AmazonEKSViewPolicy", "policy_arn": VIEW, "scope": "namespace", "namespaces": ["a"]}]
    assert to_result(None) is None


OWNERS = Owners(BORN, "arn:aws:sts::111122223333:assumed-role/Runner/ansible")


@pytest.mark.parametrize(
    ("principal", "state", "kept"),
    [
        (ROLE, entry(policy()), False),
        (ROLE, entry(policy(ADMIN)), False),
        (ROLE, entry(), False),
        (ROLE, entry(type="EC2_LINUX"), True),
        (ROLE, entry(policy("arn:aws:eks::aws:cluster-access-policy/AmazonEKSArgoCDClusterPolicy")), True),
        ("arn:aws:iam::111122223333:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS", entry(), True),
        ("arn:aws:iam::111122223333:role/ops/Runner", entry(policy(ADMIN)), True),
        ("arn:aws:iam::444455556666:role/ops/Runner", entry(policy(ADMIN)), False),
        (ROLE, entry(policy(ADMIN), createdAt=BORN + timedelta(seconds=20)), True),
        (ROLE, entry(policy(ADMIN), createdAt=BORN + timedelta(seconds=20), tags={"A": "b"}), False),
        (ROLE, entry(policy(ADMIN, "a"), createdAt=BORN + timedelta(seconds=20)), False),
    ],
)
def test_what_a_purge_leaves_alone(principal: str, state: EntryState, kept: bool) -> None:
    assert (why_kept(principal, state, OWNERS) is not None) == kept


def test_a_user_is_its_own_principal() -> None:
    assert principal_of("arn:aws:iam::111122223333:user/ops/ann") == "111122223333:user/ann"


def test_a_principal_declared_twice_is_refused() -> None:
    shared = {"cluster_name": "edge", "purge_access_policies": True, "purge_tags": True, "recreate": False}
    with pytest.raises(Refusal, match="more than once"):
        declared_entries({**shared, "access_entries": [{"principal_arn": ROLE}, {"principal_arn": ROLE}]})
