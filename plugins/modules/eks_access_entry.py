#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage an access entry of an EKS cluster."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_access_entry
short_description: Manage an access entry of an EKS cluster
version_added: 0.1.0
description:
  - Creates, updates and deletes the entry that lets an IAM principal use the Kubernetes API of a cluster, with its access policies.
  - The cluster's authentication mode must be V(API) or V(API_AND_CONFIG_MAP).
  - A role made a moment ago is waited for, at most a minute.
author:
  - fleetops.eks contributors (@fleetops)
options:
  cluster_name:
    description: Name of the cluster.
    type: str
    required: true
  state:
    description: Whether the entry exists.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes
  - fleetops.eks.access_entry
  - fleetops.eks.access_entry.settings
"""

EXAMPLES = r"""
- name: Let hybrid nodes join
  fleetops.eks.eks_access_entry:
    cluster_name: edge
    principal_arn: arn:aws:iam::111122223333:role/EdgeHybridNodes
    type: HYBRID_LINUX

- name: Let a team see everything and edit two namespaces
  fleetops.eks.eks_access_entry:
    cluster_name: edge
    principal_arn: arn:aws:iam::111122223333:role/Payments
    kubernetes_groups: [payments]
    access_policies:
      - policy: AmazonEKSViewPolicy
      - policy: AmazonEKSEditPolicy
        scope: namespace
        namespaces: [payments, payments-test]
    verify_principal: true
    tags:
      Team: payments

- name: Take the access away
  fleetops.eks.eks_access_entry:
    cluster_name: edge
    principal_arn: arn:aws:iam::111122223333:role/Payments
    state: absent
"""

RETURN = r"""
access_entry:
  description: The entry as EKS describes it, with snake_case keys and its access policies; V(null) when there is none.
  returned: success
  type: dict
  sample:
    access_entry_arn: arn:aws:eks:us-east-1:111122223333:access-entry/edge/role/111122223333/Platform/1234abcd
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
actions:
  description: The operations in order, each with the fields it changed and its status (V(planned) in check mode).
  returned: success
  type: list
  elements: dict
  sample: [{operation: create_access_entry, fields: [principal_arn, type], status: done}]
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import reconcile
from ansible_collections.fleetops.eks.plugins.module_utils._eks.access_entry import EntrySpec, to_result
from ansible_collections.fleetops.eks.plugins.module_utils._eks.access_entry_options import entry_options, shared_options
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.access_entry import LiveEntry, role_since

SPEC: dict[str, Any] = {
    "argument_spec": {
        "cluster_name": {"type": "str", "required": True},
        **entry_options(),
        **shared_options(),
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        **aws_options(),
    },
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Make the entry as declared and return it."""
    since = role_since(context.clients("iam")) if params["verify_principal"] else None
    live = LiveEntry(context.clients("eks"), EntrySpec.from_params(params), present=params["state"] == "present", since=since, clock=context.clock)
    outcome = reconcile(live, context.run(params))
    return {**outcome.common(), "access_entry": to_result(outcome.state)}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
