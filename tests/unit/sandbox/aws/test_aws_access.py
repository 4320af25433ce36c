"""Access entries, access policies and pod identity associations (peers.md 3.5, 3.6, 5.4; hybrid.md 2.2)."""

from __future__ import annotations

from typing import Any

import pytest

ACCOUNT = "111122223333"
ADMIN = f"arn:aws:iam::{ACCOUNT}:role/admin"
VIEW = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
SERVICE = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS"
TRUST = '{"Version":"2012-10-17","Statement":[]}'


def entry(eks: Any, principal: str = ADMIN, **more: Any) -> dict[str, Any]:
    eks.create_access_entry(clusterName="edge", principalArn=principal, **more)
    found: dict[str, Any] = eks.describe_access_entry(clusterName="edge", principalArn=principal)["accessEntry"]
    return found


def entries(eks: Any) -> list[str]:
    return [arn for arn in eks.list_access_entries(clusterName="edge")["accessEntries"] if arn != SERVICE]


def test_a_standard_entry_has_a_username_of_its_session(cluster: Any, eks: Any) -> None:
    found = entry(eks, tags={"Name": "x"})
    assert (found["type"], found["kubernetesGroups"], found["tags"]) == ("STANDARD", [], {"Name": "x"})
    assert found["username"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/{{{{SessionName}}}}"
    assert entry(eks, f"arn:aws:iam::{ACCOUNT}:user/ann")["username"] == f"arn:aws:iam::{ACCOUNT}:user/ann"


@pytest.mark.parametrize(
    ("kind", "username"),
    [
        ("HYBRID_LINUX", "system:node:{{SessionName}}"),
        ("EC2_LINUX", "system:node:{{EC2PrivateDNSName}}"),
        ("FARGATE_LINUX", "system:node:{{SessionName}}"),
        ("EC2", "system:node:{{EC2PrivateDNSName}}"),
    ],
)
def test_node_entries_have_the_names_of_nodes(cluster: Any, eks: Any, kind: str, username: str) -> None:
    found = entry(eks, type=kind)
    assert found["username"] == username
    assert "system:nodes" in found["kubernetesGroups"]


def test_a_second_entry_of_the_principal_is_in_use(cluster: Any, eks: Any, refused: Any) -> None:
    entry(eks)
    refusal = refused(eks.create_access_entry, clusterName="edge", principalArn=ADMIN)
    assert (refusal.code, refusal.status) == ("ResourceInUseException", 409)
    assert refusal.message == "The specified access entry resource is already in use on this cluster."


def test_entries_need_an_api_authentication_mode(new_cluster: Any, eks: Any, refused: Any) -> None:
    new_cluster(accessConfig={"authenticationMode": "CONFIG_MAP"})
    refusal = refused(eks.create_access_entry, clusterName="edge", principalArn=ADMIN)
    assert refusal.code == "InvalidRequestException"
    assert "must be set to one of [API, API_AND_CONFIG_MAP]" in refusal.message


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"principalArn": "admin"}, "principalArn"),
        ({"type": "NONSENSE"}, "Valid types"),
        ({"type": "HYBRID_LINUX", "kubernetesGroups": ["a"]}, "does not support kubernetesGroups"),
        ({"kubernetesGroups": ["system:masters"]}, "cannot start with system:"),
    ],
)
def test_impossible_entries_are_refused(cluster: Any, eks: Any, refused: Any, more: dict[str, Any], text: str) -> None:
    refusal = refused(eks.create_access_entry, **{"clusterName": "edge", "principalArn": ADMIN, **more})
    assert refusal.code == "InvalidParameterException"
    assert text in refusal.message


def test_groups_and_username_are_updated(cluster: Any, eks: Any) -> None:
    entry(eks, kubernetesGroups=["a"])
    found = eks.update_access_entry(clusterName="edge", principalArn=ADMIN, kubernetesGroups=["b"], username="ann")["accessEntry"]
    assert (found["kubernetesGroups"], found["username"]) == (["b"], "ann")


