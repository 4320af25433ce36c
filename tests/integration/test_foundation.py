"""A cluster that brings its own network, with Karpenter: site.yml plans, converges, and finds nothing to do, on an account that had nothing."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.aws.testing import ACCOUNT, REGION
from tests.support.clusters import Lab, lab

ROOT = Path(__file__).resolve().parents[2]
ZONES = [f"{REGION}a", f"{REGION}b"]
SERVICES = ["ec2", "ecr.api", "sts"]
EDGE: dict[str, Any] = {
    "ansible_connection": "local",
    "ansible_python_interpreter": sys.executable,
    "aws_account_id": ACCOUNT,
    "aws_region": REGION,
    "eks_cluster_name": "edge",
    "eks_cluster_version": "1.35",
    "eks_cluster_tags": {"Fleet": "test"},
    "eks_foundation_karpenter": True,
    "eks_foundation_vpc_cidr": "10.64.0.0/16",
    "eks_foundation_vpc_zones": ZONES,
    "eks_foundation_vpc_private_subnets": ["10.64.0.0/18", "10.64.64.0/18"],
    "eks_foundation_vpc_public_subnets": ["10.64.128.0/24", "10.64.129.0/24"],
    "eks_foundation_vpc_nat": "single",
    "eks_foundation_vpc_endpoints": True,
    "eks_foundation_vpc_endpoint_services": SERVICES,
    "eks_foundation_node_security_group": True,
    "eks_addons_list": [{"name": "eks-pod-identity-agent"}],
    "eks_nodes_groups": [{"name": "system", "scaling_config": {"min_size": 2, "max_size": 2, "desired_size": 2}}],
}


class Site:
    """site.yml on a fleet of one cluster."""

    def __init__(self, world: Lab, folder: Path) -> None:
        self.world = world
        self.folder = folder

    def run(self, *argv: str, **differs: Any) -> tuple[int, str]:
        """Return (changed tasks of the cluster, output); the log of requests is this run's own."""
        self.world.aws.clear_log()
        (self.folder / "hosts.json").write_text(json.dumps({"eks_clusters": {"hosts": {"edge": {**EDGE, **differs}}}}), encoding="utf-8")
        own = {"HOME": str(self.folder), "ANSIBLE_HOME": str(self.folder / "ansible"), "ANSIBLE_FORCE_COLOR": "false"}
        report = f"fleet_report_path={self.folder / 'fleet.json'}"
        command = ["ansible-playbook", "site.yml", "-i", str(self.folder / "hosts.json"), "-e", report, *argv]
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **self.world.environment(), **own}, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
        found = re.search(r"^edge\s+: .*changed=(\d+)", done.stdout.rpartition("PLAY RECAP")[2], re.MULTILINE)
        assert found, done.stdout[-2000:]
        return int(found[1]), done.stdout

    def writes(self) -> list[str]:
        return [f"{each['service']}:{each['operation']}" for each in self.world.aws.writes()]

    def client(self, service: str) -> Any:
        return self.world.aws.client(service)


@dataclass(frozen=True)
class Planned:
    """What `--check --diff` said and did on the empty account."""

    changed: int
    output: str
    writes: list[str]


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Planned]]:
    """An account that had nothing, after a plan and a run: whichever test comes first finds it so."""
    with lab() as world:
        site = Site(world, tmp_path_factory.mktemp("site"))
        changed, output = site.run("--check", "--diff")
        planned = Planned(changed, output, site.writes())
        site.run()
        yield site, planned


@pytest.fixture
def site(account: tuple[Site, Planned]) -> Site:
    return account[0]


@pytest.fixture
def planned(account: tuple[Site, Planned]) -> Planned:
    return account[1]


def vpc(site: Site) -> str:
    return str(named(site.client("ec2").describe_vpcs()["Vpcs"])["edge"]["VpcId"])


def inside(site: Site) -> list[dict[str, Any]]:
    return [{"Name": "vpc-id", "Values": [vpc(site)]}]


def tags(thing: dict[str, Any]) -> dict[str, str]:
    return {each["Key"]: each["Value"] for each in thing.get("Tags", [])}


