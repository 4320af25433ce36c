"""What a platform team has before its first cluster."""

from __future__ import annotations

import configparser
import ipaddress
import itertools
import json
from pathlib import Path

import pytest

from sandbox import foundation
from sandbox.foundation import PROFILES, SITES, Site

DEFAULT_VPC, HOSTS = "172.31.0.0/16", "10.89.0.0/16"


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations([*(site.cidr for site in SITES), DEFAULT_VPC, HOSTS], 2)))
def test_no_two_networks_overlap(one: str, other: str) -> None:
    assert not ipaddress.ip_network(one).overlaps(ipaddress.ip_network(other))


@pytest.mark.parametrize("site", SITES)
def test_the_documented_table_is_what_is_seeded(site: Site) -> None:
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in (foundation.__doc__ or "").splitlines() if line.startswith("| ")]
    assert [site.account, site.region, site.cidr] in [[row[0], row[2], row[3]] for row in rows]


def test_profiles_name_their_accounts_by_random_keys(tmp_path: Path) -> None:
    accounts = json.loads(foundation.write_profiles(tmp_path).read_text())
    credentials, config = configparser.RawConfigParser(), configparser.RawConfigParser()
    credentials.read(tmp_path / "aws" / "credentials")
    config.read(tmp_path / "aws" / "config")
    assert {profile: accounts[credentials[profile]["aws_access_key_id"]] for profile in PROFILES} == PROFILES
    assert config["profile sandbox-nonprod"]["region"] == "us-east-1"
    assert [path.name for path in (tmp_path / "aws").iterdir() if path.stat().st_mode & 0o077] == []


def test_keys_look_like_those_of_aws_and_are_never_the_same() -> None:
    keys = [foundation.new_key() for _ in range(50)]
    assert len({key for key, _ in keys}) == len({secret for _, secret in keys}) == 50
    assert all(len(key) == 20 and key.startswith("AKIA") and len(secret) == 40 for key, secret in keys)
