"""What a platform team has before its first cluster: two accounts with profiles and an administrators' role, and in each region a VPC with private subnets.

The CIDRs do not overlap across the fleet, nor with moto's default VPC (172.31.0.0/16) or the hosts' networks (10.89.0.0/16):

| Account      | Profile         | Region         | VPC          | Private subnets (one per zone) |
|--------------|-----------------|----------------|--------------|--------------------------------|
| 111122223333 | sandbox-nonprod | us-east-1      | 10.16.0.0/16 | the first three /18            |
| 111122223333 | sandbox-nonprod | eu-west-1      | 10.32.0.0/16 | the first three /18            |
| 444455556666 | sandbox-prod    | us-east-1      | 10.64.0.0/16 | the first three /18            |
| 444455556666 | sandbox-prod    | ap-southeast-2 | 10.80.0.0/16 | the first three /18            |
"""

from __future__ import annotations

import configparser
import ipaddress
import json
import os
import secrets
import string
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from sandbox.state import write_private

ZONES = 3
ADMINS = "platform-admin"
"""The role of the platform's people, in both accounts."""
KEY_ALPHABET = string.ascii_uppercase + "234567"


@dataclass(frozen=True)
class Site:
    """One region of one account, and the block its VPC has."""

    account: str
    region: str
    cidr: str


PROFILES = {"sandbox-nonprod": "111122223333", "sandbox-prod": "444455556666"}
SITES = (
    Site("111122223333", "us-east-1", "10.16.0.0/16"),
    Site("111122223333", "eu-west-1", "10.32.0.0/16"),
    Site("444455556666", "us-east-1", "10.64.0.0/16"),
    Site("444455556666", "ap-southeast-2", "10.80.0.0/16"),
)


def write_profiles(directory: Path) -> Path:
    """Write aws/config, aws/credentials and aws/accounts.json with new random keys, mode 0600; return the last: {access key: account}."""
    keys = {profile: new_key() for profile in PROFILES}
    config = {f"profile {profile}": {"region": home_region(account), "output": "json"} for profile, account in PROFILES.items()}
    credentials = {profile: {"aws_access_key_id": key, "aws_secret_access_key": secret} for profile, (key, secret) in keys.items()}
    write_private(directory / "aws" / "config", ini(config))
    write_private(directory / "aws" / "credentials", ini(credentials))
    accounts = directory / "aws" / "accounts.json"
    write_private(accounts, json.dumps({keys[profile][0]: account for profile, account in PROFILES.items()}))
    return accounts


def profile_environment(directory: Path) -> dict[str, str]:
    """Return the variables by which boto3 and the AWS CLI find the sandbox's profiles, and nothing else."""
    files = {"AWS_CONFIG_FILE": "config", "AWS_SHARED_CREDENTIALS_FILE": "credentials"}
    return {**{name: str(directory / "aws" / file) for name, file in files.items()}, "AWS_EC2_METADATA_DISABLED": "true"}


def new_key() -> tuple[str, str]:
    """Return an access key id and a secret in the form AWS gives them."""
    return "AKIA" + "".join(secrets.choice(KEY_ALPHABET) for _ in range(16)), secrets.token_urlsafe(30)


def home_region(account: str) -> str:
    """Return the first region of an account's sites."""
    return next(site.region for site in SITES if site.account == account)


def ini(sections: dict[str, dict[str, str]]) -> str:
    """Return the sections as the text of an AWS configuration file."""
    parser = configparser.RawConfigParser()
    parser.read_dict(sections)
    text = StringIO()
    parser.write(text)
    return text.getvalue()


@dataclass(frozen=True)
class Clients:
    """What the seed talks through: EC2 per site, IAM per account."""

    ec2: dict[Site, Any]
    iam: dict[str, Any]


def open_clients(directory: Path, url: str) -> Clients:
    """Return the clients that a user of the accounts' profiles has. The process takes the profile files for its own from here on."""
    import boto3  # takes a third of a second; only the seed needs it

    os.environ.update(profile_environment(directory))
    sessions = {account: boto3.Session(profile_name=profile) for profile, account in PROFILES.items()}
    ec2 = {site: sessions[site.account].client("ec2", region_name=site.region, endpoint_url=url) for site in SITES}
    return Clients(ec2, {account: session.client("iam", endpoint_url=url) for account, session in sessions.items()})


def seed(clients: Clients) -> dict[str, dict[str, dict[str, Any]]]:
    """Make every account's administrators' role, and every site's VPC and subnets, at the simulator.

    Return account → region → {vpc_id, cidr, subnet_ids}, as state.json has it.
    """
    for account, iam in clients.iam.items():
        seed_admins(iam, account)
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for site, ec2 in clients.ec2.items():
        found.setdefault(site.account, {})[site.region] = seed_site(ec2, site)
    return found


def seed_admins(iam: Any, account: str) -> None:
    """Make the role that the platform's people enter clusters with."""
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName=ADMINS, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))


def seed_site(ec2: Any, site: Site) -> dict[str, Any]:
    """Make one VPC with a private subnet in each of the first three zones."""
    name = f"fleet-{site.region}"
    vpc_id = ec2.create_vpc(CidrBlock=site.cidr, TagSpecifications=tagged("vpc", {"Name": name}))["Vpc"]["VpcId"]
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
        ec2.modify_vpc_attribute(VpcId=vpc_id, **{attribute: {"Value": True}})
    zones = sorted(zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"])[:ZONES]
    places = zip(zones, ipaddress.ip_network(site.cidr).subnets(new_prefix=18), strict=False)
    return {
        "vpc_id": vpc_id,
        "cidr": site.cidr,
        "subnet_ids": [seed_subnet(ec2, vpc_id, name, zone, str(block)) for zone, block in places],
    }


def seed_subnet(ec2: Any, vpc_id: str, name: str, zone: str, cidr: str) -> str:
    """Make one private subnet and return its id. The role tag is how load balancer controllers find internal subnets."""
    tags = {"Name": f"{name}-private-{zone[-1]}", "kubernetes.io/role/internal-elb": "1"}
    answer = ec2.create_subnet(VpcId=vpc_id, AvailabilityZone=zone, CidrBlock=cidr, TagSpecifications=tagged("subnet", tags))
    return answer["Subnet"]["SubnetId"]


def tagged(kind: str, tags: dict[str, str]) -> list[dict[str, Any]]:
    """Return the TagSpecifications of one new resource."""
    return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}]
