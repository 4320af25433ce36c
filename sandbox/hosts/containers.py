"""The hosts themselves: systemd containers with an address, an ssh key and the simulator's endpoint in their environment."""

from __future__ import annotations

import hashlib
import io
import ipaddress
import json
import socket
import subprocess
import tarfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.hosts.engine import Engine, EngineError
from sandbox.hosts.network import LABEL, Network, sandbox_id

FIRST_ADDRESS = 11
SSH_DEADLINE = 60.0

# podman prepares cgroups and tmpfs for systemd by itself. Docker does not: its form follows systemd's container interface and is not exercised by our tests.
SYSTEMD = {
    "podman": ("--systemd=always",),
    "docker": ("--privileged", "--cgroupns=private", "--tmpfs=/run", "--tmpfs=/run/lock", "--tmpfs=/tmp"),
}


@dataclass(frozen=True)
class Host:
    """A machine of the sandbox: where ssh finds it and what the engine calls it."""

    address: str
    container: str


@dataclass(frozen=True)
class File:
    """A file to put into a host before it starts."""

    path: str
    data: bytes
    mode: int = 0o644
    owner: int = 0


def ensure_hosts(engine: Engine, state_dir: Path, names: Sequence[str], *, image: str, network: Network, environment: dict[str, str]) -> dict[str, Host]:
    """Create and start what is missing, leave what runs, wait until every host answers on ssh; return name → Host."""
    found = find_hosts(engine, state_dir)
    addresses = free_addresses(network, (host.address for host in found.values()))
    hosts = {name: found.get(name) or Host(next(addresses), f"fleetops-{sandbox_id(state_dir)}-{name}") for name in names}
    for name, host in hosts.items():
        if name not in found:
            _create(engine, state_dir, name, host, image, network)
            engine.run("cp", "--archive=false", "-", f"{host.container}:/", data=tarball(host_files(state_dir, name, environment)))
    if hosts:
        engine.run("start", *(host.container for host in hosts.values()))
    _write_known_hosts(state_dir, hosts)
    for name, host in hosts.items():
        wait_for_ssh(name, host.address)
    return hosts


def find_hosts(engine: Engine, state_dir: Path) -> dict[str, Host]:
    """Return the hosts of a sandbox by asking the engine, so that a lost state file loses nothing."""
    ids = container_ids(engine, state_dir)
    if not ids:
        return {}
    found = {}
    for row in json.loads(engine.text("inspect", *ids)):
        labels = row["Config"]["Labels"]
        found[labels[f"{LABEL}.host"]] = Host(labels[f"{LABEL}.address"], row["Name"].lstrip("/"))
    return found


def container_ids(engine: Engine, state_dir: Path) -> list[str]:
    """Return the ids of all containers that carry the sandbox's label."""
    return engine.text("ps", "-a", "-q", "--filter", f"label={LABEL}={sandbox_id(state_dir)}").split()


def remove_all(engine: Engine, state_dir: Path) -> None:
    """Remove the sandbox's containers and networks; what is not there is no error."""
    ids = container_ids(engine, state_dir)
    if ids:
        engine.run("rm", "-f", "-v", *ids)
    networks = engine.text("network", "ls", "-q", "--filter", f"label={LABEL}={sandbox_id(state_dir)}").split()
    for network in networks:
        engine.run("network", "rm", network)


def free_addresses(network: Network, taken: Iterable[str]) -> Iterator[str]:
    """Yield the network's addresses from .11 up that no host has."""
    used = set(taken)
    hosts = [str(address) for address in ipaddress.IPv4Network(network.subnet).hosts()]
    return iter([address for address in hosts[FIRST_ADDRESS - 1 :] if address not in used])


def host_files(state_dir: Path, name: str, environment: dict[str, str]) -> list[File]:
    """Return what makes a container this host: machine id, ssh keys, and the environment for logins (pam_env) and for services (systemd)."""
    keys = state_dir / "hosts"
    public = ssh_key(keys / "id_ed25519")
    host_key = keys / f"host_{name}"
    ssh_key(host_key)
    lines = [f"{key}={value}" for key, value in sorted(environment.items())]
    services = "[Manager]\n" + "".join(f'DefaultEnvironment="{line}"\n' for line in lines)
    machine_id = hashlib.sha256(f"{sandbox_id(state_dir)}/{name}".encode()).hexdigest()[:32]
    return [
        File("etc/machine-id", f"{machine_id}\n".encode(), 0o444),
        File("etc/environment", "".join(f"{line}\n" for line in lines).encode()),
        File("etc/systemd/system.conf.d/sandbox.conf", services.encode()),
        File("etc/ssh/ssh_host_ed25519_key", host_key.read_bytes(), 0o600),
        File("etc/ssh/ssh_host_ed25519_key.pub", host_key.with_suffix(".pub").read_bytes()),
        File("root/.ssh/authorized_keys", public, 0o600),
        File("home/admin/.ssh/authorized_keys", public, 0o600, owner=1000),
    ]


def ssh_key(path: Path) -> bytes:
    """Return the public half of the key pair at path, made when it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "fleetops-sandbox", "-f", str(path)], check=True, capture_output=True)
    return path.with_suffix(".pub").read_bytes()


def tarball(files: Iterable[File]) -> bytes:
    """Return the files as an uncompressed tar, folders included where the image may lack them."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for file in files:
            parent = file.path.rpartition("/")[0]
            if parent.endswith((".ssh", ".conf.d")):
                tar.addfile(_entry(parent, 0o700 if parent.endswith(".ssh") else 0o755, file.owner, tarfile.DIRTYPE))
            entry = _entry(file.path, file.mode, file.owner, tarfile.REGTYPE)
            entry.size = len(file.data)
            tar.addfile(entry, io.BytesIO(file.data))
    return buffer.getvalue()


def wait_for_ssh(name: str, address: str, *, deadline: float = SSH_DEADLINE) -> None:
    """Return when sshd greets; raise EngineError after the deadline (seconds)."""
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        try:
            with socket.create_connection((address, 22), timeout=2) as connection:
                if connection.recv(4) == b"SSH-":
                    return
        except OSError:
            time.sleep(0.2)
    raise EngineError(f"host {name} at {address} does not answer on ssh after {deadline:.0f} s: look at its journal with the engine's `exec`")


def _create(engine: Engine, state_dir: Path, name: str, host: Host, image: str, network: Network) -> None:
    labels = {LABEL: sandbox_id(state_dir), f"{LABEL}.host": name, f"{LABEL}.address": host.address}
    flags = [f"--label={key}={value}" for key, value in labels.items()]
    place = ("--name", host.container, "--hostname", name, "--network", network.name, "--ip", host.address, "--network-alias", name)
    engine.run("create", *place, *flags, *SYSTEMD[engine.name], image, "/sbin/init")


def _entry(path: str, mode: int, owner: int, kind: bytes) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(path)
    entry.mode, entry.uid, entry.gid, entry.type, entry.mtime = mode, owner, owner, kind, int(time.time())
    return entry


def _write_known_hosts(state_dir: Path, hosts: dict[str, Host]) -> None:
    """Write the hosts' public keys so that ssh can check whom it talks to."""
    rows = [f"{name},{host.address} {(state_dir / 'hosts' / f'host_{name}.pub').read_text().rsplit(' ', 1)[0]}\n" for name, host in hosts.items()]
    (state_dir / "hosts" / "known_hosts").write_text("".join(rows))
