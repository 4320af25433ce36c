"""EKS Connector: clusters from elsewhere, shown beside one's own."""

from __future__ import annotations

import secrets

from sandbox.aws.context import Context, new_id
from sandbox.aws.eks import references
from sandbox.aws.eks.base import check_tags, cluster_of, idempotent, in_use, invalid_request
from sandbox.aws.eks.registry import Answer, Params, operation
from sandbox.aws.store import Body

ACTIVATION_SECONDS = 3 * 86400


@operation
def register_cluster(ctx: Context, params: Params) -> Answer:
    return {"cluster": idempotent(ctx, params, lambda: _register(ctx, params))}


def _register(ctx: Context, params: Params) -> Body:
    name = params["name"]
    if ctx.clusters.get(name) is not None:
        raise in_use(f"Cluster already exists with name: {name}", clusterName=name)
    check_tags(params.get("tags"))
    references.check_role(ctx, params["connectorConfig"]["roleArn"], clusterName=name)
    activation = {"activationId": new_id(), "activationCode": secrets.token_hex(10), "activationExpiry": ctx.now + ACTIVATION_SECONDS}
    body: Body = {
        "name": name,
        "arn": ctx.arn(f"cluster/{name}"),
        "createdAt": ctx.now,
        "status": "PENDING",
        "tags": params.get("tags") or {},
        "connectorConfig": {**params["connectorConfig"], **activation},
        "accessConfig": {"authenticationMode": "CONFIG_MAP"},
    }
    ctx.index(ctx.clusters, name, body["arn"])
    return ctx.clusters.put(name, body)


@operation
def deregister_cluster(ctx: Context, params: Params) -> Answer:
    body = cluster_of(ctx, params["name"])
    if not body.get("connectorConfig"):
        raise invalid_request(f"Cluster {params['name']} is not a connected cluster", clusterName=params["name"])
    ctx.region.forget_cluster(params["name"])
    return {"cluster": {**body, "status": "DELETING"}}
