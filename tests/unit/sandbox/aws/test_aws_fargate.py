"""Fargate profiles: what is refused, what fails, where pods run (peers.md 3.8; CreateFargateProfile)."""

from __future__ import annotations

from typing import Any

import pytest

REQUEST: dict[str, Any] = {
    "clusterName": "edge",
    "fargateProfileName": "web",
    "podExecutionRoleArn": "arn:aws:iam::111122223333:role/pods",
    "selectors": [{"namespace": "web"}],
}
ISSUE = {"code": "AccessDenied", "message": "no", "resourceIds": ["r"]}


def profile(eks: Any) -> dict[str, Any]:
    found: dict[str, Any] = eks.describe_fargate_profile(clusterName="edge", fargateProfileName="web")["fargateProfile"]
    return found


def test_without_subnets_pods_run_in_those_of_the_cluster(cluster: Any, eks: Any) -> None:
    assert eks.create_fargate_profile(**REQUEST)["fargateProfile"]["subnets"] == ["subnet-1", "subnet-2"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"fargateProfileName": "eks-web"}, "cannot start with eks-"),
        ({"selectors": []}, "at least one selector"),
        ({"selectors": [{"namespace": str(number)} for number in range(6)]}, "at most 5 selectors"),
        ({"selectors": [{"labels": {"a": "b"}}]}, "must have a namespace"),
        ({"tags": {"aws:x": "y"}}, "reserved prefix"),
    ],
)
def test_what_cannot_be_is_refused(cluster: Any, eks: Any, refused: Any, changed: dict[str, Any], message: str) -> None:
    refusal = refused(eks.create_fargate_profile, **{**REQUEST, **changed})
    assert refusal.code == "InvalidParameterException"
    assert message in refusal.message


def test_a_creation_and_a_deletion_can_fail(aws: Any, cluster: Any, eks: Any) -> None:
    aws.outcome("fargate_profile", "CREATE_FAILED", cluster="edge", name="web", issues=[ISSUE])
    eks.create_fargate_profile(**REQUEST)
    assert (profile(eks)["status"], profile(eks)["health"]["issues"]) == ("CREATE_FAILED", [ISSUE])
    aws.outcome("fargate_profile", "DELETE_FAILED", cluster="edge", name="web", issues=[ISSUE])
    eks.delete_fargate_profile(clusterName="edge", fargateProfileName="web")
    assert profile(eks)["status"] == "DELETE_FAILED"
    eks.delete_fargate_profile(clusterName="edge", fargateProfileName="web")
    assert eks.list_fargate_profiles(clusterName="edge")["fargateProfileNames"] == []
