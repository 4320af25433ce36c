"""The sandbox's parts and their order, and the jobs among them: `python -m sandbox.fleet JOB STATE_DIRECTORY`.

    network ──┬── kubernetes, aws, foundation
              └── images, artifacts ── hosts

A job prints `result {json}`, which the supervisor merges into state.json. Without hosts, the network and the second line are left out;
where no container engine works, `network` says so in one line and what needs a network is passed over. Hosts start beside the servers: all
they need of them is the port.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from sandbox import foundation, launch
from sandbox import state as statedir
from sandbox.plan import Part, Plan, base_environment, proxy_exceptions
from sandbox.state import SandboxError, State, write_private

IMAGE_SECONDS = 1800.0
HOSTS_SECONDS = 300.0
SERVER_SECONDS = 120.0
POLL_SECONDS = 0.05
HOSTS = ("edge-a1", "edge-a2")
KUBERNETES = ("embedded", "real")
ASKED_NOT_TO = "not asked for (--no-hosts); `down`, then `up` without it, starts them"
TOKEN_FILE = "control-token"


@dataclass(frozen=True)
class Options:
    """What `up` was asked for. `delay` in seconds; port 0 is any free one; no hosts means none are started."""

    hosts: tuple[str, ...] = HOSTS
    delay: float = 0.5
    aws_port: int = 0
    kubernetes_port: int = 0
    kubernetes: str = "embedded"


def plan(directory: Path, options: Options) -> Plan:
    """Return the parts of a sandbox with these options; writes the keys, the token and the CA that they begin with."""
    from sandbox import tls  # cryptography takes a fifth of a second, which `status` can do without

    tls.ensure(directory)
    accounts, token = foundation.write_profiles(directory), secrets.token_urlsafe(32)
    write_private(directory / TOKEN_FILE, token)
    hosts = host_parts(directory) if options.hosts else ()
    facts = {
        "options": asdict(options),
        "control_token": token,
        "network": None,
        "artifacts": None,
        "hosts": {},
        "hosts_left_out": None if options.hosts else ASKED_NOT_TO,
    }
    ports = {"aws": options.aws_port, "kubernetes": options.kubernetes_port}
    cleanup = _job("remove", directory) if options.hosts else ()
    return Plan((*hosts, *server_parts(directory, accounts, options)), facts, ports, cleanup)


def prepare(options: Options, say: Callable[[str], None]) -> None:
    """Make what `up` needs and cannot have in seconds: the programs of real API servers, which are built once for each user."""
    if options.kubernetes == "real":
        from sandbox.real import programs

        for name in ("kube-apiserver", "etcd"):
            programs.ensure(name, say)


def server_parts(directory: Path, accounts: Path, options: Options) -> tuple[Part, ...]:
    """Return the parts every sandbox has."""
    ca, token = str(directory / "ca.crt"), ("--control-token-file", str(directory / TOKEN_FILE))
    after_network = ("network",) if options.hosts else ()
    listen = ("--listen", "127.0.0.1")
    gateway = ("--listen", "{network.gateway}")
    aws = _sandbox("aws", "--port", "{ports.aws}", "--delay", f"{options.delay:g}", "--accounts", str(accounts), *token, *listen)
    kubernetes = _sandbox(
        "kubernetes" if options.kubernetes == "embedded" else "kubernetes-real", "--state", str(directory), "--port", "{ports.kubernetes}", *token, *listen
    )
    peers = ("--kubernetes", "https://127.0.0.1:{ports.kubernetes}", "--kubernetes-ca", ca)
    return (
        Part("kubernetes", (*kubernetes, "--aws", "http://127.0.0.1:{ports.aws}", gateway), after_network, facts=(("ca", ca),), seconds=SERVER_SECONDS),
        Part("aws", (*aws, *peers, gateway), after_network, seconds=SERVER_SECONDS),
        Part("foundation", _job("foundation", directory), after_network, job=True, seconds=SERVER_SECONDS),
    )


def host_parts(directory: Path) -> tuple[Part, ...]:
    """Return the parts that a sandbox with hosts has besides. Their jobs are not marked: containers and the engine's helpers live on."""
    tree = (sys.executable, "-m", "sandbox.hosts.artifacts", "--dir", str(directory / "artifacts"), "--listen", "{network.gateway}")
    needs = ("images", "artifacts")
    return (
        Part("network", _job("network", directory), job=True, seconds=IMAGE_SECONDS, marked=False),
        Part("images", _job("images", directory), needs=("network",), only_if="network", job=True, seconds=IMAGE_SECONDS, marked=False),
        Part("artifacts", tree, needs=("network",), only_if="network"),
        Part("hosts", _job("hosts", directory), needs=needs, only_if="network", job=True, seconds=HOSTS_SECONDS, marked=False),
    )


