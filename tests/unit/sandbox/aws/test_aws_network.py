"""Rules of EC2's networks and of queues that moto does not keep by itself: each is named after what AWS says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.testing import REGION, Running, start


@pytest.fixture
def aws() -> Iterator[Running]:
    with start(delay=0) as running:
        yield running


class Network:
    """A VPC with a public subnet, an internet gateway and a NAT gateway with an address."""

    def __init__(self, aws: Running) -> None:
        self.ec2: Any = aws.client("ec2")
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnet = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        self.igw = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=self.igw, VpcId=self.vpc)
        self.address = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        self.nat = self.ec2.create_nat_gateway(SubnetId=self.subnet, AllocationId=self.address)["NatGateway"]["NatGatewayId"]
        self.table = self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        self.group = self.ec2.create_security_group(GroupName="x", Description="x", VpcId=self.vpc)["GroupId"]

    def endpoint(self, service: str) -> str:
        name = f"com.amazonaws.{REGION}.{service}"
        request = {"VpcId": self.vpc, "ServiceName": name, "VpcEndpointType": "Interface", "SubnetIds": [self.subnet], "SecurityGroupIds": [self.group]}
        return str(self.ec2.create_vpc_endpoint(**request)["VpcEndpoint"]["VpcEndpointId"])


@pytest.fixture
def network(aws: Running) -> Network:
    return Network(aws)


def refusal(call: Any, **request: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return f"{error['Code']}: {error['Message']}"


@pytest.mark.parametrize(
    ("cidr", "text"),
    [
        ("10.0.0.128/25", "InvalidSubnet.Conflict: The CIDR '10.0.0.128/25' conflicts with another subnet"),
        ("10.1.0.0/24", "InvalidSubnet.Range: The CIDR '10.1.0.0/24' is invalid."),
        ("10.0.1.0/29", "InvalidSubnet.Range: The CIDR '10.0.1.0/29' is invalid."),
    ],
)
def test_a_subnet_lies_in_its_vpc_beside_the_others_with_a_size_that_ec2_knows(network: Network, cidr: str, text: str) -> None:
    assert refusal(network.ec2.create_subnet, VpcId=network.vpc, CidrBlock=cidr) == text


def test_a_vpc_has_a_size_that_ec2_knows(network: Network) -> None:
    assert refusal(network.ec2.create_vpc, CidrBlock="10.0.0.0/8").startswith("InvalidVpc.Range")


def test_a_network_is_taken_down_from_the_inside(network: Network) -> None:
    ec2 = network.ec2
    text = f"The subnet '{network.subnet}' has dependencies and cannot be deleted."
    assert refusal(ec2.delete_subnet, SubnetId=network.subnet) == f"DependencyViolation: {text}"
    assert refusal(ec2.release_address, AllocationId=network.address).startswith("InvalidIPAddress.InUse: Address ")
    detaching = refusal(ec2.detach_internet_gateway, InternetGatewayId=network.igw, VpcId=network.vpc)
    assert detaching.startswith(f"DependencyViolation: Network {network.vpc} has some mapped public address(es).")
    assert refusal(ec2.delete_vpc, VpcId=network.vpc).startswith("DependencyViolation")
    ec2.delete_nat_gateway(NatGatewayId=network.nat)
    ec2.release_address(AllocationId=network.address)
    ec2.detach_internet_gateway(InternetGatewayId=network.igw, VpcId=network.vpc)
    ec2.delete_subnet(SubnetId=network.subnet)


def test_a_nat_gateway_without_a_way_out_fails(network: Network) -> None:
    ec2 = network.ec2
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.1.0.0/24")["Subnet"]["SubnetId"]
    made = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=ec2.allocate_address(Domain="vpc")["AllocationId"])["NatGateway"]
    assert ec2.describe_nat_gateways(NatGatewayIds=[made["NatGatewayId"]])["NatGateways"][0]["State"] == "failed"


def test_a_nat_gateway_has_an_address_of_its_own(network: Network) -> None:
    assert refusal(network.ec2.create_nat_gateway, SubnetId=network.subnet, AllocationId=network.address).startswith("Resource.AlreadyAssociated")
    assert refusal(network.ec2.create_nat_gateway, SubnetId=network.subnet, AllocationId="eipalloc-0a").startswith("InvalidAllocationID.NotFound")


def test_a_route_leads_to_what_is_there(network: Network) -> None:
    route = {"RouteTableId": network.table, "DestinationCidrBlock": "0.0.0.0/0"}
    text = "InvalidNatGatewayID.NotFound: The natGateway ID 'nat-0a' does not exist"
    assert refusal(network.ec2.create_route, NatGatewayId="nat-0a", **route) == text
    network.ec2.create_route(NatGatewayId=network.nat, **route)
    assert refusal(network.ec2.create_route, NatGatewayId=network.nat, **route).startswith("RouteAlreadyExists")


def test_an_endpoint_is_of_a_service_that_the_region_has_and_the_only_one_of_its_names(network: Network) -> None:
    assert refusal(network.endpoint, service="nope") == f"InvalidServiceName: The Vpc Endpoint Service 'com.amazonaws.{REGION}.nope' does not exist"
    made = network.endpoint("ec2")
    text = f"private-dns-enabled cannot be set because there is already a conflicting DNS domain for com.amazonaws.{REGION}.ec2 in the VPC {network.vpc}"
    assert refusal(network.endpoint, service="ec2") == f"InvalidParameter: {text}"
    assert refusal(network.ec2.delete_security_group, GroupId=network.group) == f"DependencyViolation: resource {network.group} has a dependent object"
    network.ec2.delete_vpc_endpoints(VpcEndpointIds=[made])
    network.ec2.delete_security_group(GroupId=network.group)


def test_tags_of_a_nat_gateway_and_an_address_are_found_by_their_types(network: Network) -> None:
    for thing, kind in ((network.nat, "natgateway"), (network.address, "elastic-ip")):
        network.ec2.create_tags(Resources=[thing], Tags=[{"Key": "a", "Value": "b"}])
        filters = [{"Name": "resource-id", "Values": [thing]}, {"Name": "resource-type", "Values": [kind]}]
        assert [each["ResourceType"] for each in network.ec2.describe_tags(Filters=filters)["Tags"]] == [kind]


def test_attributes_of_a_queue_that_are_not_named_stay(aws: Running) -> None:
    sqs = aws.client("sqs")
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}]})
    url = sqs.create_queue(QueueName="edge", Attributes={"Policy": policy})["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"MessageRetentionPeriod": "300"})
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"] == {"Policy": policy}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])
