#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the managed node groups of an EKS cluster."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_nodegroup_info
short_description: Read the managed node groups of an EKS cluster
version_added: 0.1.0
description:
  - Returns the managed node groups of a cluster as EKS describes them.
author:
  - fleetops.eks contributors (@fleetops)
options:
  cluster_name:
    description: Name of the cluster.
    type: str
    required: true
  name:
    description: Name of one node group. Without it all are returned.
    type: str
    aliases: [nodegroup_name]
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes.info
"""

EXAMPLES = r"""
- name: Read the node groups of a cluster
  fleetops.eks.eks_nodegroup_info:
    cluster_name: edge

- name: Read one of them
  fleetops.eks.eks_nodegroup_info:
    cluster_name: edge
    name: apps
"""

RETURN = r"""
nodegroups:
  description: The node groups as EKS describes them, with snake_case keys, in the order of their names.
  returned: success
  type: list
  elements: dict
  sample:
  - nodegroup_name: apps
    nodegroup_arn: arn:aws:eks:us-east-1:111122223333:nodegroup/edge/apps/a2c6b1e0-7a52-4b0e-9df1-5c0f1d2e3a4b
    cluster_name: edge
    version: "1.34"
    release_version: 1.34.2-20251120
    status: ACTIVE
    capacity_type: ON_DEMAND
    scaling_config: {desired_size: 2, max_size: 5, min_size: 2}
    instance_types: [m7i.large]
    subnets: [subnet-0a1b2c3d4e5f60718]
    ami_type: AL2023_x86_64_STANDARD
    node_role: arn:aws:iam::111122223333:role/nodes
    labels: {tier: apps}
    health: {issues: []}
    update_config: {max_unavailable: 1}
    tags: {}
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.nodegroup import described_all

SPEC: dict[str, Any] = {
    "argument_spec": {"cluster_name": {"type": "str", "required": True}, "name": {"type": "str", "aliases": ["nodegroup_name"]}, **aws_options()},
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Return the node groups."""
    return {"changed": False, "nodegroups": described_all(context.clients("eks"), params["cluster_name"], params["name"])}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
