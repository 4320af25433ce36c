"""Fields that the server takes back from what a writer says: nobody owns them through that address."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.kubernetes.fieldsets import Path
from sandbox.kubernetes.kinds import Kind

# Kinds whose status is written without any of the metadata, or without some of it.
_STATUS_ALONE = frozenset(
    {("networking.k8s.io", "servicecidrs"), ("storage.k8s.io", "volumeattachments"), ("resource.k8s.io", "resourceclaims")}
    | {("admissionregistration.k8s.io", "validatingadmissionpolicies")}
    | {("flowcontrol.apiserver.k8s.io", plural) for plural in ("flowschemas", "prioritylevelconfigurations")}
)
_UNTOUCHED_BY_STATUS: dict[tuple[str, str], tuple[Path, ...]] = {
    ("apps", "deployments"): (("f:metadata", "f:labels"),),
    ("", "pods"): (("f:metadata", "f:deletionTimestamp"), ("f:metadata", "f:ownerReferences")),
}


def reset_fields(kind: Kind) -> Mapping[str, tuple[Path, ...]]:
    """Return the fields that cannot be written through an object ("") and through its status, because the server takes them back."""
    if kind.subresource("status") is None:
        return {}
    alone = kind.custom is not None or kind.store in _STATUS_ALONE
    metadata = (("f:metadata",),) if alone else _UNTOUCHED_BY_STATUS.get(kind.store, ())
    return {"": (("f:status",),), "status": (("f:spec",), *metadata)}
