"""What a declaration names of EC2 and KMS is held to what is there, before any call that writes; who may not read there has EKS refuse it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.aws.testing import Running, start
from tests.support.modules import call

Options = dict[str, Any]
KEY = "AKIAIOSFODNN7EXAMPLE"
TRUST = '{"Version": "2012-10-17", "Statement": []}'
NOWHERE = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"


@dataclass(frozen=True)
class Network:
    """Two VPCs: one (10.0.0.0/16 and 10.1.0.0/16) with three subnets, two of them in one zone, the other with one; a group and a key in each state."""

    vpc: str
    other_vpc: str
    near: str
    beside: str
    far: str
    foreign: str
    group: str
    foreign_group: str
    key: str
    disabled_key: str
    signing_key: str

    @property
    def good(self) -> Options:
        return {"name": "edge", "role_arn": "arn:aws:iam::123456789012:role/eks", "subnets": [self.near, self.far]}


@pytest.fixture
def aws() -> Iterator[Running]:
    with start(delay=0) as running:
        running.settings(strict_references=True)
        yield running


@pytest.fixture
def net(aws: Running) -> Network:
    aws.client("iam", access_key=KEY).create_role(RoleName="eks", AssumeRolePolicyDocument=TRUST)
    ec2, kms = aws.client("ec2", access_key=KEY), aws.client("kms", access_key=KEY)
    vpc, other = (ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"] for block in ("10.0.0.0/16", "10.9.0.0/16"))
    ec2.associate_vpc_cidr_block(VpcId=vpc, CidrBlock="10.1.0.0/16")
    places = ((vpc, "10.0.0.0/24", "a"), (vpc, "10.0.1.0/24", "a"), (vpc, "10.0.2.0/24", "b"), (other, "10.9.0.0/24", "b"))
    subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=f"us-east-1{zone}")["Subnet"]["SubnetId"] for vpc, block, zone in places]
    groups = [ec2.create_security_group(GroupName="x", Description="x", VpcId=each)["GroupId"] for each in (vpc, other)]
    keys = [kms.create_key(KeySpec=spec, KeyUsage=use)["KeyMetadata"]["Arn"] for spec, use in (*[("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")] * 2, SIGNING)]
    kms.disable_key(KeyId=keys[1].rpartition("/")[2])
    return Network(vpc, other, *subnets, *groups, *keys)


SIGNING = ("RSA_2048", "SIGN_VERIFY")
# what is wrong, options beside the good ones, message, remedy; words in braces are of the Network
REFUSED: list[tuple[str, Options, str, str]] = [
    (
        "subnets of one zone",
        {"subnets": ["{near}", "{beside}"]},
        "Cluster edge: subnets lie in one availability zone: {near} (us-east-1a), {beside} (us-east-1a).",
        "Give subnets of two zones or more.",
    ),
    (
        "subnets of two VPCs",
        {"subnets": ["{near}", "{foreign}"]},
        "Cluster edge: subnets lie in several VPCs: {near} ({vpc}), {foreign} ({other_vpc}).",
        "Give subnets of one VPC.",
    ),
    (
        "subnets that are not there",
        {"subnets": ["{near}", "subnet-0dead", "subnet-0gone"]},
        "Cluster edge: subnets: there is no subnet-0dead, subnet-0gone in region us-east-1.",
        "Correct subnets, region or profile.",
    ),
    (
        "a security group that is not there",
        {"security_groups": ["{group}", "sg-0dead"]},
        "Cluster edge: security_groups: there is no sg-0dead in region us-east-1.",
        "Correct security_groups, region or profile.",
    ),
    (
        "a security group of another VPC",
        {"security_groups": ["{foreign_group}"]},
        "Cluster edge: security_groups: {foreign_group} ({other_vpc}) not in {vpc}, the VPC of the subnets.",
        "Give security groups of {vpc}.",
    ),
    (
        "a service range that is the VPC's",
        {"service_ipv4_cidr": "10.1.0.0/20"},
        "Cluster edge: service_ipv4_cidr: 10.1.0.0/20 overlaps 10.1.0.0/16 of {vpc}.",
        "Give networks that do not overlap the VPC's.",
    ),
    (
        "hybrid nodes in the VPC",
        {"remote_node_networks": ["10.0.128.0/20"], "authentication_mode": "API"},
        "Cluster edge: remote_node_networks: 10.0.128.0/20 overlaps 10.0.0.0/16 of {vpc}.",
        "Give networks that do not overlap the VPC's.",
    ),
    (
        "a key that is not there",
        {"encryption_key_arn": NOWHERE},
        f"Cluster edge: encryption_key_arn: there is no {NOWHERE} in region us-east-1.",
        "Give the ARN of a key of this region.",
    ),
    (
        "a key of another region",
        {"encryption_key_arn": NOWHERE.replace("us-east-1", "us-west-2")},
        f"Cluster edge: encryption_key_arn: there is no {NOWHERE.replace('us-east-1', 'us-west-2')} in region us-east-1.",
        "Give the ARN of a key of this region.",
    ),
    (
        "a disabled key",
        {"encryption_key_arn": "{disabled_key}"},
        "Cluster edge: encryption_key_arn: {disabled_key} is Disabled.",
        "Enable the key, or give another one.",
    ),
    (
        "a key that signs",
        {"encryption_key_arn": "{signing_key}"},
        "Cluster edge: encryption_key_arn: {signing_key} is of RSA_2048.",
        "Give a symmetric key (SYMMETRIC_DEFAULT).",
    ),
]


def filled(value: Any, net: Network) -> Any:
    if isinstance(value, str):
        return value.format(**vars(net))
    return [filled(each, net) for each in value] if isinstance(value, list) else value


def refused(aws: Running, module: str, options: Options) -> str:
    """Return the words with which a module refuses options, in check mode and without, having written nothing."""
    aws.clear_log()
    texts = set()
    for check_mode in (True, False):
        result = call(module, options, check_mode=check_mode, url=aws.url)
        assert result["failed"]
        assert result["refused_fields"]
        assert not result["changed"]
        texts.add(result["msg"])
    assert aws.writes() == []
    (text,) = texts
    return str(text)


@pytest.mark.parametrize(("options", "message", "remedy"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_cluster_is_not_created(aws: Running, net: Network, options: Options, message: str, remedy: str) -> None:
    wanted = {**net.good, **{name: filled(value, net) for name, value in options.items()}}
    assert refused(aws, "eks_cluster", wanted) == filled(f"{message} {remedy}", net)


CHANGED = ("subnets of one zone", "subnets that are not there", "a security group of another VPC", "hybrid nodes in the VPC", "a key that is not there")


@pytest.mark.parametrize(("options", "message", "remedy"), [row[1:] for row in REFUSED if row[0] in CHANGED], ids=CHANGED)
def test_a_cluster_is_not_changed(aws: Running, net: Network, options: Options, message: str, remedy: str) -> None:
    assert call("eks_cluster", {**net.good, "authentication_mode": "API"}, url=aws.url)["changed"]
    wanted = {"name": "edge", **{name: filled(value, net) for name, value in options.items()}}
    assert refused(aws, "eks_cluster", wanted) == filled(f"{message} {remedy}", net)


def test_a_cluster_does_not_move_to_another_vpc(aws: Running, net: Network) -> None:
    assert call("eks_cluster", net.good, url=aws.url)["changed"]
    text = refused(aws, "eks_cluster", {"name": "edge", "subnets": [net.near, net.foreign]})
    assert text == f"Cluster edge: subnets: {net.foreign} ({net.other_vpc}) not in {net.vpc}, the VPC of the cluster. Give subnets of {net.vpc}."


@pytest.mark.parametrize(
    ("module", "options"),
    [
        ("eks_nodegroup", {"name": "apps", "node_role": "arn:aws:iam::123456789012:role/eks"}),
        ("eks_fargate_profile", {"name": "apps", "role_arn": "arn:aws:iam::123456789012:role/eks", "selectors": [{"namespace": "apps"}]}),
    ],
)
def test_what_runs_pods_is_not_created_in_subnets_that_are_not_there(aws: Running, net: Network, module: str, options: Options) -> None:
    assert call("eks_cluster", net.good, url=aws.url)["changed"]
    noun = "Node group" if module == "eks_nodegroup" else "Fargate profile"
    words = f"{noun} apps of cluster edge: subnets: there is no subnet-0dead in region us-east-1. Correct subnets, region or profile."
    declared = {**options, "subnets": [net.near, "subnet-0dead"]}
    assert refused(aws, module, {"cluster_name": "edge", **declared}) == words
    assert refused(aws, f"{module}s", {"cluster_name": "edge", f"{module.removeprefix('eks_')}s": [declared]}) == words


TOO_NEW = "Node group apps has version 1.35, and cluster edge runs 1.34."
TOO_OLD = "Node group apps has version 1.30, and cluster edge runs 1.34."
NO_AL2 = "Node group apps has ami_type AL2_x86_64, and would have version 1.34, that of cluster edge; the last with Amazon Linux 2 is 1.32."
VERSIONS = [({"version": "1.35"}, TOO_NEW), ({"version": "1.30"}, TOO_OLD), ({"ami_type": "AL2_x86_64"}, NO_AL2)]


@pytest.mark.parametrize(("options", "message"), VERSIONS)
def test_the_version_of_nodes_goes_with_the_clusters(aws: Running, net: Network, options: Options, message: str) -> None:
    """In check mode it is a warning: an earlier task of the same run would have upgraded the cluster."""
    assert call("eks_cluster", {**net.good, "version": "1.34"}, url=aws.url)["changed"]
    wanted = {"cluster_name": "edge", "name": "apps", "node_role": net.good["role_arn"], "subnets": net.good["subnets"], **options}
    aws.clear_log()
    result = call("eks_nodegroup", wanted, url=aws.url)
    assert result["msg"].startswith(message), result
    planned = call("eks_nodegroup", wanted, check_mode=True, url=aws.url)
    assert planned["changed"]
    assert planned["warnings"] == [f"{message} Planned as though the cluster were upgraded first."]
    assert aws.writes() == []


def test_nodes_are_not_upgraded_past_their_cluster(aws: Running, net: Network) -> None:
    assert call("eks_cluster", {**net.good, "version": "1.34"}, url=aws.url)["changed"]
    wanted = {"cluster_name": "edge", "name": "apps", "node_role": net.good["role_arn"], "subnets": net.good["subnets"]}
    assert call("eks_nodegroup", wanted, url=aws.url)["changed"]
    aws.clear_log()
    assert call("eks_nodegroup", {**wanted, "version": "1.35"}, url=aws.url)["msg"].startswith(TOO_NEW)
    assert aws.writes() == []


def test_who_may_not_read_the_cluster_has_eks_judge_the_version(aws: Running, net: Network) -> None:
    assert call("eks_cluster", {**net.good, "version": "1.34"}, url=aws.url)["changed"]
    aws.faults({"match": "eks:DescribeCluster", "code": "AccessDeniedException", "status": 403, "message": "no"})
    wanted = {"cluster_name": "edge", "name": "apps", "node_role": net.good["role_arn"], "subnets": net.good["subnets"], "version": "1.35"}
    assert "is not supported for cluster version 1.34" in call("eks_nodegroup", wanted, url=aws.url)["msg"]


def test_a_set_asks_once(aws: Running, net: Network) -> None:
    assert call("eks_cluster", net.good, url=aws.url)["changed"]
    groups = [{"name": name, "node_role": "arn:aws:iam::123456789012:role/eks", "subnets": net.good["subnets"]} for name in ("one", "two", "three")]
    aws.clear_log()
    result = call("eks_nodegroups", {"cluster_name": "edge", "nodegroups": groups}, url=aws.url)
    assert result["changed"], result
    assert [request["operation"] for request in aws.log() if request["service"] == "ec2"] == ["DescribeSubnets"]


def test_what_is_as_declared_asks_neither_ec2_nor_kms(aws: Running, net: Network) -> None:
    declared = {**net.good, "security_groups": [net.group], "encryption_key_arn": net.key, "service_ipv4_cidr": "172.20.0.0/16"}
    aws.clear_log()
    assert call("eks_cluster", declared, url=aws.url)["changed"]
    asked = [f"{request['service']}:{request['operation']}" for request in aws.log() if request["service"] != "eks"]
    assert asked == ["ec2:DescribeSubnets", "ec2:DescribeSecurityGroups", "ec2:DescribeVpcs", "kms:DescribeKey"]
    aws.clear_log()
    assert not call("eks_cluster", declared, url=aws.url)["changed"]
    assert {request["service"] for request in aws.log()} == {"eks"}


@pytest.mark.parametrize(
    ("operation", "code", "missing"), [("ec2:DescribeSubnets", "UnauthorizedOperation", "subnets"), ("kms:DescribeKey", "AccessDeniedException", "key")]
)
def test_who_may_not_look_is_told_what_to_allow_and_goes_on(aws: Running, net: Network, operation: str, code: str, missing: str) -> None:
    aws.faults({"match": operation, "code": code, "status": 403, "message": "no"})
    good = call("eks_cluster", {**net.good, "encryption_key_arn": net.key}, url=aws.url)
    assert good["changed"], good
    (warning,) = good["warnings"]
    assert f"Allow {operation}" in warning
    wrong = {"subnets": [net.near, "subnet-0dead"]} if missing == "subnets" else {"encryption_key_arn": NOWHERE}
    result = call("eks_cluster", {**net.good, "name": "other", **wrong}, url=aws.url)
    assert "does not exist" in result["msg"], result


def test_a_read_that_fails_otherwise_is_an_error(aws: Running, net: Network) -> None:
    aws.faults({"match": "ec2:DescribeSubnets", "code": "InternalError", "status": 400, "message": "ouch"})
    aws.clear_log()
    result = call("eks_cluster", net.good, url=aws.url)
    assert "Could not look up subnets" in result["msg"]
    assert aws.writes() == []


def test_what_an_earlier_task_would_make_is_not_looked_for_in_a_plan(aws: Running, net: Network) -> None:
    """The foundation's placeholders: of a key, and of subnets and a security group in a VPC that is not there yet."""
    unknown = {
        "encryption_key_arn": "arn:aws:kms:us-east-1:123456789012:key/known-after-apply",
        "subnets": ["subnet-known-after-apply-us-east-1a", "subnet-known-after-apply-us-east-1b"],
        "security_groups": ["sg-known-after-apply"],
    }
    planned = call("eks_cluster", {**net.good, **unknown}, check_mode=True, url=aws.url)
    assert (planned["changed"], aws.writes("eks")) == (True, [])
