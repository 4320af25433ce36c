"""EKS Anywhere subscriptions: a licence for clusters elsewhere."""

from __future__ import annotations

from sandbox.aws.context import Context, new_id
from sandbox.aws.eks.base import check_tags, idempotent, invalid, invalid_request, not_found, page, transition
from sandbox.aws.eks.registry import Answer, Params, operation
from sandbox.aws.store import Body

MONTH = 30.4375 * 86400
TERMS = (12, 36)


@operation
def create_eks_anywhere_subscription(ctx: Context, params: Params) -> Answer:
    return {"subscription": idempotent(ctx, params, lambda: _create(ctx, params))}


def _create(ctx: Context, params: Params) -> Body:
    check_tags(params.get("tags"))
    if params["term"].get("duration") not in TERMS:
        raise invalid(f"The term's duration must be one of {', '.join(map(str, TERMS))} months")
    identifier, store = new_id(), ctx.region.subscriptions
    arn, licence = ctx.arn(f"eks-anywhere-subscription/{identifier}"), new_id()
    body: Body = {
        "id": identifier,
        "arn": arn,
        "createdAt": ctx.now,
        "effectiveDate": ctx.now,
        "expirationDate": ctx.now + params["term"]["duration"] * MONTH,
        "licenseQuantity": params.get("licenseQuantity", 1),
        "licenseType": params.get("licenseType", "Cluster"),
        "term": params["term"],
        "status": "CREATING",
        "autoRenew": params.get("autoRenew", False),
        "licenseArns": [f"arn:aws:license-manager::{ctx.call.account}:license:{licence}"],
        "licenses": [{"id": licence, "token": new_id()}],
        "tags": params.get("tags") or {},
    }
    store.put(identifier, body)
    ctx.index(store, identifier, arn)
    return transition(ctx, store, identifier, "cluster", lambda _: store.change(identifier, status="ACTIVE"))


def _subscription(ctx: Context, params: Params, *, seen: bool = False) -> Body:
    body = ctx.region.subscriptions.seen(params["id"]) if seen else ctx.region.subscriptions.get(params["id"])
    if body is None:
        raise not_found(f"No subscription found for ID: {params['id']}", subscriptionId=params["id"])
    return body


@operation
def describe_eks_anywhere_subscription(ctx: Context, params: Params) -> Answer:
    return {"subscription": _subscription(ctx, params, seen=True)}


@operation
def list_eks_anywhere_subscriptions(ctx: Context, params: Params) -> Answer:
    wanted = params.get("includeStatus")
    return page(params, "subscriptions", (body for body in ctx.region.subscriptions.all_seen() if not wanted or body["status"] in wanted))


@operation
def update_eks_anywhere_subscription(ctx: Context, params: Params) -> Answer:
    _subscription(ctx, params)
    return {"subscription": ctx.region.subscriptions.change(params["id"], autoRenew=params["autoRenew"])}


@operation
def delete_eks_anywhere_subscription(ctx: Context, params: Params) -> Answer:
    """Delete a subscription that has run out, or that was never used."""
    body = _subscription(ctx, params)
    if body["status"] in ("CREATING", "ACTIVE") and ctx.now < body["expirationDate"]:
        raise invalid_request("An active subscription cannot be deleted", subscriptionId=params["id"])
    ctx.region.subscriptions.remove(params["id"])
    ctx.region.arns.pop(body["arn"], None)
    return {"subscription": {**body, "status": "DELETING"}}
