#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the Fargate profiles of an EKS cluster."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_fargate_profile_info
short_description: Read the Fargate profiles of an EKS cluster
version_added: 0.1.0
description:
  - Returns the Fargate profiles of a cluster as EKS describes them.
author:
  - fleetops.eks contributors (@fleetops)
options:
  cluster_name:
    description: Name of the cluster.
    type: str
    required: true
  name:
    description: Name of one profile. Without it all are returned.
    type: str
    aliases: [fargate_profile_name]
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes.info
"""

EXAMPLES = r"""
- name: Read the Fargate profiles of a cluster
  fleetops.eks.eks_fargate_profile_info:
    cluster_name: edge

- name: Read one of them
  fleetops.eks.eks_fargate_profile_info:
    cluster_name: edge
    name: web
"""

RETURN = r"""
fargate_profiles:
  description: The profiles as EKS describes them, with snake_case keys, in the order of their names.
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
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.fargate_profile import described_all

SPEC: dict[str, Any] = {
    "argument_spec": {"cluster_name": {"type": "str", "required": True}, "name": {"type": "str", "aliases": ["fargate_profile_name"]}, **aws_options()},
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Return the profiles."""
    return {"changed": False, "fargate_profiles": described_all(context.clients("eks"), params["cluster_name"], params["name"])}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
