"""What EKS itself puts into a real cluster: server-side applies and deletions as the manager `eks`."""

from __future__ import annotations

from typing import Any

from sandbox.kubernetes.control import MANAGER
from sandbox.kubernetes.kinds import by_kind
from sandbox.real.client import APPLY, Client, Refused, path_of

Object = dict[str, Any]


def objects(client: Client, orders: Object) -> Object:
    """Apply and delete objects; returns what was applied and how many were deleted."""
    applied = [_apply(client, manifest) for manifest in orders.get("apply") or ()]
    return {"applied": applied, "deleted": sum(_delete(client, each) for each in orders.get("delete") or ())}


def _apply(client: Client, manifest: Object) -> Object:
    _provide_account(client, manifest)
    place, options = _place(client, manifest), {"kind": APPLY, "fieldManager": MANAGER, "force": "true"}
    found = client.call("PATCH", place, {key: value for key, value in manifest.items() if key != "status"}, **options)
    if "status" not in manifest or "status" not in found:
        return found
    name = {key: manifest[key] for key in ("apiVersion", "kind")} | {"metadata": {"name": manifest["metadata"]["name"]}}
    return client.call("PATCH", f"{place}/status", {**name, "status": manifest["status"]}, **options)


def _provide_account(client: Client, manifest: Object) -> None:
    """Make the ServiceAccount that a workload's pods run as: the API server admits no pod without it, and add-ons bring theirs along."""
    name = ((manifest.get("spec") or {}).get("template") or {}).get("spec", {}).get("serviceAccountName")
    if name:
        metadata = {"name": name, "namespace": manifest["metadata"].get("namespace") or "default"}
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}
        client.call("PATCH", _place(client, account), account, kind=APPLY, fieldManager=MANAGER, force="true")


def _delete(client: Client, reference: Object) -> int:
    try:
        client.call("DELETE", _place(client, reference))
    except Refused as refused:
        if refused.code != 404:
            raise
        return 0
    return 1


def _place(client: Client, manifest: Object) -> str:
    """Return an object's address; a kind that is not built in is looked up at the server."""
    version, kind, metadata = manifest["apiVersion"], manifest["kind"], manifest["metadata"]
    namespace = metadata.get("namespace") or "default"
    known = by_kind().get((version, kind))
    if known is not None:
        return path_of(known, namespace, metadata["name"])
    served = client.call("GET", f"/apis/{version}")["resources"]
    found = next((each for each in served if each["kind"] == kind and "/" not in each["name"]), None)
    if found is None:
        raise Refused(400, {"reason": "BadRequest", "message": f'no matches for kind "{kind}" in version "{version}"'})
    return "/".join(filter(None, [f"/apis/{version}", f"namespaces/{namespace}" if found["namespaced"] else "", found["name"], metadata["name"]]))
