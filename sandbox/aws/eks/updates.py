"""Update records: one in flight per cluster, node group, add-on or capability; DescribeUpdate, ListUpdates, CancelUpdate."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.aws.context import Context, new_id
from sandbox.aws.eks.base import cluster_of, in_use, not_found, outcome_of, page, transition
from sandbox.aws.eks.registry import Answer, Params, operation
from sandbox.aws.errors import ApiError
from sandbox.aws.store import Body, Key, Store

# AddonIssueCode and ErrorCode of the API share these; an add-on's health knows no others of an update's
ADDON_CODES = (
    "AccessDenied",
    "AdmissionRequestDenied",
    "ClusterUnreachable",
    "ConfigurationConflict",
    "InsufficientNumberOfReplicas",
    "K8sResourceNotFound",
    "UnsupportedAddonModification",
)
FLIP = 0.1  # the part of an update's time during which the cluster still says ACTIVE


@dataclass(frozen=True)
class Target:
    """What an update is about. `noun` is cluster, nodegroup, addon or capability; `name` its name."""

    cluster: str
    noun: str
    name: str
    store: Store
    key: Key

    @property
    def label(self) -> tuple[str, str]:
        return self.noun, self.name


def cluster_target(ctx: Context, name: str) -> Target:
    return Target(name, "cluster", name, ctx.clusters, name)


def in_flight(ctx: Context, target: Target) -> Body | None:
    """Return the target's update in progress."""
    updates = ctx.nouns(target.cluster, "update").bodies()
    return next((update for update in updates if update["status"] == "InProgress" and update["_target"] == target.label), None)


def refuse_second(ctx: Context, target: Target, kind: str) -> None:
    """Raise the conflict that a second update meets."""
    running = in_flight(ctx, target)
    if running is not None:
        raise in_use(f"Cannot {kind} because {target.noun} {target.name} currently has update {running['id']} in progress", **_members(target))


def start_update(
    ctx: Context,
    target: Target,
    kind: str,
    params: Mapping[str, Any],
    apply: Callable[[Body], Mapping[str, Any]],
    *,
    status: str | None = "UPDATING",
    after: Callable[[], object] | None = None,
    undo: Callable[[], object] | None = None,
) -> Body:
    """Begin an update and return its record. apply(body) gives the members that change when it succeeds.

    status is what the target says meanwhile (None: it says nothing); `after` is called once the change is in, `undo` when it failed.
    """
    refuse_second(ctx, target, kind)
    update = _record(ctx, target, kind, params)
    store = ctx.nouns(target.cluster, "update")
    store.put(update["id"], update)
    _announce(ctx, target, update["id"], status)

    def finish(body: Body) -> None:
        outcome = outcome_of(ctx, target.cluster, "update", body["id"], kind, target.name)
        errors = _errors(outcome)
        if outcome is not None:
            store.change(update["id"], status=outcome["status"], errors=errors)
            _restore(target, errors)
            if undo is not None:
                undo()
            return
        store.change(update["id"], status="Successful")
        current = target.store.get(target.key)
        if current is not None:
            target.store.change(target.key, **{"status": "ACTIVE", **apply(current)})
        if after is not None:
            after()

    return transition(ctx, store, update["id"], "update", finish)


def _record(ctx: Context, target: Target, kind: str, params: Mapping[str, Any]) -> Body:
    shown = [{"type": name, "value": value if isinstance(value, str) else json.dumps(value)} for name, value in params.items() if value is not None]
    return {"id": new_id(), "status": "InProgress", "type": kind, "params": shown, "createdAt": ctx.now, "errors": [], "_target": target.label}


def _announce(ctx: Context, target: Target, update_id: str, status: str | None) -> None:
    """Let the target say that it is being updated; a cluster says so a little later than it is."""
    if status is None:
        return
    if target.noun != "cluster":
        target.store.change(target.key, status=status)
        return

    def flip() -> None:
        update = ctx.nouns(target.cluster, "update").get(update_id)
        if update is not None and update["status"] == "InProgress" and target.store.get(target.key) is not None:
            target.store.change(target.key, status=status)

    ctx.world.schedule.after(ctx.world.settings.delay_of("update") * FLIP, flip)


def _restore(target: Target, errors: list[Body]) -> None:
    current = target.store.get(target.key)
    if current is None:
        return
    codes = [error["errorCode"] if error["errorCode"] in ADDON_CODES else "InternalFailure" for error in errors]
    issues = [{"code": code, "message": error["errorMessage"], "resourceIds": error["resourceIds"]} for code, error in zip(codes, errors, strict=True)]
    failed: Body = {"status": "UPDATE_FAILED", "health": {"issues": issues}} if target.noun == "addon" else {"status": "ACTIVE"}
    target.store.change(target.key, **failed)


def _errors(outcome: Body | None) -> list[Body]:
    if outcome is None:
        return []
    defaults = {"errorCode": "Unknown", "errorMessage": "the sandbox was told to let this update fail", "resourceIds": []}
    return [{**defaults, **error} for error in outcome["errors"]] or [defaults]


def _members(target: Target) -> dict[str, str]:
    names = {"nodegroup": "nodegroupName", "addon": "addonName"}
    return {"clusterName": target.cluster} | ({names[target.noun]: target.name} if target.noun in names else {})


def _label(params: Params) -> tuple[str, str]:
    for noun, name in (("nodegroup", "nodegroupName"), ("addon", "addonName"), ("capability", "capabilityName")):
        if params.get(name):
            return noun, params[name]
    return "cluster", params["name"]


@operation
def describe_update(ctx: Context, params: Params) -> Answer:
    return {"update": _update(ctx, params, _label(params))}


@operation
def list_updates(ctx: Context, params: Params) -> Answer:
    cluster_of(ctx, params["name"], seen=True)
    found = (update["id"] for update in ctx.nouns(params["name"], "update").all_seen() if update["_target"] == _label(params))
    return page(params, "updateIds", found)


@operation
def cancel_update(ctx: Context, params: Params) -> Answer:
    """Cancel a rollback whose nodes are still drifting back (Auto Mode only, as the API's text says)."""
    update = _update(ctx, params, ("cluster", params["name"]))
    cluster = cluster_of(ctx, params["name"])
    if update["type"] != "VersionRollback" or not (cluster.get("computeConfig") or {}).get("enabled"):
        raise ApiError("InvalidRequestException", "Only a VersionRollback of an EKS Auto Mode cluster can be cancelled", clusterName=params["name"])
    if update["status"] != "InProgress":
        raise ApiError("InvalidStateException", f"Update {update['id']} is not in progress", clusterName=params["name"])
    if cluster["status"] == "UPDATING":
        text = f"Update {update['id']} cannot be cancelled: the rollback of the control plane has begun"
        raise ApiError("InvalidStateException", text, clusterName=params["name"])
    cancelled = {"status": "Cancelled", "cancellation": {"status": "Successful", "reason": "Cancelled by the caller"}, "_transition": 0}
    ctx.clusters.change(params["name"], status="ACTIVE")
    return {"update": ctx.nouns(params["name"], "update").change(update["id"], **cancelled)}


def _update(ctx: Context, params: Params, label: tuple[str, str]) -> Body:
    cluster_of(ctx, params["name"], seen=True)
    update = ctx.nouns(params["name"], "update").seen(params["updateId"])
    if update is None or update["_target"] != label:
        raise not_found(f"No update found for ID: {params['updateId']}", clusterName=params["name"])
    return update
