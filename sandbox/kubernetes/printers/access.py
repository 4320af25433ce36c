"""Roles, bindings, signing requests."""

from __future__ import annotations

from typing import Any

from sandbox.kubernetes.printers.cells import AGE, CREATED, NAME, Column, Object, at, field, span, wide


def _role_ref(obj: Object, now: float) -> str:
    return f"{at(obj, 'roleRef.kind')}/{at(obj, 'roleRef.name')}"


def _subjects(kind: str) -> Any:
    def cell(obj: Object, now: float) -> str:
        found = [each for each in obj.get("subjects") or () if each["kind"] == kind]
        return ", ".join(f"{each.get('namespace', '')}/{each['name']}" if kind == "ServiceAccount" else each["name"] for each in found)

    return cell


def _requested(request: Object, now: float) -> str:
    seconds = at(request, "spec.expirationSeconds")
    return "<none>" if seconds is None else span(seconds)


def _condition(request: Object, now: float) -> str:
    met = {each["type"] for each in at(request, "status.conditions", ())}
    word = "Denied" if "Denied" in met else "Approved" if "Approved" in met else "Pending"
    return word + (",Failed" if "Failed" in met else "") + (",Issued" if at(request, "status.certificate") else "")


_BINDING = (
    NAME,
    Column("Role", _role_ref),
    AGE,
    wide("Users", _subjects("User")),
    wide("Groups", _subjects("Group")),
    wide("ServiceAccounts", _subjects("ServiceAccount")),
)
_ROLE = (NAME, CREATED)

TABLES: dict[tuple[str, str], tuple[Column, ...]] = {
    ("rbac.authorization.k8s.io", "rolebindings"): _BINDING,
    ("rbac.authorization.k8s.io", "clusterrolebindings"): _BINDING,
    ("rbac.authorization.k8s.io", "roles"): _ROLE,
    ("rbac.authorization.k8s.io", "clusterroles"): _ROLE,
    ("certificates.k8s.io", "certificatesigningrequests"): (
        NAME,
        AGE,
        Column("SignerName", field("spec.signerName", "<none>")),
        Column("Requestor", field("spec.username")),
        Column("RequestedDuration", _requested),
        Column("Condition", _condition),
    ),
}
