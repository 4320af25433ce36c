"""Hybrid activations: made once, counted down, never shown again."""

from __future__ import annotations

import secrets
import string

from sandbox.aws import moto_side
from sandbox.aws.context import Context, new_id
from sandbox.aws.errors import ApiError
from sandbox.aws.ssm.registry import Answer, Params, operation, page
from sandbox.aws.store import Body

DAY = 86400.0
LONGEST = 30 * DAY
PAGE = 50
FILTERS = {"ActivationIds": "ActivationId", "DefaultInstanceName": "DefaultInstanceName", "IamRole": "IamRole"}
_ALPHABET = string.ascii_letters + string.digits


@operation
def create_activation(ctx: Context, params: Params) -> Answer:
    _check(ctx, params)
    identifier, code = new_id(), "".join(secrets.choice(_ALPHABET) for _ in range(20))
    body: Body = {
        "ActivationId": identifier,
        "Description": params.get("Description"),
        "DefaultInstanceName": params.get("DefaultInstanceName"),
        "IamRole": params["IamRole"],
        "RegistrationLimit": params.get("RegistrationLimit", 1),
        "RegistrationsCount": 0,
        "ExpirationDate": params.get("ExpirationDate", ctx.now + DAY),
        "CreatedDate": ctx.now,
        "Tags": params.get("Tags") or [],
        "_code": code,
    }
    ctx.region.activations.put(identifier, body)
    return {"ActivationId": identifier, "ActivationCode": code}


def _check(ctx: Context, params: Params) -> None:
    expires = params.get("ExpirationDate")
    if params["IamRole"].startswith("arn:"):
        raise ApiError("ValidationException", "Invalid IamRole: give the role's name, not its ARN")
    if expires is not None and not ctx.now < expires <= ctx.now + LONGEST:
        raise ApiError("ValidationException", "The activation expiration date must be in the future and within 30 days")
    if ctx.world.settings.strict_references and moto_side.find_role_named(ctx.call.account, params["IamRole"]) is None:
        raise ApiError("ValidationException", f"Nonexistent role or missing ssm service principal in trust policy: {params['IamRole']}")


def expired(ctx: Context, body: Body) -> bool:
    return bool(body["ExpirationDate"] <= ctx.now)


@operation
def describe_activations(ctx: Context, params: Params) -> Answer:
    filters = [(FILTERS[each["FilterKey"]], each.get("FilterValues") or []) for each in params.get("Filters") or [] if each.get("FilterKey") in FILTERS]
    found = (body for body in ctx.region.activations.all_seen() if all(body[key] in values for key, values in filters))
    return page(params, "ActivationList", (_shown(ctx, body) for body in found), PAGE)


def _shown(ctx: Context, body: Body) -> Body:
    """Return the activation as it is answered; an unused one has no count (the model's least count is 1)."""
    return {**body, "Expired": expired(ctx, body), "RegistrationsCount": body["RegistrationsCount"] or None}


@operation
def delete_activation(ctx: Context, params: Params) -> Answer:
    """Delete an activation; hosts registered with it stay."""
    if ctx.region.activations.get(params["ActivationId"]) is None:
        raise ApiError("InvalidActivation", f"Activation {params['ActivationId']} does not exist")
    ctx.region.activations.remove(params["ActivationId"])
    return {}
