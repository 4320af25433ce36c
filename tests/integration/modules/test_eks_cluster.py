"""eks_cluster against the simulator: six rows, every example, what others do meanwhile, what fails, and the defects of its forerunner."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import yaml
from ansible_collections.fleetops.eks.plugins.module_utils._aws.clients import Clients
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import FleetopsError, ServiceError, SettleTimeout
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster import RESULT_KEYS
from ansible_collections.fleetops.eks.plugins.modules import eks_cluster

from sandbox.aws.testing import Running, start
from tests.support.modules import call

ROLE = "arn:aws:iam::123456789012:role/eks-cluster"
KEY = "AKIATEST"
PLAIN: dict[str, Any] = {"name": "edge", "role_arn": ROLE, "subnets": ["subnet-aaaa1111", "subnet-bbbb2222"], "version": "1.33"}
NO_ADDRESS = [{"errorCode": "IpNotAvailable", "errorMessage": "no ip", "resourceIds": []}]
HYBRID: dict[str, Any] = {"authentication_mode": "API", "remote_node_networks": ["192.168.16.0/20"]}


@pytest.fixture
def aws() -> Iterator[Running]:
    with start(delay=0) as running:
        yield running


@dataclass
class SimulatedTime:
    """A clock that is the simulator's: a pause of the module moves it on, so that no test waits."""

    aws: Running
    seconds: float = 0

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.aws.clock(seconds)


def converge(aws: Running, *, check_mode: bool = False, **params: Any) -> dict[str, Any]:
    return call("eks_cluster", {**PLAIN, **params}, check_mode=check_mode, url=aws.url)


def remove(aws: Running, *, check_mode: bool = False, **params: Any) -> dict[str, Any]:
    return call("eks_cluster", {"name": "edge", "state": "absent", **params}, check_mode=check_mode, url=aws.url)


def timed(aws: Running, clock: SimulatedTime, **params: Any) -> dict[str, Any]:
    """Run the module's logic by another clock; its errors are raised."""
    unset = dict.fromkeys(eks_cluster.SPEC["argument_spec"])
    defaults = {name: option["default"] for name, option in eks_cluster.SPEC["argument_spec"].items() if "default" in option}
    access = {"endpoint_url": aws.url, "region": "us-east-1", "access_key": KEY, "secret_key": "not-a-secret"}
    given = {**unset, **defaults, **access, **PLAIN, **params}
    return eks_cluster.run(given, Context(Clients(given), clock=clock))


def operations(result: dict[str, Any]) -> list[str]:
    return [action["operation"] for action in result["actions"]]


def written(aws: Running) -> list[str]:
    return [request["operation"] for request in aws.writes()]


def read(aws: Running) -> list[str]:
    return [request["operation"] for request in aws.log()]


def eks(aws: Running) -> Any:
    return aws.client("eks", access_key=KEY)


def test_creates(aws: Running) -> None:
    result = converge(aws, tags={"Team": "platform"})
    assert result["changed"]
    assert operations(result) == ["create_cluster"]
    assert result["cluster"]["status"] == "ACTIVE"
    assert result["diff"]["after"]["version"] == "1.33"
    assert "warnings" not in result
    assert written(aws) == ["CreateCluster"]


def test_is_quiet_again(aws: Running) -> None:
    first = converge(aws, **HYBRID)
    aws.clear_log()
    result = converge(aws, **HYBRID)
    assert not result["changed"]
    assert result["actions"] == []
    assert result["diff"] == {"before": {}, "after": {}}
    assert result["cluster"] == first["cluster"]
    assert read(aws) == ["DescribeCluster"]


def test_checks_without_touching(aws: Running) -> None:
    planned = converge(aws, check_mode=True)
    assert planned["changed"]
    assert planned["cluster"] is None
    assert [action["status"] for action in planned["actions"]] == ["planned"]
    converge(aws)
    aws.clear_log()
    update = converge(aws, check_mode=True, version="1.34", logging=["api"])
    assert operations(update) == ["update_cluster_config", "update_cluster_version"]
    assert update["cluster"]["version"] == "1.33"
    assert remove(aws, check_mode=True)["changed"]
    assert written(aws) == []


