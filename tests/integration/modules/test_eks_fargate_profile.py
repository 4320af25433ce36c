"""eks_fargate_profile, _profiles and _profile_info against the simulator. FP numbers: see tests/unit/plugins/eks/test_fargate_profile.py."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from ansible_collections.fleetops.eks.plugins.modules import eks_fargate_profile, eks_fargate_profiles

from sandbox.aws.testing import Running, start
from tests.support.modules import call
from tests.support.simulated import patiently

KEY = "AKIATEST"
ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/pods"
BASE: dict[str, Any] = {"role_arn": ROLE, "subnets": ["subnet-1", "subnet-2"], "selectors": [{"namespace": "web"}]}
THEIRS = "community.aws.eks_fargate_profile"
Result = dict[str, Any]


@pytest.fixture
def aws() -> Iterator[Running]:
    with start(delay=0) as running:
        for cluster in ("edge", "test_cluster"):
            network = {"subnetIds": ["subnet-1", "subnet-2"]}
            running.client("eks", access_key=KEY).create_cluster(name=cluster, roleArn=f"arn:aws:iam::{ACCOUNT}:role/eks", resourcesVpcConfig=network)
            running.client("eks", access_key=KEY).describe_cluster(name=cluster)
        running.clear_log()
        yield running


def one(aws: Running, name: str = "web", *, check_mode: bool = False, **params: Any) -> Result:
    aws.clear_log()
    return call("eks_fargate_profile", {"cluster_name": "edge", "name": name, **params}, check_mode=check_mode, url=aws.url)


def many(aws: Running, *profiles: Result, check_mode: bool = False, **params: Any) -> Result:
    aws.clear_log()
    return call("eks_fargate_profiles", {"cluster_name": "edge", "fargate_profiles": list(profiles), **params}, check_mode=check_mode, url=aws.url)


def writes(aws: Running) -> list[str]:
    return [request["operation"] for request in aws.writes("eks")]


def operations(result: Result) -> list[str]:
    return [action["operation"] for action in result["actions"]]


def test_creates_then_is_quiet(aws: Running) -> None:
    result = one(aws, **BASE, tags={"Cost": 1})
    assert operations(result) == ["create_fargate_profile"]
    assert result["fargate_profile"]["status"] == "ACTIVE"
    again = one(aws, **BASE, tags={"Cost": 1})
    assert (again["changed"], writes(aws), [request["operation"] for request in aws.log("eks")]) == (False, [], ["DescribeFargateProfile"])
    assert again["fargate_profile"] == result["fargate_profile"]


def test_checks_without_touching(aws: Running) -> None:
    result = one(aws, **BASE, check_mode=True)
    assert (result["changed"], writes(aws), result["fargate_profile"]) == (True, [], None)
    assert result["diff"]["after"]["selectors"] == [{"namespace": "web", "labels": {}}]


def test_updates_tags_with_diff(aws: Running) -> None:
    one(aws, **BASE, tags={"a": "1", "b": "2"})
    result = one(aws, tags={"a": "3"})
    assert writes(aws) == ["TagResource", "UntagResource"]
    assert result["diff"] == {"before": {"tags": {"a": "1", "b": "2"}}, "after": {"tags": {"a": "3", "b": None}}}
    assert result["tags"] == {"a": "3"}
    assert one(aws, tags={"c": "4"}, purge_tags=False)["tags"] == {"a": "3", "c": "4"}


def test_absent_and_absent_again(aws: Running) -> None:
    one(aws, **BASE)
    result = one(aws, state="absent")
    assert (operations(result), result["fargate_profile"]) == (["delete_fargate_profile"], None)
    assert one(aws, state="absent")["changed"] is False
    assert writes(aws) == []
    assert one(aws, cluster_name="none", state="absent")["changed"] is False


def test_no_cluster_is_said_and_planned_on_in_check_mode(aws: Running) -> None:
    assert "Cluster none does not exist" in one(aws, cluster_name="none", **BASE)["msg"]
    planned = many(aws, {"name": "web", **BASE}, cluster_name="none", check_mode=True)
    assert operations(planned) == ["create_fargate_profile"]
    assert planned["warnings"]


def test_fp1_a_role_of_the_same_letters_is_refused_before_any_write(aws: Running) -> None:
    one(aws, **BASE)
    result = one(aws, role_arn=ROLE.replace("pods", "spod"))
    assert (result["refused_fields"], writes(aws)) == (["role_arn"], [])


def test_fp2_a_selector_without_labels_is_quiet_again(aws: Running) -> None:
    one(aws, **BASE)
    assert one(aws, selectors=[{"namespace": "web"}])["changed"] is False
    assert one(aws, selectors=[{"namespace": "web", "labels": {}}])["changed"] is False


def test_another_profile_under_way_is_waited_for(aws: Running) -> None:
    aws.settings(delay=90)
    one(aws, "first", **BASE, wait=False)
    result = patiently(aws, eks_fargate_profile, name="second", **BASE)
    assert (result["changed"], result["status"]) == (True, "ACTIVE")
    one(aws, "first", state="absent", wait=False)
    assert patiently(aws, eks_fargate_profile, name="second", state="absent")["fargate_profile"] is None


def test_its_own_operation_is_waited_for(aws: Running) -> None:
    aws.settings(delay=60)
    one(aws, **BASE, wait=False)
    assert operations(patiently(aws, eks_fargate_profile, name="web", tags={"a": "b"})) == ["tag_resource"]
    one(aws, state="absent", wait=False)
    assert one(aws, state="absent", wait=False)["changed"] is False
    assert operations(patiently(aws, eks_fargate_profile, name="web", **BASE)) == ["create_fargate_profile"]


def test_a_failed_creation_is_told_refused_and_made_again_on_demand(aws: Running) -> None:
    issues = [{"code": "PodExecutionRoleAlreadyInUse", "message": "used by nodes", "resourceIds": [ROLE]}]
    aws.outcome("fargate_profile", "CREATE_FAILED", cluster="edge", name="web", issues=issues)
    assert f"CREATE_FAILED; PodExecutionRoleAlreadyInUse: used by nodes ({ROLE})" in one(aws, **BASE)["msg"]
    assert "recreate_failed" in one(aws, **BASE)["msg"]
    assert writes(aws) == []
    assert operations(one(aws, **BASE, recreate_failed=True)) == ["delete_fargate_profile", "create_fargate_profile"]


def test_a_failed_deletion_is_an_error_with_its_reason(aws: Running) -> None:
    one(aws, **BASE)
    aws.outcome("fargate_profile", "DELETE_FAILED", cluster="edge", name="web", issues=[{"code": "InternalFailure", "message": "sorry", "resourceIds": []}])
    assert "DELETE_FAILED; InternalFailure: sorry" in one(aws, state="absent")["msg"]


def test_reads_that_lag_behind_are_waited_for(aws: Running) -> None:
    aws.settings(consistency=3)
    assert patiently(aws, eks_fargate_profile, name="web", **BASE)["status"] == "ACTIVE"


def test_a_new_role_is_waited_for(aws: Running) -> None:
    aws.settings(iam_propagation=8)
    aws.client("iam", access_key=KEY).create_role(RoleName="pods", AssumeRolePolicyDocument="{}")
    assert patiently(aws, eks_fargate_profile, name="web", **BASE)["status"] == "ACTIVE"


def test_a_lost_answer_makes_one_profile(aws: Running) -> None:
    aws.faults({"match": "eks:CreateFargateProfile", "lost_answer": True, "times": 1})
    assert one(aws, **BASE)["status"] == "ACTIVE"
    assert len(call("eks_fargate_profile_info", {"cluster_name": "edge"}, url=aws.url)["fargate_profiles"]) == 1


@pytest.fixture(scope="module")
def theirs() -> Result:
    """Return what ansible-doc knows of community.aws's module."""
    done = subprocess.run(["ansible-doc", "--json", THEIRS], check=True, capture_output=True, text=True)
    found: Result = json.loads(done.stdout)[THEIRS]
    return found


