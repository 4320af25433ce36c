"""Insights: the checks that EKS runs over a cluster once a day, or when asked to."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from sandbox.aws.context import Context
from sandbox.aws.eks import versions
from sandbox.aws.eks.base import cluster_of, not_found, outcome_of, page, transition
from sandbox.aws.eks.registry import Answer, Params, operation
from sandbox.aws.store import Body

SUMMARY = ("id", "name", "category", "kubernetesVersion", "lastRefreshTime", "lastTransitionTime", "description", "insightStatus")
CHECKS = (
    ("Kubelet version skew", "UPGRADE_READINESS", "Checks for kubelet versions of worker nodes in the cluster to see if upgrade would cause non compliance."),
    ("kube-proxy version skew", "UPGRADE_READINESS", "Checks version of kube-proxy in cluster to see if upgrade would cause non compliance."),
    ("Cluster health issues", "UPGRADE_READINESS", "Checks for any cluster health issues that prevent successful upgrade."),
    (
        "EKS add-on version compatibility",
        "UPGRADE_READINESS",
        "Checks version of installed EKS add-ons to ensure they are compatible with the next version of Kubernetes.",
    ),
    (
        "Deprecated APIs removed in Kubernetes v{next}",
        "UPGRADE_READINESS",
        "Checks for usage of deprecated APIs that are scheduled for removal in Kubernetes v{next}.",
    ),
)
MOST_SKEW = 3


def insights_of(ctx: Context, cluster: Body) -> list[Body]:
    """Return the insights a test has set, else those that the simulator works out."""
    given = list(ctx.nouns(cluster["name"], "insight").all_seen())
    return given or list(_worked_out(ctx, cluster))


def blocking(ctx: Context, name: str, category: str, statuses: tuple[str, ...], version: str | None = None) -> list[Body]:
    """Return the insights that stand in the way of a change to a version: those about it, or about none in particular."""
    found = (insight for insight in insights_of(ctx, cluster_of(ctx, name)) if insight["category"] == category)
    about = (insight for insight in found if version is None or insight.get("kubernetesVersion") in (None, version))
    return [insight for insight in about if insight["insightStatus"]["status"] in statuses]


def _worked_out(ctx: Context, cluster: Body) -> Iterator[Body]:
    following = versions.minor(1, cluster["version"])
    refreshed = (ctx.nouns(cluster["name"], "insightsrefresh").get("refresh") or {}).get("endedAt") or cluster["createdAt"]
    for name, category, description in CHECKS:
        resources = _lagging(ctx, cluster) if name.startswith("Kubelet") else []
        status = (
            {"status": "ERROR", "reason": "Worker nodes would be more than three minors behind"}
            if resources
            else {"status": "PASSING", "reason": "No issues found"}
        )
        yield {
            "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{cluster['arn']}/{name}")),
            "name": name.format(next=following),
            "category": category,
            "kubernetesVersion": following,
            "lastRefreshTime": refreshed,
            "lastTransitionTime": cluster["createdAt"],
            "description": description.format(next=following),
            "insightStatus": status,
            "recommendation": "Upgrade the worker nodes first." if resources else "None.",
            "additionalInfo": {},
            "resources": resources,
            "categorySpecificSummary": {"deprecationDetails": [], "addonCompatibilityDetails": []},
        }


def _lagging(ctx: Context, cluster: Body) -> list[dict[str, Any]]:
    """Return the node groups whose kubelets would fall too far behind the next version."""
    following = versions.number(cluster["version"]) + 1
    groups = ctx.nouns(cluster["name"], "nodegroup").bodies()
    late = [group for group in groups if group.get("version") and following - versions.number(group["version"]) > MOST_SKEW]
    return [{"insightStatus": {"status": "ERROR", "reason": f"kubelet {group['version']}"}, "arn": group["nodegroupArn"]} for group in late]


@operation
def list_insights(ctx: Context, params: Params) -> Answer:
    cluster = cluster_of(ctx, params["clusterName"], seen=True)
    wanted = params.get("filter") or {}
    found = [
        insight
        for insight in insights_of(ctx, cluster)
        if insight["category"] in (wanted.get("categories") or [insight["category"]])
        and insight.get("kubernetesVersion") in (wanted.get("kubernetesVersions") or [insight.get("kubernetesVersion")])
        and insight["insightStatus"]["status"] in (wanted.get("statuses") or [insight["insightStatus"]["status"]])
    ]
    return page(params, "insights", ({name: insight.get(name) for name in SUMMARY} for insight in found))


@operation
def describe_insight(ctx: Context, params: Params) -> Answer:
    cluster = cluster_of(ctx, params["clusterName"], seen=True)
    for insight in insights_of(ctx, cluster):
        if insight["id"] == params["id"]:
            return {"insight": insight}
    raise not_found(f"No insight found for ID: {params['id']}", clusterName=params["clusterName"])


@operation
def start_insights_refresh(ctx: Context, params: Params) -> Answer:
    """Begin a refresh; one that runs already is answered again."""
    cluster_of(ctx, params["clusterName"])
    store = ctx.nouns(params["clusterName"], "insightsrefresh")
    running = store.get("refresh")
    if running is None or running["status"] != "IN_PROGRESS":
        store.put("refresh", {"message": "Insights refresh is in progress", "status": "IN_PROGRESS", "startedAt": ctx.now})
        transition(ctx, store, "refresh", "update", lambda _: _refreshed(ctx, params["clusterName"]))
    return {"message": "Insights refresh is in progress", "status": "IN_PROGRESS"}


def _refreshed(ctx: Context, cluster: str) -> None:
    refreshes = ctx.nouns(cluster, "insightsrefresh")
    if (outcome := outcome_of(ctx, cluster, "insights", "refresh")) is not None:
        refreshes.change("refresh", message="Insights refresh failed", status=outcome["status"], endedAt=ctx.now)
        return
    refreshes.change("refresh", message="Insights refresh completed successfully", status="COMPLETED", endedAt=ctx.now)
    store = ctx.nouns(cluster, "insight")
    for key, _ in store.items():
        store.change(key, lastRefreshTime=ctx.now)


@operation
def describe_insights_refresh(ctx: Context, params: Params) -> Answer:
    cluster = cluster_of(ctx, params["clusterName"], seen=True)
    daily = {"message": "Insights refresh completed successfully", "status": "COMPLETED", "startedAt": cluster["createdAt"], "endedAt": cluster["createdAt"]}
    return ctx.nouns(params["clusterName"], "insightsrefresh").seen("refresh") or daily
