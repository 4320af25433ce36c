"""eks_access_entry, eks_access_entries and eks_access_entry_info against the simulator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._aws.clients import Clients
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context
from ansible_collections.fleetops.eks.plugins.modules import eks_access_entry

from sandbox.aws.testing import Running, start
from tests.support.modules import call

ACCOUNT = "arn:aws:iam::123456789012"
PLATFORM, PAYMENTS, NODES = (f"{ACCOUNT}:role/{name}" for name in ("Platform", "Payments", "EdgeHybridNodes"))
ADMIN = {"policy": "AmazonEKSClusterAdminPolicy"}
RICH = {
    "access_entries": [
        {"principal_arn": PLATFORM, "access_policies": [ADMIN]},
        {"principal_arn": NODES, "type": "HYBRID_LINUX"},
        {
            "principal_arn": PAYMENTS,
            "kubernetes_groups": ["payments"],
            "access_policies": [{"policy": "AmazonEKSEditPolicy", "scope": "namespace", "namespaces": ["payments"]}],
            "tags": {"Team": "payments"},
        },
    ],
    "purge_access_entries": True,
    "verify_principal": True,
}


@pytest.fixture
def aws() -> Iterator[Running]:
    with start(delay=0) as running:
        client = running.client("eks", access_key="AKIATEST")
        client.create_cluster(
            name="edge",
            roleArn=f"{ACCOUNT}:role/eks",
            resourcesVpcConfig={"subnetIds": ["subnet-1", "subnet-2"]},
            accessConfig={"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": True},
        )
        client.describe_cluster(name="edge")
        running.clear_log()
        yield running


def one(aws: Running, *, check_mode: bool = False, **params: Any) -> dict[str, Any]:
    return call("eks_access_entry", {"cluster_name": "edge", "principal_arn": PAYMENTS, **params}, check_mode=check_mode, url=aws.url)


def many(aws: Running, *, check_mode: bool = False, **params: Any) -> dict[str, Any]:
    return call("eks_access_entries", {"cluster_name": "edge", **params}, check_mode=check_mode, url=aws.url)


def principals(aws: Running, **params: Any) -> list[str]:
    found = call("eks_access_entry_info", {"cluster_name": "edge", **params}, url=aws.url)["access_entries"]
    return [entry["principal_arn"] for entry in found]


def operations(result: dict[str, Any]) -> list[str]:
    return [action["operation"] for action in result["actions"]]


def test_one_creates_then_is_quiet(aws: Running) -> None:
    params: dict[str, Any] = {"kubernetes_groups": ["payments"], "access_policies": [ADMIN], "tags": {"Team": "payments"}}
    result = one(aws, **params)
    assert operations(result) == ["create_access_entry", "associate_access_policy"]
    assert result["access_entry"]["access_policies"][0]["policy"] == "AmazonEKSClusterAdminPolicy"
    aws.clear_log()
    again = one(aws, **params)
    assert (again["changed"], aws.writes("eks")) == (False, [])
    assert again["access_entry"] == result["access_entry"]


def test_one_checks_without_touching(aws: Running) -> None:
    assert one(aws, check_mode=True)["changed"]
    assert aws.writes("eks") == []


def test_one_updates_with_diff(aws: Running) -> None:
    one(aws, kubernetes_groups=["a"], access_policies=[ADMIN])
    result = one(aws, kubernetes_groups=["b"], access_policies=[{"policy": "AmazonEKSViewPolicy", "scope": "namespace", "namespaces": ["x"]}])
    assert operations(result) == ["update_access_entry", "associate_access_policy", "disassociate_access_policy"]
    assert result["diff"]["before"]["kubernetes_groups"] == ["a"]
    assert result["diff"]["after"]["access_policies"]["AmazonEKSViewPolicy"] == {"scope": "namespace", "namespaces": ["x"]}


def test_one_absent_and_absent_again(aws: Running) -> None:
    one(aws)
    assert one(aws, state="absent")["changed"]
    aws.clear_log()
    assert not one(aws, state="absent")["changed"]
    assert aws.writes("eks") == []


def test_absent_where_there_is_no_cluster_is_quiet(aws: Running) -> None:
    assert one(aws, cluster_name="none", state="absent")["changed"] is False
    assert many(aws, cluster_name="none", access_entries=[{"principal_arn": PAYMENTS}], state="absent")["changed"] is False


@pytest.mark.parametrize("module", [one, many])
def test_no_cluster_is_said_and_planned_on_in_check_mode(aws: Running, module: Any) -> None:
    params: dict[str, Any] = {"cluster_name": "none"} if module is one else {"cluster_name": "none", "access_entries": [{"principal_arn": PAYMENTS}]}
    assert "Cluster none does not exist" in module(aws, **params)["msg"]
    planned = module(aws, check_mode=True, **params)
    assert operations(planned) == ["create_access_entry"]
    assert planned["warnings"]


def test_type_is_refused_and_recreated_on_demand(aws: Running) -> None:
    one(aws, access_policies=[ADMIN])
    aws.clear_log()
    refused = one(aws, type="HYBRID_LINUX")
    assert "recreate: true" in refused["msg"]
    assert refused["refused_fields"] == ["type"]
    assert aws.writes("eks") == []
    result = one(aws, type="HYBRID_LINUX", recreate=True)
    assert operations(result) == ["delete_access_entry", "create_access_entry"]
    assert result["access_entry"]["type"] == "HYBRID_LINUX"


def test_a_role_made_anew_under_its_name_gets_its_entry_anew(aws: Running) -> None:
    iam = aws.client("iam", access_key="AKIATEST")
    iam.create_role(RoleName="Payments", AssumeRolePolicyDocument="{}")
    one(aws, access_policies=[ADMIN], verify_principal=True)
    assert not one(aws, verify_principal=True)["changed"]
    iam.delete_role(RoleName="Payments")
    aws.clock(advance=-5)
    one(aws, state="absent")
    one(aws, access_policies=[ADMIN])
    iam.create_role(RoleName="Payments", AssumeRolePolicyDocument="{}")
    planned = one(aws, verify_principal=True, check_mode=True)
    assert "was made anew after its access entry" in planned["warnings"][0]
    aws.clock(advance=10)
    result = one(aws, verify_principal=True)
    assert operations(result) == ["delete_access_entry", "create_access_entry", "associate_access_policy"]
    assert result["warnings"] == planned["warnings"]
    assert not one(aws, verify_principal=True)["changed"]
    assert result["access_entry"]["access_policies"][0]["policy"] == "AmazonEKSClusterAdminPolicy"


def test_only_the_config_map_is_said_with_what_to_do(aws: Running) -> None:
    client = aws.client("eks", access_key="AKIATEST")
    client.create_cluster(
        name="old",
        roleArn=f"{ACCOUNT}:role/eks",
        resourcesVpcConfig={"subnetIds": ["subnet-1", "subnet-2"]},
        accessConfig={"authenticationMode": "CONFIG_MAP"},
    )
    result = one(aws, cluster_name="old")
    assert "to API_AND_CONFIG_MAP with fleetops.eks.eks_cluster" in result["msg"]


def test_a_set_creates_then_is_quiet(aws: Running) -> None:
    result = many(aws, **RICH)
    assert operations(result) == ["create_access_entry"] * 3 + ["associate_access_policy"] * 2
    assert [entry["principal_arn"] for entry in result["access_entries"]] == [PLATFORM, NODES, PAYMENTS]
    aws.clear_log()
    again = many(aws, **RICH)
    assert (again["changed"], aws.writes("eks")) == (False, [])
    assert again["access_entries"] == result["access_entries"]


def test_a_set_checks_without_touching(aws: Running) -> None:
    result = many(aws, check_mode=True, **RICH)
    assert result["changed"]
    assert aws.writes("eks") == []


def test_purging_takes_strangers_and_leaves_what_aws_made(aws: Running) -> None:
    before = principals(aws)
    many(aws, **{**RICH, "purge_access_entries": False})
    result = many(aws, access_entries=RICH["access_entries"][:1], purge_access_entries=True)
    assert [(action["operation"], action["subject"]) for action in result["actions"]] == [("delete_access_entry", PAYMENTS)]
    assert set(principals(aws)) == {*before, PLATFORM, NODES}
    assert not many(aws, access_entries=RICH["access_entries"][:1], purge_access_entries=True)["changed"]


def test_a_set_that_is_to_be_absent(aws: Running) -> None:
    before = principals(aws)
    many(aws, **{**RICH, "purge_access_entries": False})
    gone = many(aws, access_entries=RICH["access_entries"], state="absent")
    assert operations(gone) == ["delete_access_entry"] * 3
    assert gone["access_entries"] == []
    assert principals(aws) == before
    assert not many(aws, access_entries=RICH["access_entries"], state="absent")["changed"]


def test_refusals_of_a_set_are_one_before_any_call(aws: Running) -> None:
    bad = [{"principal_arn": PLATFORM, "username": "system:x"}, {"principal_arn": NODES, "type": "HYBRID_LINUX", "kubernetes_groups": ["a"]}]
    result = many(aws, access_entries=bad)
    assert "Platform" in result["msg"]
    assert "EdgeHybridNodes" in result["msg"]
    assert aws.writes("eks") == []


def test_a_role_made_a_moment_ago_is_waited_for(aws: Running) -> None:
    aws.settings(iam_propagation=1)
    aws.client("iam", access_key="AKIATEST").create_role(RoleName="Payments", AssumeRolePolicyDocument="{}")
    assert "failed" not in one(aws)


def test_a_role_that_never_appears_is_an_error_with_a_remedy(aws: Running) -> None:
    aws.settings(strict_references=True)
    params = {"endpoint_url": aws.url, "region": "us-east-1", "access_key": "AKIATEST", "secret_key": "x", "verify_principal": False, "state": "present"}
    context = Context(Clients(params), clock=Hurried())
    with pytest.raises(Exception, match="Create the role first"):
        eks_access_entry.run({"cluster_name": "edge", "principal_arn": PAYMENTS, **params}, context)


class Hurried:
    """A clock on which every pause is over at once."""

    time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


def test_reads_that_lag_behind_are_waited_for(aws: Running) -> None:
    aws.settings(consistency=0.4)
    assert "warnings" not in one(aws)
    assert "warnings" not in one(aws, state="absent")


def test_a_lost_answer_makes_one_entry(aws: Running) -> None:
    aws.faults({"match": "eks:CreateAccessEntry", "lost_answer": True, "times": 1})
    assert one(aws)["changed"]


def test_info_filters(aws: Running) -> None:
    many(aws, **RICH)
    assert principals(aws, type=["HYBRID_LINUX"]) == [NODES]
    assert principals(aws, policy="AmazonEKSEditPolicy") == [PAYMENTS]
    assert principals(aws, principal_arn=PAYMENTS) == [PAYMENTS]
    assert PLATFORM in principals(aws, type=["STANDARD"], policy="AmazonEKSClusterAdminPolicy")
    assert call("eks_access_entry_info", {"cluster_name": "none"}, url=aws.url)["access_entries"] == []
