"""Service settings, such as the tier of managed instances."""

from __future__ import annotations

from sandbox.aws.context import Context
from sandbox.aws.errors import ApiError
from sandbox.aws.ssm.registry import Answer, Params, operation
from sandbox.aws.store import Body

DEFAULTS = {
    "/ssm/managed-instance/activation-tier": "standard",
    "/ssm/managed-instance/default-ec2-instance-management-role": "$None",
    "/ssm/automation/customer-script-log-destination": "None",
    "/ssm/automation/customer-script-log-group-name": "/aws/ssm/automation",
    "/ssm/automation/enable-adaptive-concurrency": "False",
    "/ssm/documents/console/public-sharing-permission": "Enable",
    "/ssm/opsinsights/opscenter": "Disabled",
    "/ssm/parameter-store/default-parameter-tier": "Standard",
    "/ssm/parameter-store/high-throughput-enabled": "false",
}


@operation
def get_service_setting(ctx: Context, params: Params) -> Answer:
    return {"ServiceSetting": _setting(ctx, params)}


@operation
def update_service_setting(ctx: Context, params: Params) -> Answer:
    body = _setting(ctx, params)
    changed = {"SettingValue": params["SettingValue"], "LastModifiedDate": ctx.now, "LastModifiedUser": ctx.caller.arn, "Status": "Customized"}
    ctx.region.service_settings.put(body["SettingId"], {**body, **changed})
    return {}


@operation
def reset_service_setting(ctx: Context, params: Params) -> Answer:
    ctx.region.service_settings.remove(_setting(ctx, params)["SettingId"])
    return {"ServiceSetting": _setting(ctx, params)}


def _setting(ctx: Context, params: Params) -> Body:
    """Return the setting; its id may be given as an ARN."""
    name = "/" + params["SettingId"].partition(":servicesetting/")[2] if params["SettingId"].startswith("arn:") else params["SettingId"]
    if name not in DEFAULTS:
        raise ApiError("ServiceSettingNotFound", "The specified service setting wasn't found. Either the service name or the setting hasn't been provisioned.")
    arn = ctx.arn(f"servicesetting{name}", "ssm")
    default = {"SettingId": name, "SettingValue": DEFAULTS[name], "LastModifiedDate": 0.0, "LastModifiedUser": "System", "ARN": arn, "Status": "Default"}
    return ctx.region.service_settings.seen(name) or default
