"""A CreateNodegroup request: checked, filled in with defaults; the launch template resolved."""

from __future__ import annotations

import secrets
from typing import Any

from sandbox.aws import moto_side
from sandbox.aws.context import Context, Params, new_id
from sandbox.aws.eks import references, versions
from sandbox.aws.eks.base import check_tags, invalid, invalid_request
from sandbox.aws.store import Body

MOST_SKEW = 3
MOST_TAINTS = 50
LAST_AL2 = 32


def check(ctx: Context, cluster: Body, params: Params) -> None:
    """Refuse what the service refuses."""
    names = {"clusterName": cluster["name"], "nodegroupName": params["nodegroupName"]}
    check_tags(params.get("tags"))
    if not params["subnets"]:
        raise invalid("Subnets cannot be empty", **names)
    references.check_subnets(ctx, params["subnets"], **names)
    references.check_role(ctx, params["nodeRole"], **names)
    check_scaling(params.get("scalingConfig"), {})
    check_update_config(params.get("updateConfig") or {})
    check_taints(params.get("taints") or [])
    if len(params.get("instanceTypes") or []) > 20:
        raise invalid("At most 20 instance types can be specified", **names)
    _check_template(params, names)
    check_version(cluster["version"], params.get("version"), names)
    ami = params.get("amiType", "")
    if ami.startswith("AL2_") and versions.number(params.get("version") or cluster["version"]) > LAST_AL2:
        raise invalid(f"Requested release version is not valid: {ami} is not supported for Kubernetes version {cluster['version']}", **names)


def check_version(cluster: str, wanted: str | None, names: dict[str, str]) -> None:
    """A kubelet is never newer than the control plane, and at most three minors older."""
    if wanted is None:
        return
    behind = versions.number(cluster) - versions.number(wanted)
    if wanted not in versions.BY_MINOR or not 0 <= behind <= MOST_SKEW:
        raise invalid_request(f"Nodegroup Kubernetes version {wanted} is not supported for cluster version {cluster}", **names)


def check_scaling(scaling: Body | None, old: Body) -> None:
    if scaling is None:
        return
    merged = {**old, **scaling}
    if not scaling or any(name not in merged for name in ("minSize", "maxSize", "desiredSize")):
        raise invalid("Either all or at least one of minSize, maxSize, desiredSize must be provided")
    if merged["minSize"] > merged["maxSize"]:
        raise invalid(f"Minimum capacity {merged['minSize']} can't be greater than maximum capacity {merged['maxSize']}")
    if merged["desiredSize"] > merged["maxSize"]:
        raise invalid(f"desired capacity {merged['desiredSize']} can't be greater than max size {merged['maxSize']}")
    if merged["desiredSize"] < merged["minSize"]:
        raise invalid(f"Minimum capacity {merged['minSize']} can't be greater than desired size {merged['desiredSize']}")


def check_update_config(config: Body) -> None:
    if "maxUnavailable" in config and "maxUnavailablePercentage" in config:
        raise invalid("Only one of maxUnavailable or maxUnavailablePercentage can be specified")
    if config.get("maxUnavailable", 1) > 100:
        raise invalid("maxUnavailable can be at most 100")


def check_taints(taints: list[Body]) -> None:
    if len(taints) > MOST_TAINTS:
        raise invalid(f"At most {MOST_TAINTS} taints can be specified")
    if any("key" not in taint or "effect" not in taint for taint in taints):
        raise invalid("A taint needs a key and an effect")


def _check_template(params: Params, names: dict[str, str]) -> None:
    template, remote = params.get("launchTemplate"), params.get("remoteAccess")
    if template is not None:
        check_template_names(template)
        if remote:
            raise invalid("Remote access configuration cannot be specified with a launch template.", **names)
        if params.get("diskSize"):
            raise invalid("Disk size must be specified within the launch template.", **names)
    if remote and remote.get("sourceSecurityGroups") and not remote.get("ec2SshKey"):
        raise invalid("An ec2SshKey must be specified when sourceSecurityGroups are given.", **names)


