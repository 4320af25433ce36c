"""Pod identity associations, those that an add-on owns included."""

from __future__ import annotations

import json
import secrets
from typing import Any

from sandbox.aws.context import Context, new_id
from sandbox.aws.eks import references
from sandbox.aws.eks.base import check_quota, check_tags, cluster_of, idempotent, in_use, invalid, invalid_request, not_found, page, usable_cluster
from sandbox.aws.eks.registry import Answer, Params, operation
from sandbox.aws.store import Body

SUMMARY = ("clusterName", "namespace", "serviceAccount", "associationArn", "associationId", "ownerArn")


@operation
def create_pod_identity_association(ctx: Context, params: Params) -> Answer:
    return {"association": idempotent(ctx, params, lambda: _create(ctx, params))}


def _create(ctx: Context, params: Params) -> Body:
    usable_cluster(ctx, params["clusterName"])
    check_tags(params.get("tags"))
    _check(ctx, params)
    optional = {name: params[name] for name in ("targetRoleArn", "policy") if params.get(name)}
    extra = {"disableSessionTags": params.get("disableSessionTags", False), "tags": params.get("tags") or {}, **optional}
    return add(ctx, params["clusterName"], params["namespace"], params["serviceAccount"], params["roleArn"], **extra)


def add(ctx: Context, cluster: str, namespace: str, account: str, role: str, **extra: Any) -> Body:
    """Put an association into a cluster; one for each service account."""
    existing = find(ctx, cluster, namespace, account)
    if existing is not None:
        raise in_use(f"Association already exists: {existing['associationId']}", clusterName=cluster)
    identifier = "a-" + secrets.token_hex(9)[:17]
    arn = ctx.arn(f"podidentityassociation/{cluster}/{identifier}")
    store = ctx.nouns(cluster, "podidentityassociation")
    check_quota(ctx, store, "podidentityassociation", "Cannot create more than {limit} pod identity associations for a cluster", clusterName=cluster)
    body = {
        "clusterName": cluster,
        "namespace": namespace,
        "serviceAccount": account,
        "roleArn": role,
        "associationArn": arn,
        "associationId": identifier,
        "tags": {},
        "createdAt": ctx.now,
        "modifiedAt": ctx.now,
        "externalId": f"{ctx.call.region}/{ctx.call.account}/{cluster}/{namespace}/{account}/{new_id()}" if extra.get("targetRoleArn") else None,
        "disableSessionTags": False,
        "_arn": arn,
        **extra,
    }
    ctx.index(store, identifier, arn)
    return store.put(identifier, body)


def find(ctx: Context, cluster: str, namespace: str, account: str) -> Body | None:
    found = ctx.nouns(cluster, "podidentityassociation").bodies()
    return next((body for body in found if (body["namespace"], body["serviceAccount"]) == (namespace, account)), None)


def remove(ctx: Context, body: Body) -> None:
    ctx.nouns(body["clusterName"], "podidentityassociation").remove(body["associationId"])
    ctx.region.arns.pop(body["associationArn"], None)


def _check(ctx: Context, params: Params) -> None:
    if params.get("roleArn"):
        references.check_role(ctx, params["roleArn"], references.PROVIDED, clusterName=params["clusterName"])
    if params.get("policy"):
        _check_policy(params["policy"])
        if not params.get("disableSessionTags"):
            raise invalid("disableSessionTags must be true when a policy is specified", clusterName=params["clusterName"])


def _check_policy(policy: str) -> None:
    try:
        json.loads(policy)
    except ValueError as error:
        raise invalid("The policy is not valid JSON") from error


def association_of(ctx: Context, params: Params, *, seen: bool = False) -> Body:
    cluster_of(ctx, params["clusterName"], seen=seen)
    store, identifier = ctx.nouns(params["clusterName"], "podidentityassociation"), params["associationId"]
    body = store.seen(identifier) if seen else store.get(identifier)
    if body is None:
        raise not_found(f"No association found for associationId: {identifier}", clusterName=params["clusterName"])
    return body


@operation
def describe_pod_identity_association(ctx: Context, params: Params) -> Answer:
    return {"association": association_of(ctx, params, seen=True)}


@operation
def list_pod_identity_associations(ctx: Context, params: Params) -> Answer:
    cluster_of(ctx, params["clusterName"], seen=True)
    wanted = {name: params[name] for name in ("namespace", "serviceAccount") if params.get(name)}
    found = (body for body in ctx.nouns(params["clusterName"], "podidentityassociation").all_seen() if all(body[key] == value for key, value in wanted.items()))
    return page(params, "associations", ({name: body.get(name) for name in SUMMARY} for body in found))


@operation
def update_pod_identity_association(ctx: Context, params: Params) -> Answer:
    body = association_of(ctx, params)
    _refuse_owned(body, "update")
    changes: Body = {name: params[name] for name in ("roleArn", "disableSessionTags", "targetRoleArn", "policy") if name in params}
    _check(ctx, {"clusterName": params["clusterName"], "disableSessionTags": body["disableSessionTags"], **changes})
    store = ctx.nouns(params["clusterName"], "podidentityassociation")
    return {"association": store.change(params["associationId"], modifiedAt=ctx.now, **changes)}


@operation
def delete_pod_identity_association(ctx: Context, params: Params) -> Answer:
    body = association_of(ctx, params)
    _refuse_owned(body, "delete")
    remove(ctx, body)
    return {"association": body}


def _refuse_owned(body: Body, verb: str) -> None:
    if body.get("ownerArn"):
        raise invalid_request(f"Cannot {verb} association {body['associationId']}: it is owned by {body['ownerArn']}", clusterName=body["clusterName"])
