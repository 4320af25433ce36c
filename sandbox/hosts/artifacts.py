"""What a host downloads: nodeadm's releases, the artifact manifest and the artifacts; and the server that hands them out.

python -m sandbox.hosts.artifacts --dir D --port N --listen ADDR     prints `ready http://ADDR:N`
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import os
import socket
import sys
import tarfile
import threading
from collections.abc import Sequence
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from sandbox.hosts.executables import EPOCH, SHEBANG, empty, executable

RELEASES = ("v1.0.18", "v1.0.19", "v1.0.20")
LATEST = "v1.0.20"
ARCHITECTURES = ("amd64", "arm64")
KUBERNETES = (
    "1.29.14",
    "1.29.15",
    "1.30.13",
    "1.30.14",
    "1.31.12",
    "1.31.13",
    "1.32.8",
    "1.32.9",
    "1.33.4",
    "1.33.5",
    "1.34.1",
    "1.34.2",
    "1.35.0",
    "1.35.1",
    "1.36.0",
    "1.36.1",
)
PROGRAMS = ("kubelet", "kubectl", "ecr-credential-provider", "aws-iam-authenticator")
VERSIONED = {"aws-iam-authenticator": "0.7.10"}
SIGNING_HELPER = "1.8.0"
CNI_PLUGINS = ("bridge", "host-local", "loopback", "portmap")
REGIONS = (
    *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "eu-central-1"),
    *("eu-north-1", "eu-west-1", "eu-west-2", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1"),
)
ECR_ACCOUNT = "602401143452"
BASE = "http://{{base}}"
IP_FREEBIND = 15


def artifacts_tree(dest: Path, *, nodeadm: Path | None = None) -> Path:
    """Build the tree the artifact server serves; return its folder.

    `nodeadm` is a real binary to serve in place of the stand-in.
    The manifest's addresses hold `{{base}}`, which the server replaces with the host it was asked by.
    """
    empty(dest, mark="manifest.yaml")
    for release in (*RELEASES, "latest"):
        version = LATEST if release == "latest" else release
        data = nodeadm.read_bytes() if nodeadm else executable("nodeadm", version)
        for arch in ARCHITECTURES:
            _write(dest / "releases" / release / "bin" / "linux" / arch / "nodeadm", data)
    for version in KUBERNETES:
        for name in PROGRAMS:
            _write(dest / "kubernetes" / version / name, executable(name, VERSIONED.get(name, version)))
        _write(dest / "kubernetes" / version / "cni-plugins.tgz", cni_plugins())
    _write(dest / "iam-ra" / SIGNING_HELPER / "aws_signing_helper", executable("aws_signing_helper", SIGNING_HELPER))
    (dest / "manifest.yaml").write_text(json.dumps(manifest(), indent=1))
    return dest


def manifest() -> dict[str, Any]:
    """Return the artifact manifest, in the schema of nodeadm's (JSON is YAML)."""
    region = {"ecr_account_id": ECR_ACCOUNT, "partition": "aws", "dns_suffix": "amazonaws.com", "cred_providers": {"iam-ra": True, "ssm": True}}
    return {
        "supported_eks_releases": [_minor(minor) for minor in dict.fromkeys(version.rpartition(".")[0] for version in KUBERNETES)],
        "iam_roles_anywhere_releases": [
            {"version": SIGNING_HELPER, "artifacts": _artifact("aws_signing_helper", f"iam-ra/{SIGNING_HELPER}/aws_signing_helper")}
        ],
        "ssm_releases": [],
        "region_config": dict.fromkeys(REGIONS, region),
    }


def _minor(minor: str) -> dict[str, Any]:
    versions = [version for version in KUBERNETES if version.startswith(f"{minor}.")]
    patches = [
        {"version": version, "patch_version": version.rpartition(".")[2], "release_date": "2026-02-01", "artifacts": _artifacts(version)}
        for version in versions
    ]
    return {"major_minor_version": minor, "latest_patch_version": patches[-1]["patch_version"], "patch_releases": patches}


def _artifacts(version: str) -> list[dict[str, str]]:
    files = {**{name: name for name in PROGRAMS}, "cni-plugins": "cni-plugins.tgz"}
    return [row for name, file in files.items() for row in _artifact(name, f"kubernetes/{version}/{file}")]


def _artifact(name: str, path: str) -> list[dict[str, str]]:
    uri = f"{BASE}/{path}"
    return [{"name": name, "arch": arch, "os": "linux", "uri": uri, "checksum_uri": f"{uri}.sha256"} for arch in ARCHITECTURES]


def cni_plugins() -> bytes:
    """Return the tarball of the CNI plugins: programs that exist and do nothing, because no pod runs."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name in CNI_PLUGINS:
            data = b"#!/bin/sh\nexit 0\n"
            entry = tarfile.TarInfo(f"./{name}")
            entry.size, entry.mode, entry.mtime = len(data), 0o755, EPOCH[0]
            tar.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def _write(path: Path, data: bytes) -> None:
    """Write a file and its checksum, in GNU form (`hex  name`)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.chmod(0o755 if data.startswith((SHEBANG, b"\x7fELF")) else 0o644)
    path.with_name(f"{path.name}.sha256").write_text(f"{hashlib.sha256(data).hexdigest()}  {path.name}\n")


class Handler(SimpleHTTPRequestHandler):
    """Serves files; in the manifest it puts the host it was asked by."""

    server_version = "fleetops-artifacts"

    def do_GET(self) -> None:
        if self.path.split("?")[0] != "/manifest.yaml":
            super().do_GET()
            return
        text = (Path(self.directory) / "manifest.yaml").read_text().replace("{{base}}", self.headers["Host"])
        self._send(text.encode())

    def _send(self, data: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/yaml")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def serve(directory: Path, listen: Sequence[str] = ("127.0.0.1",), port: int = 0) -> list[ThreadingHTTPServer]:
    """Serve the directory on every address, in threads, on one port (0: a free one); return the servers. Close each with shutdown()."""
    servers: list[ThreadingHTTPServer] = []
    for address in listen:
        server = _Server((address, servers[0].server_address[1] if servers else port), _handler(directory))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
    return servers


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """Bind although the address may not exist yet: the bridge comes up with the first host."""
        with contextlib.suppress(OSError):
            self.socket.setsockopt(socket.SOL_IP, IP_FREEBIND, 1)
        super().server_bind()


def _handler(directory: Path) -> type[Handler]:
    def make(*args: Any) -> Handler:
        return Handler(*args, directory=str(directory))

    return make  # type: ignore[return-value]


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.hosts.artifacts", description="serve the artifacts of hybrid hosts")
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--listen", action="append", help="may be repeated; loopback when left out")
    parser.add_argument("--nodeadm", type=Path, default=os.environ.get("FLEETOPS_SANDBOX_NODEADM"), help="a real nodeadm to serve in place of the stand-in")
    args = parser.parse_args(argv)
    if not (args.dir / "manifest.yaml").exists():
        artifacts_tree(args.dir, nodeadm=args.nodeadm)
    servers = serve(args.dir, args.listen or ["127.0.0.1"], args.port)
    for server in servers:
        address, port = server.socket.getsockname()
        print(f"ready http://{address}:{port}", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
