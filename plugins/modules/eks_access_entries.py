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
  purge_access_entries:
    description: Whether entries that O(access_entries) does not mention are removed. Only with O(state=present).
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
  - fleetops.eks.access_entry.member
  - fleetops.eks.access_entry.settings
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
