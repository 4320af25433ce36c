"""Subnets, addresses and the files that make a container a host."""

from __future__ import annotations

import io
import ipaddress
import tarfile
from pathlib import Path

import pytest

from sandbox.hosts.containers import free_addresses, host_files, tarball, wait_for_ssh
from sandbox.hosts.engine import Engine, EngineError
from sandbox.hosts.network import Network, _subnets, free_subnet, routes, sandbox_id

ROUTES = """\
Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	0101A8C0	0003	0	0	0	00000000	0	0	0
bridge	004D590A	00000000	0001	0	0	0	00FFFFFF	0	0	0
"""


def test_routes_are_read_from_the_kernels_table() -> None:
    assert routes(ROUTES) == [ipaddress.IPv4Network("10.89.77.0/24")]


@pytest.mark.parametrize(
    ("taken", "subnet"),
    [([], "10.89.77.0/24"), (["10.89.77.0/24"], "10.89.0.0/24"), (["10.89.0.0/17"], "10.89.128.0/24"), (["192.168.0.0/16"], "10.89.77.0/24")],
)
def test_a_subnet_that_is_taken_is_passed_over(taken: list[str], subnet: str) -> None:
    assert str(free_subnet(map(ipaddress.IPv4Network, taken))) == subnet


def test_no_free_subnet_is_an_error_with_a_remedy() -> None:
    with pytest.raises(EngineError, match="remove container networks"):
        free_subnet([ipaddress.IPv4Network("10.0.0.0/8")])


@pytest.mark.parametrize(
    "inspected",
    [
        {"subnets": [{"subnet": "fd00::/64"}, {"subnet": "10.89.77.0/24", "gateway": "10.89.77.1"}]},
        {"IPAM": {"Config": [{"Subnet": "10.89.77.0/24", "Gateway": "10.89.77.1"}]}},
        {"IPAM": {"Config": [{"Subnet": "10.89.77.0/24"}]}},
    ],
    ids=["podman", "docker", "docker without a gateway"],
)
def test_both_engines_networks_are_understood(inspected: dict) -> None:
    assert list(_subnets(inspected)) == [("10.89.77.0/24", "10.89.77.1")]


def test_two_state_directories_are_two_sandboxes(tmp_path: Path) -> None:
    assert sandbox_id(tmp_path / "a") != sandbox_id(tmp_path / "b")
    assert sandbox_id(tmp_path / "a") == sandbox_id(tmp_path / "b/../a")


def test_addresses_begin_at_eleven_and_leave_out_what_is_used() -> None:
    network = Network("n", "10.89.77.0/24", "10.89.77.1")
    addresses = iter(free_addresses(network, ["10.89.77.11", "10.89.77.13"]))
    assert [next(addresses), next(addresses)] == ["10.89.77.12", "10.89.77.14"]


def test_a_host_gets_keys_a_machine_id_and_the_endpoint(tmp_path: Path) -> None:
    files = {file.path: file for file in host_files(tmp_path, "edge-a1", {"AWS_ENDPOINT_URL": "http://10.89.77.1:1"})}
    other = {file.path: file for file in host_files(tmp_path, "edge-a2", {})}
    assert files["etc/environment"].data == b"AWS_ENDPOINT_URL=http://10.89.77.1:1\n"
    assert b'DefaultEnvironment="AWS_ENDPOINT_URL=http://10.89.77.1:1"' in files["etc/systemd/system.conf.d/sandbox.conf"].data
    assert files["etc/machine-id"].data != other["etc/machine-id"].data
    assert files["root/.ssh/authorized_keys"].data == (tmp_path / "hosts/id_ed25519.pub").read_bytes()
    assert files["home/admin/.ssh/authorized_keys"].owner == 1000
    assert files["etc/ssh/ssh_host_ed25519_key"].mode == 0o600
    assert (tmp_path / "hosts/id_ed25519").stat().st_mode & 0o077 == 0


def test_the_tarball_keeps_owners_and_modes(tmp_path: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(tarball(host_files(tmp_path, "edge-a1", {})))) as tar:
        found = {entry.name: (entry.uid, oct(entry.mode)) for entry in tar.getmembers()}
    assert found["home/admin/.ssh"] == (1000, "0o700")
    assert found["home/admin/.ssh/authorized_keys"] == (1000, "0o600")
    assert found["etc/systemd/system.conf.d"] == (0, "0o755")


def test_a_host_that_does_not_answer_is_named() -> None:
    with pytest.raises(EngineError, match=r"host edge-a1 at 127\.0\.0\.1 does not answer on ssh"):
        wait_for_ssh("edge-a1", "127.0.0.1", deadline=0)


def test_an_engines_secrets_are_not_shown() -> None:
    assert "secret" not in repr(Engine("podman", "/usr/bin/podman", {"TOKEN": "secret"}))