def test_updates_with_diff(aws: Running) -> None:
    converge(aws, tags={"Team": "platform", "Old": "x"})
    aws.clear_log()
    result = converge(aws, tags={"Team": "edge"}, logging=["api", "audit"], endpoint_private_access=True, **HYBRID)
    assert result["diff"] == {
        "before": {
            "tags": {"Team": "platform", "Old": "x"},
            "authentication_mode": "CONFIG_MAP",
            "endpoint_private_access": False,
            "remote_node_networks": [],
            "logging": [],
        },
        "after": {
            "tags": {"Team": "edge", "Old": None},
            "authentication_mode": "API",
            "endpoint_private_access": True,
            "remote_node_networks": ["192.168.16.0/20"],
            "logging": ["api", "audit"],
        },
    }
    assert written(aws) == ["TagResource", "UntagResource", *["UpdateClusterConfig"] * 5]
    assert all(action["update_id"] for action in result["actions"] if action["operation"] == "update_cluster_config")
    assert not converge(aws, tags={"Team": "edge"}, logging=["audit", "api"], endpoint_private_access=True, **HYBRID)["changed"]


def test_absent(aws: Running) -> None:
    converge(aws)
    result = remove(aws)
    assert result["changed"]
    assert result["cluster"] is None
    assert operations(result) == ["delete_cluster"]
    assert result["diff"]["before"]["name"] == "edge"
    assert eks(aws).list_clusters()["clusters"] == []


def test_absent_again(aws: Running) -> None:
    result = remove(aws)
    assert not result["changed"]
    assert result["cluster"] is None
    assert written(aws) == []


NOTHING_TO_DO = {
    "Create a cluster": "it is there, a minor below, for `Upgrade it`",
    "Stay on the newer minor after all, while a rollback of Auto Mode waits for its nodes": "the rollback before it has ended",
}


def test_every_example_runs_and_runs_quietly_again(aws: Running) -> None:
    """In the order of the documentation; `Upgrade it` finds the cluster of the first example a minor below."""
    eks(aws).create_cluster(name="edge", version="1.33", roleArn=PLAIN["role_arn"].replace("123456789012", "111122223333"), resourcesVpcConfig=subnets())
    for example in yaml.safe_load(eks_cluster.EXAMPLES):
        params = example["fleetops.eks.eks_cluster"]
        result = call("eks_cluster", params, url=aws.url)
        assert not result.get("failed"), (example["name"], result["msg"])
        assert result["changed"] is (example["name"] not in NOTHING_TO_DO), example["name"]
        assert not call("eks_cluster", params, url=aws.url)["changed"], example["name"]


def subnets() -> dict[str, Any]:
    return {"subnetIds": PLAIN["subnets"]}


def test_every_setting_can_be_created_and_updated(aws: Running) -> None:
    """Created with all, quiet; then all taken back or changed, quiet again."""
    node_role = "arn:aws:iam::123456789012:role/eks-auto-node"
    rich: dict[str, Any] = {
        **HYBRID,
        "remote_pod_networks": ["192.168.64.0/18"],
        "security_groups": ["sg-1", "sg-2"],
        "endpoint_private_access": True,
        "public_access_cidrs": ["203.0.113.0/24"],
        "control_plane_egress_mode": "CUSTOMER_ROUTED",
        "service_ipv4_cidr": "10.50.0.0/16",
        "logging": ["api", "scheduler"],
        "encryption_key_arn": "arn:aws:kms:us-east-1:123456789012:key/1234abcd",
        "bootstrap_cluster_creator_admin_permissions": False,
        "support_type": "EXTENDED",
        "zonal_shift": True,
        "auto_mode": {"enabled": True, "node_pools": ["system"], "node_role_arn": node_role},
        "deletion_protection": True,
        "control_plane_scaling_tier": "tier-xl",
        "kube_api_server_config": {"event_ttl": "30m"},
        "kube_scheduler_config": {"node_resources_fit": {"scoring_strategy": {"type": "MostAllocated"}}},
        "kube_controller_manager_config": {"pod_gc_controller_config": {"terminated_pod_gc_threshold": 100}},
    }
    assert operations(converge(aws, **rich)) == ["create_cluster"]
    assert not converge(aws, **rich)["changed"]
    poor: dict[str, Any] = {
        "remote_node_networks": [],
        "remote_pod_networks": [],
        "security_groups": [],
        "endpoint_public_access": False,
        "public_access_cidrs": [],
        "control_plane_egress_mode": "CUSTOMER_ISOLATED",
        "logging": [],
        "zonal_shift": False,
        "auto_mode": {"enabled": False},
        "deletion_protection": False,
        "control_plane_scaling_tier": "standard",
        "kube_api_server_config": {"event_ttl": "1h"},
        "kube_scheduler_config": {"node_resources_fit": {"scoring_strategy": {"type": "LeastAllocated"}}},
        "kube_controller_manager_config": {"pod_gc_controller_config": {"terminated_pod_gc_threshold": 12500}},
    }
    result = converge(aws, **poor)
    assert not result.get("failed"), result["msg"]
    assert "warnings" not in result
    assert operations(result) == ["update_cluster_config"] * 10
    assert not converge(aws, **poor)["changed"]