def test_every_documented_option_of_community_aws_is_taken(theirs: Result) -> None:
    ours = eks_fargate_profile.SPEC["argument_spec"]
    names = {name for option, rule in ours.items() for name in (option, *rule.get("aliases", ()))}
    assert {name for option, rule in theirs["doc"]["options"].items() for name in (option, *rule.get("aliases", ()))} <= names
    assert ours["wait_timeout"]["default"] == theirs["doc"]["options"]["wait_timeout"]["default"]
    assert set(theirs["doc"]["options"]["selectors"]["suboptions"]) == set(ours["selectors"]["options"])


def test_every_documented_example_of_community_aws_works(aws: Running, theirs: Result) -> None:
    for task in yaml.safe_load(theirs["examples"]):
        result = call("eks_fargate_profile", task[THEIRS], url=aws.url)
        assert result.get("changed") is True, (task["name"], result.get("msg"))
        assert call("eks_fargate_profile", task[THEIRS], url=aws.url)["changed"] is False
        if task[THEIRS]["state"] == "present":
            assert set(theirs["return"]) <= set(result)


POOLS: list[Result] = [{"name": name, **BASE, "selectors": [{"namespace": name}]} for name in ("web", "batch", "reports")]


def test_a_set_is_made_one_after_the_other_without_a_refused_call(aws: Running) -> None:
    aws.settings(delay=90)
    result = patiently(aws, eks_fargate_profiles, fargate_profiles=POOLS)
    assert [profile["fargate_profile_name"] for profile in result["fargate_profiles"]] == ["batch", "reports", "web"]
    assert [request["code"] for request in aws.writes("eks")] == [None, None, None]
    again = many(aws, *POOLS)
    assert (again["changed"], again["fargate_profiles"]) == (False, result["fargate_profiles"])
    assert sorted(request["operation"] for request in aws.log("eks")) == [*["DescribeFargateProfile"] * 3, "ListFargateProfiles"]


