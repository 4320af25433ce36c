"""What the modules would refuse is found in the declaration, by their own plans, with variable, host and remedy."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.action.fleet_validate import CLUSTER_ROLES, _specs
from ansible_collections.fleetops.eks.plugins.module_utils._fleet.declaration import Host, check
from ansible_collections.fleetops.eks.plugins.module_utils._fleet.plans import check_plans
from ansible_collections.fleetops.eks.plugins.module_utils._fleet.variables import check_types

SPECS = _specs(CLUSTER_ROLES)
ROLE = "arn:aws:iam::111122223333:role/kro"
PROVIDER = {"name": "corp", "issuer_url": "https://login.example.com", "client_id": "kubernetes"}
KRO = {"name": "kro", "type": "KRO", "role_arn": ROLE}
PROFILE = {"name": "batch", "selectors": [{"namespace": "batch-*"}]}
ENTRY = {"principal_arn": "arn:aws:iam::111122223333:role/admin"}
IDC = {"idc_instance_arn": "arn:aws:sso:::instance/ssoins-0123456789abcdef"}
SOUND: dict[str, Any] = {
    "eks_cluster_name": "one",
    "aws_account_id": "111122223333",
    "eks_cluster_identity_provider": PROVIDER,
    "eks_cluster_capabilities": [KRO, {"name": "ack", "type": "ACK", "role_arn": ROLE, "configuration": {"ack": {"disabled_services": ["s3"]}}}],
    "eks_nodes_fargate_profiles": [PROFILE],
    "eks_nodes_groups": [{"name": "general", "scaling_config": {"min_size": 1, "max_size": 3}}],
    "eks_access_entries": [ENTRY],
    "eks_addons_pod_identities": [{"namespace": "web", "service_account": "web", "role_arn": ROLE}],
}
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"eks_cluster_identity_provider": {**PROVIDER, "issuer_url": "http://login.example.com"}}, "has issuer_url http://", "begins with https://"),
    ({"eks_cluster_identity_provider": {"name": "corp", "client_id": "x"}}, "needs issuer_url", "Give issuer_url"),
    ({"eks_cluster_identity_provider": {**PROVIDER, "groups_prefix": "system:"}}, "EKS keeps system: to itself", "another prefix"),
    ({"eks_cluster_identity_provider": {**PROVIDER, "required_claims": {"": "x"}}}, "requires claims", "Names have"),
    ({"eks_cluster_identity_provider": {**PROVIDER, "tags": {"aws:x": "y"}}}, "aws:", ""),
    ({"eks_cluster_capabilities": [{**KRO, "name": "k r o"}]}, "has a name that EKS does not take", "letters, digits"),
    ({"eks_cluster_capabilities": [{"name": "kro", "type": "KRO"}]}, "needs role_arn", "Give role_arn"),
    ({"eks_cluster_capabilities": [KRO, {**KRO, "name": "second"}]}, "capability kro of type KRO, and EKS takes one of a type", "remove it first"),
    ({"eks_cluster_capabilities": [KRO, KRO]}, "declares kro more than once", "Keep one"),
    ({"eks_cluster_capabilities": [{**KRO, "configuration": {"ack": {"disabled_services": ["s3"]}}}]}, "is of type KRO", "Leave configuration.ack out"),
    ({"eks_cluster_capabilities": [{"name": "cd", "type": "ARGOCD", "role_arn": ROLE}]}, "idc_instance_arn", "Give"),
    (
        {
            "eks_cluster_capabilities": [
                {"name": "cd", "type": "ARGOCD", "role_arn": ROLE, "configuration": {"argo_cd": {"aws_idc": IDC, "endpoint_prefix": "-"}}}
            ]
        },
        "has endpoint_prefix -",
        "1 to 50 lower-case",
    ),
    ({"eks_nodes_fargate_profiles": [{**PROFILE, "name": "eks-batch"}]}, "eks-", ""),
    ({"eks_nodes_fargate_profiles": [{"name": "batch"}]}, "needs selectors", "Give selectors"),
    ({"eks_nodes_fargate_profiles": [PROFILE, PROFILE]}, "declares batch more than once", "Keep one"),
    ({"eks_nodes_groups": [{"name": "general", "scaling_config": {"min_size": 4, "max_size": 3}}]}, "sizes of node group general cannot be", "min_size <="),
    ({"eks_nodes_groups": [{"name": "old", "ami_type": "AL2_x86_64", "version": "1.35"}]}, "Amazon Linux 2", "AL2023"),
    ({"eks_foundation_pod_roles": [{"name": "velero", "policies": ["velero"]}]}, "no resources for it", "bucket of the backups"),
    ({"eks_foundation_pod_roles": [{"name": "ebs", "policies": ["ebs_csi"], "resources": ["arn:aws:s3:::x"]}]}, "none of its policies", "Leave them out"),
    ({"eks_access_entries": [{**ENTRY, "kubernetes_groups": ["system:masters"]}]}, "system:", ""),
]
"""Rows of what EKS would refuse: the change, words of the problem, words of the remedy."""


@pytest.mark.parametrize(("change", "problem", "remedy"), REFUSED, ids=[f"{number}-{next(iter(row[0]))}" for number, row in enumerate(REFUSED)])
def test_what_a_module_would_refuse_is_found(change: dict[str, Any], problem: str, remedy: str) -> None:
    host = Host("prod-one", {**SOUND, **change})
    assert [finding.variable for finding in check_types(host, SPECS) if finding.variable in change] == []
    (found,) = check_plans(host, SPECS)
    assert (found.host, found.variable) == ("prod-one", next(iter(change)))
    assert problem in found.problem
    assert found.remedy
    assert remedy in found.remedy


def test_a_sound_declaration_has_no_findings() -> None:
    assert list(check_plans(Host("one", SOUND), SPECS)) == []


def test_what_is_to_go_needs_its_name_only() -> None:
    going = {
        "eks_cluster_capabilities": [{"name": "kro", "state": "absent"}, {**KRO, "name": "kro2"}],
        "eks_cluster_identity_provider": {"name": "a", "state": "absent"},
    }
    assert list(check_plans(Host("one", going), SPECS)) == []


def test_nothing_declared_is_nothing_to_find() -> None:
    host = Host("one", {"eks_cluster_identity_provider": {}, "eks_cluster_capabilities": []})
    assert list(check_plans(host, SPECS)) == []
    assert [finding.variable for finding in check_types(host, SPECS) if finding.variable in host.variables] == []


@pytest.mark.parametrize(
    ("variable", "value", "problem"),
    [
        ("eks_cluster_identity_provider", {"issuer_url": "https://login.example.com"}, "name"),
        ("eks_cluster_identity_provider", {**PROVIDER, "cluster_name": "one"}, "cluster_name"),
        ("eks_cluster_identity_provider", {**PROVIDER, "usernameClaim": "email"}, "usernameClaim"),
        ("eks_cluster_capabilities", [{**KRO, "type": "FLUX"}], "FLUX"),
        ("eks_cluster_capabilities", [{**KRO, "configuration": {"argocd": {}}}], "argocd"),
        ("eks_cluster_irsa", "perhaps", "perhaps"),
        ("eks_nodes_fargate_profiles", [{"selectors": []}], "name"),
        ("eks_foundation_capability_roles", [{"managed_policies": []}], "name"),
        ("eks_foundation_fargate", "perhaps", "perhaps"),
        ("eks_foundation_pod_roles", [{"name": "ebs", "policies": ["ebs"]}], "ebs"),
    ],
)
def test_keys_and_types_are_those_of_the_module(variable: str, value: Any, problem: str) -> None:
    found = [finding for finding in check_types(Host("one", {**SOUND, variable: value}), SPECS) if finding.variable == variable]
    assert len(found) == 1
    assert problem in found[0].problem


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("eks_cluster_role_arn", "arn:aws:iam::999900001111:role/x"),
        ("eks_cluster_capabilities", [{**KRO, "role_arn": "arn:aws:iam::999900001111:role/x"}]),
        ("eks_nodes_fargate_role_arn", "arn:aws:iam::999900001111:role/x"),
        ("eks_nodes_groups", [{"name": "general", "node_role": "arn:aws:iam::999900001111:role/x"}]),
    ],
)
def test_a_role_of_another_account_is_found(variable: str, value: Any) -> None:
    (found,) = check([Host("one", {**SOUND, variable: value})], [])
    assert (found.variable, found.problem) == (variable, "arn:aws:iam::999900001111:role/x is a role of account 999900001111.")
    assert "111122223333" in found.remedy
