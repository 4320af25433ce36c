#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Return how an EKS cluster is, with its node groups, add-ons and access, in one task."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_cluster_snapshot_info
short_description: Return how an EKS cluster is, in one task
version_added: 0.1.0
description:
  - Reads the cluster, its node groups, add-ons, access entries, pod identity associations and insights once each, and returns what a
    report needs of them.
  - A cluster that does not exist gives a snapshot with C(exists=false).
author:
  - fleetops.eks contributors (@fleetops)
options:
  name:
    description: Name of the cluster.
    type: str
    required: true
    aliases: [cluster_name]
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes.info
"""

EXAMPLES = r"""
- name: See how a cluster is
  fleetops.eks.eks_cluster_snapshot_info:
    name: edge
"""

RETURN = r"""
snapshot:
  description: The cluster, always with the same keys.
  returned: success
  type: dict
  sample:
    exists: true
    name: edge
    status: ACTIVE
    version: "1.35"
    addons: [{name: coredns, status: ACTIVE, version: v1.12.4-eksbuild.1}]
    nodegroups: [{name: general, status: ACTIVE, version: "1.35", min_size: 1, max_size: 4, desired_size: 2}]
    access_entries: 3
    issues: []
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking
from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._eks import snapshot
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api import snapshot as api
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.cluster import describe_cluster

SPEC: dict[str, Any] = {
    "argument_spec": {"name": {"type": "str", "required": True, "aliases": ["cluster_name"]}, **aws_options()},
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Return the snapshot of the cluster."""
    name, client = params["name"], context.clients("eks")
    with speaking(f"read cluster {name}"):
        cluster = describe_cluster(client, name)
        found = snapshot.absent(name) if cluster is None else _whole(client, cluster)
    return {"changed": False, "snapshot": found}


def _whole(client: Any, cluster: dict[str, Any]) -> dict[str, Any]:
    name = cluster["name"]
    return snapshot.summary(
        cluster,
        nodegroups=api.nodegroups(client, name),
        addons=api.addons(client, name),
        entries=[] if _without_entries(cluster) else api.access_entries(client, name),
        associations=len(api.pod_identity_associations(client, name)),
        insights=api.insights(client, name),
    )


def _without_entries(cluster: dict[str, Any]) -> bool:
    """EKS refuses to list the access entries of a cluster whose authentication mode has none."""
    return (cluster.get("accessConfig") or {}).get("authenticationMode") == "CONFIG_MAP"


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