def test_what_is_not_declared_goes_last_and_only_on_demand(aws: Running) -> None:
    many(aws, *POOLS)
    assert many(aws, POOLS[0])["changed"] is False
    planned = many(aws, POOLS[0], purge_fargate_profiles=True, check_mode=True)
    assert sorted(action["subject"] for action in planned["actions"]) == ["batch", "reports"]
    assert writes(aws) == []
    many(aws, POOLS[0], {**POOLS[1], "name": "batch2"}, purge_fargate_profiles=True)
    assert writes(aws) == ["CreateFargateProfile", "DeleteFargateProfile", "DeleteFargateProfile"]


def test_refusals_of_a_set_come_together_before_any_write(aws: Running) -> None:
    many(aws, *POOLS)
    result = many(aws, {"name": "web", "subnets": ["subnet-1"]}, {"name": "batch", "role_arn": "arn:x"}, {"name": "new", **BASE})
    assert "Fargate profile web" in result["msg"]
    assert "Fargate profile batch" in result["msg"]
    assert writes(aws) == []
    assert "declares web more than once" in many(aws, POOLS[0], dict(POOLS[0]))["msg"]


def test_a_set_updates_with_diff_and_a_member_can_be_absent(aws: Running) -> None:
    many(aws, *POOLS)
    result = many(aws, {"name": "web", "tags": {"a": "b"}}, {"name": "batch", "state": "absent"})
    assert result["diff"]["after"] == {"web": {"tags": {"a": "b"}}, "batch": {"fargate_profile_arn": None}}
    assert many(aws, {"name": "batch", "state": "absent"})["changed"] is False


def test_info_lists_all_or_one(aws: Running) -> None:
    many(aws, *POOLS)

    def found(**params: Any) -> list[str]:
        answer = call("eks_fargate_profile_info", {"cluster_name": "edge", **params}, url=aws.url)
        return [profile["fargate_profile_name"] for profile in answer["fargate_profiles"]]

    assert found() == ["batch", "reports", "web"]
    assert (found(name="web"), found(name="none")) == (["web"], [])
    assert "Cluster none does not exist" in call("eks_fargate_profile_info", {"cluster_name": "none"}, url=aws.url)["msg"]
