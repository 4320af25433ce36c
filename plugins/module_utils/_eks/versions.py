# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes minor versions, as text: which can exist, which lie between two. Which are on offer, DescribeClusterVersions says."""

from __future__ import annotations

import re

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal

OLDEST = 10
"""EKS began with 1.10, so a minor of one digit is never one of its versions; it is what YAML makes of 1.30 without quotes."""
_MINOR = re.compile(r"(\d+)\.(\d+)")


def minor(version: str) -> tuple[int, int]:
    """Return `1.34` as (1, 34), so that versions compare as numbers; Refusal when it cannot be a version of EKS."""
    found = _MINOR.fullmatch(version)
    if found is None:
        raise Refusal(f"version {version!r} is not a Kubernetes minor version.", remedy="Write it as '1.34'.", fields=("version",))
    if found[1] == "1" and int(found[2]) < OLDEST:
        raise Refusal(
            f"version {version} cannot be: EKS began with 1.{OLDEST}. YAML reads 1.{found[2]}0 without quotes as the number {version}.",
            remedy=f"Quote it: version: '1.{found[2]}0'.",
            fields=("version",),
        )
    return int(found[1]), int(found[2])


def text(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def climb(current: str, target: str) -> list[str]:
    """Return the versions from current (left out) to target, one minor at a time, which is all that one update may do.

    A lower target is one step: EKS rolls back to the minor before, never further.
    """
    (major, low), high = minor(current), minor(target)[1]
    return [text((major, step)) for step in range(low + 1, high + 1)] or [target]


def distance(current: str, target: str) -> int:
    """Return how many minors target lies above current; negative below."""
    (major, low), (other, high) = minor(current), minor(target)
    return high - low if major == other else 100 * (other - major)
