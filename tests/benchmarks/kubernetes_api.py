"""The embedded Kubernetes API against a real kube-apiserver with etcd, in one run: start to ready, memory per cluster, and the time of single requests.

Memory is the proportional set size (Pss): of the one process that serves all embedded clusters, of etcd and all API servers on the real side. Real
clusters are started until the wanted number runs or less than RESERVE_MIB would be left on the machine.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import ssl
import statistics
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
from sandbox.real.servers import ApiServer, ControlPlanes
from tests.benchmarks.main_job import pss, read

RESERVE_MIB = 3072
OBJECTS = 500
MAPS = "/api/v1/namespaces/default/configmaps"
APPLY = "application/apply-patch+yaml"


@dataclass(frozen=True)
class Api:
    """One cluster to be asked: where it is, and who its administrator is."""

    url: str
    ca: Path
    token: str

    @contextlib.contextmanager
    def connection(self) -> Iterator[Callable[..., http.client.HTTPResponse]]:
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
    parser.add_argument("--requests", type=int, default=300, help="requests of each sort (default: %(default)s)")
    args = parser.parse_args()
    for name, measure, most in (("embedded", embedded, args.embedded), ("real", real, args.real)):
        print(f"{name}:", flush=True)
        measure([count for count in (1, 5, 100, 1000) if count <= most], most, args.requests)


def embedded(counts: list[int], most: int, requests: int) -> None:
    began = time.monotonic()
    with embedded_testing.start() as running:
        running.put_cluster("111122223333/us-east-1/c0")
        print(f"  start to ready: {time.monotonic() - began:.2f} s", flush=True)
        pid = serving(running.ca.parent)
        for index in range(1, most):
            if index in counts:
                show_memory("embedded", index, pss(pid))
            running.put_cluster(f"111122223333/us-east-1/c{index}")
        show_memory("embedded", most, pss(pid))
        latencies(Api(running.endpoint("111122223333/us-east-1/c0"), running.ca, running.admin_token), requests)


def serving(state: Path) -> int:
    """Return the process whose state lies in a directory."""
    wanted = str(state).encode()
    return next(int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal() and wanted in read(entry / "cmdline").split(b"\0"))


def real(counts: list[int], most: int, requests: int) -> None:
    with tempfile.TemporaryDirectory(prefix="bench-real-") as directory:
        began = time.monotonic()
        with ControlPlanes(Path(directory)) as planes:
            servers = [planes.start("c0")]
            print(f"  start to ready: {time.monotonic() - began:.2f} s", flush=True)
            while len(servers) < most and available() > RESERVE_MIB:
                if len(servers) in counts:
                    show_real(planes, servers)
                servers.append(planes.start(f"c{len(servers)}"))
            show_real(planes, servers)
            if len(servers) < most:
                print(f"  {len(servers)} clusters fit: another would leave less than {RESERVE_MIB} MiB of memory", flush=True)
            for index in range(1, len(servers)):
                planes.end(f"c{index}")
            latencies(Api(servers[0].url, servers[0].ca, servers[0].admin_token), requests)


def available() -> float:
    line = next(line for line in read(Path("/proc/meminfo")).splitlines() if line.startswith(b"MemAvailable:"))
    return int(line.split()[1]) / 1024


def show_real(planes: ControlPlanes, servers: list[ApiServer]) -> None:
    assert planes.etcd is not None
    used = [pss(program.process.pid) for program in (planes.etcd.program, *(server.program for server in servers))]
    show_memory("real", len(servers), sum(used))


FIRST: dict[str, float] = {}


def show_memory(side: str, clusters: int, whole: float) -> None:
    """Print the whole, and what each cluster after the first takes of it."""
    first = FIRST.setdefault(side, whole)
    print(f"  memory of {clusters} clusters: {whole:.0f} MiB, {(whole - first) / max(1, clusters - 1):.2f} MiB for each after the first", flush=True)


def latencies(api: Api, requests: int) -> None:
    with api.connection() as ask:
        for index in range(OBJECTS):
            ask("POST", MAPS, config_map(f"bench-{index}", "0")).read()
        show("get", [timed(lambda i=i: ask("GET", f"{MAPS}/bench-{i % OBJECTS}").read()) for i in range(requests)])
        show("list of 500", [timed(lambda: ask("GET", f"{MAPS}?limit=500").read()) for _ in range(max(20, requests // 10))])
        place = f"{MAPS}/bench-{{}}?fieldManager=bench&force=true"
        bodies = [config_map(f"bench-{i % OBJECTS}", str(i + 1)) for i in range(requests)]
        show("server-side apply", [timed(lambda i=i, body=body: ask("PATCH", place.format(i % OBJECTS), body, APPLY).read()) for i, body in enumerate(bodies)])
        show("watch delivery", deliveries(api, ask, requests))


def config_map(name: str, value: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"value": value}}


def timed(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def deliveries(api: Api, ask: Callable[..., http.client.HTTPResponse], requests: int) -> list[float]:
    """Return the seconds from the sending of each write until a watch tells of it."""
    arrived: SimpleQueue[float] = SimpleQueue()
    version = json.loads(ask("GET", f"{MAPS}?limit=1").read())["metadata"]["resourceVersion"]

    def follow() -> None:
        with contextlib.suppress(OSError, ValueError), api.connection() as watch:
            answer = watch("GET", f"{MAPS}?watch=1&resourceVersion={version}&fieldSelector=metadata.name=bench-0&timeoutSeconds=600")
            for _ in range(requests):
                answer.readline()
                arrived.put(time.perf_counter())

    threading.Thread(target=follow, daemon=True).start()
    found = []
    for index in range(requests):
        began = time.perf_counter()
        ask("PATCH", f"{MAPS}/bench-0", {"data": {"value": f"w{index}"}}, "application/merge-patch+json").read()
        found.append(arrived.get(timeout=60) - began)
    return found


def show(what: str, seconds: list[float]) -> None:
    cuts = statistics.quantiles(seconds, n=100)
    print(f"  {what}: p50 {cuts[49] * 1000:.2f} ms, p99 {cuts[98] * 1000:.2f} ms", flush=True)


if __name__ == "__main__":
    main()
