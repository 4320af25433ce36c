"""Managed node groups."""

from __future__ import annotations

from typing import Any

from sandbox.aws.context import Context
from sandbox.aws.eks import access_entry, addon, nodegroup_spec, versions, workloads
from sandbox.aws.eks.base import check_quota, cluster_of, idempotent, in_use, invalid, invalid_request, not_found, outcome_of, page, transition, usable_cluster
from sandbox.aws.eks.registry import Answer, Params, operation
from sandbox.aws.eks.updates import Target, refuse_second, start_update
from sandbox.aws.store import Body


@operation
def create_nodegroup(ctx: Context, params: Params) -> Answer:
    return {"nodegroup": idempotent(ctx, params, lambda: _create(ctx, params))}


def _create(ctx: Context, params: Params) -> Body:
    cluster, name = usable_cluster(ctx, params["clusterName"]), params["nodegroupName"]
    store = ctx.nouns(cluster["name"], "nodegroup")
    if store.get(name) is not None:
        raise in_use(f"NodeGroup already exists with name {name} and cluster name {cluster['name']}", clusterName=cluster["name"], nodegroupName=name)
    nodegroup_spec.check(ctx, cluster, params)
    text = "Cannot create more than {limit} managed node groups for a cluster"
    check_quota(ctx, store, "nodegroup", text, clusterName=cluster["name"], nodegroupName=name)
    body = store.put(name, nodegroup_spec.new_body(ctx, cluster, params))
    ctx.index(store, name, body["nodegroupArn"])
    access_entry.ensure(ctx, cluster["name"], params["nodeRole"], "EC2_WINDOWS" if body["amiType"].startswith("WINDOWS") else "EC2_LINUX")
    return transition(ctx, store, name, "nodegroup", lambda current: _created(ctx, current))


def _created(ctx: Context, body: Body) -> None:
    cluster, name = body["clusterName"], body["nodegroupName"]
    outcome = outcome_of(ctx, cluster, "nodegroup", name)
    store = ctx.nouns(cluster, "nodegroup")
    if outcome is None:
        store.change(name, status="ACTIVE", modifiedAt=ctx.now)
    else:
        store.change(name, status=outcome["status"], health={"issues": outcome["issues"]})
    if outcome is None or outcome["status"] == "DEGRADED":
        _fit_nodes(ctx, cluster, name)


def _fit_nodes(ctx: Context, cluster: str, name: str) -> None:
    """Make the cluster's Node objects those of the group as it is now."""
    store = ctx.nouns(cluster, "nodegroup")
    body = store.get(name)
    if body is None:
        return
    wanted, known = body["scalingConfig"]["desiredSize"], body["_nodes"]
    store.change(name, _nodes=wanted)
    surplus = [_key(node) for node in workloads.nodes(ctx, body, known)[wanted:]] if ctx.world.kubernetes else []
    workloads.apply(ctx, cluster, workloads.nodes(ctx, body, wanted) if ctx.world.kubernetes else [], surplus)
    addon.nodes_changed(ctx, cluster)


def _key(manifest: Body) -> Body:
    return {name: manifest[name] for name in ("apiVersion", "kind", "metadata")}


def nodegroup_of(ctx: Context, params: Params, *, seen: bool = False) -> Body:
    cluster_of(ctx, params["clusterName"], seen=seen)
    store, name = ctx.nouns(params["clusterName"], "nodegroup"), params["nodegroupName"]
    body = store.seen(name) if seen else store.get(name)
    if body is None:
        raise not_found(f"No node group found for name: {name}.", clusterName=params["clusterName"], nodegroupName=name)
    return body


@operation
def describe_nodegroup(ctx: Context, params: Params) -> Answer:
    return {"nodegroup": nodegroup_of(ctx, params, seen=True)}


@operation
def list_nodegroups(ctx: Context, params: Params) -> Answer:
    cluster_of(ctx, params["clusterName"], seen=True)
    return page(params, "nodegroups", sorted(body["nodegroupName"] for body in ctx.nouns(params["clusterName"], "nodegroup").all_seen()))


