"""Clusters: create, describe, list, delete."""

from __future__ import annotations

import sys
from typing import Any

from sandbox.aws.context import Context
from sandbox.aws.eks import access_entry, cluster_spec, workloads
from sandbox.aws.eks.base import check_quota, cluster_of, idempotent, in_use, invalid_request, outcome_of, page, transition
from sandbox.aws.eks.certificate import first_authority
from sandbox.aws.eks.registry import Answer, Params, operation
from sandbox.aws.eks.updates import cluster_target, in_flight
from sandbox.aws.store import Body

LOOK_AGAIN_SECONDS = 0.2


@operation
def create_cluster(ctx: Context, params: Params) -> Answer:
    return {"cluster": view(ctx, idempotent(ctx, params, lambda: _create(ctx, params)))}


def _create(ctx: Context, params: Params) -> Body:
    name = params["name"]
    if ctx.clusters.get(name) is not None:
        raise in_use(f"Cluster already exists with name: {name}", clusterName=name)
    cluster_spec.check(ctx, params)
    check_quota(ctx, ctx.clusters, "cluster", "You have reached the limit of {limit} clusters in this account.", clusterName=name)
    body = {**cluster_spec.new_body(ctx, params), "status": "CREATING"}
    ctx.clusters.put(name, {**body, "certificateAuthority": first_authority(ctx, body)})
    ctx.index(ctx.clusters, name, body["arn"])
    ctx.world.push("put_cluster", ctx.call.account, ctx.call.region, name, body["version"])
    access_entry.make_service_entries(ctx, body)
    self_managed = params.get("bootstrapSelfManagedAddons") is not False

    def finish(current: Body) -> None:
        if not _answers(ctx, name):
            transition(ctx, ctx.clusters, name, "cluster", finish, after=LOOK_AGAIN_SECONDS)
            return
        outcome = outcome_of(ctx, name, "cluster", name)
        issues = outcome["issues"] if outcome else []
        ctx.clusters.change(name, status=outcome["status"] if outcome else "ACTIVE", health={"issues": issues})
        if outcome is None:
            workloads.cluster_is_active(ctx, current, self_managed=self_managed)

    return transition(ctx, ctx.clusters, name, "cluster", finish)


def _answers(ctx: Context, name: str) -> bool:
    """Tell whether the cluster's Kubernetes API answers; a cluster is not ACTIVE before. One that never will leaves it CREATING, and says so on stderr."""
    if ctx.world.kubernetes is None:
        return True
    try:
        return ctx.world.kubernetes.answers(ctx.call.account, ctx.call.region, name)
    except OSError as error:
        print(f"cluster {name} has no Kubernetes API: {error}", file=sys.stderr, flush=True)
        return False


@operation
def describe_cluster(ctx: Context, params: Params) -> Answer:
    return {"cluster": view(ctx, cluster_of(ctx, params["name"], seen=True))}


def view(ctx: Context, body: Body) -> Body:
    """Return the cluster as the caller sees it: endpoint, issuer and certificate only once they exist."""
    if body["status"] in ("CREATING", "PENDING") or body.get("connectorConfig"):
        return {**body, "certificateAuthority": body.get("certificateAuthority") and {}}
    issuer = f"https://oidc.eks.{ctx.call.region}.amazonaws.com/id/{body['_unique']}"
    return {**body, "endpoint": endpoint(ctx, body), "identity": {"oidc": {"issuer": issuer}}}


def endpoint(ctx: Context, body: Body) -> str:
    """Return the API server's address, under the host by which this caller reached us."""
    if ctx.world.kubernetes is not None:
        return ctx.world.kubernetes.endpoint(ctx.call.host, ctx.call.account, ctx.call.region, body["name"])
    return f"https://{body['_unique']}.gr7.{ctx.call.region}.eks.amazonaws.com"


@operation
def list_clusters(ctx: Context, params: Params) -> Answer:
    """Connected clusters are listed only when asked for with include=["all"]."""
    everything = "all" in (params.get("include") or [])
    return page(params, "clusters", sorted(body["name"] for body in ctx.clusters.all_seen() if everything or not body.get("connectorConfig")))


@operation
def delete_cluster(ctx: Context, params: Params) -> Answer:
    name = params["name"]
    body = cluster_of(ctx, name)
    if body["status"] == "DELETING":
        return {"cluster": view(ctx, body)}
    _refuse_delete(ctx, body)

    def finish(_: Body) -> None:
        outcome = outcome_of(ctx, name, "cluster", name)
        if outcome is not None:
            ctx.clusters.change(name, status=outcome["status"], health={"issues": outcome["issues"]})
            return
        ctx.region.forget_cluster(name)
        ctx.world.push("delete_cluster", ctx.call.account, ctx.call.region, name)

    return {"cluster": view(ctx, transition(ctx, ctx.clusters, name, "cluster", finish, status="DELETING"))}


def _refuse_delete(ctx: Context, body: Body) -> None:
    name: str = body["name"]
    if body.get("deletionProtection"):
        raise invalid_request(f"Cluster {name} has deletion protection enabled. Disable deletion protection before you delete the cluster.", clusterName=name)
    if in_flight(ctx, cluster_target(ctx, name)) is not None or body["status"] == "CREATING":
        raise in_use(f"Cannot delete because cluster {name} currently has an update in progress", clusterName=name)
    for kind, text in _ATTACHED.items():
        if len(ctx.nouns(name, kind)):
            raise in_use(text, clusterName=name)


_ATTACHED: dict[str, Any] = {
    "nodegroup": "Cluster has nodegroups attached",
    "fargateprofile": "Cluster has Fargate profiles attached",
    "capability": "Cluster has capabilities attached",
}
