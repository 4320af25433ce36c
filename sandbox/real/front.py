"""`python -m sandbox kubernetes-real`: the control API of sandbox/kubernetes over real API servers, one for each simulated cluster.

It answers at its own port for the control calls and for the API servers' authorization webhook only. Each cluster has an address of its own.
"""

from __future__ import annotations

import argparse
import hmac
import json
import secrets
import ssl
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sandbox import tls
from sandbox.kubernetes.authn import User
from sandbox.kubernetes.authz import group_rules
from sandbox.kubernetes.control import PREFIX
from sandbox.kubernetes.errors import ApiError, PageNotFound, bad_request, unauthorized
from sandbox.kubernetes.exchange import Request, Response, Stream
from sandbox.kubernetes.http import Server
from sandbox.kubernetes.nodes import CHECK_SECONDS
from sandbox.kubernetes.rbac import Attempt, rule_allows
from sandbox.kubernetes.server import listen, on_signals, read_token
from sandbox.real.client import Refused
from sandbox.real.fleet import Entry, Fleet, Options
from sandbox.real.objects import objects
from sandbox.real.servers import ControlPlanes
from sandbox.state import SandboxError, write_private

Object = dict[str, Any]
LEFT_OUT = "a real API server keeps no request log and takes no faults: use the embedded Kubernetes API for that"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox kubernetes-real", description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0, help="port of the control API; 0 chooses one")
    parser.add_argument("--listen", action="append", default=[], metavar="ADDR", help="a further address of every server; may be repeated")
    parser.add_argument("--state", type=Path, required=True, help="directory of the CA, the certificate, etcd and the servers' files")
    parser.add_argument("--aws", metavar="URL", help="AWS endpoint that reviews EKS tokens")
    parser.add_argument("--control-token-file", type=Path, help="file that holds the control token; without it the control API admits nobody")
    parser.add_argument("--admin-token-file", type=Path, help="file that holds an admin token for every cluster")
    return parser


def main(argv: Sequence[str]) -> int:
    """Serve until SIGTERM or SIGINT; prints `ready https://127.0.0.1:PORT` when it listens. What goes wrong is one line on stderr."""
    options = _parser().parse_args(argv)
    try:
        return _serve(options)
    except SandboxError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _serve(options: argparse.Namespace) -> int:
    others = tuple(address for address in options.listen if address != "127.0.0.1")
    control = read_token(options.control_token_file) or secrets.token_urlsafe(32)
    with tempfile.TemporaryDirectory(prefix="real-", dir=options.state) as scratch:
        certificates = tls.ensure(options.state, others)
        authorizer = Path(scratch) / "authorizer.json"
        admin = read_token(options.admin_token_file) or secrets.token_urlsafe(32)
        fleet = Fleet(Options(options.state, others, options.aws, admin, authorizer), ControlPlanes(Path(scratch)))
        stopped = on_signals()
        with fleet.open():
            servers = _listen(options, certificates, Front(fleet, control))
            url = f"https://127.0.0.1:{servers[0].port}"
            write_private(authorizer, kubeconfig(f"{url}{PREFIX}authorize", certificates.ca, control))
            print(f"ready {url}", flush=True)
            while not stopped.wait(CHECK_SECONDS):
                fleet.check()
            for server in servers:
                server.shutdown()
    return 0


def _listen(options: argparse.Namespace, certificates: tls.Certificates, front: Front) -> list[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.cert, certificates.key)
    context.set_alpn_protocols(["http/1.1"])
    try:
        return listen([], options.port, context, front)
    except OSError as error:
        raise SandboxError(f"Port {options.port} cannot be used: {error.strerror}: end what listens there, or name another port") from error


def kubeconfig(url: str, ca: Path, token: str) -> str:
    """Return the kubeconfig by which an API server asks a webhook."""
    cluster = {"name": "webhook", "cluster": {"server": url, "certificate-authority": str(ca)}}
    context = {"name": "webhook", "context": {"cluster": "webhook", "user": "webhook"}}
    user = {"name": "webhook", "user": {"token": token}}
    return json.dumps({"apiVersion": "v1", "kind": "Config", "clusters": [cluster], "contexts": [context], "current-context": "webhook", "users": [user]})


