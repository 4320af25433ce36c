"""The embedded Kubernetes API against a real kube-apiserver with etcd, in one run: start to ready, memory per cluster, and the time of single requests.

Both are asked in turns, so that what else goes on on the machine meets both. Memory is the proportional set size (Pss): of the one process that serves all
embedded clusters, of etcd and all API servers on the real side. Real clusters are started until the wanted number runs, less than RESERVE_MIB would be left
on the machine, or the time for that is over; the table says which.
With --write the table goes into docs/performance.md.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import itertools
import json
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any
from urllib.parse import urlsplit

from sandbox.kubernetes import testing as embedded_testing
from sandbox.real.servers import ControlPlanes
from tests.benchmarks.figures import Figures, describe_machine, table, write
from tests.benchmarks.main_job import pss, read

RESERVE_MIB = 2048
OBJECTS = 500
STARTS = 3
COUNTS = (1, 5, 100, 1000)
FIRST = "111122223333/us-east-1/c0"
WATCHED = "watched"
MAPS = "/api/v1/namespaces/default/configmaps"
APPLY = "application/apply-patch+yaml"
Ask = Callable[..., http.client.HTTPResponse]
Arrivals = SimpleQueue[float]


@dataclass(frozen=True)
class Api:
    """One cluster to be asked: where it is, and who its administrator is."""

    url: str
    ca: Path
    token: str

    @contextlib.contextmanager
    def connection(self) -> Iterator[Ask]:
        """Yield a function that makes requests on one connection."""
        place = urlsplit(self.url)
        found = http.client.HTTPSConnection(place.hostname or "", place.port, context=ssl.create_default_context(cafile=str(self.ca)))

        def ask(method: str, path: str, body: Any = None, kind: str = "application/json") -> http.client.HTTPResponse:
            headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
            found.request(method, place.path + path, None if body is None else json.dumps(body), headers)
            answer = found.getresponse()
            assert answer.status < 300, (method, path, answer.status, answer.read())
            return answer

        try:
            yield ask
        finally:
            found.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--embedded", type=int, default=1000, help="most embedded clusters (default: %(default)s)")
    parser.add_argument("--real", type=int, default=100, help="most real clusters (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=900, help="most time for starting real clusters (default: %(default)s)")
    parser.add_argument("--requests", type=int, default=300, help="requests of each sort (default: %(default)s)")
    parser.add_argument("--write", action="store_true", help="write the table into docs/performance.md")
    args = parser.parse_args()
    machine = describe_machine()
    sides = measure(args)
    report = [machine, "", *table(*sides)]
    print("\n".join(["", *report]))
    if args.write:
        write(report)


def measure(args: argparse.Namespace) -> tuple[Figures, Figures]:
    ours, theirs = Figures("embedded", wanted=args.embedded), Figures("real", wanted=args.real)
    for _ in range(STARTS - 1):
        with _embedded(ours):
            pass
        with _real(theirs):
            pass
    with _embedded(ours) as running, _real(theirs) as planes:
        grow(running, ours, args.embedded)
        theirs.limit = fill(planes, theirs, args.real, time.monotonic() + args.seconds)
        for name in [name for name in planes.servers if name != "c0"]:
            planes.end(name)
        server = planes.servers["c0"]
        apis = Api(running.endpoint(FIRST), running.ca, running.admin_token), Api(server.url, server.ca, server.admin_token)
        latencies((ours, theirs), apis, args.requests)
    return ours, theirs


def grow(running: embedded_testing.Running, figures: Figures, most: int) -> None:
    """Put clusters beside the first one."""
    pid = serving(running.ca.parent)
    for index in range(1, most):
        if index in COUNTS:
            figures.weighed(index, pss(pid))
        running.put_cluster(f"111122223333/us-east-1/c{index}")
    figures.weighed(most, pss(pid))


@contextlib.contextmanager
def _embedded(figures: Figures) -> Iterator[embedded_testing.Running]:
    """Run the embedded API with a first cluster."""
    began = time.monotonic()
    with embedded_testing.start() as running:
        running.put_cluster(FIRST)
        figures.started(time.monotonic() - began)
        yield running


def serving(state: Path) -> int:
    """Return the process whose state lies in a directory."""
    wanted = str(state).encode()
    return next(int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal() and wanted in read(entry / "cmdline").split(b"\0"))


@contextlib.contextmanager
def _real(figures: Figures) -> Iterator[ControlPlanes]:
    """Run an etcd with a first API server."""
    with tempfile.TemporaryDirectory(prefix="bench-real-") as directory:
        began = time.monotonic()
        with ControlPlanes(Path(directory)) as planes:
            planes.start("c0")
            figures.started(time.monotonic() - began)
            yield planes


def fill(planes: ControlPlanes, figures: Figures, most: int, deadline: float) -> str:
    """Start API servers beside the first one, as many as are wanted or fit; return why there are not more."""
    limit = ""
    while len(planes.servers) < most and not limit:
        if len(planes.servers) in COUNTS:
            weigh(planes, figures)
        if available() < RESERVE_MIB:
            limit = f"one more would leave less than {RESERVE_MIB} MiB of this machine's memory"
        elif time.monotonic() > deadline:
            limit = "starting more would take longer than this run may"
        else:
            planes.start(f"c{len(planes.servers)}")
    weigh(planes, figures)
    if limit:
        figures.say(f"{len(planes.servers)} clusters: {limit}")
    return limit


def available() -> float:
    line = next(line for line in read(Path("/proc/meminfo")).splitlines() if line.startswith(b"MemAvailable:"))
    return int(line.split()[1]) / 1024


def weigh(planes: ControlPlanes, figures: Figures) -> None:
    assert planes.etcd is not None
    programs = (planes.etcd.program, *(server.program for server in planes.servers.values()))
    figures.weighed(len(planes.servers), sum(pss(program.process.pid) for program in programs))


def latencies(sides: tuple[Figures, Figures], apis: tuple[Api, Api], requests: int) -> None:
    with apis[0].connection() as one, apis[1].connection() as other:
        for ask, index in itertools.product((one, other), range(OBJECTS)):
            ask("POST", MAPS, config_map(index, "0")).read()
        watches = follow(apis[0], one, requests), follow(apis[1], other, requests)
        asked = tuple(zip(sides, (one, other), watches, strict=True))
        for what, action, count in SORTS:
            found = [[action(ask, watch, index) for _, ask, watch in asked] for index in range(count or requests)]
            for figures, seconds in zip(sides, zip(*found, strict=True), strict=True):
                figures.timed(what, list(seconds))


def config_map(index: int, value: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"bench-{index % OBJECTS}"}, "data": {"value": value}}


def timed(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def get(ask: Ask, _: Arrivals, index: int) -> float:
    return timed(lambda: ask("GET", f"{MAPS}/bench-{index % OBJECTS}").read())


def list_all(ask: Ask, _: Arrivals, index: int) -> float:
    return timed(lambda: ask("GET", f"{MAPS}?limit=500").read())


def apply(ask: Ask, _: Arrivals, index: int) -> float:
    path, body = f"{MAPS}/bench-{index % OBJECTS}?fieldManager=bench&force=true", config_map(index, str(index + 1))
    return timed(lambda: ask("PATCH", path, body, APPLY).read())


def deliver(ask: Ask, arrivals: Arrivals, index: int) -> float:
    """Return the seconds from the sending of a write until a watch tells of it."""
    began = time.perf_counter()
    ask("PATCH", f"{MAPS}/{WATCHED}", {"data": {"value": f"w{index}"}}, "application/merge-patch+json").read()
    return arrivals.get(timeout=60) - began


# What is asked, how, and how many times; 0: as many times as the command says
SORTS: tuple[tuple[str, Callable[[Ask, Arrivals, int], float], int], ...] = (
    ("get", get, 0),
    ("list of 500", list_all, 40),
    ("server-side apply", apply, 0),
    ("watch delivery", deliver, 0),
)


def follow(api: Api, ask: Ask, events: int) -> Arrivals:
    """Watch an object of its own, and note when each event arrives."""
    arrivals: Arrivals = SimpleQueue()
    made = ask("POST", MAPS, {"metadata": {"name": WATCHED}}).read()
    version = json.loads(made)["metadata"]["resourceVersion"]

    def listen() -> None:
        with contextlib.suppress(OSError, ValueError), api.connection() as watch:
            answer = watch("GET", f"{MAPS}?watch=1&resourceVersion={version}&fieldSelector=metadata.name={WATCHED}&timeoutSeconds=600")
            for _ in range(events):
                answer.readline()
                arrivals.put(time.perf_counter())

    threading.Thread(target=listen, daemon=True).start()
    return arrivals


if __name__ == "__main__":
    main()
