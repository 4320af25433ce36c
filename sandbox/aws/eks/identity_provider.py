"""OIDC identity provider configurations: one per cluster, associated and disassociated by updates."""

from __future__ import annotations

from sandbox.aws.context import Context, new_id
from sandbox.aws.eks.base import check_tags, cluster_of, idempotent, in_use, invalid, not_found, page, usable_cluster
from sandbox.aws.eks.registry import Answer, Params, operation
from sandbox.aws.eks.updates import cluster_target, refuse_second, start_update
from sandbox.aws.store import Body


@operation
def associate_identity_provider_config(ctx: Context, params: Params) -> Answer:
    return idempotent(ctx, params, lambda: _associate(ctx, params))


def _associate(ctx: Context, params: Params) -> Answer:
    cluster, oidc = usable_cluster(ctx, params["clusterName"])["name"], params["oidc"]
    store, name = ctx.nouns(cluster, "identityproviderconfig"), oidc["identityProviderConfigName"]
    target = cluster_target(ctx, cluster)
    check_tags(params.get("tags"))
    refuse_second(ctx, target, "AssociateIdentityProviderConfig")
    if len(store):
        raise in_use("Cluster already has an identity provider configuration associated", clusterName=cluster)
    _check(cluster, oidc)
    arn = ctx.arn(f"identityproviderconfig/{cluster}/oidc/{name}/{new_id()}")
    made = {"identityProviderConfigArn": arn, "clusterName": cluster, "tags": params.get("tags") or {}, "status": "CREATING", "_arn": arn}
    store.put(name, {**oidc, **made})
    ctx.index(store, name, arn)
    shown = {"IdentityProviderConfig": [{"type": "oidc", "name": name}]}
    update = start_update(
        ctx,
        target,
        "AssociateIdentityProviderConfig",
        shown,
        lambda _: {},
        after=lambda: _activate(ctx, cluster, name),
        undo=lambda: _forget(ctx, cluster, name),
    )
    return {"update": update, "tags": params.get("tags") or {}}


def _check(cluster: str, oidc: Body) -> None:
    """What the API reference says of the issuer and the prefixes."""
    if not oidc["issuerUrl"].startswith("https://"):
        raise invalid("The issuerUrl must begin with https://", clusterName=cluster)
    if "?" in oidc["issuerUrl"]:
        raise invalid("The issuerUrl must not contain query parameters", clusterName=cluster)
    for name in ("usernamePrefix", "groupsPrefix"):
        if "system:" in oidc.get(name, ""):
            raise invalid(f"The {name} must not contain system:", clusterName=cluster)


def _forget(ctx: Context, cluster: str, name: str) -> None:
    body = ctx.nouns(cluster, "identityproviderconfig").get(name)
    ctx.nouns(cluster, "identityproviderconfig").remove(name)
    ctx.region.arns.pop((body or {}).get("identityProviderConfigArn", ""), None)


def _activate(ctx: Context, cluster: str, name: str) -> None:
    ctx.nouns(cluster, "identityproviderconfig").change(name, status="ACTIVE")


def _config(ctx: Context, params: Params, *, seen: bool = False) -> Body:
    wanted = params["identityProviderConfig"]
    cluster_of(ctx, params["clusterName"], seen=seen)
    store = ctx.nouns(params["clusterName"], "identityproviderconfig")
    body = store.seen(wanted["name"]) if seen else store.get(wanted["name"])
    if body is None or wanted["type"] != "oidc":
        raise not_found(f"Identity provider config not found: {wanted['type']}/{wanted['name']}", clusterName=params["clusterName"])
    return body


@operation
def describe_identity_provider_config(ctx: Context, params: Params) -> Answer:
    return {"identityProviderConfig": {"oidc": _config(ctx, params, seen=True)}}


@operation
def list_identity_provider_configs(ctx: Context, params: Params) -> Answer:
    cluster_of(ctx, params["clusterName"], seen=True)
    found = ctx.nouns(params["clusterName"], "identityproviderconfig").all_seen()
    return page(params, "identityProviderConfigs", ({"type": "oidc", "name": body["identityProviderConfigName"]} for body in found))


@operation
def disassociate_identity_provider_config(ctx: Context, params: Params) -> Answer:
    return idempotent(ctx, params, lambda: _disassociate(ctx, params))


def _disassociate(ctx: Context, params: Params) -> Answer:
    body, cluster = _config(ctx, params), params["clusterName"]
    target = cluster_target(ctx, cluster)
    refuse_second(ctx, target, "DisassociateIdentityProviderConfig")
    store, name = ctx.nouns(cluster, "identityproviderconfig"), body["identityProviderConfigName"]
    store.change(name, status="DELETING")
    shown = {"IdentityProviderConfig": [params["identityProviderConfig"]]}
    after, undo = (lambda: _forget(ctx, cluster, name)), (lambda: _activate(ctx, cluster, name))
    return {"update": start_update(ctx, target, "DisassociateIdentityProviderConfig", shown, lambda _: {}, after=after, undo=undo)}
