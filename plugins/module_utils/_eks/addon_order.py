# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order of a cluster's add-ons: which must be ready before which. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal

FIRST = "eks-pod-identity-agent"
"""Pods admitted before it runs keep the node's role until they restart."""
NEEDS: Mapping[str, tuple[str, ...]] = {"adot": ("cert-manager",), "aws-privateca-connector-for-kubernetes": ("cert-manager",)}


def waves(after: Mapping[str, Sequence[str] | None]) -> list[list[str]]:
    """Return the names in waves, each add-on as early as it can be. after: name → the names it waits for; None = the built-in order."""
    needs = {name: _needed(name, wanted, after) for name, wanted in after.items()}
    placed: list[list[str]] = []
    left = dict(needs)
    while left:
        wave = [name for name, wanted in left.items() if not wanted & left.keys()]
        if not wave:
            raise Refusal(
                f"Add-ons {', '.join(sorted(left))} wait for each other.", remedy="Take one of them out of another one's `after`.", fields=("addons.after",)
            )
        placed.append(wave)
        left = {name: wanted for name, wanted in left.items() if name not in wave}
    return placed


def _needed(name: str, wanted: Sequence[str] | None, declared: Mapping[str, Sequence[str] | None]) -> set[str]:
    if wanted is None:
        return {other for other in (FIRST, *NEEDS.get(name, ())) if other in declared and other != name}
    unknown = [other for other in wanted if other not in declared]
    if unknown:
        raise Refusal(
            f"Add-on {name} comes after {', '.join(unknown)}, which is not declared.",
            remedy="Declare it in addons too, or take it out of `after`.",
            fields=("addons.after",),
        )
    return set(wanted)