def test_ec1_returns_tag_keys_as_the_user_wrote_them(aws: Running) -> None:
    tags = {"Name": "x", "aB": "y", "kubernetes.io/cluster/edge": "owned"}
    assert converge(aws, tags=tags)["cluster"]["tags"] == tags
    assert not converge(aws, tags=tags)["changed"]


def test_ec2_updates_tags(aws: Running) -> None:
    converge(aws, tags={"Team": "a", "Gone": "x"})
    result = converge(aws, tags={"Team": "b"})
    assert result["changed"]
    assert result["cluster"]["tags"] == {"Team": "b"}
    assert converge(aws, tags={"New": "c"}, purge_tags=False)["cluster"]["tags"] == {"Team": "b", "New": "c"}


def test_ec3_refuses_another_role_in_place_of_ignoring_it(aws: Running) -> None:
    converge(aws)
    aws.clear_log()
    result = converge(aws, role_arn=f"{ROLE}-2")
    assert result["failed"]
    assert result["refused_fields"] == ["role_arn"]
    assert written(aws) == []


def test_ec4_upgrades_the_version_one_minor_a_call(aws: Running) -> None:
    converge(aws)
    result = converge(aws, version="1.35")
    assert [action["fields"] for action in result["actions"]] == [["version"], ["version"]]
    assert result["cluster"]["version"] == "1.35"
    assert result["diff"] == {"before": {"version": "1.33"}, "after": {"version": "1.35"}}


def test_ec5_tells_a_number_of_yaml_from_a_version(aws: Running) -> None:
    result = converge(aws, **yaml.safe_load("version: 1.30"))
    assert result["failed"]
    assert "Quote it: version: '1.30'" in result["msg"]
    assert read(aws) == ["DescribeCluster"]


def test_ec6_changes_subnets_and_security_groups(aws: Running) -> None:
    converge(aws, security_groups=["sg-1"])
    result = converge(aws, subnets=["subnet-cccc3333", "subnet-aaaa1111"], security_groups=["sg-2"])
    assert operations(result) == ["update_cluster_config"]
    assert result["resources_vpc_config"]["subnet_ids"] == ["subnet-cccc3333", "subnet-aaaa1111"]
    assert not converge(aws, subnets=["subnet-aaaa1111", "subnet-cccc3333"], security_groups=["sg-2"])["changed"]


def test_ec7_does_not_wait_for_a_deletion_in_check_mode(aws: Running) -> None:
    converge(aws)
    aws.clear_log()
    assert remove(aws, check_mode=True, wait=True)["changed"]
    assert read(aws) == ["DescribeCluster", "ListNodegroups", "ListFargateProfiles", "ListCapabilities"]


def test_ec8_returns_the_whole_plan_in_check_mode(aws: Running) -> None:
    result = converge(aws, check_mode=True, logging=["api"])
    assert result["diff"]["after"] == {**PLAIN, "logging": ["api"]}
    assert operations(result) == ["create_cluster"]


def test_ec9_ends_at_once_when_creation_fails_and_says_why(aws: Running) -> None:
    aws.settings(delay=300)
    aws.outcome("cluster", "FAILED", cluster="edge", account="123456789012", issues=[{"code": "Ec2SubnetNotFound", "message": "no subnet", "resourceIds": []}])
    clock = SimulatedTime(aws)
    with pytest.raises(FleetopsError, match="Ec2SubnetNotFound: no subnet"):
        timed(aws, clock)
    assert clock.seconds < 330


