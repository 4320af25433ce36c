# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What speaks against a plan beyond the cluster itself: EKS's insights, its history of updates, the catalogue of versions. Pure: evidence in, problems out.

Facts: EKS user guide (update-cluster, rollback-cluster, cluster-insights, kubernetes-versions), API reference (DescribeClusterVersions).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan
from ansible_collections.fleetops.eks.plugins.module_utils._eks import versions
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster_components import COMPONENTS, beyond
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster_rules import Problem
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster_values import ClusterSpec, ClusterState

GATES = {"error": ("ERROR", "UNKNOWN"), "warning": ("ERROR", "UNKNOWN", "WARNING"), "none": ()}
"""The option insights_gate, and the statuses that it lets stop a version change. UNKNOWN is what EKS could not determine."""
UPGRADE, ROLLBACK = "UPGRADE_READINESS", "ROLLBACK_READINESS"
FRESH = timedelta(hours=24)
"""EKS looks by itself once in this time; what is older says nothing of the cluster as it is."""
WINDOW, LONGEST_UPGRADE = timedelta(days=7), timedelta(hours=1)
"""A rollback is taken within WINDOW of an upgrade's end. The history has its begin only: an hour later it is over for certain."""
MEMBERS = ("id", "name", "status", "reason", "kubernetes_version", "last_refresh_time")
"""What a finding tells of an insight."""
CATALOGUED = frozenset({*COMPONENTS, "control_plane_scaling_tier", "version"})
"""Settings of which the catalogue says what they may be."""


def hops(plan: Plan) -> list[str]:
    """Return the versions that a plan passes through, its last one included."""
    return [str(step.request["version"]) for step in plan.steps if step.operation == "update_cluster_version"]


def goes_back(state: ClusterState, version: str) -> bool:
    return versions.distance(state.version or version, version) < 0


