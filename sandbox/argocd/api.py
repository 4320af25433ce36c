"""The few requests to a Kubernetes API that setting up and watching an Argo CD takes."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

Object = dict[str, Any]
MANAGER = "fleetops-sandbox"
SECONDS = 60.0
PLURALS = {
    "Application": "applications",
    "AppProject": "appprojects",
    "ClusterRole": "clusterroles",
    "ClusterRoleBinding": "clusterrolebindings",
    "ConfigMap": "configmaps",
    "CustomResourceDefinition": "customresourcedefinitions",
    "Event": "events",
    "Namespace": "namespaces",
    "Secret": "secrets",
    "ServiceAccount": "serviceaccounts",
}


class ApiRefused(RuntimeError):
    """A request was answered with an error; `code` is HTTP's."""

    def __init__(self, code: int, what: str, answer: str) -> None:
        super().__init__(f"{what} was answered with {code}: {answer}")
        self.code = code


@dataclass(frozen=True)
class Api:
    """One cluster's API: its address, its CA as PEM text, and a bearer token."""

    server: str
    ca: str
    token: str = field(repr=False)

    @cached_property
    def _opener(self) -> urllib.request.OpenerDirector:
        context = ssl.create_default_context(cadata=self.ca)
        return urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))

    def request(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> Object:
        """Send one request and return the answer; raise ApiRefused for an error."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.server.rstrip('/')}{path}", data, headers, method=method)
        try:
            with self._opener.open(request, timeout=SECONDS) as answer:
                found: Object = json.load(answer)
                return found
        except urllib.error.HTTPError as error:
            raise ApiRefused(error.code, f"{method} {path}", error.read(1000).decode(errors="replace")) from error

    def get(self, api_version: str, kind: str, name: str, namespace: str = "") -> Object | None:
        """Return an object, or None when there is none."""
        try:
            return self.request("GET", path(api_version, kind, namespace, name))
        except ApiRefused as refusal:
            if refusal.code == 404:
                return None
            raise

    def list(self, api_version: str, kind: str, namespace: str = "") -> list[Object]:
        items: list[Object] = self.request("GET", path(api_version, kind, namespace))["items"]
        return items

    def apply(self, manifest: Object) -> Object:
        """Apply server-side, taking over what others own."""
        query = f"?fieldManager={MANAGER}&force=true"
        return self.request("PATCH", path_of(manifest) + query, manifest, "application/apply-patch+yaml")

    def merge(self, manifest: Object, patch: Object) -> Object:
        return self.request("PATCH", path_of(manifest), patch, "application/merge-patch+json")

    def delete(self, manifest: Object) -> None:
        self.request("DELETE", path_of(manifest))

    def token_for(self, namespace: str, account: str, *, seconds: int = 10800, audience: str | None = None, bound_to: Object | None = None) -> str:
        """Return a token of a ServiceAccount, which ends when `bound_to` (a Secret) is deleted."""
        spec: Object = {"expirationSeconds": seconds, **({"audiences": [audience]} if audience else {})}
        if bound_to:
            spec["boundObjectRef"] = {"apiVersion": "v1", "kind": "Secret", "name": bound_to["metadata"]["name"], "uid": bound_to["metadata"]["uid"]}
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
        answer = self.request("POST", f"{path('v1', 'ServiceAccount', namespace, account)}/token", request)
        return str(answer["status"]["token"])


def path(api_version: str, kind: str, namespace: str = "", name: str = "") -> str:
    """Return the path of an object, or of its collection."""
    group = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
    place = f"/namespaces/{namespace}" if namespace else ""
    return f"{group}{place}/{PLURALS[kind]}" + (f"/{name}" if name else "")


def path_of(manifest: Object) -> str:
    metadata = manifest["metadata"]
    return path(manifest["apiVersion"], manifest["kind"], metadata.get("namespace", ""), metadata["name"])