@pytest.mark.parametrize("wait", [True, False])
def test_ec10_refuses_a_failed_cluster(aws: Running, wait: bool) -> None:
    aws.outcome("cluster", "FAILED", cluster="edge", account="123456789012", issues=[{"code": "Other", "message": "broken", "resourceIds": []}])
    assert converge(aws)["failed"]
    aws.clear_log()
    result = converge(aws, wait=wait)
    assert result["failed"]
    assert "Other: broken" in result["msg"]
    assert "state: absent" in result["msg"]
    assert written(aws) == []
    assert remove(aws)["changed"]
    assert converge(aws)["changed"]


def test_ec11_waits_for_a_deletion_under_way_and_asks_for_no_second(aws: Running) -> None:
    converge(aws)
    aws.settings(delay=300)
    eks(aws).delete_cluster(name="edge")
    aws.clear_log()
    assert not remove(aws, wait=False)["changed"]
    result = timed(aws, SimulatedTime(aws), state="absent")
    assert not result["changed"]
    assert result["cluster"] is None
    assert written(aws) == []


def test_returns_at_the_top_level_what_community_aws_returned(aws: Running) -> None:
    result = converge(aws)
    assert set(RESULT_KEYS) < set(result)
    assert {name: result[name] for name in RESULT_KEYS} == result["cluster"]
    assert result["endpoint"].startswith("https://")


def test_does_not_wait_when_asked_not_to(aws: Running) -> None:
    aws.settings(delay=300)
    result = converge(aws, wait=False)
    assert result["actions"][0]["status"] == "requested"
    assert result["cluster"]["status"] == "CREATING"
    again = converge(aws, wait=False)
    assert not again["changed"]
    assert again["cluster"]["status"] == "CREATING"


def test_waits_for_a_creation_under_way(aws: Running) -> None:
    aws.settings(delay=300)
    converge(aws, wait=False)
    result = timed(aws, SimulatedTime(aws))
    assert not result["changed"]
    assert result["status"] == "ACTIVE"


def test_waits_for_an_update_of_somebody_else(aws: Running) -> None:
    converge(aws)
    aws.settings(delay=300)
    eks(aws).update_cluster_config(name="edge", zonalShiftConfig={"enabled": True})
    clock = SimulatedTime(aws)
    result = timed(aws, clock, logging=["api"])
    assert operations(result) == ["update_cluster_config"]
    assert result["zonal_shift_config"] == {"enabled": True}
    assert clock.seconds > 600


@pytest.mark.parametrize(("request_", "params"), [({"zonalShiftConfig": {"enabled": True}}, {"zonal_shift": True}), ({"version": "1.34"}, {"version": "1.34"})])
def test_takes_up_an_update_that_a_run_before_it_left_behind(aws: Running, request_: dict[str, Any], params: dict[str, Any]) -> None:
    """Reads lag behind: the cluster looks as though nothing had begun, the call is held up, and then refused for it changes nothing."""
    converge(aws)
    aws.settings(delay=100, consistency=20)
    client = eks(aws)
    aws.clock(60)
    (client.update_cluster_version if "version" in request_ else client.update_cluster_config)(name="edge", **request_)
    result = timed(aws, SimulatedTime(aws), **params)
    assert result["changed"]
    assert "warnings" not in result
    updates = [client.describe_update(name="edge", updateId=update)["update"]["status"] for update in client.list_updates(name="edge")["updateIds"]]
    assert updates == ["Successful"]


def test_lagging_reads_are_no_drift(aws: Running) -> None:
    converge(aws)
    aws.settings(delay=30, consistency=20)
    aws.clock(60)
    result = timed(aws, SimulatedTime(aws), tags={"Team": "x"}, logging=["api"], zonal_shift=True, version="1.34")
    assert "warnings" not in result
    assert result["version"] == "1.34"
    assert result["tags"] == {"Team": "x"}


def test_a_failed_update_says_why_and_what_was_done_before(aws: Running) -> None:
    converge(aws)
    aws.outcome(
        "update", "Failed", cluster="edge", account="123456789012", errors=[{"errorCode": "IpNotAvailable", "errorMessage": "no ip", "resourceIds": []}]
    )
    result = converge(aws, tags={"Team": "x"}, logging=["api"], zonal_shift=True)
    assert result["failed"]
    assert "LoggingUpdate Failed: IpNotAvailable: no ip" in result["msg"]
    assert result["changed"]
    assert [(action["fields"], action["status"]) for action in result["actions"]] == [(["tags.Team"], "done"), (["logging"], "failed")]


