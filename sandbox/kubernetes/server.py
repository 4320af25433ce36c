"""`python -m sandbox kubernetes`: the Kubernetes API of every simulated cluster, in the foreground."""

from __future__ import annotations

import argparse
import base64
import os
import secrets
import signal
import ssl
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import yaml

from sandbox import tls
from sandbox.kubernetes import nodes
from sandbox.kubernetes.authn import ADMIN, SYSTEM, Authenticator
from sandbox.kubernetes.cluster import World
from sandbox.kubernetes.fleet import Fleet
from sandbox.kubernetes.http import Answers, Server
from sandbox.kubernetes.service import Service
from sandbox.kubernetes.tokens import Signer
from sandbox.kubernetes.types import builtin_types

DEFAULT_VERSION = "1.36"
LOOPBACK = "127.0.0.1"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox kubernetes", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 chooses one")
    parser.add_argument("--kubeconfig", type=Path, help="serve one cluster named sandbox at the root path and write an admin kubeconfig for it here")
    parser.add_argument("--kubernetes-version", default=DEFAULT_VERSION, help="version of the cluster at the root path, like 1.36")
    parser.add_argument("--listen", action="append", default=[], metavar="ADDR", help="a further address to listen on; may be repeated")
    parser.add_argument("--state", type=Path, help="directory of the CA and the certificate; a temporary one without it")
    parser.add_argument("--aws", metavar="URL", help="AWS endpoint that reviews EKS tokens")
    parser.add_argument("--control-token-file", type=Path, help="file that holds the control token; without it the control API admits nobody")
    parser.add_argument("--admin-token-file", type=Path, help="file that holds an admin token for every cluster")
    parser.add_argument("--without-controllers", action="store_true", help="an API server alone: nothing acts on what is written")
    return parser


def main(argv: Sequence[str]) -> int:
    """Serve until SIGTERM or SIGINT; prints `ready https://127.0.0.1:PORT` when it listens."""
    options = _parser().parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="sandbox-kubernetes-") as spare:
        certificates = tls.ensure(options.state or Path(spare), options.listen)
        admin = read_token(options.admin_token_file) or secrets.token_urlsafe(32)
        service = _service(options, certificates, admin)
        stopped = on_signals()
        servers = _serve(options, certificates, service)
        url = f"https://{LOOPBACK}:{servers[0].port}"
        if options.kubeconfig:
            service.fleet.put("", options.kubernetes_version)
            write_kubeconfig(options.kubeconfig, url, certificates.ca, admin)
        print(f"ready {url}", flush=True)
        _run(service.fleet, stopped)
        for server in servers:
            server.shutdown()
    return 0


def read_token(path: Path | None) -> str:
    return path.read_text(encoding="utf-8").strip() if path else ""


def _service(options: argparse.Namespace, certificates: tls.Certificates, admin: str) -> Service:
    builtin_types()
    world = World(time.time, certificates.ca.read_text(encoding="utf-8"), Signer.new(), controllers=not options.without_controllers)
    control = read_token(options.control_token_file) or secrets.token_urlsafe(32)
    authenticator = Authenticator({admin: ADMIN, control: SYSTEM}, options.aws, time.time)
    return Service(Fleet(world), authenticator, control)


def _serve(options: argparse.Namespace, certificates: tls.Certificates, service: Service) -> list[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificates.cert, certificates.key)
    context.set_alpn_protocols(["http/1.1"])
    return listen(options.listen, options.port, context, service)


def listen(addresses: Sequence[str], port: int, context: ssl.SSLContext, service: Answers) -> list[Server]:
    """Serve on loopback and on further addresses, all on one port."""
    first = Server(LOOPBACK, port, context, service)
    servers = [first, *(Server(address, first.port, context, service) for address in addresses if address != LOOPBACK)]
    for server in servers:
        server.serve_in_thread()
    return servers


def on_signals() -> threading.Event:
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    return stopped


def _run(fleet: Fleet, stopped: threading.Event) -> None:
    """Look after the nodes' heartbeats until stopped."""
    while not stopped.wait(nodes.CHECK_SECONDS):
        for cluster in fleet.all():
            nodes.check(cluster)


def write_kubeconfig(path: Path, url: str, ca: Path, token: str) -> None:
    """Write an admin kubeconfig that only its owner reads."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "sandbox", "cluster": {"server": url, "certificate-authority-data": base64.b64encode(ca.read_bytes()).decode()}}],
        "users": [{"name": "sandbox", "user": {"token": token}}],
        "contexts": [{"name": "sandbox", "context": {"cluster": "sandbox", "user": "sandbox"}}],
        "current-context": "sandbox",
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        yaml.safe_dump(config, file, sort_keys=False)
