"""Rotation of a cluster's certificate authority: create, activate, delete; at most two at a time."""

from __future__ import annotations

from sandbox.aws.context import Context
from sandbox.aws.eks.base import cluster_of, idempotent, in_use, invalid, not_found, page, usable_cluster
from sandbox.aws.eks.certificate import new_authority
from sandbox.aws.eks.registry import Answer, Params, operation
from sandbox.aws.eks.updates import cluster_target, start_update
from sandbox.aws.errors import ApiError
from sandbox.aws.store import Body, Store

MOST = 2
KIND = "CertificateAuthorityUpdate"
SUMMARY = ("id", "createdAt", "createdBy", "activatedAt", "activatedBy", "signingStatus", "distributionStatus")


def _store(ctx: Context, cluster: str) -> Store:
    return ctx.nouns(cluster, "certificateauthority")


def _summary(body: Body) -> Body:
    return {name: body.get(name) for name in SUMMARY}


@operation
def create_certificate_authority(ctx: Context, params: Params) -> Answer:
    return idempotent(ctx, params, lambda: _create(ctx, params))


def _create(ctx: Context, params: Params) -> Answer:
    cluster = usable_cluster(ctx, params["clusterName"])["name"]
    store = _store(ctx, cluster)
    if len(store) >= MOST:
        raise ApiError("ResourceLimitExceededException", f"Cluster {cluster} already has {MOST} certificate authorities", clusterName=cluster)
    made = new_authority(ctx, cluster, "CUSTOMER")
    shown = {"CertificateAuthorityId": made["id"], "SigningStatus": "NOT_USED"}
    after, undo = (lambda: store.change(made["id"], distributionStatus="COMPLETE")), (lambda: store.change(made["id"], distributionStatus="FAILED"))
    update = start_update(ctx, cluster_target(ctx, cluster), KIND, shown, lambda _: {}, after=after, undo=undo)
    return {"update": update, "certificateAuthority": _summary(store.put(made["id"], made))}


def _authority(ctx: Context, params: Params, *, seen: bool = False) -> Body:
    cluster_of(ctx, params["clusterName"], seen=seen)
    store, identifier = _store(ctx, params["clusterName"]), params["certificateAuthorityId"]
    body = store.seen(identifier) if seen else store.get(identifier)
    if body is None:
        raise not_found(f"No certificate authority found for ID: {identifier}", clusterName=params["clusterName"])
    return body


@operation
def describe_certificate_authority(ctx: Context, params: Params) -> Answer:
    return {"certificateAuthority": _authority(ctx, params, seen=True)}


@operation
def list_certificate_authorities(ctx: Context, params: Params) -> Answer:
    cluster_of(ctx, params["clusterName"], seen=True)
    return page(params, "certificateAuthorities", map(_summary, _store(ctx, params["clusterName"]).all_seen()))


@operation
def activate_certificate_authority(ctx: Context, params: Params) -> Answer:
    return idempotent(ctx, params, lambda: _activate(ctx, params))


def _activate(ctx: Context, params: Params) -> Answer:
    """Let the authority sign from now on; the other stays trusted until it is deleted."""
    cluster = usable_cluster(ctx, params["clusterName"])["name"]
    body = _authority(ctx, params)
    store = _store(ctx, cluster)
    if body["signingStatus"] == "IN_USE":
        raise invalid(f"Certificate authority {body['id']} is already active", clusterName=cluster)
    if body["distributionStatus"] != "COMPLETE":
        raise invalid(f"Certificate authority {body['id']} is not distributed yet", clusterName=cluster)

    if body.get("activatedAt") is not None and not any(other["rollbackAvailable"] for other in store.bodies()):
        raise invalid(f"Certificate authority {body['id']} was retired, and rollback is not available any more", clusterName=cluster)

    def apply(_: Body) -> Body:
        for other in store.bodies():
            store.change(other["id"], signingStatus="NOT_USED", rollbackAvailable=False)
        store.change(body["id"], signingStatus="IN_USE", activatedAt=ctx.now, activatedBy="CUSTOMER", rollbackAvailable=body.get("activatedAt") is None)
        return {"certificateAuthority": {"data": body["data"], "active": {"id": body["id"], "activatedBy": "CUSTOMER"}}}

    shown, undo = {"ActiveCertificateAuthority": body["id"]}, lambda: store.change(body["id"], signingStatus="NOT_USED")
    update = start_update(ctx, cluster_target(ctx, cluster), KIND, shown, apply, undo=undo)
    return {"update": update, "certificateAuthority": _summary(store.change(body["id"], signingStatus="ACTIVATING"))}


@operation
def delete_certificate_authority(ctx: Context, params: Params) -> Answer:
    return idempotent(ctx, params, lambda: _delete(ctx, params))


def _delete(ctx: Context, params: Params) -> Answer:
    body = _authority(ctx, params)
    store, cluster = _store(ctx, params["clusterName"]), params["clusterName"]
    if body["signingStatus"] != "NOT_USED":
        raise in_use(f"Certificate authority {body['id']} is in use", clusterName=cluster)
    if body["createdBy"] == "EKS" and body.get("activatedAt") is None:
        raise in_use(f"Certificate authority {body['id']} is the only successor on the cluster and cannot be deleted", clusterName=cluster)
    shown = {"CertificateAuthorityId": body["id"]}
    after, undo = (lambda: store.remove(body["id"])), (lambda: store.change(body["id"], distributionStatus=body["distributionStatus"]))
    update = start_update(ctx, cluster_target(ctx, cluster), KIND, shown, lambda _: {}, after=after, undo=undo)
    return {"update": update, "certificateAuthority": _summary(store.change(body["id"], distributionStatus="DELETING"))}