def findings(insights: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the insights that do not pass, each as a mapping of MEMBERS."""
    told = (({**insight, **(insight.get("insightStatus") or {})}) for insight in insights)
    names = {"kubernetes_version": "kubernetesVersion", "last_refresh_time": "lastRefreshTime"}
    return [{member: _text(insight.get(names.get(member, member))) for member in MEMBERS} for insight in told if insight.get("status") != "PASSING"]


def blocking(found: Sequence[Mapping[str, Any]], gate: str) -> list[Mapping[str, Any]]:
    return [finding for finding in found if finding["status"] in GATES[gate]]


def stale(insights: Sequence[Mapping[str, Any]], now: datetime) -> bool:
    """Whether insights must be asked for anew: none is there, or the oldest is from before FRESH."""
    return not insights or any(insight.get("lastRefreshTime") is None or now - insight["lastRefreshTime"] > FRESH for insight in insights)


def told(found: Iterable[Mapping[str, Any]]) -> str:
    return "; ".join(f"{finding['name']} ({finding['status']}: {str(finding['reason'] or 'no reason given').rstrip('.')})" for finding in found)


def gate_problem(version: str, held: Sequence[Mapping[str, Any]], *, back: bool) -> Problem:
    """Return why insights stop a change of version."""
    noun = "rollback" if back else "upgrade"
    return Problem(
        f"its {noun} to {version} is held by {noun} insights: {told(held)}.",
        "Mend what they name and run again; force: true goes on against them, and insights_gate says which of them count.",
        ("version", "insights_gate", "force"),
    )


def running_rollback(updates: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    return next((update for update in updates if update["type"] == "VersionRollback" and update["status"] == "InProgress"), None)


def history_problems(state: ClusterState, version: str, updates: Iterable[Mapping[str, Any]], now: datetime) -> Iterator[Problem]:
    """Yield why EKS will not take the cluster back to version: it did not come from there, or too long ago."""
    moves = [update for update in updates if update["type"] in ("VersionUpdate", "VersionRollback") and update["status"] == "Successful"]
    last = max(moves, key=lambda update: update["createdAt"], default=None)
    if last is None or last["type"] == "VersionRollback":
        how = "was not upgraded since it was created" if last is None else "has been rolled back already"
        yield Problem(f"it {how}, so there is nothing to roll back to {version}.", f"Declare version: '{state.version}'.", ("version", "allow_rollback"))
    elif now - last["createdAt"] > WINDOW + LONGEST_UPGRADE:
        yield Problem(
            f"it was upgraded to {state.version} on {last['createdAt']:%Y-%m-%d}, and EKS rolls back within {WINDOW.days} days only.",
            f"Declare version: '{state.version}', or create another cluster with {version} and move to it.",
            ("version", "allow_rollback"),
        )


def needs_catalogue(plan: Plan, spec: ClusterSpec) -> bool:
    """Whether the catalogue of versions has a say in the plan."""
    changed = {path.partition(".")[0] for step in plan.steps for path in step.fields}
    return bool(changed & CATALOGUED) or ("support_type" in changed and spec.support_type == "STANDARD")


def catalogue_problems(spec: ClusterSpec, state: ClusterState | None, plan: Plan, catalogue: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    """Yield what the catalogue (rows of DescribeClusterVersions by version) speaks against."""
    passed = hops(plan)
    start = state.version if state is not None else spec.version or _default(catalogue)
    changed = {path.partition(".")[0] for step in plan.steps for path in step.fields}
    yield from _offered(passed if state is not None else [spec.version] if spec.version else [], catalogue)
    for version in dict.fromkeys((start, *passed)):
        row = catalogue.get(version or "")
        if row is not None and spec.control_plane_scaling_tier is not None and changed & {"control_plane_scaling_tier", "version"}:
            yield from _tier(spec.control_plane_scaling_tier, row)
    if start is not None and start in catalogue and changed & set(COMPONENTS):
        yield from beyond(spec, catalogue[start])
    yield from _policy(spec, state, passed, changed, catalogue)


def _offered(wanted: Sequence[str], catalogue: Mapping[str, Any]) -> Iterator[Problem]:
    missing = [version for version in wanted if version not in catalogue]
    if missing:
        offered = ", ".join(sorted(catalogue, key=versions.minor))
        yield Problem(f"EKS does not offer version {missing[-1]} in this region.", f"Declare one of those it offers: {offered}.", ("version",))


def _tier(tier: str, row: Mapping[str, Any]) -> Iterator[Problem]:
    offered = [each["tierName"] for each in row.get("controlPlaneScalingTiers") or []]
    if offered and tier not in offered:
        yield Problem(
            f"version {row['clusterVersion']} has no control_plane_scaling_tier {tier}.",
            f"Declare one of its tiers: {', '.join(offered)}.",
            ("control_plane_scaling_tier",),
        )


def _policy(spec: ClusterSpec, state: ClusterState | None, passed: Sequence[str], changed: Iterable[str], catalogue: Mapping[str, Any]) -> Iterator[Problem]:
    """The policy is sent after a climb and before a rollback (cluster.py), so it is the version at that time that counts."""
    if state is None:
        return
    back = bool(passed) and goes_back(state, passed[0])
    row = catalogue.get((passed[-1] if passed and not back else state.version) or "")
    if "support_type" in changed and spec.support_type == "STANDARD" and row is not None and _extended(row):
        yield Problem(
            f"its version {row['clusterVersion']} is in extended support since {row['endOfStandardSupportDate']:%Y-%m-%d}, "
            "and support_type cannot go back to STANDARD then.",
            "Leave support_type EXTENDED, or declare a version in standard support as well.",
            ("support_type", "version"),
        )
    to = catalogue.get(passed[-1]) if back else None
    if to is not None and _extended(to) and (spec.support_type or state.support_type) == "STANDARD":
        yield Problem(
            f"version {to['clusterVersion']} is in extended support, and its support_type STANDARD keeps it from going there.",
            "Declare support_type: EXTENDED.",
            ("support_type", "version"),
        )


def _extended(row: Mapping[str, Any]) -> bool:
    return bool(row.get("versionStatus") == "EXTENDED_SUPPORT")


def _default(catalogue: Mapping[str, Mapping[str, Any]]) -> str | None:
    return next((version for version, row in catalogue.items() if row.get("defaultVersion")), None)


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
