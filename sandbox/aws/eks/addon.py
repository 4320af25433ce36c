"""Add-ons of a cluster."""

from __future__ import annotations

from typing import Any

from sandbox.aws.context import Context, new_id
from sandbox.aws.eks import addon_catalogue, pod_identity, references, workloads
from sandbox.aws.eks.addon_catalogue import Addon
from sandbox.aws.eks.base import check_tags, cluster_of, idempotent, in_use, invalid, invalid_request, not_found, outcome_of, page, transition, usable_cluster
from sandbox.aws.eks.registry import Answer, Params, operation
from sandbox.aws.eks.updates import Target, refuse_second, start_update
from sandbox.aws.store import Body


@operation
def create_addon(ctx: Context, params: Params) -> Answer:
    return {"addon": idempotent(ctx, params, lambda: _create(ctx, params))}


def _create(ctx: Context, params: Params) -> Body:
    cluster, name = usable_cluster(ctx, params["clusterName"]), params["addonName"]
    addon = addon_catalogue.addon_named(name)
    store = ctx.nouns(cluster["name"], "addon")
    if store.get(name) is not None:
        raise in_use("Addon already exists.", clusterName=cluster["name"], addonName=name)
    if params.get("resolveConflicts") == "PRESERVE":
        raise invalid("Resolve conflicts option PRESERVE is not supported for operation CreateAddon", clusterName=cluster["name"], addonName=name)
    check_tags(params.get("tags"))
    version = params.get("addonVersion") or addon_catalogue.default_for(addon, cluster["version"]) or ""
    _check(ctx, addon, cluster, params, version)
    arn = ctx.arn(f"addon/{cluster['name']}/{name}/{new_id()}")
    namespace = (params.get("namespaceConfig") or {}).get("namespace") or addon.namespace
    body: Body = {
        "addonName": name,
        "clusterName": cluster["name"],
        "status": "CREATING",
        "addonVersion": version,
        "health": {"issues": []},
        "addonArn": arn,
        "createdAt": ctx.now,
        "modifiedAt": ctx.now,
        "serviceAccountRoleArn": params.get("serviceAccountRoleArn"),
        "tags": params.get("tags") or {},
        "publisher": addon.publisher,
        "owner": addon.owner,
        "configurationValues": params.get("configurationValues"),
        "podIdentityAssociations": [],
        "namespaceConfig": {"namespace": namespace},
        "_arn": arn,
    }
    body["podIdentityAssociations"] = _own_associations(ctx, body, params.get("podIdentityAssociations") or [])
    store.put(name, body)
    ctx.index(store, name, arn)
    return transition(ctx, store, name, "addon", lambda current: _settle(ctx, current, "CREATE_FAILED"))


def _check(ctx: Context, addon: Addon, cluster: Body, params: Params, version: str) -> None:
    names = {"clusterName": cluster["name"], "addonName": addon.name}
    if version not in {release.version for release in addon_catalogue.releases_for(addon, cluster["version"])}:
        raise invalid("Addon version specified is not supported", **names)
    if params.get("configurationValues"):
        addon_catalogue.check_values(addon, params["configurationValues"])
    if params.get("podIdentityAssociations") and params.get("serviceAccountRoleArn"):
        raise invalid("serviceAccountRoleArn and podIdentityAssociations cannot both be specified", **names)
    _check_accounts(addon, params.get("podIdentityAssociations") or [], version, names)
    for arn in [params.get("serviceAccountRoleArn"), *(each["roleArn"] for each in params.get("podIdentityAssociations") or [])]:
        if arn:
            references.check_role(ctx, arn, **names)


def _check_accounts(addon: Addon, wanted: list[Body], version: str, names: dict[str, str]) -> None:
    """Associations are for the service accounts of podIdentityConfiguration (both texts: terraform-aws-modules/terraform-aws-eks #3520)."""
    taken = addon_catalogue.identities(addon)
    if wanted and not taken:
        raise invalid(f"Pod Identity feature is not supported for addon version: {version}", **names)
    others = [each["serviceAccount"] for each in wanted if each["serviceAccount"] not in {account for account, _ in taken}]
    if others:
        raise invalid(f"Service account {others[0]} in pod identity configuration is not supported for addon {addon.name}", **names)


