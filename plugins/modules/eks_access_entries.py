#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage all access entries of an EKS cluster as a set."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_access_entries
short_description: Manage all access entries of an EKS cluster as a set
version_added: 0.1.0
description:
  - Makes the access entries of a cluster as declared, in one task; what does not depend on one another is done side by side.
  - With O(purge_access_entries=true) entries that are not declared are removed, last of all. Kept all the same are entries of nodes (every
    type but V(STANDARD)), of service-linked roles, with policies of AWS's controllers, the one EKS made for the cluster's creator, and the one
    that this task runs as. To remove such an entry, name it with O(state=absent).
  - The cluster's authentication mode must be V(API) or V(API_AND_CONFIG_MAP).
author:
  - fleetops.eks contributors (@fleetops)
options:
  cluster_name:
    description: Name of the cluster.
    type: str
    required: true
  access_entries:
    description: The entries. Each principal may stand once.
    type: list
    elements: dict
    required: true
    suboptions:
      principal_arn:
        description: ARN of the IAM role or user. A role's ARN has its path where it has one.
        type: str
        required: true
      type:
        description:
          - Type of the entry. V(STANDARD) for people and controllers, the others for nodes. It is V(STANDARD) where nothing is said.
          - It cannot change; see O(recreate).
        type: str
        choices: [STANDARD, FARGATE_LINUX, EC2_LINUX, EC2_WINDOWS, EC2, HYBRID_LINUX, HYPERPOD_LINUX]
      kubernetes_groups:
        description:
          - Groups that the principal belongs to in Kubernetes; an empty list takes all away. Only for V(STANDARD).
          - Names that begin with V(system:) are refused, as EKS does.
        type: list
        elements: str
      username:
        description: Name of the principal in Kubernetes. EKS makes one of the ARN where nothing is said. Only for V(STANDARD).
        type: str
      access_policies:
        description:
          - Access policies of EKS that hold for the principal; an empty list takes all away. Those that are not mentioned are removed, unless
            O(purge_access_policies=false).
        type: list
        elements: dict
        suboptions:
          policy:
            description: Name, for example V(AmazonEKSClusterAdminPolicy), or ARN of the policy.
            type: str
            required: true
            aliases: [policy_arn]
          scope:
            description: Where it holds.
            type: str
            choices: [cluster, namespace]
            default: cluster
          namespaces:
            description: Namespaces where it holds, with O(access_entries[].access_policies[].scope=namespace).
            type: list
            elements: str
      tags:
        description: Tags of the entry. Tags that are not mentioned are removed, unless O(purge_tags=false).
        type: dict
  purge_access_entries:
    description: Whether entries that O(access_entries) does not mention are removed. Only with O(state=present).
    type: bool
    default: false
  purge_access_policies:
    description: Whether access policies that are not declared are removed. Where none are declared, none is touched.
    type: bool
    default: true
  purge_tags:
    description: Whether tags that are not declared are removed. Where none are declared, none is touched.
    type: bool
    default: true
  recreate:
    description:
      - Whether an entry whose type differs is deleted and created. The principal has no access in between.
      - What is not declared (groups, username, policies, tags) stays as it was, where the new type allows it.
    type: bool
    default: false
  verify_principal:
    description:
      - Whether IAM is asked if the role of an entry is younger than the entry.
      - An entry binds to the unique id of a role. A role that was deleted and made again under the same ARN silently has no access; with this
        option such an entry is deleted and created. Roles of other accounts are not looked at. Needs C(iam:GetRole).
    type: bool
    default: false
  state:
    description: Whether the entries exist.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes
"""

EXAMPLES = r"""
- name: Let the platform team in
  fleetops.eks.eks_access_entries:
    cluster_name: edge
    access_entries:
      - principal_arn: arn:aws:iam::111122223333:role/Platform
        access_policies:
          - policy: AmazonEKSClusterAdminPolicy

- name: These principals, and no others, besides what AWS itself needs
  fleetops.eks.eks_access_entries:
    cluster_name: edge
    access_entries:
      - principal_arn: arn:aws:iam::111122223333:role/Platform
        access_policies:
          - policy: AmazonEKSClusterAdminPolicy
      - principal_arn: arn:aws:iam::111122223333:role/EdgeHybridNodes
        type: HYBRID_LINUX
      - principal_arn: arn:aws:iam::111122223333:role/Payments
        kubernetes_groups: [payments]
        access_policies:
          - policy: AmazonEKSEditPolicy
            scope: namespace
            namespaces: [payments]
        tags:
          Team: payments
    purge_access_entries: true
    verify_principal: true
"""

RETURN = r"""
access_entries:
  description: The declared entries as EKS describes them, with snake_case keys and their access policies; those that do not exist are left out.
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
actions:
  description: The operations in order, each with the fields it changed and its status (V(planned) in check mode).
  returned: success
  type: list
  elements: dict
  sample: [{operation: create_access_entry, fields: ["arn:aws:iam::111122223333:role/Platform.principal_arn"], status: done,
            subject: "arn:aws:iam::111122223333:role/Platform"}]
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking
from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import reconcile
from ansible_collections.fleetops.eks.plugins.module_utils._eks.access_entry import to_result
from ansible_collections.fleetops.eks.plugins.module_utils._eks.access_entry_options import entry_options, shared_options
from ansible_collections.fleetops.eks.plugins.module_utils._eks.access_entry_set import declared_entries
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.access_entry import LiveEntries, role_since

SPEC: dict[str, Any] = {
    "argument_spec": {
        "cluster_name": {"type": "str", "required": True},
        "access_entries": {"type": "list", "elements": "dict", "required": True, "options": entry_options()},
        "purge_access_entries": {"type": "bool", "default": False},
        **shared_options(),
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        **aws_options(),
    },
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Make the entries as declared and return them."""
    specs, present = declared_entries(params), params["state"] == "present"
    live = LiveEntries(
        context.clients("eks"),
        params["cluster_name"],
        specs,
        present=present,
        purge=present and params["purge_access_entries"],
        caller=lambda: _caller(context),
        since=role_since(context.clients("iam")) if params["verify_principal"] else None,
        clock=context.clock,
    )
    outcome = reconcile(live, context.run(params))
    found = (to_result(outcome.state[name]) for name in specs)
    return {**outcome.common(), "access_entries": [entry for entry in found if entry is not None]}


def _caller(context: Context) -> str:
    with speaking("ask STS which principal this task runs as"):
        return str(context.clients("sts").get_caller_identity()["Arn"])


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
