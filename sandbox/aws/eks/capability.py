"""EKS capabilities: managed Argo CD, ACK and kro; one of each type per cluster."""

from __future__ import annotations

import secrets
from typing import Any

from sandbox.aws.context import Context, new_id
from sandbox.aws.eks import access_entry, references
from sandbox.aws.eks.base import check_tags, cluster_of, idempotent, in_use, invalid, not_found, outcome_of, page, transition, usable_cluster
from sandbox.aws.eks.registry import Answer, Params, operation
from sandbox.aws.eks.updates import Target, refuse_second, start_update
from sandbox.aws.store import Body, Store

VERSIONS = {"ARGOCD": "3.1.8-eks-1", "ACK": "1.0.0-eks-1", "KRO": "0.6.0-eks-1"}
SUMMARY = ("capabilityName", "arn", "type", "status", "version", "createdAt", "modifiedAt")


@operation
def create_capability(ctx: Context, params: Params) -> Answer:
    return {"capability": idempotent(ctx, params, lambda: _create(ctx, params))}


def _create(ctx: Context, params: Params) -> Body:
    cluster, name, kind = usable_cluster(ctx, params["clusterName"])["name"], params["capabilityName"], params["type"]
    store = ctx.nouns(cluster, "capability")
    if store.get(name) is not None:
        raise in_use(f"Capability already exists with name: {name}", clusterName=cluster)
    if any(body["type"] == kind for body in store.bodies()):
        raise in_use(f"Cluster {cluster} already has a capability of type {kind}", clusterName=cluster)
    check_tags(params.get("tags"))
    references.check_role(ctx, params["roleArn"], clusterName=cluster)
    arn = ctx.arn(f"capability/{cluster}/{kind.lower()}/{name}/{new_id()}")
    body: Body = {
        "capabilityName": name,
        "arn": arn,
        "clusterName": cluster,
        "type": kind,
        "roleArn": params["roleArn"],
        "status": "CREATING",
        "version": VERSIONS[kind],
        "configuration": _configuration(ctx, kind, params.get("configuration") or {}),
        "tags": params.get("tags") or {},
        "health": {"issues": []},
        "createdAt": ctx.now,
        "modifiedAt": ctx.now,
        "deletePropagationPolicy": params["deletePropagationPolicy"],
        "_arn": arn,
    }
    store.put(name, body)
    ctx.index(store, name, arn)
    access_entry.ensure(ctx, cluster, params["roleArn"], "STANDARD", _POLICIES[kind])
    return transition(ctx, store, name, "addon", lambda _: _ended(ctx, store, cluster, name) or store.change(name, status="ACTIVE"))


def _ended(ctx: Context, store: Store, cluster: str, name: str) -> bool:
    """Whether a test wants this transition to end otherwise than well; the capability says so then."""
    outcome = outcome_of(ctx, cluster, "capability", name)
    if outcome is not None:
        store.change(name, status=outcome["status"], health={"issues": outcome["issues"]})
    return outcome is not None


_POLICIES = {"ARGOCD": "AmazonEKSArgoCDPolicy", "ACK": "AmazonEKSACKPolicy", "KRO": "AmazonEKSKROPolicy"}


def _configuration(ctx: Context, kind: str, given: Body) -> Body | None:
    wanted = {"ARGOCD": "argoCd", "ACK": "ack"}.get(kind)
    _check_kind(kind, given, wanted)
    if kind == "ACK":
        return {"ack": {"enableCrossNamespace": False, "disabledServices": [], **given.get("ack", {})}}
    if kind != "ARGOCD":
        return None
    if "argoCd" not in given:
        raise invalid("An ARGOCD capability needs configuration.argoCd with awsIdc")
    argo = given["argoCd"]
    prefix = argo.get("endpointPrefix") or new_id()[:13]
    instance = argo["awsIdc"]["idcInstanceArn"].rpartition("/")[2]
    application = f"arn:aws:sso::{ctx.call.account}:application/{instance}/apl-{secrets.token_hex(8)}"
    identity = {"idcRegion": ctx.call.region, **argo["awsIdc"], "idcManagedApplicationArn": application}
    server = f"https://{prefix}.eks-capabilities.{ctx.call.region}.amazonaws.com"
    return {"argoCd": {"namespace": "argocd", "rbacRoleMappings": [], **argo, "awsIdc": identity, "serverUrl": server}}


def _check_kind(kind: str, given: Body, wanted: str | None) -> None:
    if set(given) - {wanted}:
        raise invalid(f"The configuration does not fit a capability of type {kind}")


