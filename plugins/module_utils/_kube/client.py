# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A thin client of a Kubernetes API: JSON over urllib3, which botocore brings along. Paths come from a table of common kinds, else from discovery."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import FleetopsError, ParentMissing
from ansible_collections.fleetops.eks.plugins.module_utils._kube.connection import Connection
from ansible_collections.fleetops.eks.plugins.module_utils._kube.errors import KubeError, kube_error
from ansible_collections.fleetops.eks.plugins.module_utils._kube.kinds import COMMON, Kind, Reference, group_path

try:
    import urllib3
except ImportError:
    HAS_URLLIB3 = False
else:
    HAS_URLLIB3 = True

FIELD_MANAGER = "fleetops.eks"
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
PAGE = "500"
_TIMEOUTS = {"connect": 10.0, "read": 60.0}
_IDEMPOTENT = ("GET", "PATCH", "DELETE")
"""Patches here are applies and merges: sent twice, they say the same."""
_discovered: dict[tuple[str, str], dict[str, Kind]] = {}


class KubeClient:
    """One API server. Every method names what it tries in its errors; no error holds a header.

    `connect` says where it is when it is first needed: in check mode a cluster may not be there yet (ParentMissing).
    """

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect

    @cached_property
    def connection(self) -> Connection:
        return self._connect()

    @cached_property
    def _pool(self) -> Any:
        return _pool(self.connection)

    def get(self, reference: Reference) -> dict[str, Any] | None:
        """Return the object, or None where there is none, its namespace and its kind included."""
        kind = self.kind(reference.api_version, reference.kind, missing_ok=True)
        if kind is None:
            return None
        return _missing_is_none(self.request, "GET", kind.path(reference), what=f"read {reference}")

    def list(self, api_version: str, kind: str, *, namespace: str | None = None, selector: str = "") -> list[dict[str, Any]] | None:
        """Return all objects, page by page; None where the API has no such kind."""
        found = self.kind(api_version, kind, missing_ok=True)
        if found is None:
            return None
        items: list[dict[str, Any]] = []
        query = {"limit": PAGE, **({"labelSelector": selector} if selector else {})}
        while True:
            page = _missing_is_none(self.request, "GET", found.collection(namespace), query=query, what=f"list {found.plural}")
            if page is None:
                return None
            items += [{"apiVersion": api_version, "kind": kind, **item} for item in page.get("items") or []]
            following = (page.get("metadata") or {}).get("continue")
            if not following:
                return items
            query = {**query, "continue": following}

    def apply(self, manifest: Mapping[str, Any], *, force: bool = False, dry_run: bool = False) -> dict[str, Any]:
        """Apply server-side as FIELD_MANAGER and return the object; a dry run persists nothing."""
        reference = Reference.of(manifest)
        query = {"fieldManager": FIELD_MANAGER, "force": "true" if force else "false", **_dry(dry_run)}
        path = self._kind(reference).path(reference)
        return self.request("PATCH", path, query=query, body=manifest, content_type=APPLY, what=f"apply {reference}")

    def merge(self, reference: Reference, patch: Mapping[str, Any]) -> dict[str, Any]:
        """Merge-patch the object and return it."""
        path = self._kind(reference).path(reference)
        return self.request("PATCH", path, query={"fieldManager": FIELD_MANAGER}, body=patch, content_type=MERGE, what=f"patch {reference}")

    def delete(self, reference: Reference, *, propagation: str = "Background") -> None:
        """Delete the object; it is no error when it is gone already."""
        kind = self.kind(reference.api_version, reference.kind, missing_ok=True)
        if kind is not None:
            body = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": propagation}
            _missing_is_none(self.request, "DELETE", kind.path(reference), body=body, what=f"delete {reference}")

    def kind(self, api_version: str, kind: str, *, missing_ok: bool = False) -> Kind | None:
        """Return how the API serves a kind; where it does not: None with missing_ok, else ParentMissing."""
        common = COMMON.get((api_version, kind))
        if common is not None:
            return common
        known = _discovered.get((self.connection.host, api_version), {})
        if kind not in known:
            known = self._discover(api_version)
            _discovered[self.connection.host, api_version] = known
        if kind in known or missing_ok:
            return known.get(kind)
        raise ParentMissing(
            f"{self.connection.label} does not serve {api_version} {kind}.",
            remedy="Install its CustomResourceDefinition first, or correct apiVersion and kind.",
        )

    def _kind(self, reference: Reference) -> Kind:
        kind = self.kind(reference.api_version, reference.kind)
        if kind is None:  # an unknown kind has raised already
            raise AssertionError(reference)
        return kind

    def _discover(self, api_version: str) -> dict[str, Kind]:
        """Return the kinds of an API version; none where the API does not know it."""
        answer = _missing_is_none(self.request, "GET", group_path(api_version), what=f"read the kinds of {api_version}") or {}
        served = [item for item in answer.get("resources") or [] if "/" not in item["name"]]
        return {item["kind"]: Kind(api_version, item["kind"], item["name"], bool(item["namespaced"])) for item in served}

    def request(
        self, method: str, path: str, *, what: str, query: Mapping[str, str] | None = None, body: Any = None, content_type: str = "application/json"
    ) -> dict[str, Any]:
        """Send a request and return its JSON answer; KubeError for a Status, FleetopsError when no answer came."""
        url = f"{self.connection.host.rstrip('/')}{quote(path)}{'?' + urlencode(query) if query else ''}"
        headers = {**self.connection.headers, "Accept": "application/json", "User-Agent": FIELD_MANAGER}
        if body is not None:
            headers["Content-Type"] = content_type
        try:
            answer = self._pool.request(method, url, body=None if body is None else json.dumps(body), headers=headers)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise FleetopsError(
                f"Could not {what} on {self.connection.label}: {_cause(error)}.",
                remedy=f"Check that {self.connection.host} is the cluster's address, reachable from here, and that its CA is the one given.",
            ) from error
        content = _json(answer.data)
        if answer.status >= 400:
            raise kube_error(what, answer.status, content, label=self.connection.label, eks=self.connection.eks_cluster is not None)
        return content