@operation
def delete_nodegroup(ctx: Context, params: Params) -> Answer:
    body = nodegroup_of(ctx, params)
    cluster, name = body["clusterName"], body["nodegroupName"]
    if body["status"] == "DELETING":
        raise in_use(f"Nodegroup {name} is already being deleted", clusterName=cluster, nodegroupName=name)
    refuse_second(ctx, _target(ctx, body), "delete")
    store = ctx.nouns(cluster, "nodegroup")

    def finish(current: Body) -> None:
        outcome = outcome_of(ctx, cluster, "nodegroup", name)
        if outcome is not None:
            store.change(name, status=outcome["status"], health={"issues": outcome["issues"]})
            return
        store.remove(name)
        ctx.region.arns.pop(current["nodegroupArn"], None)
        gone = [_key(node) for node in workloads.nodes(ctx, current, current["_nodes"])] if ctx.world.kubernetes else []
        workloads.apply(ctx, cluster, [], gone)
        addon.nodes_changed(ctx, cluster)

    return {"nodegroup": transition(ctx, store, name, "nodegroup", finish, status="DELETING")}


def _target(ctx: Context, body: Body) -> Target:
    return Target(body["clusterName"], "nodegroup", body["nodegroupName"], ctx.nouns(body["clusterName"], "nodegroup"), body["nodegroupName"])


def _updatable(ctx: Context, params: Params, kind: str) -> Body:
    usable_cluster(ctx, params["clusterName"])
    body = nodegroup_of(ctx, params)
    refuse_second(ctx, _target(ctx, body), kind)
    if body["status"] in ("CREATING", "DELETING"):
        raise in_use("Nodegroup cannot be updated as it is currently not in Active State", clusterName=body["clusterName"], nodegroupName=body["nodegroupName"])
    return body


@operation
def update_nodegroup_config(ctx: Context, params: Params) -> Answer:
    """Change labels, taints, sizes, update, repair and warm pool settings, all in one call."""
    body = _updatable(ctx, params, "ConfigUpdate")
    given = {name: params[name] for name in SETTINGS if name in params}
    if not given:
        raise invalid("No changes to the node group configuration were provided", clusterName=body["clusterName"], nodegroupName=body["nodegroupName"])
    changes = {name: SETTINGS[name](body, value) for name, value in given.items()}
    if all(changes[name] == body.get(name) for name in changes):
        raise invalid("No changes detected", clusterName=body["clusterName"], nodegroupName=body["nodegroupName"])
    update = start_update(
        ctx,
        _target(ctx, body),
        "ConfigUpdate",
        _shown(params),
        lambda _: {**changes, "modifiedAt": ctx.now},
        after=lambda: _fit_nodes(ctx, body["clusterName"], body["nodegroupName"]),
    )
    return {"update": update}


def _labels(body: Body, given: Body) -> dict[str, str]:
    kept = {key: value for key, value in body["labels"].items() if key not in (given.get("removeLabels") or [])}
    return {**kept, **(given.get("addOrUpdateLabels") or {})}


def _taints(body: Body, given: Body) -> list[Body]:
    """Apply a delta of taints; a taint is known by key and effect."""
    added = given.get("addOrUpdateTaints") or []
    gone = {(taint["key"], taint["effect"]) for taint in [*added, *(given.get("removeTaints") or [])]}
    nodegroup_spec.check_taints(added)
    return [*(taint for taint in body["taints"] if (taint["key"], taint["effect"]) not in gone), *added]


def _scaling(body: Body, given: Body) -> Body:
    nodegroup_spec.check_scaling(given, body["scalingConfig"])
    return {**body["scalingConfig"], **given}


def _update_config(body: Body, given: Body) -> Body:
    nodegroup_spec.check_update_config(given)
    kept = {
        key: value
        for key, value in body["updateConfig"].items()
        if key == "updateStrategy" or not given.keys() & {"maxUnavailable", "maxUnavailablePercentage"}
    }
    return {**kept, **given}


def _replaced(member: str) -> Any:
    return lambda body, given: {**(body.get(member) or {}), **given}


SETTINGS: dict[str, Any] = {
    "labels": _labels,
    "taints": _taints,
    "scalingConfig": _scaling,
    "updateConfig": _update_config,
    "nodeRepairConfig": _replaced("nodeRepairConfig"),
    "warmPoolConfig": _replaced("warmPoolConfig"),
}