def _sandbox(*words: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "sandbox", *words)


def _job(name: str, directory: Path) -> tuple[str, ...]:
    return (sys.executable, "-m", "sandbox.fleet", name, str(directory))


# The jobs. Each imports what it needs itself: an engine's code has no place in a process that makes VPCs.


def choose_network(directory: Path) -> State:
    """Find a container engine, installing one where that is possible, and make the hosts' network; say in one line why there is none."""
    from sandbox import hosts
    from sandbox.hosts.engine import ensure_engine

    try:
        ensure_engine(directory, say=say)
        return {"network": asdict(hosts.network(directory))}
    except hosts.NoEngine as error:
        return left_out(error)


def make_images(directory: Path) -> State:
    """Make the hosts' image; takes minutes the first time."""
    from sandbox import hosts

    try:
        hosts.prepare(directory, say=say)
    except hosts.NoEngine as error:
        return left_out(error)
    return {}


def left_out(error: Exception) -> State:
    """Return the state of a sandbox whose hosts cannot be had; without a network, no later part waits for them."""
    return {"network": None, "hosts_left_out": str(error)}


def seed_foundation(directory: Path) -> State:
    """Make the simulator strict about references, then seed what a platform team already has.

    Starts with the servers: boto3 and its models take a second, which goes by while those start.
    """
    url = f"http://127.0.0.1:{statedir.read(directory)['ports']['aws']}"
    clients = foundation.open_clients(directory, url)
    while "aws" not in statedir.read(directory):
        time.sleep(POLL_SECONDS)
    launch.call("PUT", f"{url}/_sandbox/settings", body={"strict_references": True})
    return {"foundation": foundation.seed(clients)}


def start_hosts(directory: Path) -> State:
    """Start the hosts that the options name; return when each answers on ssh."""
    from sandbox import hosts

    state = statedir.read(directory)
    artifacts_port = int(state["artifacts"]["url"].rpartition(":")[2])
    found = hosts.start(directory, state["options"]["hosts"], aws_port=state["ports"]["aws"], artifacts_port=artifacts_port)
    return {"hosts": {name: asdict(host) for name, host in found.items()}}


def remove_hosts(directory: Path) -> State:
    """Remove containers and their network."""
    from sandbox import hosts

    hosts.stop(directory)
    return {"hosts": {}, "network": None}


def remake_hosts(directory: Path) -> State:
    """Make the hosts anew on the network they have: the servers listen on its gateway."""
    from sandbox.hosts.containers import container_ids
    from sandbox.hosts.engine import find_engine

    engine = find_engine(directory)
    engine.run("rm", "-f", "-v", *container_ids(engine, directory))
    return start_hosts(directory)


JOBS: dict[str, Callable[[Path], State]] = {
    "network": choose_network,
    "images": make_images,
    "foundation": seed_foundation,
    "hosts": start_hosts,
    "remake": remake_hosts,
    "remove": remove_hosts,
}


def say(text: str) -> None:
    """Write a line to the job's log."""
    print(text, flush=True)


def run_job(name: str, directory: Path) -> State:
    """Run one job in a process of its own, as the supervisor does, and return its result; raise SandboxError with its last words."""
    env = {**base_environment(), **proxy_exceptions(statedir.read(directory))}
    done = subprocess.run(_job(name, directory), cwd=statedir.ROOT, env=env, capture_output=True, text=True, check=False)
    results = [line.removeprefix("result ") for line in done.stdout.splitlines() if line.startswith("result ")]
    if done.returncode or not results:
        raise SandboxError(f"Could not run the job {name}: {(done.stderr or done.stdout).strip().rpartition(chr(10))[2]}")
    found: State = json.loads(results[0])
    return found


def reset(directory: Path, state: State) -> State:
    """Empty the simulated AWS and Kubernetes, seed the foundation again, make the hosts anew; return what changed in the state."""
    kubernetes = state["kubernetes"]
    launch.call("POST", f"{state['aws']['url']}/_sandbox/reset")
    launch.call("POST", f"{kubernetes['url']}/_sandbox/reset", ca=kubernetes["ca"], token=state["control_token"])
    return {**run_job("foundation", directory), **(run_job("remake", directory) if state.get("hosts") else {})}


def main(argv: list[str]) -> int:
    """Run one job; what goes wrong is one line on standard error."""
    try:
        result = JOBS[argv[0]](Path(argv[1]))
    except (SandboxError, OSError, RuntimeError) as error:
        print(f"{type(error).__name__}: {error}" if isinstance(error, OSError) else error, file=sys.stderr)
        return 1
    print(f"result {json.dumps(result)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