def _pool(connection: Connection) -> Any:
    if not HAS_URLLIB3:
        raise FleetopsError("Talking to Kubernetes needs the Python package urllib3.", remedy="Install botocore, which brings it.")
    retries = urllib3.Retry(
        total=5,
        connect=3,
        other=0,
        backoff_factor=0.2,
        status_forcelist=(429, 502, 503, 504),
        allowed_methods=_IDEMPOTENT,
        raise_on_status=False,
        respect_retry_after_header=True,
    )
    settings: dict[str, Any] = {
        "retries": retries,
        "timeout": urllib3.Timeout(**_TIMEOUTS),
        "ssl_context": _tls(connection),
        "server_hostname": connection.server_name,
    }
    settings = {name: value for name, value in settings.items() if value is not None}
    return urllib3.ProxyManager(connection.proxy, **settings) if connection.proxy else urllib3.PoolManager(**settings)


def _tls(connection: Connection) -> ssl.SSLContext | None:
    """Return the TLS settings; the CA goes from memory into them.

    The strict checks that Python 3.13 switches on refuse the CAs of EKS, which have no authority key identifier.
    """
    if connection.host.startswith("http://"):
        return None
    try:
        context = ssl.create_default_context(cadata=connection.ca_pem)
    except ssl.SSLError as error:
        raise FleetopsError(f"The CA given for {connection.label} is no certificate: {error.reason}.", remedy="Give certificateAuthority.data.") from error
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if not connection.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if connection.cert_file:
        context.load_cert_chain(connection.cert_file, connection.key_file)
    return context


def _missing_is_none(call: Any, *args: Any, **kwargs: Any) -> Any:
    try:
        return call(*args, **kwargs)
    except KubeError as error:
        if error.status == 404:
            return None
        raise


def _dry(dry_run: bool) -> dict[str, str]:
    return {"dryRun": "All"} if dry_run else {}


def _cause(error: BaseException) -> str:
    """Return the innermost reason that urllib3 wraps: `certificate verify failed`, `Connection refused`."""
    inner = getattr(error, "reason", None)
    return _cause(inner) if isinstance(inner, BaseException) else str(inner or error).rstrip(".")


def _json(data: bytes) -> dict[str, Any]:
    try:
        content = json.loads(data or b"{}")
    except ValueError:
        return {"message": data[:300].decode("utf-8", "replace")}
    return content if isinstance(content, dict) else {"message": str(content)[:300]}