def _shown(params: Params) -> dict[str, Any]:
    labels, taints, scaling = params.get("labels") or {}, params.get("taints") or {}, params.get("scalingConfig") or {}
    config = params.get("updateConfig") or {}
    numbers = {name[0].upper() + name[1:]: str(value) for name, value in {**scaling, **config}.items()}
    return {
        "LabelsToAdd": labels.get("addOrUpdateLabels"),
        "LabelsToRemove": labels.get("removeLabels"),
        "TaintsToAdd": taints.get("addOrUpdateTaints"),
        "TaintsToRemove": taints.get("removeTaints"),
        "NodeRepairConfig": params.get("nodeRepairConfig"),
        **numbers,
    }


@operation
def update_nodegroup_version(ctx: Context, params: Params) -> Answer:
    """Roll the nodes to another Kubernetes version, AMI release or launch template version."""
    body, cluster = _updatable(ctx, params, "VersionUpdate"), cluster_of(ctx, params["clusterName"])
    changes = _template_change(ctx, body, params["launchTemplate"]) if "launchTemplate" in params else {}
    changes |= _version_change(cluster, body, params)
    if all(body.get(name) == value for name, value in changes.items()):
        raise invalid("Nodegroup is already at the desired version: no changes detected", clusterName=body["clusterName"], nodegroupName=body["nodegroupName"])
    shown = {"Version": changes.get("version"), "ReleaseVersion": changes.get("releaseVersion")}
    template = changes.get("launchTemplate") or {}
    shown |= {"LaunchTemplateName": template.get("name"), "LaunchTemplateVersion": template.get("version")}
    update = start_update(
        ctx,
        _target(ctx, body),
        "VersionUpdate",
        shown,
        lambda _: {**changes, "modifiedAt": ctx.now},
        after=lambda: _fit_nodes(ctx, body["clusterName"], body["nodegroupName"]),
    )
    return {"update": update}


def _template_change(ctx: Context, body: Body, template: Body) -> Body:
    names = {"clusterName": body["clusterName"], "nodegroupName": body["nodegroupName"]}
    nodegroup_spec.check_template_names(template)
    if body["launchTemplate"] is None:
        raise invalid("You cannot add a launch template to a node group that was created without one", **names)
    if (
        template.get("id", body["launchTemplate"]["id"]) != body["launchTemplate"]["id"]
        or template.get("name", body["launchTemplate"]["name"]) != body["launchTemplate"]["name"]
    ):
        raise invalid("You cannot change the launch template of a node group, only its version", **names)
    found = nodegroup_spec.template_body(ctx, template) or {}
    return {"launchTemplate": {**body["launchTemplate"], "version": found.get("version")}}


def _version_change(cluster: Body, body: Body, params: Params) -> Body:
    names = {"clusterName": body["clusterName"], "nodegroupName": body["nodegroupName"]}
    if body["amiType"] == "CUSTOM":
        if params.get("version") or params.get("releaseVersion"):
            raise invalid("You cannot specify a Kubernetes version or release version when using a custom AMI in the launch template", **names)
        return {}
    if "launchTemplate" in params and not (params.get("version") or params.get("releaseVersion")):
        return {}
    wanted = params.get("version") or (_minor_of(params["releaseVersion"]) if params.get("releaseVersion") else None) or cluster["version"]
    nodegroup_spec.check_version(cluster["version"], wanted, names)
    if versions.number(wanted) < versions.number(body["version"]) and cluster["version"] != wanted:
        raise invalid_request(f"Nodegroup Kubernetes version cannot be downgraded from {body['version']} to {wanted}", **names)
    return {"version": wanted, "releaseVersion": params.get("releaseVersion") or nodegroup_spec.release_version(wanted, body["amiType"])}


def _minor_of(release: str) -> str | None:
    """Return the minor in an Amazon Linux release (1.35.4-20261015); None for Bottlerocket's, which do not tell."""
    found = ".".join(release.split(".")[:2])
    return found if found in versions.BY_MINOR else None
