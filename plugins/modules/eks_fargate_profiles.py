#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage the Fargate profiles of an EKS cluster as a set."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_fargate_profiles
short_description: Manage the Fargate profiles of an EKS cluster as a set
version_added: 0.1.0
description:
  - Creates and deletes the Fargate profiles of a cluster, and keeps their tags, one profile after the other, as EKS wants it; what is to go goes last.
author:
  - fleetops.eks contributors (@fleetops)
options:
  cluster_name:
    description: Name of the cluster.
    type: str
    required: true
  fargate_profiles:
    description: The profiles. Those that are not mentioned stay, unless O(purge_fargate_profiles=true).
    type: list
    elements: dict
    required: true
  purge_fargate_profiles:
    description: Whether profiles that O(fargate_profiles) does not mention are deleted, after everything else is done.
    type: bool
    default: false
  wait:
    description: Whether the task waits until EKS is done. All profiles but the last are waited for in any case.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait, for everything together.
    type: int
    default: 3600
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes
  - fleetops.eks.fargate_profile.member
"""

EXAMPLES = r"""
- name: Run the pods of a namespace on Fargate
  fleetops.eks.eks_fargate_profiles:
    cluster_name: edge
    fargate_profiles:
      - name: web
        role_arn: arn:aws:iam::111122223333:role/pods
        subnets: [subnet-0a1b2c3d4e5f60718, subnet-0b2c3d4e5f6071829]
        selectors:
          - namespace: web

- name: Have these profiles and no others
  fleetops.eks.eks_fargate_profiles:
    cluster_name: edge
    purge_fargate_profiles: true
    fargate_profiles:
      - name: web
        tags:
          Team: web
      - name: batch
        role_arn: arn:aws:iam::111122223333:role/pods
        subnets: [subnet-0a1b2c3d4e5f60718, subnet-0b2c3d4e5f6071829]
        selectors:
          - namespace: data-*
            labels:
              compute: fargate
"""

RETURN = r"""
fargate_profiles:
  description: The declared profiles that exist, in the order of their names, as EKS describes them, with snake_case keys.
  returned: success
  type: list
  elements: dict
  sample:
    - fargate_profile_name: web
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
actions:
  description: The operations in order, each with the fields it changed and its status (V(planned) in check mode).
  returned: success
  type: list
  elements: dict
  sample: [{operation: create_fargate_profile, subject: web, fields: [web.role_arn], status: done}]
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options, wait_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import reconcile
from ansible_collections.fleetops.eks.plugins.module_utils._eks.fargate_profile import to_result
from ansible_collections.fleetops.eks.plugins.module_utils._eks.fargate_profile_options import profile_options
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.fargate_profile import live_profiles

SPEC: dict[str, Any] = {
    "argument_spec": {
        "cluster_name": {"type": "str", "required": True},
        "fargate_profiles": {"type": "list", "elements": "dict", "required": True, "options": profile_options()},
        "purge_fargate_profiles": {"type": "bool", "default": False},
        **wait_options(3600),
        **aws_options(),
    },
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Make the cluster's Fargate profiles as declared and return them."""
    outcome = reconcile(live_profiles(context.clients, params, clock=context.clock), context.run(params))
    states = [outcome.state[name] for name in sorted(outcome.state)]
    return {**outcome.common(), "fargate_profiles": [to_result(state) for state in states if state is not None]}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
