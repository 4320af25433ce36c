"""Without strict_references whatever is named exists: EC2 and KMS, asked for it, know it too.

A subnet lies in the default VPC of its account and region, in the zones by turns; a security group in that VPC.
"""

from __future__ import annotations

import ipaddress
import itertools
from collections.abc import Callable, Iterable, Iterator

from moto.ec2.models import ec2_backends
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend
from moto.ec2.models.security_groups import SecurityGroup
from moto.ec2.models.subnets import Subnet
from moto.kms.models import Key, kms_backends

from sandbox.aws import moto_side
from sandbox.aws.request import Call

_PREFIX = 24


def suppose(call: Call) -> None:
    """Make what a read names and moto does not know."""
    make = _MAKERS.get((call.service, call.operation))
    if make is not None:
        make(call)


def _subnets(call: Call) -> None:
    backend = ec2_backends[call.account][call.region]
    vpc = backend.default_vpc
    for name in _named(call, "subnet-"):
        if moto_side.find_subnet(call.account, call.region, name) is None:
            zones = RegionsAndZonesBackend.zones[call.region]
            supposed = sum(len(subnets) for subnets in backend.subnets.values()) - len(zones)
            block = next(itertools.islice(_blocks(vpc.cidr_block), supposed, None))
            zone = zones[supposed % len(zones)]
            made = Subnet(backend, name, vpc.id, str(block), None, zone, False, False)  # type: ignore[abstract]  # moto makes them so itself
            backend.subnets[zone.name][name] = made


def _blocks(vpc: str) -> Iterator[ipaddress.IPv4Network]:
    """Yield blocks of a VPC from its end on: moto's default subnets are at its beginning."""
    network = ipaddress.IPv4Network(vpc)
    size = 2 ** (32 - _PREFIX)
    for end in range(int(network.broadcast_address) + 1, int(network.network_address), -size):
        yield ipaddress.IPv4Network((end - size, _PREFIX))


def _groups(call: Call) -> None:
    backend = ec2_backends[call.account][call.region]
    for name in _named(call, "sg-"):
        if not moto_side.has_security_group(call.account, call.region, name):
            vpc = backend.default_vpc.id
            backend.groups[vpc][name] = SecurityGroup(backend, name, name.replace("sg-", "supposed-"), "supposed", vpc_id=vpc)  # type: ignore[abstract]  # moto makes them so itself


def _key(call: Call) -> None:
    """A key of another account is one that its owner shares: the caller's KMS answers for it."""
    arn = str(call.params.get("KeyId", ""))
    if arn.count(":") < 5 or ":key/" not in arn:
        return
    _, _, _, region, account, resource = arn.split(":", 5)
    name, keys = resource.rpartition("/")[2], kms_backends[call.account][call.region].keys
    if region == call.region and name not in keys:
        key = Key("", "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", "supposed", account, region)  # type: ignore[abstract]  # the same
        key.id, key.arn = name, arn
        keys[name] = key


def _named(call: Call, prefix: str) -> Iterable[str]:
    """Return the ids among the values of a request to EC2, be they ids or values of a filter."""
    return sorted({value for value in call.params.values() if isinstance(value, str) and value.startswith(prefix) and value != f"{prefix}id"})


_MAKERS: dict[tuple[str, str], Callable[[Call], None]] = {
    ("ec2", "DescribeSubnets"): _subnets,
    ("ec2", "DescribeSecurityGroups"): _groups,
    ("kms", "DescribeKey"): _key,
}
