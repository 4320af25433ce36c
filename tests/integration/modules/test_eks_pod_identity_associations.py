"""eks_pod_identity_associations, its single and its info module against the simulator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.aws.testing import Running, start
from tests.support.modules import call

ROLE = "arn:aws:iam::123456789012:role"
WEB = {"namespace": "default", "service_account": "web", "role_arn": f"{ROLE}/web"}
DNS = {
    "namespace": "kube-system",
    "service_account": "external-dns",
    "role_arn": f"{ROLE}/external-dns",
    "target_role_arn": "arn:aws:iam::444455556666:role/dns",
    "disable_session_tags": True,
    "tags": {"Team": "platform"},
}


@pytest.fixture
def aws() -> Iterator[Running]:
    with start(delay=0) as running:
        client = running.client("eks", access_key="AKIATEST")
        client.create_cluster(name="edge", roleArn=f"{ROLE}/eks", resourcesVpcConfig={"subnetIds": ["subnet-1", "subnet-2"]})
        client.describe_cluster(name="edge")
        running.clear_log()
        yield running


def converge(aws: Running, *associations: dict[str, Any], check_mode: bool = False, **params: Any) -> dict[str, Any]:
    options = {"cluster_name": "edge", "pod_identity_associations": list(associations), **params}
    return call("eks_pod_identity_associations", options, check_mode=check_mode, url=aws.url)


def operations(result: dict[str, Any]) -> list[str]:
    return [action["operation"] for action in result["actions"]]


def present(aws: Running, **params: Any) -> list[str]:
    found = call("eks_pod_identity_association_info", {"cluster_name": "edge", **params}, url=aws.url)["pod_identity_associations"]
    return [f"{each['namespace']}/{each['service_account']}" for each in found]


def test_creates_and_is_quiet_again(aws: Running) -> None:
    result = converge(aws, WEB, DNS)
    assert operations(result) == ["create_pod_identity_association"] * 2
    assert [each["role_arn"] for each in result["pod_identity_associations"]] == [WEB["role_arn"], DNS["role_arn"]]
    aws.clear_log()
    again = converge(aws, WEB, DNS)
    assert (again["changed"], aws.writes("eks")) == (False, [])
    assert again["pod_identity_associations"] == result["pod_identity_associations"]
    assert [each["operation"] for each in aws.log("eks")].count("ListPodIdentityAssociations") == 1


def test_checks_without_touching(aws: Running) -> None:
    assert converge(aws, WEB, check_mode=True)["changed"]
    assert aws.writes("eks") == []


def test_updates_with_diff(aws: Running) -> None:
    converge(aws, WEB)
    result = converge(aws, {**WEB, "role_arn": f"{ROLE}/other", "tags": {"A": "b"}})
    assert operations(result) == ["update_pod_identity_association", "tag_resource"]
    assert result["diff"]["before"]["default/web"]["role_arn"] == WEB["role_arn"]
    assert result["pod_identity_associations"][0]["tags"] == {"A": "b"}


def test_purges_strangers_but_not_what_an_add_on_owns(aws: Running) -> None:
    aws.client("eks", access_key="AKIATEST").create_addon(
        clusterName="edge", addonName="aws-ebs-csi-driver", podIdentityAssociations=[{"serviceAccount": "ebs-csi-controller-sa", "roleArn": f"{ROLE}/ebs"}]
    )
    converge(aws, WEB, DNS)
    result = converge(aws, WEB, purge_pod_identity_associations=True)
    assert [(each["operation"], each["subject"]) for each in result["actions"]] == [("delete_pod_identity_association", "kube-system/external-dns")]
    assert present(aws) == ["default/web", "kube-system/ebs-csi-controller-sa"]
    assert not converge(aws, WEB, purge_pod_identity_associations=True)["changed"]
    refused = converge(aws, {"namespace": "kube-system", "service_account": "ebs-csi-controller-sa", "role_arn": f"{ROLE}/x"})
    assert "eks_addon" in refused["msg"]


def test_absent_and_absent_again(aws: Running) -> None:
    converge(aws, WEB, DNS)
    assert operations(converge(aws, WEB, DNS, state="absent")) == ["delete_pod_identity_association"] * 2
    aws.clear_log()
    assert not converge(aws, WEB, DNS, state="absent")["changed"]
    assert aws.writes("eks") == []
    assert not converge(aws, WEB, cluster_name="none", state="absent")["changed"]


def test_no_cluster_is_said_and_planned_on_in_check_mode(aws: Running) -> None:
    assert "Cluster none does not exist" in converge(aws, WEB, cluster_name="none")["msg"]
    planned = converge(aws, WEB, cluster_name="none", check_mode=True)
    assert operations(planned) == ["create_pod_identity_association"]
    assert planned["warnings"]


def test_a_role_made_a_moment_ago_is_waited_for(aws: Running) -> None:
    aws.settings(iam_propagation=1)
    aws.client("iam", access_key="AKIATEST").create_role(RoleName="web", AssumeRolePolicyDocument="{}")
    assert "failed" not in converge(aws, WEB)


def test_reads_that_lag_behind_are_waited_for(aws: Running) -> None:
    aws.settings(consistency=0.4)
    assert "warnings" not in converge(aws, WEB)
    assert "warnings" not in converge(aws, WEB, state="absent")


def test_one_creates_is_quiet_and_goes(aws: Running) -> None:
    one = {"cluster_name": "edge", **WEB}
    assert call("eks_pod_identity_association", one, url=aws.url)["pod_identity_association"]["role_arn"] == WEB["role_arn"]
    aws.clear_log()
    assert not call("eks_pod_identity_association", one, url=aws.url)["changed"]
    assert aws.writes("eks") == []
    assert call("eks_pod_identity_association", {**one, "state": "absent"}, url=aws.url)["changed"]
    assert not call("eks_pod_identity_association", {**one, "state": "absent"}, url=aws.url)["changed"]


def test_info_filters(aws: Running) -> None:
    converge(aws, WEB, DNS)
    assert present(aws, namespace="default") == ["default/web"]
    assert present(aws, service_account="external-dns") == ["kube-system/external-dns"]
    assert present(aws, cluster_name="none") == []
