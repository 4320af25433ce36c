"""The two doors to AWS that a pod of an EKS cluster has, on loopback, for programs that know nothing of a sandbox.

The Pod Identity agent gives a pod the role that its service account is associated with. STS is reached under its own name: the SDK inside
Argo CD 3.2 (aws-sdk-go v1) has no setting for another endpoint, so its proxy leads there, with a certificate of the sandbox.
"""

from __future__ import annotations

import base64
import http.client
import json
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sandbox import tls

AUDIENCE = "pods.eks.amazonaws.com"
CREDENTIALS_PATH = "/v1/credentials"
STS = re.compile(r"^sts(\.[a-z0-9-]+)?\.amazonaws\.com:443$")
SECONDS = 30.0


@dataclass(frozen=True)
class PodIdentity:
    """The associations of one cluster. `eks` and `sts` are clients of the cluster's account."""

    cluster: str
    eks: Any
    sts: Any

    def credentials(self, token: str) -> dict[str, str] | None:
        """Return credentials of the role of the service account whose token this is, or None without an association."""
        namespace, account = _subject(token)
        found = self.eks.list_pod_identity_associations(clusterName=self.cluster, namespace=namespace, serviceAccount=account)["associations"]
        if not found:
            return None
        association = self.eks.describe_pod_identity_association(clusterName=self.cluster, associationId=found[0]["associationId"])["association"]
        issued = self.sts.assume_role(RoleArn=association["roleArn"], RoleSessionName=f"eks-{self.cluster}-{account}"[:64])["Credentials"]
        keys = {"AccessKeyId": issued["AccessKeyId"], "SecretAccessKey": issued["SecretAccessKey"], "Token": issued["SessionToken"]}
        return {**keys, "AccountId": association["roleArn"].split(":")[4], "Expiration": issued["Expiration"].strftime("%Y-%m-%dT%H:%M:%SZ")}


def _subject(token: str) -> tuple[str, str]:
    """Return namespace and name of the service account that a token speaks for. Whether the token is true, the real agent asks EKS."""
    claims = token.split(".")[1]
    subject = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["sub"]
    _, _, namespace, account = subject.split(":")
    return namespace, account


class _Door(BaseHTTPRequestHandler):
    """Answers of one kind or the other; nothing of them is logged, for they carry secrets."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def _send(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _agent(identity: PodIdentity) -> type[_Door]:
    class Agent(_Door):
        def do_GET(self) -> None:
            found = identity.credentials(self.headers.get("Authorization", "")) if self.path == CREDENTIALS_PATH else None
            self._send(200 if found else 404, json.dumps(found or {"message": "no association"}).encode())

    return Agent


def _sts(url: str, certificates: tls.Certificates) -> type[_Door]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.cert, certificates.key)
    endpoint = urlsplit(url).netloc

    class Sts(_Door):
        """A proxy that leads to one host only: CONNECT, then TLS, then the requests to STS, passed on as they are."""

        def do_CONNECT(self) -> None:
            if not STS.match(self.path):
                self._send(403, b'{"message": "this proxy leads to STS only"}')
                return
            self.send_response(200, "Connection established")
            self.end_headers()
            self.connection = context.wrap_socket(self.connection, server_side=True)
            self.rfile = self.connection.makefile("rb", self.rbufsize)
            self.wfile = self.connection.makefile("wb", 0)
            self.close_connection = False

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            passed_on = http.client.HTTPConnection(endpoint, timeout=SECONDS)
            passed_on.request(self.command, self.path, body, dict(self.headers))
            answer = passed_on.getresponse()
            self._send(answer.status, answer.read(), answer.headers.get("Content-Type", "text/xml"))
            passed_on.close()

        do_GET = do_POST

    return Sts


@contextmanager
def _serving(handler: type[_Door]) -> Iterator[str]:
    """Serve on a free port of loopback; yield the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def doors(directory: Path, identity: PodIdentity, aws: str, region: str, token_file: Path) -> Iterator[dict[str, str]]:
    """Open both doors until the block ends; yield the environment that EKS gives to a pod, and the way to STS.

    directory: where certificates go. aws: URL of the simulated AWS. token_file: holds the pod's token, made for AUDIENCE.
    """
    certificates = tls.ensure(directory, ("sts.amazonaws.com", f"sts.{region}.amazonaws.com"))
    with _serving(_agent(identity)) as agent, _serving(_sts(aws, certificates)) as proxy:
        yield {
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_STS_REGIONAL_ENDPOINTS": "regional",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": agent + CREDENTIALS_PATH,
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(token_file),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CA_BUNDLE": str(certificates.ca),
            "HTTPS_PROXY": proxy,
        }
