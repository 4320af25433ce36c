#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List access entries of an EKS cluster."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_access_entry_info
short_description: List access entries of an EKS cluster
version_added: 0.1.0
description:
  - Returns the access entries of a cluster, with their access policies.
author:
  - fleetops.eks contributors (@fleetops)
options:
  cluster_name:
    description: Name of the cluster.
    type: str
    required: true
  principal_arn:
    description: Only the entry of this principal.
    type: str
  type:
    description: Only entries of these types.
    type: list
    elements: str
    choices: [STANDARD, FARGATE_LINUX, EC2_LINUX, EC2_WINDOWS, EC2, HYBRID_LINUX, HYPERPOD_LINUX]
  policy:
    description: Only entries with this access policy, given by name or ARN.
    type: str
    aliases: [policy_arn]
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes.info
"""

EXAMPLES = r"""
- name: Who has access
  fleetops.eks.eks_access_entry_info:
    cluster_name: edge

- name: Which people are administrators
  fleetops.eks.eks_access_entry_info:
    cluster_name: edge
    type: [STANDARD]
    policy: AmazonEKSClusterAdminPolicy
"""

RETURN = r"""
access_entries:
  description: The entries as EKS describes them, with snake_case keys and their access policies, by principal; none where there is no such cluster.
  returned: success
  type: list
  elements: dict
  sample:
  - access_entry_arn: arn:aws:eks:us-east-1:111122223333:access-entry/edge/role/111122223333/Platform/1234abcd
    access_policies:
      - namespaces: []
        policy: AmazonEKSClusterAdminPolicy
        policy_arn: arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy
        scope: cluster
    cluster_name: edge
    created_at: "2026-11-22T13:00:00+00:00"
    kubernetes_groups: []
    principal_arn: arn:aws:iam::111122223333:role/Platform
    tags: {}
    type: STANDARD
    username: arn:aws:sts::111122223333:assumed-role/Platform/{{SessionName}}
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._eks.access_entry import TYPES, to_result
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.access_entry import found_entries

SPEC: dict[str, Any] = {
    "argument_spec": {
        "cluster_name": {"type": "str", "required": True},
        "principal_arn": {"type": "str"},
        "type": {"type": "list", "elements": "str", "choices": list(TYPES)},
        "policy": {"type": "str", "aliases": ["policy_arn"]},
        **aws_options(),
    },
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Return the entries that the filters leave."""
    client = context.clients("eks")
    found = found_entries(client, params["cluster_name"], principal=params["principal_arn"], policy=params["policy"])
    wanted = [state for state in found if not params["type"] or state.type in params["type"]]
    return {"changed": False, "access_entries": [to_result(state) for state in wanted]}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
