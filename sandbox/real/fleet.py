"""Real API servers of the simulated clusters: each started in the background, with its controllers, until it is dropped."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sandbox import tls
from sandbox.kubernetes.cluster import World
from sandbox.kubernetes.tokens import Signer
from sandbox.real.client import Client
from sandbox.real.forward import Forwarder
from sandbox.real.player import Player
from sandbox.real.servers import ApiServer, ControlPlanes, Settings

# Starting a server takes two to three seconds of one core; more at a time make each of them late.
STARTERS = 2


@dataclass(frozen=True)
class Options:
    """`listen`: further addresses. `aws`: the endpoint that reviews EKS tokens. `authorizer`: a kubeconfig of who knows the access policies."""

    state: Path
    listen: tuple[str, ...]
    aws: str | None
    admin_token: str
    authorizer: Path


@dataclass
class Running:
    """A cluster whose API server answers."""

    server: ApiServer
    client: Client
    player: Player
    forwarders: list[Forwarder]


@dataclass
class Entry:
    """A cluster from its first mention; `name` is that of its server, new for each life of the cluster."""

    path: str
    version: str
    name: str
    starting: Future[Running] | None = None


@dataclass
class Fleet:
    """The clusters by path. Servers are started by threads that live as long as the process, whose end ends them."""

    options: Options
    planes: ControlPlanes
    clusters: dict[str, Entry] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _starters: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(STARTERS))
    _lives: int = 0

    def put(self, path: str, version: str) -> Entry:
        """Begin to start a cluster, or note another version of one that is there."""
        with self._lock:
            entry = self.clusters.get(path)
            if entry is None:
                self._lives += 1
                entry = self.clusters[path] = Entry(path, version, f"{path}#{self._lives}")
                entry.starting = self._starters.submit(self._start, entry)
            entry.version = version
            return entry

    def _start(self, entry: Entry) -> Running:
        try:
            return self._started(entry)
        except Exception as error:
            print(f"{entry.path}: {error}", file=sys.stderr, flush=True)
            raise

    def _started(self, entry: Entry) -> Running:
        options = self.options
        issuer = f"https://kubernetes.default.svc/{entry.path}".rstrip("/")
        webhook = f"{options.aws.rstrip('/')}/_sandbox/{entry.path}/tokenreview" if options.aws else None
        settings = Settings(options.state, options.listen, webhook, authorizer=options.authorizer, admin_token=options.admin_token, issuer=issuer)
        server = self.planes.start(entry.name, settings)
        client = Client(server)
        player = Player(entry.path, entry.version, self._world(server), client)
        player.start()
        return Running(server, client, player, [Forwarder(address, server.port) for address in options.listen])

    def _world(self, server: ApiServer) -> World:
        key = load_pem_private_key(server.accounts_key.read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return World(time.time, server.ca.read_text(encoding="utf-8"), Signer(key, None))

    def running(self, path: str) -> Running | None:
        """Wait until a cluster's server answers; None for a cluster that there is not. Raises what kept it from starting."""
        entry = self.clusters.get(path)
        return entry.starting.result() if entry is not None and entry.starting is not None else None

    def answering(self) -> list[Running]:
        """Return the clusters whose servers answer by now."""
        starts = [entry.starting for entry in list(self.clusters.values()) if entry.starting is not None]
        return [start.result() for start in starts if start.done() and not start.cancelled() and start.exception() is None]

    def drop(self, path: str) -> bool:
        """End a cluster's server, after its start where that is under way; tells whether the cluster was there."""
        with self._lock:
            entry = self.clusters.pop(path, None)
        if entry is not None and entry.starting is not None and not entry.starting.cancel():
            entry.starting.add_done_callback(lambda start: self._end(entry, start))
        return entry is not None

    def _end(self, entry: Entry, start: Future[Running]) -> None:
        if start.exception() is None:
            running = start.result()
            running.player.stop()
            for forwarder in running.forwarders:
                forwarder.close()
        self.planes.end(entry.name)

    def reset(self) -> None:
        for path in list(self.clusters):
            self.drop(path)

    def check(self) -> None:
        """Let time pass for the controllers; raise SandboxError when a server has ended by itself."""
        if self.planes.etcd is not None:
            self.planes.etcd.program.check()
        for running in self.answering():
            running.player.tick()

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """Run the etcd that all share until the block ends; then end everything."""
        tls.ensure(self.options.state, self.options.listen)
        with self.planes:
            try:
                yield
            finally:
                self._starters.shutdown(wait=False, cancel_futures=True)
                for running in self.answering():
                    running.player.stop()
