"""A machine in a folder for the stand-in to work on: its files before and after a command, the services it talks to, the artifacts it downloads."""

from __future__ import annotations

import base64
import hashlib
import io
import ipaddress
import json
import os
import ssl
import subprocess
import sys
import tarfile
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sandbox.hosts.executables import executable

RECORDED = Path(__file__).parent / "recorded"
NODE_IP = "10.88.0.2"  # of the host that the recording was made on
INSTANCE = "mi-0123456789abcdef0"
AGENT_OPERATIONS = ("RegisterManagedInstance", "RequestManagedInstanceRoleToken", "UpdateInstanceInformation")
UNSEEN = ("/run/", "/srv/", "/root/nc.yaml", "/var/lib/amazon/ssm/Vault/", "/etc/iam/")
ANYWHERE = {
    "nodeName": "n1",
    "trustAnchorArn": "arn:aws:rolesanywhere:us-west-2:111122223333:trust-anchor/a",
    "profileArn": "arn:aws:rolesanywhere:us-west-2:111122223333:profile/a",
    "roleArn": "arn:aws:iam::111122223333:role/r",
    "awsConfigPath": "/etc/aws/hybrid/config",
    "certificatePath": "/etc/iam/pki/server.pem",
    "privateKeyPath": "/etc/iam/pki/server.key",
}


def rows(name: str) -> list[dict[str, Any]]:
    """Return the recorded rows of a file."""
    return [json.loads(line) for line in (RECORDED / name).read_text().splitlines()]


@dataclass
class World:
    """What the fakes answer, and what they were asked. Tests change it between commands."""

    endpoint: str = ""
    ca: str = ""
    version: str = "1.33"
    status: str = "ACTIVE"
    remote_networks: tuple[str, ...] = ("10.88.0.0/16",)
    entries: tuple[str, ...] = ("arn:aws:iam::111122223333:role/r",)
    sts_refuses: bool = False
    registration_error: tuple[str, str] | None = None
    deregistration_denied: bool = False
    listed: bool = True
    pods: tuple[str, ...] = ()
    unschedulable: bool = False
    calls: list[str] = field(default_factory=list)


class Refused(Exception):
    """An answer that is an error: status, code, message."""