def test_says_the_last_state_when_time_is_up(aws: Running) -> None:
    aws.settings(delay=900)
    with pytest.raises(SettleTimeout, match=r"create cluster edge was still CREATING after 60 s\. .*wait_timeout"):
        timed(aws, SimulatedTime(aws), wait_timeout=60)


def test_retries_what_is_throttled(aws: Running) -> None:
    aws.faults({"match": "eks:CreateCluster", "times": 1, "code": "ThrottlingException", "status": 429, "message": "Rate exceeded"})
    assert converge(aws)["changed"]


def test_an_answer_lost_on_the_way_makes_no_second_cluster(aws: Running) -> None:
    aws.faults({"match": "eks:CreateCluster", "times": 1, "lost_answer": True})
    result = converge(aws)
    assert result["changed"]
    assert result["cluster"]["status"] == "ACTIVE"


def test_waits_until_eks_sees_a_new_role(aws: Running) -> None:
    aws.settings(iam_propagation=15)
    aws.client("iam", access_key=KEY).create_role(RoleName="eks-cluster", AssumeRolePolicyDocument="{}")
    clock = SimulatedTime(aws)
    result = timed(aws, clock)
    assert result["status"] == "ACTIVE"
    assert clock.seconds >= 15


def test_gives_up_a_role_that_stays_unseen(aws: Running) -> None:
    aws.settings(strict_references=True)
    clock = SimulatedTime(aws)
    with pytest.raises(ServiceError, match=r"trusts eks\.amazonaws\.com"):
        timed(aws, clock, subnets=made_subnets(aws))
    assert 120 <= clock.seconds < 150


def made_subnets(aws: Running) -> list[str]:
    """Return two subnets of a VPC, which has security groups edge-nodes and edge-pods."""
    ec2 = aws.client("ec2", access_key=KEY)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    for name in ("edge-nodes", "edge-pods"):
        ec2.create_security_group(GroupName=name, Description="x", VpcId=vpc)
    zones = {"us-east-1a": "10.0.0.0/24", "us-east-1b": "10.0.1.0/24"}
    return [ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zone)["Subnet"]["SubnetId"] for zone, block in zones.items()]


def test_finds_security_groups_by_name_and_asks_ec2_for_nothing_else(aws: Running) -> None:
    made = made_subnets(aws)
    found = aws.client("ec2", access_key=KEY).describe_security_groups(Filters=[{"Name": "group-name", "Values": ["edge-pods"]}])
    group = found["SecurityGroups"][0]["GroupId"]
    aws.clear_log()
    result = converge(aws, subnets=made, security_groups=["edge-nodes", group])
    first, second = result["resources_vpc_config"]["security_group_ids"]
    assert first.startswith("sg-")
    assert second == group
    assert {request["service"] for request in aws.log()} == {"eks", "ec2"}
    aws.clear_log()
    assert not converge(aws, subnets=made, security_groups=[first, group])["changed"]
    assert {request["service"] for request in aws.log()} == {"eks"}
    assert "no security group nobody" in converge(aws, subnets=made, security_groups=["nobody"])["msg"]


def test_a_protected_cluster_is_deleted_by_force_only(aws: Running) -> None:
    converge(aws, deletion_protection=True)
    aws.clear_log()
    result = remove(aws)
    assert result["failed"]
    assert "force_delete: true" in result["msg"]
    assert written(aws) == []
    assert operations(remove(aws, force_delete=True)) == ["update_cluster_config", "delete_cluster"]


def test_what_still_hangs_on_a_cluster_is_named_and_its_protection_stays(aws: Running) -> None:
    converge(aws, deletion_protection=True)
    eks(aws).create_nodegroup(clusterName="edge", nodegroupName="workers", subnets=PLAIN["subnets"], nodeRole=ROLE)
    aws.clear_log()
    result = remove(aws, force_delete=True)
    assert result["failed"]
    assert "Cluster edge has node groups workers. Remove what is attached first" in result["msg"]
    assert result["attached"] == {"node_groups": ["workers"]}
    assert not result["changed"]
    assert written(aws) == []


def test_what_hangs_on_a_cluster_is_a_warning_in_check_mode_where_an_earlier_task_would_have_removed_it(aws: Running) -> None:
    converge(aws)
    eks(aws).create_nodegroup(clusterName="edge", nodegroupName="workers", subnets=PLAIN["subnets"], nodeRole=ROLE)
    result = call("eks_cluster", {"name": "edge", "state": "absent"}, check_mode=True, url=aws.url)
    assert operations(result) == ["delete_cluster"]
    assert result["warnings"] == ["Cluster edge has node groups workers: planned as though they were gone."]


