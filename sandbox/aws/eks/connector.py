"""EKS Connector: clusters from elsewhere, shown beside one's own. The connector's agent is SSM's, and registers with an activation that EKS makes."""

from __future__ import annotations

import secrets

from sandbox.aws.context import Context, new_id
from sandbox.aws.eks import references
from sandbox.aws.eks.base import check_tags, cluster_of, idempotent, in_use, invalid_request
from sandbox.aws.eks.registry import Answer, Params, operation
from sandbox.aws.store import Body
from sandbox.aws.world import Region

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
    _activate(ctx, body)
    return ctx.clusters.put(name, body)


def _activate(ctx: Context, cluster: Body) -> None:
    """Make the activation; SSM's side of the sandbox calls connected() when an agent uses it."""
    config = cluster["connectorConfig"]
    ctx.region.activations.put(
        config["activationId"],
        {
            "ActivationId": config["activationId"],
            "Description": f"EKS Connector of cluster {cluster['name']}",
            "IamRole": config["roleArn"].split(":role/", 1)[1],
            "RegistrationLimit": 1,
            "RegistrationsCount": 0,
            "ExpirationDate": config["activationExpiry"],
            "CreatedDate": ctx.now,
            "DefaultInstanceName": None,
            "Tags": [{"Key": "eks:cluster", "Value": cluster["name"]}],
            "_code": config["activationCode"],
            "_connects": cluster["name"],
        },
    )


def connected(region: Region, activation: Body) -> None:
    """Let the cluster be ACTIVE whose agent has registered; other activations are none of EKS's."""
    name = activation.get("_connects")
    if name is not None and region.clusters.get(name) is not None:
        region.clusters.change(name, status="ACTIVE")


@operation
def deregister_cluster(ctx: Context, params: Params) -> Answer:
    body = cluster_of(ctx, params["name"])
    if not body.get("connectorConfig"):
        raise invalid_request(f"Cluster {params['name']} is not a connected cluster", clusterName=params["name"])
    activation = body["connectorConfig"]["activationId"]
    ctx.region.activations.remove(activation)
    for key, instance in ctx.region.managed_instances.items():
        if instance["ActivationId"] == activation:
            ctx.region.managed_instances.remove(key)
    ctx.region.forget_cluster(params["name"])
    return {"cluster": {**body, "status": "DELETING"}}