class Fake(BaseHTTPRequestHandler):
    """AWS (EKS, STS, ECR, SSM), the Kubernetes API and the artifact server in one."""

    world: World
    artifacts: Path

    def do_GET(self) -> None:
        self._answer("GET", "")

    def do_POST(self) -> None:
        self._answer("POST", self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

    def log_message(self, *_args: Any) -> None:
        """Keep the test's output quiet."""

    def _answer(self, method: str, body: str) -> None:
        path = self.path.partition("?")[0]
        target = self.headers.get("X-Amz-Target", "")
        try:
            data = self._artifact(path) if path.startswith("/files/") else _encoded(self._route(method, path, target, body))
            status = 200
        except Refused as error:
            status, code, message = error.args
            data = json.dumps({"__type": code, "message": message}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _artifact(self, path: str) -> bytes:
        file = self.artifacts / path.removeprefix("/files/")
        if not file.exists():
            raise Refused(404, "NotFound", "")
        return file.read_bytes()

    def _route(self, method: str, path: str, target: str, body: str) -> Any:
        if path.startswith(("/api/", "/version")):
            return kubernetes(self.world, path)
        if not target.endswith(AGENT_OPERATIONS):
            self.world.calls.append(f"{method} {path}" + (f" {target}" if target else f"  {body}" if body else ""))
        operation = target.partition(".")[2] or ("GetCallerIdentity" if body else path.removeprefix("/clusters/prod"))
        return AWS[operation](self.world)


def _encoded(answer: Any) -> bytes:
    """Return an answer as bytes: STS's is XML, the others are JSON."""
    return answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()


def _identity(world: World) -> Any:
    if world.sts_refuses:
        raise Refused(403, "InvalidClientTokenId", "The security token included in the request is invalid.")
    arn = "arn:aws:sts::111122223333:assumed-role/r/n1"
    return f"<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>{arn}</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>"


def _cluster(world: World) -> Any:
    networks = {"remoteNetworkConfig": {"remoteNodeNetworks": [{"cidrs": list(world.remote_networks)}]}} if world.remote_networks else {}
    authority, cidr = {"data": base64.b64encode(world.ca.encode()).decode()}, {"serviceIpv4Cidr": "10.100.0.0/16"}
    base = {"name": "prod", "status": world.status, "version": world.version, "endpoint": world.endpoint}
    return {"cluster": {**base, "certificateAuthority": authority, "kubernetesNetworkConfig": cidr, **networks}}


def _register(world: World) -> Any:
    if world.registration_error:
        raise Refused(400, *world.registration_error)
    return {"InstanceId": INSTANCE}


def _deregister(world: World) -> Any:
    if world.deregistration_denied:
        raise Refused(400, "AccessDeniedException", "User is not authorized to perform: ssm:DeregisterManagedInstance")
    return {}


def _token(_world: World) -> Any:
    return {"AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "secret", "SessionToken": "token", "TokenExpirationDate": 4102444800}


AWS = {
    "": _cluster,
    "/access-entries": lambda world: {"accessEntries": list(world.entries)},
    "GetCallerIdentity": _identity,
    "GetAuthorizationToken": lambda _world: {"authorizationData": [{"authorizationToken": "QVdTOng="}]},
    "RegisterManagedInstance": _register,
    "RequestManagedInstanceRoleToken": _token,
    "UpdateInstanceInformation": lambda _world: {},
    "DescribeInstanceInformation": lambda world: {"InstanceInformationList": [{"InstanceId": INSTANCE}] if world.listed else []},
    "DeregisterManagedInstance": _deregister,
}


def kubernetes(world: World, path: str) -> Any:
    """Return the node, or the pods on it."""
    if path.startswith("/api/v1/nodes/"):
        return {"metadata": {"name": path.rpartition("/")[2]}, "spec": {"unschedulable": world.unschedulable}}
    return {"items": [{"metadata": {"name": name}, "status": {"phase": "Running"}} for name in world.pods]}


class Host:
    """The machine: `run` a command and get everything that a recorded row holds."""

    def __init__(self, root: Path) -> None:
        self.root, self.world = root / "root", World()
        self.artifacts, self.program = root / "artifacts", root / "nodeadm"
        self.program.write_bytes(executable("nodeadm", "v1.0.20"))
        self.artifacts.mkdir()
        fake = type("Bound", (Fake,), {"world": self.world, "artifacts": self.artifacts})
        ca, pair = certificates(root)
        self.servers = [_serve(fake, None), _serve(fake, pair)]
        self.http, self.https = (f"127.0.0.1:{server.server_address[1]}" for server in self.servers)
        self.world.ca, self.world.endpoint = ca, f"https://{self.https}"
        self._furnish()

    def close(self) -> None:
        """End the servers."""
        for server in self.servers:
            server.shutdown()
            server.server_close()

    def _furnish(self) -> None:
        """Put in what the recorded host had: containerd, iptables, certificates, and what earlier commands leave behind on any host."""
        left = json.loads((RECORDED / "files-after-init.json").read_text())
        for path in ("/etc/containerd/config.toml", "/etc/sysctl.d/99-nodeadm.conf", "/etc/modules-load.d/containerd.conf", "/etc/aws/hybrid/config"):
            self.write(path, left[path])
        self.write("/lib/systemd/system/containerd.service", "")
        self.write("/etc/machine-id", "0" * 32)
        self.certificate()
        self.configure({"iamRolesAnywhere": ANYWHERE})
        self.publish()

    def path(self, absolute: str) -> Path:
        return self.root / absolute.lstrip("/")

    def write(self, absolute: str, text: str) -> None:
        self.path(absolute).parent.mkdir(parents=True, exist_ok=True)
        self.path(absolute).write_text(text)

    def configure(self, hybrid: dict[str, Any]) -> None:
        """Write the NodeConfig."""
        spec = {"cluster": {"name": "prod", "region": "us-west-2"}, "hybrid": hybrid}
        self.write("/root/nc.yaml", json.dumps({"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": spec}))

    def certificate(self, *, days: int = 10) -> None:
        """Write the node's certificate; negative days make an expired one."""
        key = ec.generate_private_key(ec.SECP256R1())
        end = datetime.now(UTC) + timedelta(days=days)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "n1")])
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        signed = builder.not_valid_before(end - timedelta(days=20)).not_valid_after(end).sign(key, hashes.SHA256())
        self.write("/etc/iam/pki/server.pem", signed.public_bytes(serialization.Encoding.PEM).decode())
        self.write("/etc/iam/pki/server.key", "any text: nodeadm does not look")

    def publish(self, *, missing: str = "", wrong: str = "") -> None:
        """Publish the manifest of the recording and its artifacts; one may be missing, one may have a wrong checksum."""
        manifest = (RECORDED / "manifest-used.json").read_text().replace("http://127.0.0.1:8099/", f"http://{self.http}/files/")
        self.write("/srv/artifacts/manifest.yaml", manifest)
        for file in self.artifacts.iterdir():
            file.unlink()
        for name, data in artifacts().items():
            if not name.startswith(f"{missing}@" if missing else "\0"):
                (self.artifacts / name).write_bytes(data)
            digest = "0" * 64 if wrong and name.startswith(f"{wrong}@") else hashlib.sha256(data).hexdigest()
            (self.artifacts / f"{name}.sha256").write_text(f"{digest}  {name}\n")

    def agent(self) -> None:
        """Put the SSM agent and its unit in, as `install` would without a network."""
        self.write("/etc/systemd/system/amazon-ssm-agent.service", "")
        self.path("/usr/bin").mkdir(parents=True, exist_ok=True)
        self.path("/usr/bin/amazon-ssm-agent").write_bytes(executable("amazon-ssm-agent", "3"))
        self.path("/usr/bin/amazon-ssm-agent").chmod(0o755)

    def run(self, argv: list[str]) -> dict[str, Any]:
        """Run nodeadm and return rc, stdout, log, created, changed, removed, tracker and aws_calls."""
        before = self.snapshot()
        self.world.calls.clear()
        env = {
            "PATH": os.environ["PATH"],
            "NODEADM_ROOT": str(self.root),
            "NODEADM_TIME_SCALE": "0",
            "NODEADM_NODE_IP": NODE_IP,
            "AWS_ENDPOINT_URL": f"http://{self.http}",
        }
        done = subprocess.run([sys.executable, str(self.program), *argv[1:]], capture_output=True, text=True, env=env, check=False, timeout=60)
        after = self.snapshot()
        tracker = self.path("/opt/nodeadm/tracker")
        return {
            "rc": done.returncode,
            "stdout": done.stdout,
            "stderr": done.stderr,
            "log": [self.as_recorded(line) for line in done.stderr.splitlines()],
            "created": {path: after[path][0] for path in after.keys() - before.keys()},
            "changed": sorted(path for path in after.keys() & before.keys() if after[path] != before[path]),
            "removed": sorted(before.keys() - after.keys()),
            "tracker": tracker.read_text() if tracker.exists() else None,
            "aws_calls": list(self.world.calls),
        }

    def as_recorded(self, line: str) -> Any:
        """Return a log line as the recording would hold it: no time, the recording's ports."""
        text = line.replace(f"{self.http}/files", "127.0.0.1:8099").replace(self.http, "127.0.0.1:8099").replace(self.https, "127.0.0.1:6443")
        try:
            row = json.loads(text)
        except ValueError:
            return text
        return {key: value for key, value in row.items() if key != "ts"}

    def snapshot(self) -> dict[str, tuple[str, str]]:
        """Return path → (mode or link target, digest) of every file but those no recording looked at."""
        found = {}
        for folder, _, names in os.walk(self.root):
            for path in (Path(folder) / name for name in names):
                absolute = "/" + str(path.relative_to(self.root))
                if not absolute.startswith(UNSEEN):
                    found[absolute] = _look(path)
            for path in (Path(folder) / name for name in os.listdir(folder)):
                if path.is_symlink():
                    found["/" + str(path.relative_to(self.root))] = _look(path)
        return found


