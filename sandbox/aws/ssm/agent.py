"""What the SSM agent of a host calls: register, get credentials, report. These operations are not in botocore's model."""

from __future__ import annotations

import secrets

from sandbox.aws import moto_side
from sandbox.aws.context import Context
from sandbox.aws.eks import connector
from sandbox.aws.errors import ApiError
from sandbox.aws.principals import Identity
from sandbox.aws.ssm.activation import expired
from sandbox.aws.ssm.instance import instance_of
from sandbox.aws.ssm.registry import Answer, Params, agent_operation
from sandbox.aws.store import Body
from sandbox.aws.world import Region

SESSION_SECONDS = 3600
REPORTED = ("AgentVersion", "PlatformName", "PlatformVersion", "PlatformType", "IPAddress", "ComputerName")


@agent_operation
def register_managed_instance(ctx: Context, params: Params) -> Answer:
    """Register a host with an activation. The request is unsigned: the activation tells the account."""
    region, activation = _activation(ctx, params)
    if activation is None or activation["_code"] != params.get("ActivationCode"):
        raise ApiError("InvalidActivation", "The activation code or ID is invalid.")
    if expired(ctx, activation):
        raise ApiError("ActivationExpired", "Registration failed: the activation has expired.")
    if activation["RegistrationsCount"] >= activation["RegistrationLimit"]:
        raise ApiError("InvalidActivation", "The activation has reached its registration limit.")
    region.activations.change(activation["ActivationId"], RegistrationsCount=activation["RegistrationsCount"] + 1)
    body = _instance(ctx, activation, params)
    region.managed_instances.put(body["InstanceId"], body)
    connector.connected(region, activation)
    return {"InstanceId": body["InstanceId"]}


def _activation(ctx: Context, params: Params) -> tuple[Region, Body | None]:
    wanted = params.get("ActivationId")
    for region in ctx.world.regions.values():
        found = region.activations.get(wanted)
        if found is not None:
            return region, found
    return ctx.region, None


def _instance(ctx: Context, activation: Body, params: Params) -> Body:
    return {
        "InstanceId": f"mi-{secrets.token_hex(9)[:17]}",
        "PingStatus": "Inactive",
        "LastPingDateTime": ctx.now,
        "IsLatestVersion": True,
        "PlatformType": "Linux",
        "ActivationId": activation["ActivationId"],
        "IamRole": activation["IamRole"],
        "RegistrationDate": ctx.now,
        "ResourceType": "ManagedInstance",
        "Name": activation["DefaultInstanceName"],
        "SourceType": "AWS::SSM::ManagedInstance",
        "_fingerprint": params.get("Fingerprint"),
        "_tags": activation["Tags"],
    }


@agent_operation
def request_managed_instance_role_token(ctx: Context, params: Params) -> Answer:
    """Give a registered host a session of its role, named after the instance."""
    account, body = _registered(ctx, params)
    if body["_fingerprint"] != params.get("Fingerprint"):
        raise ApiError("MachineFingerprintDoesNotMatch", "Fingerprint does not match the one of the registered instance.")
    key, secret, token = "ASIA" + secrets.token_hex(8).upper(), secrets.token_urlsafe(30), secrets.token_urlsafe(120)
    ctx.world.principals.issue(key, _session(account, body, secret))
    expires = ctx.now + SESSION_SECONDS
    return {"AccessKeyId": key, "SecretAccessKey": secret, "SessionToken": token, "TokenExpirationDate": expires}


def _session(account: str, body: Body, secret: str) -> Identity:
    role, name = moto_side.find_role_named(account, body["IamRole"]), body["IamRole"].rpartition("/")[2]
    principal = role.arn if role is not None else f"arn:aws:iam::{account}:role/{body['IamRole']}"
    role_id = role.id if role is not None else "AROASANDBOX"
    arn = f"arn:aws:sts::{account}:assumed-role/{name}/{body['InstanceId']}"
    return Identity(account, arn, principal, f"{role_id}:{body['InstanceId']}", body["InstanceId"], secret)


@agent_operation
def update_instance_information(ctx: Context, params: Params) -> Answer:
    account, body = _registered(ctx, params)
    found = {name: params[name] for name in REPORTED if params.get(name)}
    region = ctx.world.region(account, _region_of(ctx, body))
    region.managed_instances.change(body["InstanceId"], PingStatus="Online", LastPingDateTime=ctx.now, **found)
    return {}


def _registered(ctx: Context, params: Params) -> tuple[str, Body]:
    """Return the account and body of a registered host, wherever it registered; the caller may be unsigned."""
    for (account, _), region in ctx.world.regions.items():
        found = region.managed_instances.get(params.get("InstanceId"))
        if found is not None:
            return account, found
    return ctx.call.account, instance_of(ctx, params.get("InstanceId") or "")


def _region_of(ctx: Context, body: Body) -> str:
    return next(name for (_, name), region in ctx.world.regions.items() if region.managed_instances.get(body["InstanceId"]) is not None)
