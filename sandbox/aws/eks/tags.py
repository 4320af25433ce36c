"""TagResource, UntagResource, ListTagsForResource: synchronous, and allowed while an update runs."""

from __future__ import annotations

from sandbox.aws.context import Context
from sandbox.aws.eks.registry import Answer, Params, operation
from sandbox.aws.errors import ApiError
from sandbox.aws.store import Body, Key, Store

MOST = 50


@operation
def tag_resource(ctx: Context, params: Params) -> Answer:
    store, key, body = _resource(ctx, params["resourceArn"])
    if any(name.lower().startswith("aws:") for name in params["tags"]):
        raise ApiError("BadRequestException", "Tag keys may not begin with the reserved prefix aws:")
    tags = {**(body.get("tags") or {}), **params["tags"]}
    if len(tags) > MOST:
        raise ApiError("BadRequestException", f"A resource can have at most {MOST} tags")
    store.change(key, tags=tags)
    return {}


@operation
def untag_resource(ctx: Context, params: Params) -> Answer:
    store, key, body = _resource(ctx, params["resourceArn"])
    store.change(key, tags={name: value for name, value in (body.get("tags") or {}).items() if name not in params["tagKeys"]})
    return {}


@operation
def list_tags_for_resource(ctx: Context, params: Params) -> Answer:
    store, key, body = _resource(ctx, params["resourceArn"])
    return {"tags": (store.seen(key) or body).get("tags") or {}}


def _resource(ctx: Context, arn: str) -> tuple[Store, Key, Body]:
    if arn.count(":") < 5 or arn.split(":")[2] != "eks":
        raise ApiError("BadRequestException", f"The ARN {arn} is not valid")
    store, key = ctx.region.arns.get(arn, (None, None))
    body = store.get(key) if store is not None else None
    if store is None or body is None:
        raise ApiError("NotFoundException", f"Resource not found: {arn}")
    return store, key, body
