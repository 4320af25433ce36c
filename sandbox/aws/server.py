"""`python -m sandbox aws`: the simulated AWS in the foreground."""

from __future__ import annotations

import argparse
import gc
import json
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from sandbox.aws.http import Server
from sandbox.aws.kubernetes import Kubernetes
from sandbox.aws.settings import Settings
from sandbox.aws.world import World
from sandbox.aws.wsgi import Application

TICK = 0.1


def main(argv: Sequence[str]) -> int:
    """Serve until SIGTERM or SIGINT; one line on stdout says when it answers."""
    options = _parser().parse_args(argv)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        servers = serve(new_world(options), options.listen or ["127.0.0.1"], options.port)
    except OSError as error:
        print(f"cannot listen on port {options.port}: {error}", file=sys.stderr)
        return 1
    print(f"ready http://{options.listen[0] if options.listen else '127.0.0.1'}:{servers[0].server_address[1]}", flush=True)
    gc.freeze()  # what was loaded by now lives as long as the process: the collector need not look at it again
    stop.wait()
    for server in servers:
        server.shutdown()
        server.server_close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sandbox aws", description="A simulated AWS: moto's server with EKS and SSM of the sandbox's own.")
    parser.add_argument("--port", type=int, default=0, help="0 chooses a free one")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds that a resource stays CREATING, UPDATING or DELETING")
    parser.add_argument("--listen", action="append", metavar="ADDR", help="may be repeated; default 127.0.0.1")
    parser.add_argument("--kubernetes", metavar="URL", help="the Kubernetes API that stands behind the clusters")
    parser.add_argument("--kubernetes-ca", type=Path, metavar="FILE")
    parser.add_argument("--control-token-file", type=Path, metavar="FILE")
    parser.add_argument("--accounts", type=Path, metavar="FILE", help="JSON: access key to account id")
    return parser


def new_world(options: argparse.Namespace) -> World:
    """Return the world that the command line asks for."""
    kubernetes = None
    if options.kubernetes:
        if not (options.kubernetes_ca and options.control_token_file):
            raise SystemExit("--kubernetes needs --kubernetes-ca and --control-token-file")
        kubernetes = Kubernetes(options.kubernetes, options.kubernetes_ca, options.control_token_file.read_text().strip())
    accounts = json.loads(options.accounts.read_text()) if options.accounts else {}
    return World(Settings(delay=options.delay), accounts, kubernetes)


def serve(world: World, addresses: Sequence[str], port: int) -> list[Server]:
    """Listen on every address, on the same port, in threads; OSError when one cannot be bound."""
    application, servers = Application(world), list[Server]()
    for address in addresses:
        servers.append(Server(address, servers[0].server_address[1] if servers else port, application))
    for server in servers:
        world.addresses.add((str(server.server_address[0]), int(server.server_address[1])))
        threading.Thread(target=server.serve_forever, args=(TICK,), daemon=True).start()
    if world.kubernetes is not None:
        threading.Thread(target=_tick, args=(world,), daemon=True).start()
    return servers


def _tick(world: World) -> None:
    """Let transitions happen on time even when nobody looks."""
    pause = threading.Event()
    while not pause.wait(TICK):
        with world.lock:
            world.schedule.run_due()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