def test_the_creator_gets_an_admin_entry_when_bootstrapped(new_cluster: Any, eks: Any) -> None:
    new_cluster(accessConfig={"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": True})
    (creator,) = entries(eks)
    assert creator == f"arn:aws:iam::{ACCOUNT}:user/sandbox"
    (policy,) = eks.list_associated_access_policies(clusterName="edge", principalArn=creator)["associatedAccessPolicies"]
    assert policy["policyArn"].endswith("AmazonEKSClusterAdminPolicy")
    assert policy["accessScope"] == {"type": "cluster", "namespaces": []}


def test_the_service_has_an_entry_of_its_own(cluster: Any, eks: Any) -> None:
    assert eks.list_access_entries(clusterName="edge")["accessEntries"] == [SERVICE]


def test_node_and_fargate_roles_get_entries_by_themselves(cluster: Any, new_nodegroup: Any, eks: Any) -> None:
    node = new_nodegroup()["nodeRole"]
    pods = f"arn:aws:iam::{ACCOUNT}:role/pods"
    eks.create_fargate_profile(clusterName="edge", fargateProfileName="f", podExecutionRoleArn=pods, selectors=[{"namespace": "default"}])
    kinds = {arn: eks.describe_access_entry(clusterName="edge", principalArn=arn)["accessEntry"]["type"] for arn in entries(eks)}
    assert kinds == {node: "EC2_LINUX", pods: "FARGATE_LINUX"}


def test_auto_modes_node_role_gets_an_entry(cluster: Any, eks: Any) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/auto"
    eks.update_cluster_config(
        name="edge",
        computeConfig={"enabled": True, "nodePools": ["system"], "nodeRoleArn": role},
        kubernetesNetworkConfig={"elasticLoadBalancing": {"enabled": True}},
        storageConfig={"blockStorage": {"enabled": True}},
    )
    assert entries(eks) == [role]
    assert eks.describe_access_entry(clusterName="edge", principalArn=role)["accessEntry"]["type"] == "EC2"


def test_leaving_config_map_makes_the_service_entries(new_cluster: Any, new_nodegroup: Any, eks: Any) -> None:
    new_cluster(accessConfig={"authenticationMode": "CONFIG_MAP"})
    node = new_nodegroup()["nodeRole"]
    eks.update_cluster_config(name="edge", accessConfig={"authenticationMode": "API_AND_CONFIG_MAP"})
    eks.describe_cluster(name="edge")
    assert set(entries(eks)) == {node, f"arn:aws:iam::{ACCOUNT}:user/sandbox"}


def test_associating_a_policy_is_an_upsert_by_policy(cluster: Any, eks: Any) -> None:
    entry(eks)
    for scope in ({"type": "cluster"}, {"type": "namespace", "namespaces": ["b", "a"]}):
        eks.associate_access_policy(clusterName="edge", principalArn=ADMIN, policyArn=VIEW, accessScope=scope)
    (policy,) = eks.list_associated_access_policies(clusterName="edge", principalArn=ADMIN)["associatedAccessPolicies"]
    assert policy["accessScope"] == {"type": "namespace", "namespaces": ["a", "b"]}
    assert eks.list_access_entries(clusterName="edge", associatedPolicyArn=VIEW)["accessEntries"] == [ADMIN]
    eks.disassociate_access_policy(clusterName="edge", principalArn=ADMIN, policyArn=VIEW)
    assert eks.list_associated_access_policies(clusterName="edge", principalArn=ADMIN)["associatedAccessPolicies"] == []


def test_node_entries_take_no_policies(cluster: Any, eks: Any, refused: Any) -> None:
    entry(eks, type="HYBRID_LINUX")
    request = {"clusterName": "edge", "principalArn": ADMIN, "policyArn": VIEW, "accessScope": {"type": "cluster"}}
    assert refused(eks.associate_access_policy, **request).code == "InvalidRequestException"


def test_an_unknown_policy_and_an_empty_namespace_scope_are_refused(cluster: Any, eks: Any, refused: Any) -> None:
    entry(eks)
    request = {"clusterName": "edge", "principalArn": ADMIN, "policyArn": VIEW, "accessScope": {"type": "cluster"}}
    assert refused(eks.associate_access_policy, **{**request, "policyArn": VIEW + "X"}).code == "InvalidParameterException"
    assert refused(eks.associate_access_policy, **{**request, "accessScope": {"type": "namespace"}}).code == "InvalidParameterException"


