"""Add-ons: catalogue, schemas, conflicts, owned associations, health (peers.md 3.3, 5.4; gitops.md 3.3)."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

ROLE = "arn:aws:iam::111122223333:role/addon"
REPLICAS = "InsufficientNumberOfReplicas"


def addon(eks: Any, name: str, **more: Any) -> dict[str, Any]:
    eks.create_addon(clusterName="edge", addonName=name, **more)
    found: dict[str, Any] = eks.describe_addon(clusterName="edge", addonName=name)["addon"]
    return found


def test_the_default_version_is_taken_where_none_is_given(cluster: Any, eks: Any) -> None:
    listed = eks.describe_addon_versions(addonName="vpc-cni", kubernetesVersion="1.35")["addons"][0]["addonVersions"]
    default = [each["addonVersion"] for each in listed if each["compatibilities"][0]["defaultVersion"]]
    assert [addon(eks, "vpc-cni")["addonVersion"]] == default
    assert default != [listed[0]["addonVersion"]]


def test_an_addon_is_creating_then_active(aws: Any, cluster: Any, eks: Any) -> None:
    aws.settings(delay=60)
    found = addon(eks, "vpc-cni", tags={"Name": "x"})
    assert (found["status"], found["namespaceConfig"], found["owner"], found["tags"]) == ("CREATING", {"namespace": "kube-system"}, "aws", {"Name": "x"})
    aws.clock(61)
    assert eks.describe_addon(clusterName="edge", addonName="vpc-cni")["addon"]["status"] == "ACTIVE"


def test_preserve_is_refused_on_create(cluster: Any, eks: Any, refused: Any) -> None:
    refusal = refused(eks.create_addon, clusterName="edge", addonName="coredns", resolveConflicts="PRESERVE")
    assert (refusal.code, refusal.message) == ("InvalidParameterException", "Resolve conflicts option PRESERVE is not supported for operation CreateAddon")


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"addonName": "no-such-addon"}, "Addon no-such-addon specified is not supported"),
        ({"addonVersion": "v0.0.1-eksbuild.1"}, "Addon version specified is not supported"),
        ({"configurationValues": '{"replicaCount": "two"}'}, "Json schema validation failed"),
        ({"configurationValues": "replicaCount: 2\nnonsense: 1"}, "nonsense"),
        ({"configurationValues": "{"}, "not in valid JSON or YAML format"),
        ({"podIdentityAssociations": [{"serviceAccount": "x", "roleArn": ROLE}], "serviceAccountRoleArn": ROLE}, "cannot both be specified"),
    ],
)
def test_impossible_addons_are_refused(cluster: Any, eks: Any, refused: Any, more: dict[str, Any], text: str) -> None:
    refusal = refused(eks.create_addon, **{"clusterName": "edge", "addonName": "coredns", **more})
    assert refusal.code == "InvalidParameterException"
    assert text in refusal.message


def test_a_second_addon_of_the_name_is_in_use(cluster: Any, eks: Any, refused: Any) -> None:
    addon(eks, "vpc-cni")
    refusal = refused(eks.create_addon, clusterName="edge", addonName="vpc-cni")
    assert (refusal.code, refusal.status, refusal.message) == ("ResourceInUseException", 409, "Addon already exists.")


def test_an_unknown_addon_is_not_found(cluster: Any, eks: Any, refused: Any) -> None:
    refusal = refused(eks.describe_addon, clusterName="edge", addonName="coredns")
    assert (refusal.code, refusal.status, refusal.message) == ("ResourceNotFoundException", 404, "No addon: coredns found in cluster: edge")


@pytest.mark.parametrize("name", ["coredns", "metrics-server"])
def test_replicas_without_nodes_are_degraded_until_nodes_come(cluster: Any, new_nodegroup: Any, eks: Any, name: str) -> None:
    found = addon(eks, name)
    assert (found["status"], found["health"]["issues"][0]["code"]) == ("DEGRADED", REPLICAS)
    new_nodegroup()
    found = eks.describe_addon(clusterName="edge", addonName=name)["addon"]
    assert (found["status"], found["health"]["issues"]) == ("ACTIVE", [])
    eks.delete_nodegroup(clusterName="edge", nodegroupName="workers")
    assert eks.describe_addon(clusterName="edge", addonName=name)["addon"]["status"] == "DEGRADED"


def test_configuration_values_are_answered_as_given(cluster: Any, eks: Any) -> None:
    values = "replicaCount: 3\n"
    assert addon(eks, "coredns", configurationValues=values)["configurationValues"] == values


def test_namespace_is_set_on_create(cluster: Any, eks: Any) -> None:
    assert addon(eks, "cert-manager")["namespaceConfig"] == {"namespace": "cert-manager"}
    assert addon(eks, "external-dns", namespaceConfig={"namespace": "dns"})["namespaceConfig"] == {"namespace": "dns"}


def test_an_addon_owns_its_associations(cluster: Any, eks: Any, refused: Any) -> None:
    found = addon(eks, "vpc-cni", podIdentityAssociations=[{"serviceAccount": "aws-node", "roleArn": ROLE}])
    (arn,) = found["podIdentityAssociations"]
    (summary,) = eks.list_pod_identity_associations(clusterName="edge")["associations"]
    assert (summary["associationArn"], summary["ownerArn"], summary["namespace"]) == (arn, found["addonArn"], "kube-system")
    assert refused(eks.delete_pod_identity_association, clusterName="edge", associationId=summary["associationId"]).code == "InvalidRequestException"
    described = eks.describe_pod_identity_association(clusterName="edge", associationId=summary["associationId"])["association"]
    assert described["roleArn"] == ROLE


def test_omitted_associations_stay_and_an_empty_list_removes_them(cluster: Any, eks: Any) -> None:
    addon(eks, "vpc-cni", podIdentityAssociations=[{"serviceAccount": "aws-node", "roleArn": ROLE}])
    eks.update_addon(clusterName="edge", addonName="vpc-cni", configurationValues='{"env": {"A": "b"}}')
    assert len(eks.describe_addon(clusterName="edge", addonName="vpc-cni")["addon"]["podIdentityAssociations"]) == 1
    eks.update_addon(clusterName="edge", addonName="vpc-cni", podIdentityAssociations=[])
    assert eks.describe_addon(clusterName="edge", addonName="vpc-cni")["addon"]["podIdentityAssociations"] == []
    assert eks.list_pod_identity_associations(clusterName="edge")["associations"] == []


def test_an_addon_cannot_take_over_an_association(cluster: Any, eks: Any, refused: Any) -> None:
    eks.create_pod_identity_association(clusterName="edge", namespace="kube-system", serviceAccount="aws-node", roleArn=ROLE)
    request = {"clusterName": "edge", "addonName": "vpc-cni", "podIdentityAssociations": [{"serviceAccount": "aws-node", "roleArn": ROLE}]}
    assert refused(eks.create_addon, **request).code == "ResourceInUseException"
    assert eks.list_addons(clusterName="edge")["addons"] == []


def test_cert_manager_takes_no_pod_identity(cluster: Any, eks: Any, refused: Any) -> None:
    request = {"clusterName": "edge", "addonName": "cert-manager", "podIdentityAssociations": [{"serviceAccount": "cert-manager", "roleArn": ROLE}]}
    assert refused(eks.create_addon, **request).message.startswith("Pod Identity feature is not supported for addon version")


def test_an_association_of_another_account_is_refused(cluster: Any, eks: Any, refused: Any) -> None:
    request = {"clusterName": "edge", "addonName": "vpc-cni", "podIdentityAssociations": [{"serviceAccount": "coredns", "roleArn": ROLE}]}
    assert refused(eks.create_addon, **request).message == "Service account coredns in pod identity configuration is not supported for addon vpc-cni"


def test_an_update_changes_the_version_when_it_is_done(aws: Any, cluster: Any, eks: Any, refused: Any) -> None:
    addon(eks, "kube-proxy", addonVersion="v1.35.0-eksbuild.2")
    aws.settings(delay=60)
    request = {"clusterName": "edge", "addonName": "kube-proxy", "addonVersion": "v1.35.3-eksbuild.5"}
    update = eks.update_addon(**request, resolveConflicts="PRESERVE")["update"]
    assert update["type"] == "AddonUpdate"
    refusal = refused(eks.update_addon, **request)
    assert refusal.message == f"Cannot AddonUpdate because addon kube-proxy currently has update {update['id']} in progress"
    found = eks.describe_addon(clusterName="edge", addonName="kube-proxy")["addon"]
    assert (found["status"], found["addonVersion"]) == ("UPDATING", "v1.35.0-eksbuild.2")
    aws.clock(61)
    assert eks.describe_update(name="edge", updateId=update["id"], addonName="kube-proxy")["update"]["status"] == "Successful"
    assert eks.describe_addon(clusterName="edge", addonName="kube-proxy")["addon"]["addonVersion"] == "v1.35.3-eksbuild.5"
    assert eks.list_updates(name="edge", addonName="kube-proxy")["updateIds"] == [update["id"]]
    assert eks.list_updates(name="edge")["updateIds"] == []


def test_vpc_cni_moves_one_minor_at_a_time(cluster: Any, eks: Any, refused: Any) -> None:
    addon(eks, "vpc-cni", addonVersion="v1.19.0-eksbuild.1")
    assert "one minor version at a time" in refused(eks.update_addon, clusterName="edge", addonName="vpc-cni", addonVersion="v1.21.1-eksbuild.3").message


def test_a_failed_update_leaves_the_addon_failed_with_its_reason(aws: Any, cluster: Any, eks: Any) -> None:
    addon(eks, "vpc-cni")
    aws.outcome("update", "Failed", cluster="edge", name="vpc-cni", errors=[{"errorCode": "ConfigurationConflict", "errorMessage": "conflict"}])
    update = eks.update_addon(clusterName="edge", addonName="vpc-cni", configurationValues="{}")["update"]
    assert eks.describe_update(name="edge", updateId=update["id"], addonName="vpc-cni")["update"]["errors"][0]["errorCode"] == "ConfigurationConflict"
    assert eks.describe_addon(clusterName="edge", addonName="vpc-cni")["addon"]["status"] == "UPDATE_FAILED"


def test_a_failed_update_of_no_reason_is_an_internal_failure_of_the_addon(aws: Any, cluster: Any, eks: Any) -> None:
    """An update may fail for what an add-on's health has no word for (the API's enums ErrorCode and AddonIssueCode)."""
    addon(eks, "vpc-cni")
    aws.outcome("update", "Failed", cluster="edge", name="vpc-cni")
    update = eks.update_addon(clusterName="edge", addonName="vpc-cni", configurationValues="{}")["update"]
    assert eks.describe_update(name="edge", updateId=update["id"], addonName="vpc-cni")["update"]["errors"][0]["errorCode"] == "Unknown"
    assert eks.describe_addon(clusterName="edge", addonName="vpc-cni")["addon"]["health"]["issues"][0]["code"] == "InternalFailure"


@pytest.mark.parametrize("status", ["CREATE_FAILED", "DEGRADED"])
def test_a_test_can_let_an_addon_end_otherwise(aws: Any, cluster: Any, eks: Any, status: str) -> None:
    aws.outcome("addon", status, cluster="edge", name="vpc-cni", issues=[{"code": "AccessDenied", "message": "no"}])
    assert addon(eks, "vpc-cni")["status"] == status


def test_delete_removes_what_the_addon_owns_and_preserve_keeps_it(cluster: Any, eks: Any, refused: Any) -> None:
    for preserve, left in ((False, 0), (True, 1)):
        addon(eks, "vpc-cni", podIdentityAssociations=[{"serviceAccount": "aws-node", "roleArn": ROLE}])
        eks.delete_addon(clusterName="edge", addonName="vpc-cni", preserve=preserve)
        assert refused(eks.describe_addon, clusterName="edge", addonName="vpc-cni").code == "ResourceNotFoundException"
        assert len(eks.list_pod_identity_associations(clusterName="edge")["associations"]) == left


def test_every_schema_is_a_json_schema_and_names_the_identity(eks: Any) -> None:
    for each in eks.describe_addon_versions()["addons"]:
        version = each["addonVersions"][0]["addonVersion"]
        found = eks.describe_addon_configuration(addonName=each["addonName"], addonVersion=version)
        jsonschema.Draft6Validator.check_schema(json.loads(found["configurationSchema"]))
    found = eks.describe_addon_configuration(addonName="vpc-cni", addonVersion="v1.21.1-eksbuild.3")
    assert found["podIdentityConfiguration"][0]["serviceAccount"] == "aws-node"


def test_every_addon_has_exactly_one_default_per_version(eks: Any) -> None:
    for minor in ("1.29", "1.31", "1.33", "1.35", "1.36"):
        for each in eks.describe_addon_versions(kubernetesVersion=minor)["addons"]:
            defaults = [row for row in each["addonVersions"] if row["compatibilities"][0]["defaultVersion"]]
            assert len(defaults) == 1, (minor, each["addonName"])


def test_versions_are_filtered_and_paginated(eks: Any) -> None:
    owners = {each["owner"] for each in eks.describe_addon_versions(owners=["community"])["addons"]}
    assert owners == {"community"}
    pages = list(eks.get_paginator("describe_addon_versions").paginate(PaginationConfig={"PageSize": 10}))
    assert len(pages) > 1
    assert sum(len(page["addons"]) for page in pages) == len(eks.describe_addon_versions()["addons"])
