"""Stand-ins for the parts of a sandbox and for the command that starts one, to try the supervisor on programs that start at once.

python tests/integration/sandbox/stand_in.py up DIRECTORY [PLAN]      what `python -m sandbox up` does, with a plan of this file
python tests/integration/sandbox/stand_in.py server|orphan|job|...    a part
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from sandbox import launch
from sandbox.plan import Part, Plan


def part(name: str, kind: str, *words: str, needs: tuple[str, ...] = (), job: bool = False, seconds: float = 600) -> Part:
    """A part that, unless told otherwise, is not given up before the test is: a busy machine makes a sandbox of ten seconds end by itself."""
    return Part(name, (sys.executable, "-S", "-E", __file__, kind, *words), needs=needs, job=job, seconds=seconds)


def plans() -> dict[str, Plan]:
    """Every way a sandbox may go, by name."""
    servers = (part("aws", "server", "{ports.aws}"), part("kubernetes", "server", "{ports.kubernetes}"))
    seed = part("foundation", "job", "{aws.url}", needs=("aws", "kubernetes"), job=True)
    note_cleanup = (sys.executable, "-c", "import os; open(os.environ['CLEANED'], 'a').write('x')")
    return {
        "servers": plan(*servers, seed),
        "stubborn": plan(part("aws", "stubborn"), grace=0.3),
        "orphan": plan(part("aws", "orphan")),
        "slow": plan(servers[0], part("hosts", "sleep", job=True), part("foundation", "orphan")),
        "dies-at-start": plan(*servers, part("foundation", "fail", needs=("aws",), job=True)),
        "silent": plan(part("aws", "sleep", seconds=0.3)),
        "left-out": plan(servers[0], Part("hosts", ("/nonexistent",), only_if="network")),
        "missing-program": plan(Part("aws", ("/nonexistent",))),
        "missing-need": plan(part("aws", "sleep", needs=("nothing",))),
        "cleanup": plan(servers[0], cleanup=note_cleanup),
    }


def plan(*parts: Part, **rest: Any) -> Plan:
    """A plan without hosts: `down` has no container engine to ask."""
    return Plan(parts, facts={"options": {"hosts": []}}, ports={"aws": 0, "kubernetes": 0}, **rest)


def up(directory: str, name: str = "servers") -> None:
    """Start a stand-in sandbox as `up` does."""
    path = Path(directory)
    with launch.claimed(path, print):
        launch.start(path, plans()[name], lambda message: print(json.dumps(message), flush=True))
    print("up", flush=True)


def server(port: str) -> None:
    """Listen on the port while the supervisor still holds it reserved."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(port)))
    listener.listen()
    print(f"ready http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    while True:
        listener.accept()[0].close()


def job(url: str) -> None:
    """Give back what came in."""
    print(f"result {json.dumps({'foundation': {'seen': url}})}", flush=True)


def fail() -> None:
    """End badly."""
    sys.exit("no room left on the simulated device")


def stubborn() -> None:
    """Do not hear SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("ready http://stubborn", flush=True)
    time.sleep(600)


def orphan() -> None:
    """Leave a grandchild behind in a session of its own."""
    subprocess.Popen([sys.executable, "-S", "-E", __file__, "sleep"], start_new_session=True)
    print("ready http://orphan", flush=True)
    time.sleep(600)


def sleep() -> None:
    """Say nothing."""
    time.sleep(600)


KINDS: dict[str, Callable[..., None]] = {"up": up, "server": server, "job": job, "fail": fail, "stubborn": stubborn, "orphan": orphan, "sleep": sleep}

if __name__ == "__main__":
    os.umask(0o022)
    KINDS[sys.argv[1]](*sys.argv[2:])