def _own_associations(ctx: Context, addon: Body, wanted: list[Body]) -> list[str]:
    """Make the addon's own associations; it cannot take over one that exists."""
    cluster, namespace = addon["clusterName"], addon["namespaceConfig"]["namespace"]
    for each in wanted:
        existing = pod_identity.find(ctx, cluster, namespace, each["serviceAccount"])
        if existing is not None and existing.get("ownerArn") != addon["addonArn"]:
            raise in_use(f"Association already exists: {existing['associationId']}", clusterName=cluster, addonName=addon["addonName"])
    made = (pod_identity.find(ctx, cluster, namespace, each["serviceAccount"]) or _associate(ctx, addon, each) for each in wanted)
    return [association["associationArn"] for association in made]


def _associate(ctx: Context, addon: Body, wanted: Body) -> Body:
    namespace = addon["namespaceConfig"]["namespace"]
    return pod_identity.add(ctx, addon["clusterName"], namespace, wanted["serviceAccount"], wanted["roleArn"], ownerArn=addon["addonArn"])


def _settle(ctx: Context, body: Body, failure: str) -> None:
    """End a transition: as a test wants it, else ACTIVE, or DEGRADED where replicas find no node."""
    cluster, name = body["clusterName"], body["addonName"]
    outcome = outcome_of(ctx, cluster, "addon", name)
    store = ctx.nouns(cluster, "addon")
    if outcome is not None:
        store.change(name, status=outcome["status"] if outcome["status"] != "FAILED" else failure, health={"issues": outcome["issues"]})
        return
    refresh(ctx, store.change(name, modifiedAt=ctx.now))


def refresh(ctx: Context, body: Body) -> None:
    """Set ACTIVE or DEGRADED by whether the add-on's replicas have somewhere to run."""
    homeless = addon_catalogue.BY_NAME[body["addonName"]].replicas and not has_nodes(ctx, body["clusterName"])
    issue = {
        "code": "InsufficientNumberOfReplicas",
        "message": "The add-on is unhealthy because it doesn't have the desired number of replicas.",
        "resourceIds": [],
    }
    changes: Body = {"status": "DEGRADED", "health": {"issues": [issue]}} if homeless else {"status": "ACTIVE", "health": {"issues": []}}
    workloads.addon_is_active(ctx, ctx.nouns(body["clusterName"], "addon").change(body["addonName"], **changes), ready=not homeless)


def has_nodes(ctx: Context, cluster: str) -> bool:
    """Return whether pods can run: a node group with nodes, Fargate, Auto Mode, or a hybrid host that has joined."""
    groups = [group for group in ctx.nouns(cluster, "nodegroup").bodies() if group["scalingConfig"]["desiredSize"] > 0]
    up = any(group["status"] in ("ACTIVE", "UPDATING", "DEGRADED") for group in groups)
    auto = bool((cluster_of(ctx, cluster).get("computeConfig") or {}).get("nodePools"))
    return up or auto or len(ctx.nouns(cluster, "fargateprofile")) > 0 or _has_hybrid(ctx, cluster)


def _has_hybrid(ctx: Context, cluster: str) -> bool:
    """Return whether a registered host's role is one of the cluster's hybrid entries."""
    entries = ctx.nouns(cluster, "accessentry").bodies()
    roles = {entry["principalArn"].rpartition("/")[2] for entry in entries if entry["type"] == "HYBRID_LINUX"}
    return any(host["IamRole"].rpartition("/")[2] in roles for host in ctx.region.managed_instances.bodies())


def nodes_changed(ctx: Context, cluster: str) -> None:
    """Look again at the add-ons that need nodes."""
    for body in ctx.nouns(cluster, "addon").bodies():
        if body["status"] in ("ACTIVE", "DEGRADED") and addon_catalogue.BY_NAME[body["addonName"]].replicas and not _told(body):
            refresh(ctx, body)


def _told(body: Body) -> bool:
    """Return whether the add-on is unhealthy because a test said so."""
    return any(issue.get("code") != "InsufficientNumberOfReplicas" for issue in body["health"]["issues"])


def addon_of(ctx: Context, params: Params, *, seen: bool = False) -> Body:
    cluster_of(ctx, params["clusterName"], seen=seen)
    store, name = ctx.nouns(params["clusterName"], "addon"), params["addonName"]
    body = store.seen(name) if seen else store.get(name)
    if body is None:
        raise not_found(f"No addon: {name} found in cluster: {params['clusterName']}", clusterName=params["clusterName"], addonName=name)
    return body


