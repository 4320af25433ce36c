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
Place = tuple[str, str, str]  # account, region, cluster
TIMEOUT = 60.0


class Kubernetes:
    """The Kubernetes API of the sandbox. Raises OSError when it does not answer, or answers with an error."""

    def __init__(self, url: str, ca: Path, token: str) -> None:
        self._url = url.rstrip("/")
        self._token = token
        self._tls = ssl.create_default_context(cafile=str(ca)) if url.startswith("https:") else None
        self.port = urlsplit(url).port or 443
        self._ports: dict[Place, int] = {}
        self._starting: set[Place] = set()
        self.ca_data = base64.b64encode(ca.read_bytes()).decode()

    def endpoint(self, host: str, account: str, region: str, cluster: str) -> str:
        """Return the cluster's address for a caller who reached us as host (a Host header): a port of its own, or a path at the port of all."""
        name = urlsplit(f"//{host}").hostname or "127.0.0.1"
        port = self._ports.get((account, region, cluster))
        where = f"{port}" if port else f"{self.port}/clusters/{account}/{region}/{cluster}"
        return f"https://{f'[{name}]' if ':' in name else name}:{where}"

    def put_cluster(self, account: str, region: str, cluster: str, version: str) -> None:
        answer = self._call("PUT", f"/_sandbox/clusters/{account}/{region}/{cluster}", {"version": version})
        if "port" in answer:
            self._starting.add((account, region, cluster))

    def answers(self, account: str, region: str, cluster: str) -> bool:
        """Tell whether a cluster's API answers by now. Raises OSError, with the reason, when it never will."""
        place = (account, region, cluster)
        if place in self._starting:
            answer = self._call("GET", f"/_sandbox/clusters/{account}/{region}/{cluster}")
            if answer.get("why"):
                raise OSError(answer["why"])
            if answer.get("port"):
                self._ports[place] = answer["port"]
                self._starting.discard(place)
        return place not in self._starting

    def delete_cluster(self, account: str, region: str, cluster: str) -> None:
        self._ports.pop((account, region, cluster), None)
        self._starting.discard((account, region, cluster))
        self._call("DELETE", f"/_sandbox/clusters/{account}/{region}/{cluster}")

    def apply(self, account: str, region: str, cluster: str, manifests: list[Manifest], delete: list[Manifest] | None = None) -> None:
        body = {"apply": manifests, "delete": delete or []}
        self._call("POST", f"/_sandbox/clusters/{account}/{region}/{cluster}/objects", body)

    def _call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT, context=self._tls) as answer:
                found: dict[str, Any] = json.load(answer)
                return found
        except urllib.error.HTTPError as error:
            if error.code == 404 and method == "DELETE":
                return {}
            raise OSError(f"{method} {path} at the Kubernetes API: {error.code} {error.read()[:500].decode('utf-8', 'replace')}") from error