def named(things: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {tags(thing)["Name"]: thing for thing in things if "Name" in tags(thing)}


class TestANetworkOfItsOwn:
    """One cluster; what changes it comes last."""

    def test_a_plan_of_an_empty_account_touches_nothing(self, planned: Planned) -> None:
        assert planned.writes == []
        assert planned.changed >= 6
        names = ", ".join(f"edge-{kind}-{zone}" for kind in ("public", "private") for zone in ZONES)
        assert f"Would make subnets {names}; NAT gateways: single" in " ".join(planned.output.split())
        assert "create_cluster" in planned.output

    def test_it_converges(self, site: Site) -> None:
        cluster = site.client("eks").describe_cluster(name="edge")["cluster"]
        assert cluster["status"] == "ACTIVE"
        ec2 = site.client("ec2")
        subnets = named(ec2.describe_subnets(Filters=inside(site))["Subnets"])
        private = [subnets[f"edge-private-{zone}"] for zone in ZONES]
        assert sorted(cluster["resourcesVpcConfig"]["subnetIds"]) == sorted(each["SubnetId"] for each in private)
        groups = {each["GroupName"]: each["GroupId"] for each in ec2.describe_security_groups(Filters=inside(site))["SecurityGroups"]}
        assert cluster["resourcesVpcConfig"]["securityGroupIds"] == [groups["edge-control-plane"]]
        for subnet in private:
            assert tags(subnet).items() >= {"kubernetes.io/role/internal-elb": "1", "karpenter.sh/discovery": "edge", "Fleet": "test"}.items()
            assert subnet["MapPublicIpOnLaunch"] is False
        assert tags(subnets[f"edge-public-{ZONES[0]}"])["kubernetes.io/role/elb"] == "1"

    def test_private_subnets_go_out_through_the_one_nat_gateway(self, site: Site) -> None:
        ec2 = site.client("ec2")
        (gateway,) = ec2.describe_nat_gateways(Filters=inside(site))["NatGateways"]
        tables = named(ec2.describe_route_tables(Filters=inside(site))["RouteTables"])
        ways = {name: [route.get("NatGatewayId") or route.get("GatewayId") for route in way_out(table)] for name, table in tables.items()}
        (igw,) = ec2.describe_internet_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [vpc(site)]}])["InternetGateways"]
        assert ways == {"edge-public": [igw["InternetGatewayId"]], **{f"edge-private-{zone}": [gateway["NatGatewayId"]] for zone in ZONES}}
        (address,) = ec2.describe_addresses()["Addresses"]
        assert tags(address)["Fleet"] == "test"
        assert {tags(table)["Fleet"] for table in tables.values()} == {"test"}

    def test_nodes_reach_aws_through_endpoints_that_admit_the_vpc(self, site: Site) -> None:
        ec2 = site.client("ec2")
        found = {
            each["ServiceName"].removeprefix(f"com.amazonaws.{REGION}."): each for each in ec2.describe_vpc_endpoints(Filters=inside(site))["VpcEndpoints"]
        }
        assert sorted(found) == sorted([*SERVICES, "s3"])
        assert len(found["s3"]["RouteTableIds"]) == len(ZONES)
        (group,) = found["sts"]["Groups"]
        rules = ec2.describe_security_groups(GroupIds=[group["GroupId"]])["SecurityGroups"][0]["IpPermissions"]
        assert [(rule["FromPort"], rule["ToPort"], rule["IpRanges"][0]["CidrIp"]) for rule in rules] == [(443, 443, "10.64.0.0/16")]
        assert {len(found[name]["SubnetIds"]) for name in SERVICES} == {len(ZONES)}

    def test_the_security_group_of_nodes_has_the_recommended_rules(self, site: Site) -> None:
        groups = {each["GroupName"]: each for each in site.client("ec2").describe_security_groups(Filters=inside(site))["SecurityGroups"]}
        node, control_plane = groups["edge-node"], groups["edge-control-plane"]
        rules = {(rule["IpProtocol"], rule["FromPort"], rule["ToPort"], pair["GroupId"]) for rule in node["IpPermissions"] for pair in rule["UserIdGroupPairs"]}
        ports = (443, 4443, 6443, 8443, 9443, 10250, 10251)
        among = {("tcp", 53, 53), ("udp", 53, 53), ("tcp", 1025, 65535)}
        expected = {("tcp", port, port, control_plane["GroupId"]) for port in ports} | {(*each, node["GroupId"]) for each in among}
        assert rules == expected
        assert tags(node)["karpenter.sh/discovery"] == "edge"

    def test_karpenter_finds_its_roles_its_queue_and_an_entry_for_its_nodes(self, site: Site) -> None:
        iam, eks = site.client("iam"), site.client("eks")
        node = iam.get_role(RoleName="edge-karpenter-node")["Role"]["Arn"]
        assert eks.describe_access_entry(clusterName="edge", principalArn=node)["accessEntry"]["type"] == "EC2_LINUX"
        (listed,) = eks.list_pod_identity_associations(clusterName="edge", serviceAccount="karpenter")["associations"]
        association = eks.describe_pod_identity_association(clusterName="edge", associationId=listed["associationId"])["association"]
        assert (association["namespace"], association["roleArn"]) == ("kube-system", f"arn:aws:iam::{ACCOUNT}:role/edge-karpenter")
        assert sorted(iam.list_role_policies(RoleName="edge-karpenter")["PolicyNames"]) == ["discovery", "interruption", "node-identity", "node-lifecycle"]
        sqs = site.client("sqs")
        attributes = sqs.get_queue_attributes(QueueUrl=sqs.get_queue_url(QueueName="edge")["QueueUrl"], AttributeNames=["All"])["Attributes"]
        assert (attributes["SqsManagedSseEnabled"], attributes["MessageRetentionPeriod"]) == ("true", "300")
        assert len(site.client("events").list_rules(NamePrefix="edge-")["Rules"]) == 5

    def test_a_second_run_changes_nothing(self, site: Site) -> None:
        changed, output = site.run()
        assert (changed, site.writes()) == (0, []), output[-6000:]

    def test_a_change_is_planned_and_not_made(self, site: Site) -> None:
        more = {"eks_foundation_vpc_nat": "per_zone", "eks_foundation_vpc_tags": {"Team": "net"}, "eks_foundation_vpc_endpoint_services": [*SERVICES, "logs"]}
        changed, _output = site.run("--check", "--diff", **more)
        assert changed >= 3
        assert site.writes() == []

    def test_an_entry_and_an_association_that_are_declared_too_stand_as_declared(self, site: Site) -> None:
        """As adopt.yml writes them of a cluster that has Karpenter."""
        entry = {"principal_arn": f"arn:aws:iam::{ACCOUNT}:role/edge-karpenter-node", "type": "EC2_LINUX", "tags": {"Team": "nodes"}}
        own = {"namespace": "kube-system", "service_account": "karpenter", "role_arn": f"arn:aws:iam::{ACCOUNT}:role/edge-karpenter", "tags": {"Team": "nodes"}}
        site.run("--check", eks_access_entries=[entry], eks_addons_pod_identities=[own])
        site.run(eks_access_entries=[entry], eks_addons_pod_identities=[own])
        assert {name for name in site.writes() if name.startswith("eks:")} == {"eks:TagResource"}
        changed, output = site.run(eks_access_entries=[entry], eks_addons_pod_identities=[own])
        assert (changed, site.writes()) == (0, []), output[-6000:]

    def test_the_role_alone_refuses_a_vpc_that_cannot_be_before_anything_is_touched(self, site: Site) -> None:
        given = {"eks_cluster_name": "lone", "eks_foundation_account_id": ACCOUNT, "eks_foundation_region": REGION}
        vpc = {name: EDGE[name] for name in EDGE if name.startswith("eks_foundation_vpc")} | {
            "eks_foundation_vpc_private_subnets": ["10.64.0.0/18", "10.65.0.0/18"]
        }
        play = [{"hosts": "localhost", "gather_facts": False, "roles": [{"role": "fleetops.eks.eks_foundation", "vars": {**given, **vpc}}]}]
        (site.folder / "lone.yml").write_text(json.dumps(play), encoding="utf-8")
        site.world.aws.clear_log()
        own = {"HOME": str(site.folder), "ANSIBLE_HOME": str(site.folder / "ansible"), "ANSIBLE_FORCE_COLOR": "false"}
        command = ["ansible-playbook", str(site.folder / "lone.yml"), "-i", "localhost,", "-e", f"ansible_python_interpreter={sys.executable}", "-c", "local"]
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **site.world.environment(), **own}, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
        assert done.returncode == 2
        text = " ".join((done.stdout + done.stderr).replace('"', "").split())
        assert "Nothing was touched. localhost: eks_foundation_vpc_private_subnets: 10.65.0.0/18 lies outside of 10.64.0.0/16." in text
        assert site.world.aws.log() == []

    def test_one_nat_gateway_for_each_zone_is_a_change_of_routes_and_subnets_that_were_there_get_tags(self, site: Site) -> None:
        ec2 = site.client("ec2")
        there = [each["SubnetId"] for each in ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"]][:2]
        more = {"eks_foundation_tag_private_subnets": there[:1], "eks_foundation_tag_public_subnets": there[1:]}
        changed, _output = site.run(eks_foundation_vpc_nat="per_zone", **more)
        assert changed
        gateways = {each["NatGatewayId"] for each in ec2.describe_nat_gateways(Filters=inside(site))["NatGateways"]}
        tables = named(ec2.describe_route_tables(Filters=inside(site))["RouteTables"])
        assert {route["NatGatewayId"] for name, table in tables.items() if "private" in name for route in way_out(table)} == gateways
        assert len(gateways) == len(ZONES)
        private, public = (tags(ec2.describe_subnets(SubnetIds=[each])["Subnets"][0]) for each in there)
        assert private.items() >= {"kubernetes.io/role/internal-elb": "1", "karpenter.sh/discovery": "edge"}.items()
        assert public["kubernetes.io/role/elb"] == "1"


def way_out(table: dict[str, Any]) -> list[dict[str, Any]]:
    return [route for route in table["Routes"] if route.get("DestinationCidrBlock") == "0.0.0.0/0"]