def check_template_names(template: Body) -> None:
    if template.get("id") and template.get("name"):
        raise invalid("Either provide launch template ID or launch template name in the request.")
    if not template.get("id") and not template.get("name"):
        raise invalid("Launch template ID or launch template name must be provided.")


def template_body(ctx: Context, template: Body | None) -> Body | None:
    """Return the template as the service answers it: id, name and a version number."""
    if template is None:
        return None
    found = moto_side.find_launch_template(ctx.call.account, ctx.call.region, template.get("id"), template.get("name"))
    if found is None:
        named = {"id": template.get("id") or f"lt-{secrets.token_hex(9)[:17]}", "name": template.get("name") or f"template-{template.get('id')}"}
        return {**named, "version": template.get("version") or "1"}
    default = str(found.default_version_number)
    return {
        "id": found.id,
        "name": found.name,
        "version": {"$Default": default, "$Latest": str(len(found.versions))}.get(template.get("version") or "$Default", template.get("version")),
    }


def release_version(minor: str, ami: str) -> str:
    """Return an AMI release of that Kubernetes version, in the form of that AMI family."""
    patch = versions.BY_MINOR[minor].patch
    if ami.startswith("BOTTLEROCKET"):
        return "1.52.0-9a8b7c6d"
    return f"{patch}-20261015"


def new_body(ctx: Context, cluster: Body, params: Params) -> Body:
    """Return a new node group's body, defaults filled in."""
    name, template = params["nodegroupName"], params.get("launchTemplate")
    arn = ctx.arn(f"nodegroup/{cluster['name']}/{name}/{new_id()}")
    ami = params.get("amiType") or ("AL2023_x86_64_STANDARD" if template is None or not _has_image(ctx, template) else "CUSTOM")
    version = params.get("version") or cluster["version"]
    return {
        "nodegroupName": name,
        "nodegroupArn": arn,
        "clusterName": cluster["name"],
        "version": version,
        "releaseVersion": params.get("releaseVersion") or (None if ami == "CUSTOM" else release_version(version, ami)),
        "createdAt": ctx.now,
        "modifiedAt": ctx.now,
        "status": "CREATING",
        "capacityType": params.get("capacityType", "ON_DEMAND"),
        "scalingConfig": params.get("scalingConfig") or {"minSize": 1, "maxSize": 2, "desiredSize": 2},
        "instanceTypes": params.get("instanceTypes") or (["t3.medium"] if template is None else None),
        "subnets": params["subnets"],
        "remoteAccess": params.get("remoteAccess"),
        "amiType": ami,
        "nodeRole": params["nodeRole"],
        "labels": params.get("labels") or {},
        "taints": params.get("taints") or [],
        "resources": _resources(name, params),
        "diskSize": params.get("diskSize") or (20 if template is None else None),
        "health": {"issues": []},
        "updateConfig": params.get("updateConfig") or {"maxUnavailable": 1},
        "nodeRepairConfig": params.get("nodeRepairConfig") or {"enabled": False},
        "launchTemplate": template_body(ctx, template),
        "warmPoolConfig": params.get("warmPoolConfig"),
        "tags": params.get("tags") or {},
        "_arn": arn,
        "_nodes": 0,
    }


def _resources(name: str, params: Params) -> dict[str, Any]:
    groups: dict[str, Any] = {"autoScalingGroups": [{"name": f"eks-{name}-{new_id()}"}]}
    return groups | ({"remoteAccessSecurityGroup": f"sg-{secrets.token_hex(9)[:17]}"} if params.get("remoteAccess") else {})


def _has_image(ctx: Context, template: Body) -> bool:
    found = moto_side.find_launch_template(ctx.call.account, ctx.call.region, template.get("id"), template.get("name"))
    return found is not None and bool(found.latest_version().data.get("ImageId"))
