"""Clusters and system objects pushed to the sandbox's Kubernetes API, through its control API."""

from __future__ import annotations

import base64
import json
import ssl
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

Manifest = dict[str, Any]
TIMEOUT = 10.0


class Kubernetes:
    """The Kubernetes API of the sandbox. Raises OSError when it does not answer, or answers with an error."""

    def __init__(self, url: str, ca: Path, token: str) -> None:
        self._url = url.rstrip("/")
        self._token = token
        self._tls = ssl.create_default_context(cafile=str(ca)) if url.startswith("https:") else None
        self.port = urlsplit(url).port or 443
        self.ca_data = base64.b64encode(ca.read_bytes()).decode()

    def endpoint(self, host: str, account: str, region: str, cluster: str) -> str:
        """Return the cluster's address for a caller who reached us as host (a Host header)."""
        name = urlsplit(f"//{host}").hostname or "127.0.0.1"
        return f"https://{f'[{name}]' if ':' in name else name}:{self.port}/clusters/{account}/{region}/{cluster}"

    def put_cluster(self, account: str, region: str, cluster: str, version: str) -> None:
        self._call("PUT", f"/_sandbox/clusters/{account}/{region}/{cluster}", {"version": version})

    def delete_cluster(self, account: str, region: str, cluster: str) -> None:
        self._call("DELETE", f"/_sandbox/clusters/{account}/{region}/{cluster}")

    def apply(self, account: str, region: str, cluster: str, manifests: list[Manifest], delete: list[Manifest] | None = None) -> None:
        body = {"apply": manifests, "delete": delete or []}
        self._call("POST", f"/_sandbox/clusters/{account}/{region}/{cluster}/objects", body)

    def _call(self, method: str, path: str, body: Any = None) -> None:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT, context=self._tls):
                return
        except urllib.error.HTTPError as error:
            if error.code == 404 and method == "DELETE":
                return
            raise OSError(f"{method} {path} at the Kubernetes API: {error.code} {error.read()[:500].decode('utf-8', 'replace')}") from error