def _capability(ctx: Context, params: Params, *, seen: bool = False) -> Body:
    cluster_of(ctx, params["clusterName"], seen=seen)
    store, name = ctx.nouns(params["clusterName"], "capability"), params["capabilityName"]
    body = store.seen(name) if seen else store.get(name)
    if body is None:
        raise not_found(f"No capability found with name: {name}", clusterName=params["clusterName"])
    return body


@operation
def describe_capability(ctx: Context, params: Params) -> Answer:
    return {"capability": _capability(ctx, params, seen=True)}


@operation
def list_capabilities(ctx: Context, params: Params) -> Answer:
    cluster_of(ctx, params["clusterName"], seen=True)
    found = ctx.nouns(params["clusterName"], "capability").all_seen()
    return page(params, "capabilities", ({name: body.get(name) for name in SUMMARY} for body in found))


@operation
def update_capability(ctx: Context, params: Params) -> Answer:
    body = _capability(ctx, params)
    store, name = ctx.nouns(body["clusterName"], "capability"), body["capabilityName"]
    target = Target(body["clusterName"], "capability", name, store, name)
    refuse_second(ctx, target, "CapabilityUpdate")
    if body["status"] in ("CREATING", "DELETING"):
        raise in_use(f"Capability {name} cannot be updated as it is currently in {body['status']} status", clusterName=body["clusterName"])
    if params.get("roleArn"):
        references.check_role(ctx, params["roleArn"], clusterName=body["clusterName"])
    changes: Body = {key: params[key] for key in ("roleArn", "deletePropagationPolicy") if key in params}
    if params.get("configuration"):
        changes["configuration"] = _changed(body, params["configuration"])
    if all(body.get(key) == value for key, value in changes.items()):
        raise invalid("No changes detected", clusterName=body["clusterName"])
    update = start_update(ctx, target, "CapabilityUpdate", _shown(params), lambda _: {**changes, "modifiedAt": ctx.now})
    return {"update": update}


def _changed(body: Body, given: Body) -> Body:
    """Apply the update's deltas to the configuration; role mappings are keyed by role."""
    old = body["configuration"] or {}
    _check_kind(body["type"], given, {"ARGOCD": "argoCd", "ACK": "ack"}.get(body["type"]))
    if "ack" in given:
        return {**old, "ack": {**(old.get("ack") or {}), **given["ack"]}}
    argo = {**old.get("argoCd", {})}
    if "networkAccess" in given.get("argoCd", {}):
        argo["networkAccess"] = given["argoCd"]["networkAccess"]
    delta = given.get("argoCd", {}).get("rbacRoleMappings") or {}
    mappings = {mapping["role"]: mapping["identities"] for mapping in argo.get("rbacRoleMappings") or []}
    for mapping in delta.get("removeRoleMappings") or []:
        mappings[mapping["role"]] = [each for each in mappings.get(mapping["role"], []) if each not in mapping["identities"]]
    mappings.update({mapping["role"]: mapping["identities"] for mapping in delta.get("addOrUpdateRoleMappings") or []})
    argo["rbacRoleMappings"] = [{"role": role, "identities": identities} for role, identities in mappings.items() if identities]
    return {**old, "argoCd": argo}


def _shown(params: Params) -> dict[str, Any]:
    argo = (params.get("configuration") or {}).get("argoCd") or {}
    delta = argo.get("rbacRoleMappings") or {}
    ack = (params.get("configuration") or {}).get("ack") or {}
    return {
        "RoleArn": params.get("roleArn"),
        "EnableCrossNamespace": ack.get("enableCrossNamespace"),
        "DisabledServices": ack.get("disabledServices"),
        "RoleMappingsToAddOrUpdate": delta.get("addOrUpdateRoleMappings"),
        "RoleMappingsToRemove": delta.get("removeRoleMappings"),
        "NetworkAccess": argo.get("networkAccess"),
    }


@operation
def delete_capability(ctx: Context, params: Params) -> Answer:
    body = _capability(ctx, params)
    store, name = ctx.nouns(body["clusterName"], "capability"), body["capabilityName"]
    refuse_second(ctx, Target(body["clusterName"], "capability", name, store, name), "delete")
    if body["status"] in ("CREATING", "DELETING"):
        raise in_use(f"Capability {name} cannot be deleted as it is currently in {body['status']} status", clusterName=body["clusterName"])

    def finish(current: Body) -> None:
        if _ended(ctx, store, current["clusterName"], name):
            return
        store.remove(name)
        ctx.region.arns.pop(current["arn"], None)

    return {"capability": transition(ctx, store, name, "addon", finish, status="DELETING")}
