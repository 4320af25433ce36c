"""Rules of EC2's networks, and of queues, that moto does not keep, added to its own classes. Codes and texts are AWS's.

Sources: EC2 API reference (error codes; CreateSubnet, DeleteSubnet, CreateNatGateway, CreateVpcEndpoint, DetachInternetGateway, ReleaseAddress) and the
VPC user guide (NAT gateways: a subnet without a way out). SQS API reference, SetQueueAttributes: what is not named stays.
"""

from __future__ import annotations

import functools
import inspect
import ipaddress
from collections.abc import Callable, Iterator
from typing import Any

from moto.ec2.exceptions import DependencyViolationError, EC2ClientError, InvalidServiceName, InvalidSubnetRangeError
from moto.ec2.models import EC2Backend
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE
from moto.sqs.models import Queue, SQSBackend

Given = dict[str, Any]
SUBNET_SIZES = range(16, 29)


class Refused(EC2ClientError):
    """A code and a text for which moto has no class."""


def _sized_subnet(_ec2: EC2Backend, given: Given) -> None:
    """A subnet has a /16 to /28."""
    try:
        size = ipaddress.ip_network(given["cidr_block"], strict=False).prefixlen
    except ValueError:
        return  # moto has its own words for what is no network
    if size not in SUBNET_SIZES:
        raise InvalidSubnetRangeError(given["cidr_block"])


def _empty_subnet(ec2: EC2Backend, given: Given) -> None:
    """A subnet goes last: not before its NAT gateways and endpoints."""
    subnet = given["subnet_id"]
    if any(gateway.subnet_id == subnet for gateway in _gateways(ec2)) or any(subnet in endpoint.subnet_ids for endpoint in _endpoints(ec2)):
        raise DependencyViolationError(f"The subnet '{subnet}' has dependencies and cannot be deleted.")


def _free_address(ec2: EC2Backend, given: Given) -> None:
    """An address that a NAT gateway has is not released."""
    kept = {(each.get("allocationId"), each.get("publicIp")) for gateway in _gateways(ec2) for each in gateway.address_set}
    for allocation, address in kept:
        if address and (given.get("allocation_id") == allocation or given.get("address") == address):
            raise Refused("InvalidIPAddress.InUse", f"Address {address} is in use.")


def _unmapped_vpc(ec2: EC2Backend, given: Given) -> None:
    """An internet gateway stays while addresses of the VPC are reached through it."""
    vpc = given["vpc_id"]
    if any(gateway.vpc_id == vpc and gateway.connectivity_type != "private" for gateway in _gateways(ec2)):
        text = f"Network {vpc} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway."
        raise DependencyViolationError(text)


def _known_gateway(ec2: EC2Backend, given: Given) -> None:
    """A route leads to a NAT gateway that is there."""
    gateway = given.get("nat_gateway_id")
    if gateway and gateway not in {each.id for each in _gateways(ec2)}:
        raise Refused("InvalidNatGatewayID.NotFound", f"The natGateway ID '{gateway}' does not exist")


def _known_service(ec2: EC2Backend, given: Given) -> None:
    """An endpoint is of a service that the region has; two that answer to the same private names would be in each other's way."""
    service, vpc = given["service_name"], given["vpc_id"]
    known = ec2._collect_default_endpoint_services(ec2.account_id, ec2.region_name)
    if service not in {each["ServiceName"] for each in [*known, *(each.to_dict() for each in ec2.configurations.values())]}:
        raise InvalidServiceName(service)
    if given.get("endpoint_type") == "Interface" and given.get("private_dns_enabled") is not False:
        rivals = [each for each in _endpoints(ec2) if each.vpc_id == vpc and each.service_name == service and each.vpc_endpoint_type == "Interface"]
        if rivals:
            text = f"private-dns-enabled cannot be set because there is already a conflicting DNS domain for {service} in the VPC {vpc}"
            raise Refused("InvalidParameter", text)


def _unused_group(ec2: EC2Backend, given: Given) -> None:
    """A security group stays while an endpoint has it."""
    group = given.get("group_id")
    if any(group in (endpoint.security_group_ids or ()) for endpoint in _endpoints(ec2)):
        raise DependencyViolationError(f"resource {group} has a dependent object")


RULES: dict[str, Callable[[EC2Backend, Given], None]] = {
    "create_subnet": _sized_subnet,
    "delete_subnet": _empty_subnet,
    "release_address": _free_address,
    "detach_internet_gateway": _unmapped_vpc,
    "create_route": _known_gateway,
    "create_vpc_endpoint": _known_service,
    "delete_security_group": _unused_group,
}
"""What EC2 asks before it does what moto would do at once."""
TYPES = {"nat": "natgateway", "eipalloc": "elastic-ip", "fl": "vpc-flow-log", "h": "dedicated-host", "pl": "prefix-list", "sir": "spot-instances-request"}
"""By the prefix of an id, how EC2 calls a type of resource in tags (API reference, enum ResourceType), where moto calls it something else."""
_create_nat_gateway = EC2Backend.create_nat_gateway
_set_queue_attributes = SQSBackend.set_queue_attributes


def _nat_gateway(self: EC2Backend, *args: Any, **kwargs: Any) -> Any:
    """A public NAT gateway in a VPC without an internet gateway is accepted, and fails."""
    made = _create_nat_gateway(self, *args, **kwargs)
    ways_out = [each for each in self.internet_gateways.values() if each.vpc is not None and each.vpc.id == made.vpc_id]
    if made.connectivity_type != "private" and not ways_out:
        made.state = "failed"
    return made


def _queue_attributes(self: SQSBackend, queue_name: str, attributes: dict[str, Any]) -> Queue:
    """What is not named stays: moto would take the queue's policy away."""
    policy = self.get_queue(queue_name).policy
    return _set_queue_attributes(self, queue_name, {**({"Policy": policy} if policy else {}), **attributes})


def _gateways(ec2: EC2Backend) -> Iterator[Any]:
    return (each for each in list(ec2.nat_gateways.values()) if each.state not in ("deleted", "failed"))


def _endpoints(ec2: EC2Backend) -> Iterator[Any]:
    return (each for each in list(ec2.vpc_end_points.values()) if each.state not in ("deleted", "deleting"))


def _ruled(original: Callable[..., Any], rule: Callable[[EC2Backend, Given], None]) -> Callable[..., Any]:
    signature = inspect.signature(original)

    @functools.wraps(original)
    def asked(self: EC2Backend, *args: Any, **kwargs: Any) -> Any:
        rule(self, signature.bind(self, *args, **kwargs).arguments)
        return original(self, *args, **kwargs)

    return asked


def extend() -> None:
    """Add all of it to moto, once for the process."""
    EC2_PREFIX_TO_RESOURCE.update(TYPES)
    for name, rule in RULES.items():
        setattr(EC2Backend, name, _ruled(getattr(EC2Backend, name), rule))
    EC2Backend.create_nat_gateway = _nat_gateway  # type: ignore[method-assign,assignment]
    SQSBackend.set_queue_attributes = _queue_attributes  # type: ignore[method-assign]