def test_names_what_came_to_hang_on_a_cluster_since_it_was_looked_at(aws: Running) -> None:
    converge(aws)
    eks(aws).create_nodegroup(clusterName="edge", nodegroupName="workers", subnets=PLAIN["subnets"], nodeRole=ROLE)
    aws.faults({"match": "eks:ListNodegroups", "times": 1, "code": "AccessDeniedException", "status": 403, "message": "not authorized"})
    result = remove(aws)
    assert "Cluster has nodegroups attached" in result["msg"]
    assert "Remove what is attached first: node groups workers." in result["msg"]
    assert result["attached"] == {"node_groups": ["workers"]}


def test_says_that_it_may_not_list_what_hangs_on_a_cluster(aws: Running) -> None:
    converge(aws)
    eks(aws).create_nodegroup(clusterName="edge", nodegroupName="workers", subnets=PLAIN["subnets"], nodeRole=ROLE)
    aws.faults({"match": "eks:ListNodegroups", "code": "AccessDeniedException", "status": 403, "message": "not authorized"})
    result = remove(aws)
    assert "Cluster has nodegroups attached" in result["msg"]
    assert "AccessDeniedException" in result["msg"]


def test_an_upgrade_that_insights_stand_against_goes_on_by_force(aws: Running) -> None:
    converge(aws)
    insight: dict[str, Any] = {
        "id": "i-1",
        "name": "Deprecated APIs",
        "category": "UPGRADE_READINESS",
        "kubernetesVersion": "1.34",
        "insightStatus": {"status": "ERROR", "reason": "used"},
    }
    aws.insights("edge", [insight], account="123456789012")
    result = converge(aws, version="1.34")
    assert result["failed"]
    assert "force: true" in result["msg"]
    assert converge(aws, version="1.34", force=True)["version"] == "1.34"


def test_a_connected_cluster_is_refused_at_once(aws: Running) -> None:
    eks(aws).register_cluster(name="edge", connectorConfig={"roleArn": ROLE, "provider": "OTHER"})
    for result in (converge(aws), remove(aws)):
        assert result["failed"]
        assert "connected cluster" in result["msg"]


def test_a_cluster_that_somebody_else_creates_meanwhile_is_taken_up_by_the_next_run(aws: Running) -> None:
    converge(aws, wait=False)
    aws.faults({"match": "eks:DescribeCluster", "times": 1, "code": "ResourceNotFoundException", "status": 404, "message": "No cluster found for name: edge."})
    result = converge(aws)
    assert result["failed"]
    assert "run again to take it up" in result["msg"]
    assert not converge(aws)["changed"]


def test_deletes_after_an_update_under_way(aws: Running) -> None:
    converge(aws)
    aws.settings(delay=100, consistency=30)
    aws.clock(60)
    eks(aws).update_cluster_config(name="edge", zonalShiftConfig={"enabled": True})
    assert timed(aws, SimulatedTime(aws), state="absent")["cluster"] is None


def test_a_cluster_being_deleted_is_not_taken_for_present(aws: Running) -> None:
    converge(aws)
    aws.settings(delay=300)
    eks(aws).delete_cluster(name="edge")
    result = converge(aws)
    assert result["failed"]
    assert "being deleted" in result["msg"]


def test_rolls_back_when_asked(aws: Running) -> None:
    converge(aws)
    converge(aws, version="1.34")
    refused = converge(aws)
    assert refused["failed"]
    assert "allow_rollback" in refused["msg"]
    result = converge(aws, allow_rollback=True, rollback_timeout=180)
    assert not result.get("failed"), result["msg"]
    assert result["version"] == "1.33"


def test_two_runs_at_once_make_one_cluster_as_declared(aws: Running) -> None:
    converge(aws)
    aws.settings(delay=0.3)
    results: list[dict[str, Any]] = []
    runs = [threading.Thread(target=lambda p=params: results.append(converge(aws, **p))) for params in ({"logging": ["api"]}, {"zonal_shift": True})]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert [result.get("msg") for result in results] == [None, None]
    final = eks(aws).describe_cluster(name="edge")["cluster"]
    assert final["zonalShiftConfig"] == {"enabled": True}
    assert final["logging"]["clusterLogging"][0] == {"types": ["api"], "enabled": True}
