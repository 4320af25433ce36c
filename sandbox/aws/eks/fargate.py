"""Fargate profiles: immutable, and one at a time per cluster."""

from __future__ import annotations

from sandbox.aws.context import Context, new_id
from sandbox.aws.eks import access_entry, addon, references
from sandbox.aws.eks.base import (
    check_quota,
    check_tags,
    cluster_of,
    idempotent,
    in_use,
    invalid,
    invalid_request,
    not_found,
    outcome_of,
    page,
    transition,
    usable_cluster,
)
from sandbox.aws.eks.registry import Answer, Params, operation
from sandbox.aws.store import Body, Store

MOST_SELECTORS = 5
RESERVED = "eks-"


@operation
def create_fargate_profile(ctx: Context, params: Params) -> Answer:
    return {"fargateProfile": idempotent(ctx, params, lambda: _create(ctx, params))}


def _create(ctx: Context, params: Params) -> Body:
    parent = usable_cluster(ctx, params["clusterName"])
    cluster, name = parent["name"], params["fargateProfileName"]
    store = ctx.nouns(cluster, "fargateprofile")
    if store.get(name) is not None:
        raise invalid_request(f"Fargate profile already exists with name {name} and cluster name {cluster}", clusterName=cluster)
    _refuse_second(ctx, cluster, f"create Fargate Profile {name}")
    _check(ctx, params)
    check_quota(ctx, store, "fargateprofile", "Cannot create more than {limit} Fargate profiles for a cluster", clusterName=cluster)
    arn = ctx.arn(f"fargateprofile/{cluster}/{name}/{new_id()}")
    body: Body = {
        "fargateProfileName": name,
        "fargateProfileArn": arn,
        "clusterName": cluster,
        "createdAt": ctx.now,
        "podExecutionRoleArn": params["podExecutionRoleArn"],
        "subnets": params.get("subnets") or parent["resourcesVpcConfig"]["subnetIds"],
        "selectors": [{"labels": {}, **selector} for selector in params.get("selectors") or []],
        "status": "CREATING",
        "tags": params.get("tags") or {},
        "health": {"issues": []},
        "_arn": arn,
    }
    store.put(name, body)
    ctx.index(store, name, arn)
    access_entry.ensure(ctx, cluster, params["podExecutionRoleArn"], "FARGATE_LINUX")

    def finish(_: Body) -> None:
        if _failed(ctx, store, cluster, name):
            return
        store.change(name, status="ACTIVE")
        addon.nodes_changed(ctx, cluster)

    return transition(ctx, store, name, "nodegroup", finish)


def _failed(ctx: Context, store: Store, cluster: str, name: str) -> bool:
    """Whether a test wants this transition to end badly; the profile says so then."""
    outcome = outcome_of(ctx, cluster, "fargate_profile", name)
    if outcome is not None:
        store.change(name, status=outcome["status"], health={"issues": outcome["issues"]})
    return outcome is not None


def _check(ctx: Context, params: Params) -> None:
    selectors = params.get("selectors") or []
    check_tags(params.get("tags"))
    if params["fargateProfileName"].startswith(RESERVED):
        raise invalid(f"The Fargate Profile name cannot start with {RESERVED}", fargateProfileName=params["fargateProfileName"])
    if not selectors:
        raise invalid("Fargate Profile must have at least one selector", fargateProfileName=params["fargateProfileName"])
    if len(selectors) > MOST_SELECTORS:
        raise invalid(f"Fargate Profile can have at most {MOST_SELECTORS} selectors", fargateProfileName=params["fargateProfileName"])
    if any(not selector.get("namespace") for selector in selectors):
        raise invalid("Fargate Profile selector must have a namespace", fargateProfileName=params["fargateProfileName"])
    references.check_role(ctx, params["podExecutionRoleArn"])
    references.check_subnets(ctx, params.get("subnets") or [])


def _refuse_second(ctx: Context, cluster: str, act: str) -> None:
    """A cluster has at most one profile CREATING or DELETING."""
    for body in ctx.nouns(cluster, "fargateprofile").bodies():
        if body["status"] in ("CREATING", "DELETING"):
            text = f"Cannot {act} because cluster {cluster} currently has Fargate profile {body['fargateProfileName']} in status {body['status']}"
            raise in_use(text, clusterName=cluster)


def _profile(ctx: Context, params: Params, *, seen: bool = False) -> Body:
    cluster_of(ctx, params["clusterName"], seen=seen)
    store, name = ctx.nouns(params["clusterName"], "fargateprofile"), params["fargateProfileName"]
    body = store.seen(name) if seen else store.get(name)
    if body is None:
        raise not_found(f"No Fargate Profile found with name: {name}.", fargateProfileName=name)
    return body


@operation
def describe_fargate_profile(ctx: Context, params: Params) -> Answer:
    return {"fargateProfile": _profile(ctx, params, seen=True)}


@operation
def list_fargate_profiles(ctx: Context, params: Params) -> Answer:
    cluster_of(ctx, params["clusterName"], seen=True)
    return page(params, "fargateProfileNames", sorted(body["fargateProfileName"] for body in ctx.nouns(params["clusterName"], "fargateprofile").all_seen()))


@operation
def delete_fargate_profile(ctx: Context, params: Params) -> Answer:
    body = _profile(ctx, params)
    cluster, name = body["clusterName"], body["fargateProfileName"]
    _refuse_second(ctx, cluster, f"delete Fargate Profile {name}")
    store = ctx.nouns(cluster, "fargateprofile")

    def finish(current: Body) -> None:
        if _failed(ctx, store, cluster, name):
            return
        store.remove(name)
        ctx.region.arns.pop(current["fargateProfileArn"], None)
        addon.nodes_changed(ctx, cluster)

    return {"fargateProfile": transition(ctx, store, name, "nodegroup", finish, status="DELETING")}
