"""The catalogue of Kubernetes versions (DescribeClusterVersions), with AWS's support calendar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.aws.context import Context
from sandbox.aws.eks.base import page
from sandbox.aws.eks.registry import Answer, Params, operation


@dataclass(frozen=True)
class Version:
    """One minor version: dates are ISO days, the patch is Kubernetes' own."""

    minor: str
    patch: str
    platform: str
    released: str
    standard_until: str
    extended_until: str


# https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html; 1.36's dates follow the 14 and 26 month rule.
VERSIONS = (
    Version("1.36", "1.36.1", "eks.3", "2026-05-26", "2027-07-26", "2028-07-26"),
    Version("1.35", "1.35.4", "eks.8", "2026-01-27", "2027-03-27", "2028-03-27"),
    Version("1.34", "1.34.7", "eks.18", "2025-10-02", "2026-12-02", "2027-12-02"),
    Version("1.33", "1.33.11", "eks.31", "2025-05-29", "2026-07-29", "2027-07-29"),
    Version("1.32", "1.32.13", "eks.38", "2025-01-23", "2026-03-23", "2027-03-23"),
    Version("1.31", "1.31.14", "eks.54", "2024-09-26", "2025-11-26", "2026-11-26"),
    Version("1.30", "1.30.14", "eks.62", "2024-05-23", "2025-07-23", "2026-07-23"),
    Version("1.29", "1.29.15", "eks.65", "2024-01-23", "2025-03-23", "2026-03-23"),
)
BY_MINOR = {version.minor: version for version in VERSIONS}
DEFAULT = "1.35"
TIERS = (("standard", 1700, 100, 10), ("tier-xl", 1700, 167, 16), ("tier-2xl", 3400, 283, 16), ("tier-4xl", 6800, 400, 16), ("tier-8xl", 13600, 400, 16))
COMPONENTS: dict[str, Any] = {
    "kubeApiServerConfig": {
        "eventTtl": {"defaultValue": "1h0m0s", "constraints": {"min": "10m0s", "max": "1h0m0s"}},
        "serviceNodePortRange": {
            "defaultValue": {"minPort": 30000, "maxPort": 32767},
            "constraints": {"minPort": {"min": 1024, "max": 65535}, "maxPort": {"min": 1024, "max": 65535}},
        },
    },
    "kubeSchedulerConfig": {
        "nodeResourcesFit": {
            "scoringStrategy": {
                "defaultValue": {"type": "LeastAllocated", "resources": [{"name": "cpu", "weight": 1}, {"name": "memory", "weight": 1}]},
                "constraints": {
                    "scoringStrategy": {"allowedValues": ["LeastAllocated", "MostAllocated"]},
                    "resources": {"name": {"allowedValues": ["cpu", "memory", "nvidia.com/gpu"]}, "weight": {"min": 1, "max": 100}},
                },
            }
        }
    },
    "kubeControllerManagerConfig": {
        "podGcControllerConfig": {"terminatedPodGcThreshold": {"defaultValue": 12500, "constraints": {"min": 1, "max": 1000000}}},
        "horizontalPodAutoscalerControllerConfig": {"horizontalPodAutoscalerSyncPeriod": {"defaultValue": "15s", "constraints": {"min": "5s", "max": "1m0s"}}},
    },
}


LIMITED: dict[str, tuple[str, ...]] = {}
"""Tiers of versions that do not have all of them; the catalogue is regional, and a test may say what its region offers."""


def tiers_of(version: str) -> tuple[str, ...]:
    return LIMITED.get(version, tuple(tier[0] for tier in TIERS))


def number(version: str) -> int:
    """Return the minor's number: 35 for 1.35; -1 for what is not a version."""
    major, _, minor = version.partition(".")
    return int(minor) if major == "1" and minor.isdigit() else -1


def minor(steps: int, version: str) -> str:
    """Return the version that many minors away."""
    return f"1.{number(version) + steps}"


def support_of(version: Version, now: float) -> str:
    """Return STANDARD_SUPPORT, EXTENDED_SUPPORT or UNSUPPORTED. Support ends at 00:00 UTC of its last day."""
    if now < epoch(version.standard_until):
        return "STANDARD_SUPPORT"
    return "EXTENDED_SUPPORT" if now < epoch(version.extended_until) else "UNSUPPORTED"


def epoch(day: str) -> float:
    return datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()


@operation
def describe_cluster_versions(ctx: Context, params: Params) -> Answer:
    return page(params, "clusterVersions", _wanted(ctx, params))


def _wanted(ctx: Context, params: Params) -> Iterator[dict[str, Any]]:
    asked, status = params.get("clusterVersions"), params.get("versionStatus") or params.get("status", "").upper().replace("-", "_")
    for version in VERSIONS:
        row = _row(version, ctx.now)
        if (asked and version.minor not in asked) or (status and row["versionStatus"] != status):
            continue
        if params.get("defaultOnly") and not row["defaultVersion"]:
            continue
        if row["versionStatus"] == "UNSUPPORTED" and not (params.get("includeAll") or asked or status):
            continue
        yield row


def _row(version: Version, now: float) -> dict[str, Any]:
    support = support_of(version, now)
    tiers = [
        dict(zip(("tierName", "apiRequestConcurrency", "podSchedulingRatePerSecond", "clusterDatabaseSizeGb"), tier, strict=True))
        for tier in TIERS
        if tier[0] in tiers_of(version.minor)
    ]
    return {
        "clusterVersion": version.minor,
        "clusterType": "eks",
        "defaultPlatformVersion": version.platform,
        "defaultVersion": version.minor == DEFAULT,
        "releaseDate": epoch(version.released),
        "endOfStandardSupportDate": epoch(version.standard_until),
        "endOfExtendedSupportDate": epoch(version.extended_until),
        "status": support.lower().replace("_", "-"),
        "versionStatus": support,
        "kubernetesPatchVersion": version.patch,
        "controlPlaneScalingTiers": tiers,
        "controlPlaneComponentConfig": COMPONENTS,
    }
