#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage a managed node group of an EKS cluster."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_nodegroup
short_description: Manage a managed node group of an EKS cluster
version_added: 0.1.0
description:
  - Creates, updates and deletes a managed node group, and waits until its nodes have joined.
  - Takes the options of M(community.aws.eks_nodegroup). Options that are not mentioned leave what they are about alone.
  - M(fleetops.eks.eks_nodegroups) does so for all node groups of a cluster at once.
author:
  - fleetops.eks contributors (@fleetops)
options:
  cluster_name:
    description: Name of the cluster.
    type: str
    required: true
  wait:
    description: Whether the task waits until EKS is done. What later steps build on is waited for in any case.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait, for everything together.
    type: int
    default: 2400
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes
  - fleetops.eks.nodegroup
"""

EXAMPLES = r"""
- name: Run two to five nodes of EKS's own choice
  fleetops.eks.eks_nodegroup:
    cluster_name: edge
    name: apps
    node_role: arn:aws:iam::111122223333:role/nodes
    subnets: [subnet-0a1b2c3d4e5f60718, subnet-0b2c3d4e5f6071829]
    scaling_config:
      min_size: 2
      max_size: 5

- name: Move the nodes to the next Kubernetes version, whatever disruption budgets say
  fleetops.eks.eks_nodegroup:
    cluster_name: edge
    name: apps
    version: "1.34"
    force: true

- name: Run tainted Spot nodes that an autoscaler sizes and EKS repairs
  fleetops.eks.eks_nodegroup:
    cluster_name: edge
    name: batch
    node_role: arn:aws:iam::111122223333:role/nodes
    subnets: [subnet-0a1b2c3d4e5f60718, subnet-0b2c3d4e5f6071829]
    capacity_type: SPOT
    ami_type: BOTTLEROCKET_x86_64
    instance_types: [m7i.large, m7a.large]
    scaling_config:
      min_size: 0
      max_size: 20
      desired_size: 1
    ignore_desired_size: true
    labels:
      workload: batch
    taints:
      - key: dedicated
        value: batch
        effect: NO_SCHEDULE
    update_config:
      max_unavailable_percentage: 25
      update_strategy: MINIMAL
    node_repair_config:
      enabled: true
    tags:
      Team: data

- name: Remove a node group
  fleetops.eks.eks_nodegroup:
    cluster_name: edge
    name: batch
    state: absent
"""

RETURN = r"""
nodegroup:
  description: The node group as EKS describes it, with snake_case keys; V(null) when there is none.
  returned: success
  type: dict
  sample:
    nodegroup_name: apps
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
nodegroup_name:
  description: Name of the node group. As in RV(nodegroup), for tasks that come from community.aws.
  returned: when the node group exists and EKS returns it
  type: str
nodegroup_arn:
  description: ARN of the node group. As in RV(nodegroup), for tasks that come from community.aws.
  returned: when the node group exists and EKS returns it
  type: str
cluster_name:
  description: Name of the cluster. As in RV(nodegroup), for tasks that come from community.aws.
  returned: when the node group exists and EKS returns it
  type: str
version:
  description: Kubernetes version of the nodes. As in RV(nodegroup), for tasks that come from community.aws.
  returned: when the node group exists and EKS returns it
  type: str
release_version:
  description: Release of the AMI. As in RV(nodegroup), for tasks that come from community.aws.
  returned: when the node group exists and EKS returns it
  type: str
status:
  description: Status of the node group. As in RV(nodegroup), for tasks that come from community.aws.
  returned: when the node group exists and EKS returns it
  type: str
created_at:
  description: When it was created. As in RV(nodegroup), for tasks that come from community.aws.
  returned: when the node group exists and EKS returns it
  type: str
modified_at:
  description: When it was changed. As in RV(nodegroup), for tasks that come from community.aws.
  returned: when the node group exists and EKS returns it
  type: str
capacity_type:
  description: How the capacity is bought. As in RV(nodegroup), for tasks that come from community.aws.
  returned: when the node group exists and EKS returns it
  type: str
scaling_config:
  description: How many nodes there are. As in RV(nodegroup), for tasks that come from community.aws.
  returned: when the node group exists and EKS returns it
  type: dict
instance_types:
  description: Instance types. As in RV(nodegroup), for tasks that come from community.aws.
  returned: when the node group exists and EKS returns it
  type: list
subnets:
  description: IDs of the subnets. As in RV(nodegroup), for tasks that come from community.aws.
  returned: when the node group exists and EKS returns it
  type: list
remote_access:
  description: SSH access to the nodes. As in RV(nodegroup), for tasks that come from community.aws.
  returned: when the node group exists and EKS returns it
  type: dict
ami_type:
  description: Type of the AMI. As in RV(nodegroup), for tasks that come from community.aws.
  returned: when the node group exists and EKS returns it
  type: str
node_role:
  description: ARN of the nodes' IAM role. As in RV(nodegroup), for tasks that come from community.aws.
  returned: when the node group exists and EKS returns it
  type: str
labels:
  description: Kubernetes labels of the nodes, their keys as they are. As in RV(nodegroup), for tasks that come from community.aws.
  returned: when the node group exists and EKS returns it
  type: dict
taints:
  description: Kubernetes taints of the nodes. As in RV(nodegroup), for tasks that come from community.aws.
  returned: when the node group exists and EKS returns it
  type: list
resources:
  description: Auto Scaling groups and security group of the node group. As in RV(nodegroup), for tasks that come from community.aws.
  returned: when the node group exists and EKS returns it
  type: dict
disk_size:
  description: Size of each node's disk in GiB. As in RV(nodegroup), for tasks that come from community.aws.
  returned: when the node group exists and EKS returns it
  type: int
health:
  description: Health issues. As in RV(nodegroup), for tasks that come from community.aws.
  returned: when the node group exists and EKS returns it
  type: dict
update_config:
  description: How an update replaces nodes. As in RV(nodegroup), for tasks that come from community.aws.
  returned: when the node group exists and EKS returns it
  type: dict
launch_template:
  description: Launch template of the nodes. As in RV(nodegroup), for tasks that come from community.aws.
  returned: when the node group exists and EKS returns it
  type: dict
tags:
  description: Tags, their keys as they are. As in RV(nodegroup), for tasks that come from community.aws.
  returned: when the node group exists and EKS returns it
  type: dict
actions:
  description: The operations in order, each with the fields it changed and its status (V(planned) in check mode).
  returned: success
  type: list
  elements: dict
  sample: [{operation: create_nodegroup, fields: [node_role, subnets], status: done}]
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options, wait_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import reconcile
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.nodegroup import live_nodegroup
from ansible_collections.fleetops.eks.plugins.module_utils._eks.nodegroup import health_warnings, to_result
from ansible_collections.fleetops.eks.plugins.module_utils._eks.nodegroup_options import EXCLUSIVE, nodegroup_options

SPEC: dict[str, Any] = {
    "argument_spec": {"cluster_name": {"type": "str", "required": True}, **nodegroup_options(), **wait_options(2400), **aws_options()},
    "mutually_exclusive": EXCLUSIVE,
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Make the node group as declared and return it, at the top level too, as community.aws does."""
    live = live_nodegroup(context.clients, params, wait=params["wait"], check_mode=context.check_mode, clock=context.clock)
    outcome = reconcile(live, context.run(params))
    outcome.warnings += health_warnings(outcome.state)
    result = to_result(outcome.state)
    return {**(result or {}), **outcome.common(), "nodegroup": result}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
