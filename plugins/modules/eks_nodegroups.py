#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage the managed node groups of an EKS cluster as a set."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_nodegroups
short_description: Manage the managed node groups of an EKS cluster as a set
version_added: 0.1.0
description:
  - Creates, updates and deletes the managed node groups of a cluster, all at the same time; what is to go, when the rest is ready.
author:
  - fleetops.eks contributors (@fleetops)
options:
  cluster_name:
    description: Name of the cluster.
    type: str
    required: true
  nodegroups:
    description: The node groups. Those that are not mentioned stay, unless O(purge_nodegroups=true).
    type: list
    elements: dict
    required: true
  purge_nodegroups:
    description: Whether node groups that O(nodegroups) does not mention are deleted, after everything else is done.
    type: bool
    default: false
  wait:
    description: Whether the task waits until EKS is done. What later steps build on is waited for in any case.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait, for everything together.
    type: int
    default: 3600
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes
  - fleetops.eks.nodegroup.member
"""

EXAMPLES = r"""
- name: Run one node group
  fleetops.eks.eks_nodegroups:
    cluster_name: edge
    nodegroups:
      - name: apps
        node_role: arn:aws:iam::111122223333:role/nodes
        subnets: [subnet-0a1b2c3d4e5f60718, subnet-0b2c3d4e5f6071829]

- name: Run these, and remove all others when these are ready
  fleetops.eks.eks_nodegroups:
    cluster_name: edge
    purge_nodegroups: true
    nodegroups:
      - name: apps
        node_role: arn:aws:iam::111122223333:role/nodes
        subnets: [subnet-0a1b2c3d4e5f60718, subnet-0b2c3d4e5f6071829]
        scaling_config:
          min_size: 2
          max_size: 5
      - name: batch
        node_role: arn:aws:iam::111122223333:role/nodes
        subnets: [subnet-0a1b2c3d4e5f60718, subnet-0b2c3d4e5f6071829]
        capacity_type: SPOT
        scaling_config:
          min_size: 0
          max_size: 20
        labels:
          workload: batch
        taints:
          - key: dedicated
            value: batch
            effect: NO_SCHEDULE
"""

RETURN = r"""
nodegroups:
  description: The declared node groups that exist, in the order of their names, as EKS describes them, with snake_case keys.
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
actions:
  description: The operations in order, each with the fields it changed and its status (V(planned) in check mode).
  returned: success
  type: list
  elements: dict
  sample: [{operation: create_nodegroup, subject: apps, fields: [apps.node_role, apps.subnets], status: done}]
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options, wait_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import reconcile
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.nodegroup import live_nodegroups
from ansible_collections.fleetops.eks.plugins.module_utils._eks.nodegroup import health_warnings, to_result
from ansible_collections.fleetops.eks.plugins.module_utils._eks.nodegroup_options import EXCLUSIVE, nodegroup_options

SPEC: dict[str, Any] = {
    "argument_spec": {
        "cluster_name": {"type": "str", "required": True},
        "nodegroups": {"type": "list", "elements": "dict", "required": True, "options": nodegroup_options(), "mutually_exclusive": EXCLUSIVE},
        "purge_nodegroups": {"type": "bool", "default": False},
        **wait_options(3600),
        **aws_options(),
    },
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Make the cluster's node groups as declared and return them."""
    live = live_nodegroups(context.clients, params, check_mode=context.check_mode, clock=context.clock)
    outcome = reconcile(live, context.run(params))
    states = [outcome.state[name] for name in sorted(outcome.state)]
    outcome.warnings += [warning for state in states for warning in health_warnings(state)]
    return {**outcome.common(), "nodegroups": [to_result(state) for state in states if state is not None]}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