def test_access_policies_are_listed(eks: Any) -> None:
    names = {policy["name"] for page in eks.get_paginator("list_access_policies").paginate() for policy in page["accessPolicies"]}
    assert {"AmazonEKSClusterAdminPolicy", "AmazonEKSAdminPolicy", "AmazonEKSEditPolicy", "AmazonEKSViewPolicy", "AmazonEKSClusterInsightsPolicy"} <= names


def test_entries_are_paginated_and_deleted(cluster: Any, eks: Any, refused: Any) -> None:
    for number in range(104):
        eks.create_access_entry(clusterName="edge", principalArn=f"{ADMIN}-{number}")
    assert len(eks.list_access_entries(clusterName="edge")["accessEntries"]) == 100
    assert sum(len(page["accessEntries"]) for page in eks.get_paginator("list_access_entries").paginate(clusterName="edge")) == 105
    eks.delete_access_entry(clusterName="edge", principalArn=f"{ADMIN}-0")
    assert refused(eks.describe_access_entry, clusterName="edge", principalArn=f"{ADMIN}-0").code == "ResourceNotFoundException"


# pod identity


def association(eks: Any, **more: Any) -> dict[str, Any]:
    request = {"clusterName": "edge", "namespace": "apps", "serviceAccount": "web", "roleArn": ADMIN}
    found: dict[str, Any] = eks.create_pod_identity_association(**{**request, **more})["association"]
    return found


def test_one_association_per_service_account(cluster: Any, eks: Any, refused: Any) -> None:
    made = association(eks)
    refusal = refused(eks.create_pod_identity_association, clusterName="edge", namespace="apps", serviceAccount="web", roleArn=ADMIN)
    assert (refusal.code, refusal.status, refusal.message) == ("ResourceInUseException", 409, f"Association already exists: {made['associationId']}")


def test_associations_are_found_by_their_natural_key(cluster: Any, eks: Any) -> None:
    made = association(eks)
    association(eks, serviceAccount="other")
    (found,) = eks.list_pod_identity_associations(clusterName="edge", namespace="apps", serviceAccount="web")["associations"]
    assert found["associationId"] == made["associationId"]
    assert "roleArn" not in found


def test_a_target_role_brings_an_external_id(cluster: Any, eks: Any) -> None:
    assert "externalId" not in association(eks)
    assert association(eks, serviceAccount="far", targetRoleArn="arn:aws:iam::444455556666:role/far")["externalId"]


def test_a_session_policy_requires_session_tags_off(cluster: Any, eks: Any, refused: Any) -> None:
    request = {"clusterName": "edge", "namespace": "apps", "serviceAccount": "web", "roleArn": ADMIN, "policy": TRUST}
    assert "disableSessionTags must be true" in refused(eks.create_pod_identity_association, **request).message
    assert association(eks, policy=TRUST, disableSessionTags=True)["policy"] == TRUST


def test_an_association_with_an_unknown_role_is_refused_in_the_services_words(aws: Any, cluster: Any, eks: Any, refused: Any) -> None:
    aws.settings(strict_references=True)
    refusal = refused(eks.create_pod_identity_association, clusterName="edge", namespace="apps", serviceAccount="web", roleArn=ADMIN)
    assert (refusal.code, refusal.message) == ("InvalidParameterException", "Role provided in the request does not exist.")


def test_associations_are_updated_and_deleted(cluster: Any, eks: Any, refused: Any) -> None:
    key = {"clusterName": "edge", "associationId": association(eks)["associationId"]}
    assert eks.update_pod_identity_association(**key, roleArn=ADMIN + "2")["association"]["roleArn"] == ADMIN + "2"
    assert eks.delete_pod_identity_association(**key)["association"]["serviceAccount"] == "web"
    assert refused(eks.describe_pod_identity_association, **key).code == "ResourceNotFoundException"
