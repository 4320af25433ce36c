# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What hangs on a cluster: with it there EKS refuses to delete the cluster. Found before the first step, so that nothing is half done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api import cluster as api
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.lookups import Lookups

ATTACHED: dict[str, tuple[str, Callable[[Any, str], list[str]]]] = {
    "node_groups": ("eks:ListNodegroups", api.list_nodegroups),
    "fargate_profiles": ("eks:ListFargateProfiles", api.list_fargate_profiles),
    "capabilities": ("eks:ListCapabilities", api.list_capabilities),
}


def attached(lookups: Lookups, client: Any, cluster: str) -> dict[str, list[str]]:
    """Return the names of what is attached to a cluster, by noun; what may not be listed is noted."""
    listed = {
        noun: lookups.once(action, (cluster,), f"list what is attached to cluster {cluster}", partial(names, client, cluster))
        for noun, (action, names) in ATTACHED.items()
    }
    return {noun: names for noun, names in listed.items() if names}


def told(found: Mapping[str, list[str]]) -> str:
    return "; ".join(f"{noun.replace('_', ' ')} {', '.join(names)}" for noun, names in found.items())


def refusal(cluster: str, found: Mapping[str, list[str]]) -> Refusal:
    error = Refusal(f"Cluster {cluster} has {told(found)}.", remedy="Remove what is attached first: EKS deletes a bare cluster only.", fields=("state",))
    error.facts["attached"] = dict(found)
    return error
