"""Managed instances: hosts that registered with an activation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.aws.context import Context
from sandbox.aws.errors import ApiError
from sandbox.aws.ssm.registry import Answer, Params, operation, page
from sandbox.aws.store import Body

PAGE = 50
SILENCE = 300.0  # seconds without a ping after which an instance counts as lost

KEYS: dict[str, Callable[[Body], Any]] = {
    "InstanceIds": lambda body: body["InstanceId"],
    "AgentVersion": lambda body: body.get("AgentVersion"),
    "PingStatus": lambda body: body["PingStatus"],
    "PlatformTypes": lambda body: body.get("PlatformType"),
    "ActivationIds": lambda body: body["ActivationId"],
    "IamRole": lambda body: body["IamRole"],
    "ResourceType": lambda body: "ManagedInstance",
    "AssociationStatus": lambda body: body.get("AssociationStatus"),
    "tag-key": lambda body: [tag["Key"] for tag in body["_tags"]],
}


@operation
def describe_instance_information(ctx: Context, params: Params) -> Answer:
    """Answer both filter styles; Filters knows tag:KEY and tag-key too."""
    wanted = [(each["key"], each["valueSet"]) for each in params.get("InstanceInformationFilterList") or []]
    wanted += [(each["Key"], each["Values"]) for each in params.get("Filters") or []]
    for key, _ in wanted:
        if key not in KEYS and not key.startswith("tag:"):
            raise ApiError("InvalidFilterKey", f"The specified filter key is not valid: {key}")
    found = [_shown(ctx, body) for body in ctx.region.managed_instances.all_seen()]
    return page(params, "InstanceInformationList", (body for body in found if all(_fits(body, key, values) for key, values in wanted)), PAGE)


def _fits(body: Body, key: str, values: list[str]) -> bool:
    if key.startswith("tag:"):
        return any(tag["Key"] == key.removeprefix("tag:") and tag["Value"] in values for tag in body["_tags"])
    value = KEYS[key](body)
    return any(each in values for each in value) if isinstance(value, list) else value in values


def _shown(ctx: Context, body: Body) -> Body:
    silent = ctx.now - body["LastPingDateTime"] > SILENCE
    return {**body, "PingStatus": "ConnectionLost" if silent else body["PingStatus"]}


@operation
def deregister_managed_instance(ctx: Context, params: Params) -> Answer:
    instance_of(ctx, params["InstanceId"])
    ctx.region.managed_instances.remove(params["InstanceId"])
    return {}


@operation
def update_managed_instance_role(ctx: Context, params: Params) -> Answer:
    instance_of(ctx, params["InstanceId"])
    ctx.region.managed_instances.change(params["InstanceId"], IamRole=params["IamRole"])
    return {}


def instance_of(ctx: Context, identifier: str, code: str = "InvalidInstanceId") -> Body:
    body = ctx.region.managed_instances.get(identifier)
    if body is None:
        raise ApiError(code, f"Instance {identifier} is not in a valid state or does not exist")
    return body


@operation
def add_tags_to_resource(ctx: Context, params: Params) -> Answer:
    body = instance_of(ctx, params["ResourceId"], "InvalidResourceId")
    tags = {tag["Key"]: tag["Value"] for tag in [*body["_tags"], *params["Tags"]]}
    _put_tags(ctx, params["ResourceId"], tags)
    return {}


@operation
def remove_tags_from_resource(ctx: Context, params: Params) -> Answer:
    body = instance_of(ctx, params["ResourceId"], "InvalidResourceId")
    _put_tags(ctx, params["ResourceId"], {tag["Key"]: tag["Value"] for tag in body["_tags"] if tag["Key"] not in params["TagKeys"]})
    return {}


@operation
def list_tags_for_resource(ctx: Context, params: Params) -> Answer:
    return {"TagList": instance_of(ctx, params["ResourceId"], "InvalidResourceId")["_tags"]}


def _put_tags(ctx: Context, identifier: str, tags: dict[str, str]) -> None:
    ctx.region.managed_instances.change(identifier, _tags=[{"Key": key, "Value": value} for key, value in tags.items()])
