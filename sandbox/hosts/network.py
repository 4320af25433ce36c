"""The network of the hosts: one free /24 per sandbox, found again by its label."""

from __future__ import annotations

import hashlib
import ipaddress
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sandbox.hosts.engine import Engine, EngineError

LABEL = "fleetops.sandbox"
RANGE = ipaddress.IPv4Network("10.89.0.0/16")
PREFERRED = ipaddress.IPv4Network("10.89.77.0/24")
ROUTES = Path("/proc/net/route")


@dataclass(frozen=True)
class Network:
    """A network of the engine; `gateway` is this machine's address on it."""

    name: str
    subnet: str
    gateway: str


def sandbox_id(state_dir: Path) -> str:
    """Return the name part that tells two sandboxes apart: a hash of the state directory's path."""
    return hashlib.sha256(str(state_dir.resolve()).encode()).hexdigest()[:10]


def ensure_network(engine: Engine, state_dir: Path) -> Network:
    """Return the sandbox's network, made when it does not exist."""
    name = f"fleetops-{sandbox_id(state_dir)}"
    existing = find_network(engine, name)
    if existing:
        return existing
    subnet = free_subnet([*routes(ROUTES.read_text()), *engine_subnets(engine)])
    gateway = str(subnet[1])
    engine.run("network", "create", "--subnet", str(subnet), "--gateway", gateway, "--label", f"{LABEL}={sandbox_id(state_dir)}", name)
    return Network(name, str(subnet), gateway)


def find_network(engine: Engine, name: str) -> Network | None:
    """Return the network of that name, or None."""
    done = engine.run("network", "inspect", name, check=False)
    if done.returncode:
        return None
    subnets = list(_subnets(json.loads(done.stdout)[0]))
    if not subnets:
        raise EngineError(f"network {name} has no IPv4 subnet: remove it with `{engine.name} network rm {name}`")
    return Network(name, *subnets[0])


def free_subnet(taken: Iterable[ipaddress.IPv4Network]) -> ipaddress.IPv4Network:
    """Return a /24 of 10.89.0.0/16 that overlaps nothing taken, 10.89.77.0/24 when it can."""
    blocks = list(taken)
    for candidate in (PREFERRED, *RANGE.subnets(new_prefix=24)):
        if not any(candidate.overlaps(block) for block in blocks):
            return candidate
    raise EngineError(f"no free /24 in {RANGE}: remove container networks that are not used")


def routes(table: str) -> list[ipaddress.IPv4Network]:
    """Parse /proc/net/route into networks; the default route is left out. Addresses there are little-endian hex."""
    found = []
    for line in table.splitlines()[1:]:
        destination, mask = (int.from_bytes(bytes.fromhex(word), "little") for word in (line.split()[1], line.split()[7]))
        if mask:
            found.append(ipaddress.IPv4Network((destination & mask, mask.bit_count())))
    return found


def engine_subnets(engine: Engine) -> list[ipaddress.IPv4Network]:
    """Return the IPv4 subnets of every network that the engine has."""
    names = engine.text("network", "ls", "--format", "{{.Name}}").split()
    if not names:
        return []
    found = json.loads(engine.text("network", "inspect", *names))
    return [ipaddress.IPv4Network(subnet) for network in found for subnet, _gateway in _subnets(network)]


def _subnets(inspected: dict) -> Iterable[tuple[str, str]]:
    """Yield (subnet, gateway) of podman's or docker's answer."""
    rows = inspected.get("subnets") or (inspected.get("IPAM") or {}).get("Config") or []
    for row in rows:
        subnet, gateway = row.get("subnet") or row.get("Subnet"), row.get("gateway") or row.get("Gateway") or ""
        if subnet and ":" not in subnet:
            yield subnet, gateway or str(ipaddress.IPv4Network(subnet)[1])