def _look(path: Path) -> tuple[str, str]:
    if path.is_symlink():
        return f"-> {os.readlink(path)}", ""
    return oct(path.stat().st_mode & 0o777), hashlib.sha256(path.read_bytes()).hexdigest()


def artifacts() -> dict[str, bytes]:
    """Return name@version → bytes; the authenticator and the CNI plugins are the same in all versions, as in the recording."""
    found = {"aws_signing_helper": _script(json.dumps({"Version": 1, "AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "secret", "SessionToken": "token"}))}
    for version in ("1.33.4", "1.33.5", "1.34.2"):
        found[f"kubelet@{version}"] = _script(f"Kubernetes v{version}")
        found[f"kubectl@{version}"] = _script(f"Client Version: v{version}")
        found[f"ecr-credential-provider@{version}"] = _script(version)
        found[f"cni-plugins@{version}"] = _plugins()
        found[f"aws-iam-authenticator@{version}"] = _script(json.dumps({"status": {"token": "k8s-aws-v1.x"}}))
    return found


def _script(text: str) -> bytes:
    return f"#!/bin/sh\ncat <<'EOF'\n{text}\nEOF\n".encode()


def _plugins() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        entry = tarfile.TarInfo("./bridge")
        entry.mode = 0o755
        tar.addfile(entry, io.BytesIO())
    return buffer.getvalue()


def certificates(folder: Path) -> tuple[str, tuple[Path, Path]]:
    """Make a certificate for loopback that is its own CA; return it and (certificate, key) as files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kubernetes")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    builder = builder.add_extension(alternative, False).add_extension(x509.BasicConstraints(True, None), True).add_extension(usage, True)
    signed = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False).sign(key, hashes.SHA256())
    certificate, private = folder / "kube.crt", folder / "kube.key"
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return certificate.read_text(), (certificate, private)


def _serve(handler: type, pair: tuple[Path, Path] | None) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if pair:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*pair)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
