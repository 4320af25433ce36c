"""What a cluster says of itself: versions, groups and resources, plain and aggregated."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from typing import Any

from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.exchange import Request, Response
from sandbox.kubernetes.kinds import Kind, Subresource, builtin

Object = dict[str, Any]
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_ADDRESSES = [{"clientCIDR": "0.0.0.0/0", "serverAddress": "kubernetes.default.svc:443"}]


def _wants_aggregated(request: Request) -> bool:
    return "as=APIGroupDiscoveryList" in request.accept and "v=v2;" in request.accept.replace(" ", "") + ";"


def versions(cluster: Cluster, request: Request) -> Response:
    """Answer `/api`."""
    if _wants_aggregated(request):
        return _aggregated(cluster, [""])
    return Response(200, {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": _ADDRESSES})


def groups(cluster: Cluster, request: Request) -> Response:
    """Answer `/apis`."""
    names = _groups(cluster)
    if _wants_aggregated(request):
        return _aggregated(cluster, names)
    return Response(200, {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group(cluster, name) for name in names]})


def group(cluster: Cluster, name: str) -> Response | None:
    """Answer `/apis/<group>`; None for a group that is not served."""
    if name not in _groups(cluster):
        return None
    return Response(200, {"kind": "APIGroup", "apiVersion": "v1", **_group(cluster, name)})


def resources(cluster: Cluster, api_version: str) -> Response | None:
    """Answer `/api/v1` and `/apis/<group>/<version>`; None for one that is not served."""
    if not cluster.serves(api_version):
        return None
    rows = [row for kind in kinds_at(cluster, api_version) for row in _rows(kind)]
    body = {"kind": "APIResourceList", "groupVersion": api_version, "resources": rows}
    return Response(200, body if api_version == "v1" else body | {"apiVersion": "v1"})


def kinds_at(cluster: Cluster, api_version: str) -> list[Kind]:
    served = {**builtin().get(api_version, {}), **cluster.custom.get(api_version, {})}
    return [served[plural] for plural in sorted(served)]


def _groups(cluster: Cluster) -> list[str]:
    return list(dict.fromkeys(gv.rpartition("/")[0] for gv in cluster.api_versions() if "/" in gv))


def _versions(cluster: Cluster, name: str) -> list[str]:
    """Return a group's versions, the preferred one first: stable before beta before alpha, higher before lower."""
    found = [gv.rpartition("/")[2] for gv in cluster.api_versions() if gv.rpartition("/")[0] == name]
    return sorted(found, key=version_rank)


def version_rank(version: str) -> tuple[int, int, int, str]:
    """Return what sorts versions as the API prefers them."""
    import re

    match = re.fullmatch(r"v(\d+)(?:(alpha|beta)(\d+))?", version)
    if match is None:
        return (3, 0, 0, version)
    stage = {None: 0, "beta": 1, "alpha": 2}[match[2]]
    return (stage, -int(match[1]), -int(match[3] or 0), version)


def _group(cluster: Cluster, name: str) -> Object:
    found = [{"groupVersion": f"{name}/{version}", "version": version} for version in _versions(cluster, name)]
    return {"name": name, "versions": found, "preferredVersion": found[0]}


def _storage_hash(kind: Kind) -> str:
    """Return what tells clients that the form in which objects are stored has changed, as the API server makes it of group, version and kind."""
    version = kind.custom.storage_version if kind.custom is not None else kind.version
    stored = _STORED_AS.get((kind.group, kind.plural), f"{kind.group}/{version}")
    return base64.b64encode(hashlib.sha256(f"{stored}/{kind.kind}".encode()).digest()[:8]).decode()


_STORED_AS = {
    ("admissionregistration.k8s.io", "mutatingadmissionpolicies"): "admissionregistration.k8s.io/v1beta1",
    ("admissionregistration.k8s.io", "mutatingadmissionpolicybindings"): "admissionregistration.k8s.io/v1beta1",
    ("apiextensions.k8s.io", "customresourcedefinitions"): "apiextensions.k8s.io/v1beta1",
    ("autoscaling", "horizontalpodautoscalers"): "autoscaling/v2",
    ("events.k8s.io", "events"): "/v1",
}
"""The group and version of what is stored in another one than it is served in."""


def _rows(kind: Kind) -> Iterable[Object]:
    row: Object = {"name": kind.plural, "singularName": kind.singular, "namespaced": kind.namespaced, "kind": kind.kind, "verbs": _plain_verbs(kind)}
    if kind.short:
        row["shortNames"] = list(kind.short)
    if kind.categories:
        row["categories"] = list(kind.categories)
    if "create" in kind.verbs and kind.persistent:
        row["storageVersionHash"] = _storage_hash(kind)
    yield row
    for sub in kind.subresources:
        yield _subresource_row(kind, sub)


def _plain_verbs(kind: Kind) -> list[str]:
    """Return the verbs in the order in which each of the two servers behind one address lists them."""
    order = _CUSTOM_VERBS if kind.custom is not None else kind.verbs
    return [verb for verb in order if verb in kind.verbs]


_CUSTOM_VERBS = ("delete", "deletecollection", "get", "list", "patch", "create", "update", "watch")


def _subresource_row(kind: Kind, sub: Subresource) -> Object:
    row: Object = {"name": f"{kind.plural}/{sub.name}", "singularName": "", "namespaced": kind.namespaced}
    if sub.version:
        row |= {"group": sub.group, "version": sub.version}
    return row | {"kind": sub.kind, "verbs": list(sub.verbs)}


def _aggregated(cluster: Cluster, names: list[str]) -> Response:
    items = [
        {"metadata": {"name": name, "creationTimestamp": None} if name else {"creationTimestamp": None}, "versions": _aggregated_versions(cluster, name)}
        for name in names
    ]
    body = {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items}
    return Response(200, body, AGGREGATED)


def _aggregated_versions(cluster: Cluster, name: str) -> list[Object]:
    return [
        {
            "version": version,
            "resources": [_aggregated_resource(kind) for kind in kinds_at(cluster, f"{name}/{version}" if name else version)],
            "freshness": "Current",
        }
        for version in _versions(cluster, name)
    ]


def _aggregated_resource(kind: Kind) -> Object:
    row: Object = {
        "resource": kind.plural,
        "responseKind": {"group": kind.group, "version": kind.version, "kind": kind.kind},
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "singularResource": kind.singular,
        "verbs": list(kind.verbs),
    }
    if kind.short:
        row["shortNames"] = list(kind.short)
    if kind.categories:
        row["categories"] = list(kind.categories)
    if kind.subresources:
        row["subresources"] = [_aggregated_subresource(kind, sub) for sub in kind.subresources]
    return row


def _aggregated_subresource(kind: Kind, sub: Subresource) -> Object:
    group_, version = (sub.group, sub.version) if sub.version else (kind.group, kind.version)
    return {"subresource": sub.name, "responseKind": {"group": group_, "version": version, "kind": sub.kind}, "verbs": list(sub.verbs)}


def version(cluster: Cluster) -> Object:
    """Return the answer to `/version`."""
    major, _, minor = cluster.version.partition(".")
    return {
        "major": major,
        "minor": minor,
        "emulationMajor": major,
        "emulationMinor": minor,
        "minCompatibilityMajor": major,
        "minCompatibilityMinor": str(int(minor) - 1),
        "gitVersion": f"v{cluster.version}.0-eks-sandbox",
        "gitCommit": "0000000000000000000000000000000000000000",
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "go1.26",
        "compiler": "gc",
        "platform": "linux/amd64",
    }
