"""A declaration as the tasks that converge it, in the order of a run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.support.model.names import CAPABILITIES, IDC, POD_ROLE, ROLE, ROLES, SUBNETS, Declared

OF = {"cluster_name": "edge"}
BASE = {"name": "edge", "role_arn": f"{ROLE}/eks", "subnets": SUBNETS, "authentication_mode": "API", "remote_pod_networks": [], "allow_rollback": True}
Task = tuple[str, str, dict[str, Any]]


def tasks(declared: Declared) -> list[Task]:
    """Return (part of the declaration, module, its options)."""
    groups = [
        {"name": name, "node_role": f"{ROLE}/nodes", "subnets": SUBNETS, "version": declared["cluster"]["version"], "recreate_failed": True, **group}
        for name, group in declared["groups"].items()
    ]
    addons = [{"name": name, "accept_degraded": True, "recreate_failed": True, **addon} for name, addon in declared["addons"].items()]
    pods = [{"namespace": space, "service_account": account, **pod} for (space, account), pod in declared["pods"].items()]
    return [
        *_roles(declared["roles"]),
        ("cluster", "eks_cluster", {**BASE, **declared["cluster"]}),
        ("provider", "eks_identity_provider", _provider(declared["provider"])),
        *_capabilities(declared["capabilities"]),
        ("entries", "eks_access_entries", {**OF, "access_entries": _entries(declared["entries"]), "purge_access_entries": True}),
        ("pods", "eks_pod_identity_associations", {**OF, "pod_identity_associations": pods, "purge_pod_identity_associations": True}),
        ("groups", "eks_nodegroups", {**OF, "nodegroups": groups, "purge_nodegroups": True}),
        ("profiles", "eks_fargate_profiles", {**OF, "fargate_profiles": _profiles(declared["profiles"]), "purge_fargate_profiles": True}),
        ("addons", "eks_addons", {**OF, "addons": addons, "purge_addons": True}),
    ]


def _roles(declared: Declared) -> Iterator[Task]:
    wanted = [
        {"name": name, **role, "inline_policies": {policy: _allowing(action) for policy, action in role["inline_policies"].items()}}
        for name, role in declared.items()
    ]
    gone = [{"name": name} for name in ROLES if name not in declared]
    for roles, state in ((wanted, "present"), (gone, "absent")):
        if roles:
            yield "roles", "eks_iam_roles", {"roles": roles, "state": state}


def _allowing(action: str) -> Declared:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}


def _provider(declared: Declared | None) -> Declared:
    return {**OF, "name": "corp", **({"state": "absent"} if declared is None else declared)}


def _capabilities(declared: Declared) -> Iterator[Task]:
    for name, kind in CAPABILITIES.items():
        wanted = {"type": kind, "recreate_failed": True, **_capability(name, declared[name])} if name in declared else {"state": "absent"}
        yield "capabilities", "eks_capability", {**OF, "name": name, **wanted}


def _capability(name: str, declared: Declared) -> Declared:
    own = {key: declared[key] for key in ("role_arn", "tags")}
    if name == "ack":
        return {**own, "configuration": {"ack": {key: declared[key] for key in ("enable_cross_namespace", "disabled_services")}}}
    if name == "argo":
        mappings = [{"role": role, "identities": [_identity(who) for who in people]} for role, people in declared["mappings"].items()]
        settings = {"aws_idc": {"idc_instance_arn": IDC}, "rbac_role_mappings": mappings, "network_access": {"vpce_ids": declared["vpce_ids"]}}
        return {**own, "configuration": {"argo_cd": settings}}
    return own


def _identity(who: str) -> dict[str, str]:
    kind, _, name = who.partition(" ")
    return {"type": kind, "id": name}


def _entries(declared: Declared) -> list[Declared]:
    return [
        {
            "principal_arn": principal,
            "kubernetes_groups": entry["kubernetes_groups"],
            "access_policies": [_scoped(name, spaces) for name, spaces in entry["policies"].items()],
            "tags": entry["tags"],
        }
        for principal, entry in declared.items()
    ]


def _scoped(policy: str, namespaces: list[str]) -> Declared:
    return {"policy": policy, **({"scope": "namespace", "namespaces": namespaces} if namespaces else {})}


def _profiles(declared: Declared) -> list[Declared]:
    fixed = {"role_arn": POD_ROLE, "subnets": SUBNETS, "recreate_failed": True}
    return [{"name": name, "selectors": [{"namespace": name}], **fixed, **profile} for name, profile in declared.items()]
