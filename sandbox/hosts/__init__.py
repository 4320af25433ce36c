"""Hybrid hosts of the sandbox: on-premises machines as systemd containers, and the artifacts they install.

The supervisor's view, in the order it is used: `prepare`, `network`, `artifacts_tree`, `start`, `stop`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from sandbox.hosts.artifacts import artifacts_tree
from sandbox.hosts.containers import Host, ensure_hosts, find_hosts, remove_all
from sandbox.hosts.engine import EngineError, NoEngine, ensure_engine, find_engine
from sandbox.hosts.image import ensure_image
from sandbox.hosts.network import Network, ensure_network

__all__ = ["EngineError", "Host", "Network", "NoEngine", "artifacts_tree", "find", "network", "prepare", "start", "stop"]


def prepare(state_dir: Path | None = None, *, release: str = "bookworm", install: bool = True, say: Callable[[str], None] = lambda _text: None) -> str:
    """Make sure that an engine works and the image exists; return the image's name. Raise NoEngine, one line with the remedy, when that can't be had."""
    return ensure_image(ensure_engine(state_dir, install=install, say=say), release, say=say)


def network(state_dir: Path) -> Network:
    """Return the sandbox's network, made when it does not exist. Its bridge comes up with the first host."""
    return ensure_network(find_engine(state_dir), state_dir)


def start(
    state_dir: Path,
    names: Sequence[str],
    *,
    aws_port: int,
    artifacts_port: int | None = None,
    release: str = "bookworm",
    environment: dict[str, str] | None = None,
) -> dict[str, Host]:
    """Start the hosts and return name → Host when each answers on ssh. Hosts that run already stay as they are.

    `aws_port` and `artifacts_port` are the simulator's and the artifact server's ports on the network's gateway; `environment` is added to the hosts' own.
    """
    engine = find_engine(state_dir)
    net = ensure_network(engine, state_dir)
    variables = {"AWS_ENDPOINT_URL": f"http://{net.gateway}:{aws_port}"}
    if artifacts_port is not None:
        variables["NODEADM_MANIFEST_URL"] = f"http://{net.gateway}:{artifacts_port}/manifest.yaml"
    variables.update(environment or {})
    return ensure_hosts(engine, state_dir, names, image=ensure_image(engine, release), network=net, environment=variables)


def find(state_dir: Path) -> dict[str, Host]:
    """Return the sandbox's hosts as the engine knows them; none when no engine works."""
    try:
        return find_hosts(find_engine(state_dir), state_dir)
    except NoEngine:
        return {}


def stop(state_dir: Path) -> None:
    """Remove the sandbox's containers and network, whether or not a state file still names them. Without an engine there is nothing to remove."""
    try:
        engine = find_engine(state_dir)
    except NoEngine:
        return
    remove_all(engine, state_dir)
