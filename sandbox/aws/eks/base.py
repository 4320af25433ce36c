"""What the nouns of EKS share: not-found errors, pages, idempotent creation, transitions."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Callable, Iterable
from typing import Any

from sandbox.aws.context import Context, Params, without
from sandbox.aws.errors import ApiError
from sandbox.aws.store import Body, Key, Store

PAGE = 100
_serial = itertools.count(1)


def not_found(message: str, **members: Any) -> ApiError:
    return ApiError("ResourceNotFoundException", message, **members)


def in_use(message: str, **members: Any) -> ApiError:
    return ApiError("ResourceInUseException", message, **members)


def invalid(message: str, **members: Any) -> ApiError:
    return ApiError("InvalidParameterException", message, **members)


def invalid_request(message: str, **members: Any) -> ApiError:
    return ApiError("InvalidRequestException", message, **members)


def cluster_of(ctx: Context, name: str, *, seen: bool = False) -> Body:
    """Return the cluster, as it is or as a reader sees it; not-found in the service's words."""
    body = ctx.clusters.seen(name) if seen else ctx.clusters.get(name)
    if body is None:
        raise not_found(f"No cluster found for name: {name}.", clusterName=name)
    return body


def usable_cluster(ctx: Context, name: str) -> Body:
    """Return the cluster when nouns may be added to it, or changed in it."""
    body = cluster_of(ctx, name)
    if body["status"] not in ("ACTIVE", "UPDATING"):
        raise invalid_request(f"Cluster '{name}' is not in ACTIVE status", clusterName=name)
    return body


def page(params: Params, name: str, rows: Iterable[Any]) -> dict[str, Any]:
    """Return one page of rows under name, and the token of the next page when there is one."""
    every = list(rows)
    start, size = _offset(params.get("nextToken")), params.get("maxResults") or PAGE
    rest = {"nextToken": _token(start + size)} if start + size < len(every) else {}
    return {name: every[start : start + size], **rest}


def _token(offset: int) -> str:
    return base64.urlsafe_b64encode(f"offset:{offset}".encode()).decode()


def _offset(token: str | None) -> int:
    if not token:
        return 0
    try:
        label, _, number = base64.urlsafe_b64decode(token).decode().partition(":")
        if label == "offset" and number.isdigit():
            return int(number)
    except ValueError as error:
        raise invalid("Invalid nextToken") from error
    raise invalid("Invalid nextToken")


def idempotent(ctx: Context, params: Params, create: Callable[[], Body]) -> Body:
    """Return create(), or what the same request with the same clientRequestToken made before.

    The same token with other parameters is an error, as in the service.
    """
    token = params.get("clientRequestToken")
    if not token:
        return create()
    request = without(params, "clientRequestToken")
    known = ctx.region.tokens.get((ctx.call.operation, token))
    if known is None:
        answer = create()
        ctx.region.tokens[(ctx.call.operation, token)] = (request, answer)
        return answer
    if known[0] != request:
        raise invalid("The client request token was used before with different parameters")
    return known[1]


def transition(ctx: Context, store: Store, key: Key, kind: str, end: Callable[[Body], object], after: float | None = None, **members: Any) -> Body:
    """Change the body now, and call end(body) when the kind's delay (or `after` seconds) has passed, unless another transition began meanwhile."""
    serial = next(_serial)
    body = store.change(key, _transition=serial, **members)

    def finish() -> None:
        current = store.get(key)
        if current is not None and current.get("_transition") == serial:
            end(current)

    ctx.world.schedule.after(ctx.world.settings.delay_of(kind) if after is None else after, finish)
    return body


def outcome_of(ctx: Context, cluster: str, kind: str, *names: str) -> Body | None:
    """Return how a test wants this transition to end; None means well."""
    return ctx.world.take_outcome(ctx.call.account, ctx.call.region, cluster, kind, names)


def check_quota(ctx: Context, store: Store, kind: str, text: str, **members: Any) -> None:
    """Refuse one more than the setting `quotas` has for the kind. text is the service's, with {limit} in it."""
    limit = ctx.world.settings.quotas.get(kind)
    if limit is not None and len(store) >= limit:
        raise ApiError("ResourceLimitExceededException", text.format(limit=limit), **members)


def strict(ctx: Context) -> bool:
    return ctx.world.settings.strict_references


def check_tags(tags: dict[str, str] | None) -> None:
    if tags and any(key.lower().startswith("aws:") for key in tags):
        raise invalid("Tag keys may not begin with the reserved prefix aws:")
    if tags and len(tags) > 50:
        raise invalid("A resource can have at most 50 tags")
