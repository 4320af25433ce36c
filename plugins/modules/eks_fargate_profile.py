#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage a Fargate profile of an EKS cluster."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_fargate_profile
short_description: Manage a Fargate profile of an EKS cluster
version_added: 0.1.0
description:
  - Creates and deletes a Fargate profile, and keeps its tags. Nothing else of a profile can change, and a declaration that asks for it is refused.
  - EKS creates and deletes one profile of a cluster at a time. The task waits for another one, and goes on.
  - Takes the options of M(community.aws.eks_fargate_profile), and waits by default.
  - M(fleetops.eks.eks_fargate_profiles) does so for all profiles of a cluster.
author:
  - fleetops.eks contributors (@fleetops)
options:
  cluster_name:
    description: Name of the cluster.
    type: str
    required: true
  wait:
    description: Whether the task waits until EKS is done.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait.
    type: int
    default: 1200
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes
  - fleetops.eks.fargate_profile
"""

EXAMPLES = r"""
- name: Run the pods of a namespace on Fargate
  fleetops.eks.eks_fargate_profile:
    cluster_name: edge
    name: web
    role_arn: arn:aws:iam::111122223333:role/pods
    subnets: [subnet-0a1b2c3d4e5f60718, subnet-0b2c3d4e5f6071829]
    selectors:
      - namespace: web

- name: Run labelled pods of any namespace of a team, and keep the tags
  fleetops.eks.eks_fargate_profile:
    cluster_name: edge
    name: batch
    role_arn: arn:aws:iam::111122223333:role/pods
    subnets: [subnet-0a1b2c3d4e5f60718, subnet-0b2c3d4e5f6071829]
    selectors:
      - namespace: data-*
        labels:
          compute: fargate
      - namespace: reports
    tags:
      CostCenter: data

- name: Remove a profile
  fleetops.eks.eks_fargate_profile:
    cluster_name: edge
    name: web
    state: absent
"""

RETURN = r"""
fargate_profile:
  description: The profile as EKS describes it, with snake_case keys; V(null) when there is none.
  returned: success
  type: dict
  sample:
    fargate_profile_name: web
    fargate_profile_arn: arn:aws:eks:us-east-1:111122223333:fargateprofile/edge/web/a2c6b1e0-7a52-4b0e-9df1-5c0f1d2e3a4b
    cluster_name: edge
    created_at: "2026-11-20T10:00:00+00:00"
    pod_execution_role_arn: arn:aws:iam::111122223333:role/pods
    subnets: [subnet-0a1b2c3d4e5f60718]
    selectors:
      - namespace: web
        labels: {tier: front}
    status: ACTIVE
    tags: {}
    health: {issues: []}
fargate_profile_name:
  description: Name of the profile. As in RV(fargate_profile), for tasks that come from community.aws.
  returned: when the profile exists
  type: str
fargate_profile_arn:
  description: ARN of the profile. As in RV(fargate_profile), for tasks that come from community.aws.
  returned: when the profile exists
  type: str
cluster_name:
  description: Name of the cluster. As in RV(fargate_profile), for tasks that come from community.aws.
  returned: when the profile exists
  type: str
created_at:
  description: When it was created. As in RV(fargate_profile), for tasks that come from community.aws.
  returned: when the profile exists
  type: str
pod_execution_role_arn:
  description: ARN of the IAM role. As in RV(fargate_profile), for tasks that come from community.aws.
  returned: when the profile exists
  type: str
subnets:
  description: IDs of the subnets. As in RV(fargate_profile), for tasks that come from community.aws.
  returned: when the profile exists
  type: list
selectors:
  description: Which pods run on Fargate. As in RV(fargate_profile), for tasks that come from community.aws.
  returned: when the profile exists
  type: list
tags:
  description: Tags, their keys as they are. As in RV(fargate_profile), for tasks that come from community.aws.
  returned: when the profile exists
  type: dict
status:
  description: Status of the profile. As in RV(fargate_profile), for tasks that come from community.aws.
  returned: when the profile exists
  type: str
health:
  description: Health issues. As in RV(fargate_profile), for tasks that come from community.aws.
  returned: when the profile exists
  type: dict
actions:
  description: The operations in order, each with the fields it changed and its status (V(planned) in check mode).
  returned: success
  type: list
  elements: dict
  sample: [{operation: create_fargate_profile, fields: [role_arn], status: done}]
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options, wait_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import reconcile
from ansible_collections.fleetops.eks.plugins.module_utils._eks.fargate_profile import to_result
from ansible_collections.fleetops.eks.plugins.module_utils._eks.fargate_profile_options import profile_options
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.fargate_profile import live_profile

SPEC: dict[str, Any] = {
    "argument_spec": {"cluster_name": {"type": "str", "required": True}, **profile_options(), **wait_options(1200), **aws_options()},
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Make the profile as declared and return it, at the top level too, as community.aws does."""
    outcome = reconcile(live_profile(context.clients, params, wait=params["wait"], clock=context.clock), context.run(params))
    result = to_result(outcome.state)
    return {**(result or {}), **outcome.common(), "fargate_profile": result}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
