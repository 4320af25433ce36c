"""UpdateClusterVersion: one minor up, or back within a week; gated by insights."""

from __future__ import annotations

from sandbox.aws.context import Context
from sandbox.aws.eks import versions, workloads
from sandbox.aws.eks.base import invalid, invalid_request, usable_cluster
from sandbox.aws.eks.insight import blocking
from sandbox.aws.eks.registry import Answer, Params, operation
from sandbox.aws.eks.updates import cluster_target, refuse_second, start_update
from sandbox.aws.errors import ApiError
from sandbox.aws.store import Body

ROLLBACK_SECONDS = 7 * 86400
NODES_FIRST = 0.6  # the part of a rollback's time in which Auto Mode's nodes go back


@operation
def update_cluster_version(ctx: Context, params: Params) -> Answer:
    name, wanted = params["name"], params["version"]
    cluster = usable_cluster(ctx, name)
    step = versions.number(wanted) - versions.number(cluster["version"])
    kind = "VersionRollback" if step == -1 else "VersionUpdate"
    refuse_second(ctx, cluster_target(ctx, name), kind)
    if step == -1:
        _check_rollback(ctx, cluster, params)
    else:
        _check_upgrade(ctx, cluster, params, step)
    target = versions.BY_MINOR[wanted]
    upgrades = [*cluster["_upgrades"], {"from": cluster["version"], "to": wanted}] if step == 1 else []

    def apply(_: Body) -> Body:
        # the week in which one may go back begins when the upgrade is done
        return {"version": wanted, "platformVersion": target.platform, "_upgrades": [{**each, "at": ctx.now} for each in upgrades[-1:]]}

    shown = {"Version": wanted, "PlatformVersion": target.platform}
    # Auto Mode's nodes drift back first, and the cluster stays ACTIVE meanwhile
    quiet = kind == "VersionRollback" and (cluster.get("computeConfig") or {}).get("enabled")
    status = None if quiet else "UPDATING"
    update = start_update(ctx, cluster_target(ctx, name), kind, shown, apply, status=status, after=lambda: workloads.version_changed(ctx, name, wanted))
    if quiet:
        _control_plane_later(ctx, name, update["id"])
    return {"update": update}


def _control_plane_later(ctx: Context, name: str, update_id: str) -> None:
    """When the nodes are back, the control plane follows; from then on the cluster says so, and the rollback cannot be cancelled."""

    def begin() -> None:
        update = ctx.nouns(name, "update").get(update_id)
        if update is not None and update["status"] == "InProgress" and ctx.clusters.get(name) is not None:
            ctx.clusters.change(name, status="UPDATING")

    ctx.world.schedule.after(ctx.world.settings.delay_of("update") * NODES_FIRST, begin)


def _check_upgrade(ctx: Context, cluster: Body, params: Params, step: int) -> None:
    name, wanted = cluster["name"], params["version"]
    if params.get("rollbackConfig"):
        raise invalid("rollbackConfig can be given with a version rollback only", clusterName=name)
    if step != 1 or wanted not in versions.BY_MINOR:
        raise invalid(f"Unsupported Kubernetes minor version update from {cluster['version']} to {wanted}", clusterName=name)
    _gate(ctx, params, "UPGRADE_READINESS", ("ERROR",), "Upgrade readiness issues detected for this cluster, as reported by EKS Upgrade Insights.")


def _check_rollback(ctx: Context, cluster: Body, params: Params) -> None:
    name, wanted = cluster["name"], params["version"]
    last = cluster["_upgrades"][-1] if cluster["_upgrades"] else None
    if last is None or last["from"] != wanted:
        raise invalid_request(f"Cluster {name} cannot be rolled back to {wanted}: it was not upgraded from that version", clusterName=name)
    if ctx.now - last["at"] > ROLLBACK_SECONDS:
        raise invalid_request(f"Cluster {name} cannot be rolled back to {wanted}: it was upgraded more than 7 days ago", clusterName=name)
    minutes = (params.get("rollbackConfig") or {}).get("timeoutMinutes", 720)
    if not 120 <= minutes <= 10080:
        raise invalid("rollbackConfig.timeoutMinutes must be between 120 and 10080", clusterName=name)
    extended = versions.support_of(versions.BY_MINOR[wanted], ctx.now) != "STANDARD_SUPPORT"
    if extended and cluster["upgradePolicy"]["supportType"] == "STANDARD":
        raise invalid_request(f"Set the upgrade policy of cluster {name} to EXTENDED to roll back to {wanted}", clusterName=name)
    _gate(ctx, params, "ROLLBACK_READINESS", ("ERROR", "UNKNOWN"), "Rollback readiness issues detected for this cluster, as reported by EKS Rollback Insights.")


def _gate(ctx: Context, params: Params, category: str, statuses: tuple[str, ...], text: str) -> None:
    """Let insights stop the update, unless it is forced."""
    about = params["version"] if category == "UPGRADE_READINESS" else None
    found = [] if params.get("force") else blocking(ctx, params["name"], category, statuses, about)
    if found:
        names = ", ".join(f"{insight['name']} ({insight['insightStatus']['status']})" for insight in found)
        raise ApiError("InvalidStateException", f"{text} Resolve them, or use the force flag to override: {names}", clusterName=params["name"])