@operation
def describe_addon(ctx: Context, params: Params) -> Answer:
    return {"addon": addon_of(ctx, params, seen=True)}


@operation
def list_addons(ctx: Context, params: Params) -> Answer:
    cluster_of(ctx, params["clusterName"], seen=True)
    return page(params, "addons", sorted(body["addonName"] for body in ctx.nouns(params["clusterName"], "addon").all_seen()))


@operation
def update_addon(ctx: Context, params: Params) -> Answer:
    body, name = addon_of(ctx, params), params["addonName"]
    cluster = usable_cluster(ctx, params["clusterName"])
    addon = addon_catalogue.addon_named(name)
    target = Target(cluster["name"], "addon", name, ctx.nouns(cluster["name"], "addon"), name)
    if body["status"] in ("CREATING", "DELETING"):
        raise in_use(f"Addon {name} cannot be updated as it is currently in {body['status']} state", clusterName=cluster["name"], addonName=name)
    refuse_second(ctx, target, "AddonUpdate")
    version = params.get("addonVersion") or body["addonVersion"]
    _check(ctx, addon, cluster, params, version)
    _check_step(addon, body["addonVersion"], version)
    changes: Body = {"addonVersion": version, **{key: params[key] for key in ("serviceAccountRoleArn", "configurationValues") if key in params}}
    if "podIdentityAssociations" in params:
        changes["podIdentityAssociations"] = _replace_associations(ctx, body, params["podIdentityAssociations"])
    return {"update": start_update(ctx, target, "AddonUpdate", _shown(params), lambda _: changes, after=lambda: _after_update(ctx, params))}


def _after_update(ctx: Context, params: Params) -> None:
    body = ctx.nouns(params["clusterName"], "addon").get(params["addonName"])
    if body is not None:
        _settle(ctx, body, "UPDATE_FAILED")


ONE_MINOR = ("vpc-cni", "eks-pod-identity-agent")


def _check_step(addon: Addon, old: str, new: str) -> None:
    """Some add-ons move one minor version at a time."""
    if addon.name in ONE_MINOR and abs(_minor(new) - _minor(old)) > 1:
        raise invalid(f"Updating {addon.name} from {old} to {new} is not supported: it can be updated one minor version at a time", addonName=addon.name)


def _minor(version: str) -> int:
    return int(version.split(".")[1])


def _replace_associations(ctx: Context, addon: Body, wanted: list[Body]) -> list[str]:
    """Make the addon own exactly the wanted associations: an empty list removes them all."""
    accounts = {each["serviceAccount"]: each["roleArn"] for each in wanted}
    store = ctx.nouns(addon["clusterName"], "podidentityassociation")
    for body in store.bodies():
        if body.get("ownerArn") == addon["addonArn"] and body["serviceAccount"] not in accounts:
            pod_identity.remove(ctx, body)
        elif body.get("ownerArn") == addon["addonArn"]:
            store.change(body["associationId"], roleArn=accounts[body["serviceAccount"]], modifiedAt=ctx.now)
    return _own_associations(ctx, addon, wanted)


def _shown(params: Params) -> dict[str, Any]:
    names = ("addonVersion", "serviceAccountRoleArn", "resolveConflicts", "configurationValues", "podIdentityAssociations")
    return {name[0].upper() + name[1:]: params.get(name) for name in names}


@operation
def delete_addon(ctx: Context, params: Params) -> Answer:
    body, preserve = addon_of(ctx, params), bool(params.get("preserve"))
    name, cluster = body["addonName"], body["clusterName"]
    if body["status"] == "DELETING":
        raise invalid_request(f"Addon {name} is already being deleted", clusterName=cluster, addonName=name)
    store = ctx.nouns(cluster, "addon")

    def finish(current: Body) -> None:
        outcome = outcome_of(ctx, cluster, "addon", name)
        if outcome is not None:
            store.change(name, status=outcome["status"], health={"issues": outcome["issues"]})
            return
        store.remove(name)
        ctx.region.arns.pop(current["addonArn"], None)
        if not preserve:
            _remove_owned(ctx, current)
            workloads.addon_is_gone(ctx, current)

    return {"addon": transition(ctx, store, name, "addon", finish, status="DELETING")}


def _remove_owned(ctx: Context, addon: Body) -> None:
    for body in ctx.nouns(addon["clusterName"], "podidentityassociation").bodies():
        if body.get("ownerArn") == addon["addonArn"]:
            pod_identity.remove(ctx, body)
