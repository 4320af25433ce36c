# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet in one look. Pure: what a run learned in, a report and its text out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
HEADINGS = ("CLUSTER", "TIER", "REGION", "VERSION", "STATUS", "NODES", "ADD-ONS", "ARGO CD", "ISSUES")


def build(clusters: Sequence[Row], nodes: Sequence[Row], left_out: Mapping[str, str]) -> dict[str, Any]:
    """Return the report: clusters, hybrid nodes, hosts left out, and the failures in words."""
    report = {"clusters": [_cluster(row) for row in clusters], "hybrid_nodes": [dict(row) for row in nodes], "left_out": dict(left_out)}
    return {**report, "failures": failures(clusters, nodes), "summary": _summary(report)}


def failures(clusters: Sequence[Row], nodes: Sequence[Row]) -> list[str]:
    """Return what failed in this run, each with the service's own words."""
    return [f"{row['host']}: {row['failure']['task']}: {row['failure']['message']}" for row in (*clusters, *nodes) if row.get("failure")]


def text(report: Mapping[str, Any]) -> str:
    """Return the report as a terminal shows it."""
    rows = [HEADINGS, *(_columns(row) for row in report["clusters"])]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines += [_node_line(node) for node in report["hybrid_nodes"]]
    lines += [f"left out: {host}: {reason}" for host, reason in report["left_out"].items()]
    lines += [f"issue: {row['host']}: {issue}" for row in report["clusters"] for issue in row["issues"]]
    lines += [f"FAILED: {failure}" for failure in report["failures"]]
    return "\n".join([*lines, report["summary"]])


def _cluster(row: Row) -> dict[str, Any]:
    snapshot = row.get("snapshot") or {}
    issues = list(snapshot.get("issues") or [])
    declared, actual = row.get("declared_version"), snapshot.get("version")
    if declared and actual and declared != actual:
        issues.append(f"declared version {declared}, running {actual}")
    return {**row, "snapshot": dict(snapshot), "issues": issues}


def _columns(row: Row) -> tuple[str, ...]:
    snapshot = row["snapshot"]
    nodes = sum(group.get("desired_size") or 0 for group in snapshot.get("nodegroups") or [])
    addons = snapshot.get("addons") or []
    active = sum(addon["status"] == "ACTIVE" for addon in addons)
    status = "FAILED" if row.get("failure") else str(snapshot.get("status") or "absent") if _in_run(row) else "not in this run"
    found = (row["host"], row.get("tier") or "-", row.get("region") or "-", snapshot.get("version") or "-", status)
    return (*map(str, found), str(nodes), f"{active}/{len(addons)}", row.get("registration") or "-", str(len(row["issues"])))


def _node_line(node: Row) -> str:
    state = "failed" if node.get("failure") else "Ready" if node.get("ready") else "not Ready"
    return f"hybrid node {node['host']} ({node.get('node') or 'not registered'}) of {node.get('cluster')}: {state}"


def _summary(report: Mapping[str, Any]) -> str:
    clusters, nodes = [row for row in report["clusters"] if _in_run(row)], report["hybrid_nodes"]
    others = len(report["clusters"]) - len(clusters)
    converged = sum(not row.get("failure") and row["snapshot"].get("status") == "ACTIVE" for row in clusters)
    ready = sum(bool(node.get("ready")) for node in nodes)
    outside = f", {others} clusters not in this run" if others else ""
    left = f", {len(report['left_out'])} left out" if report["left_out"] else ""
    return f"{converged} of {len(clusters)} clusters converged, {ready} of {len(nodes)} hybrid nodes Ready{left}{outside}"


def _in_run(row: Row) -> bool:
    """A cluster outside --limit has neither been looked at nor failed."""
    return bool(row.get("snapshot") or row.get("failure"))