class Front:
    """Answers control calls; see sandbox/README.md."""

    def __init__(self, fleet: Fleet, token: str) -> None:
        self._fleet = fleet
        self._token = token

    def record(self, status: int, milliseconds: float) -> None:
        """Keep no log: what is worth one happens at the API servers."""

    def loses_answer(self) -> bool:
        return False

    def answer(self, request: Request) -> Response | Stream:
        """Answer a request. Raises ApiError or PageNotFound."""
        if not request.path.startswith(PREFIX):
            raise ApiError(404, "NotFound", "no cluster is served here: each has an address of its own, which DescribeCluster tells", {})
        words = request.path.removeprefix(PREFIX).strip("/").split("/")
        if words == ["health"]:
            return Response(200, {"ok": True})
        sent = request.headers.get("authorization", "").partition(" ")[2]
        if not hmac.compare_digest(sent.encode(), self._token.encode()):
            raise unauthorized()
        return Response(200, self._control(request, words))

    def _control(self, request: Request, words: list[str]) -> Object:
        body = _json(request)
        if words[0] == "clusters" and len(words) in (4, 5):
            return self._cluster(request.method, "/".join(words[:4]), words[4:], body)
        if (request.method, words) == ("POST", ["authorize"]):
            return authorize(body)
        if (request.method, words) == ("POST", ["reset"]):
            self._fleet.reset()
            return {}
        if words in (["log"], ["faults"]):
            raise ApiError(501, "NotImplemented", LEFT_OUT, {})
        raise PageNotFound

    def _cluster(self, method: str, path: str, rest: list[str], body: Object) -> Object:
        if (method, rest) == ("PUT", []):
            return _shown(self._fleet.put(path, body.get("version") or "1.36"))
        if (method, rest) == ("DELETE", []):
            return {"deleted": self._fleet.drop(path)}
        entry = self._fleet.clusters.get(path)
        if entry is None:
            raise ApiError(404, "NotFound", f'cluster "{path}" not found', {"name": path, "kind": "clusters"})
        if (method, rest) == ("GET", []):
            return _shown(entry)
        if (method, rest) == ("POST", ["objects"]):
            return self._objects(path, body)
        raise PageNotFound

    def _objects(self, path: str, body: Object) -> Object:
        running = self._fleet.running(path)
        assert running is not None
        try:
            return objects(running.client, body)
        except Refused as refused:
            raise ApiError(refused.code, refused.status.get("reason", ""), refused.status.get("message", ""), refused.status.get("details")) from refused


def _json(request: Request) -> Any:
    try:
        return json.loads(request.body or b"{}")
    except ValueError as error:
        raise bad_request(f"the body is not JSON: {error}") from error


def _shown(entry: Entry) -> Object:
    """Return a cluster; `port` is null until its server answers, `why` is what kept it from that."""
    start = entry.starting
    shown: Object = {"path": entry.path, "version": entry.version, "port": None, "why": None}
    if start is None or not start.done():
        return shown
    error = start.exception()
    return {**shown, "why": str(error)} if error else {**shown, "port": start.result().server.port}


def authorize(review: Object) -> Object:
    """Answer a SubjectAccessReview by the EKS access policies among the user's groups. Without an opinion where they grant nothing: RBAC was asked before."""
    spec = review.get("spec") or {}
    user = User(spec.get("user", ""), tuple(spec.get("groups") or ()))
    attempt = _attempt(spec)
    allowed = any(rule_allows(rule, attempt) for rule in group_rules(user, attempt.namespace, nodes=False))
    return {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "metadata": {}, "spec": spec, "status": {"allowed": allowed}}


def _attempt(spec: Object) -> Attempt:
    asked = spec.get("resourceAttributes")
    if asked is None:
        other = spec.get("nonResourceAttributes") or {}
        return Attempt(other.get("verb", ""), path=other.get("path", ""))
    names = ("verb", "group", "resource", "subresource", "namespace", "name")
    return Attempt(**{name: asked.get(name, "") for name in names})
