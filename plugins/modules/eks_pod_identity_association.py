#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage a pod identity association of an EKS cluster."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_pod_identity_association
short_description: Manage a pod identity association of an EKS cluster
version_added: 0.1.0
description:
  - Creates, updates and deletes the association that gives the pods of a Kubernetes service account an IAM role.
  - Associations that an add-on owns are refused, with a pointer to the add-on.
author:
  - fleetops.eks contributors (@fleetops)
options:
  cluster_name:
    description: Name of the cluster.
    type: str
    required: true
  purge_tags:
    description: Whether tags that O(tags) does not mention are removed. Without O(tags) none is touched.
    type: bool
    default: true
  state:
    description: Whether the association exists.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes
  - fleetops.eks.pod_identity_association
"""

EXAMPLES = r"""
- name: Give the pods of a service account a role
  fleetops.eks.eks_pod_identity_association:
    cluster_name: edge
    namespace: default
    service_account: web
    role_arn: arn:aws:iam::111122223333:role/web

- name: Let them use a role of another account, without session tags
  fleetops.eks.eks_pod_identity_association:
    cluster_name: edge
    namespace: kube-system
    service_account: external-dns
    role_arn: arn:aws:iam::111122223333:role/external-dns
    target_role_arn: arn:aws:iam::444455556666:role/dns
    disable_session_tags: true
    tags:
      Team: platform

- name: Take the role away
  fleetops.eks.eks_pod_identity_association:
    cluster_name: edge
    namespace: default
    service_account: web
    state: absent
"""

RETURN = r"""
pod_identity_association:
  description: The association as EKS describes it, with snake_case keys; V(null) when there is none.
  returned: success
  type: dict
  sample:
    association_arn: arn:aws:eks:us-east-1:111122223333:podidentityassociation/edge/a-1234567890abcdef0
    association_id: a-1234567890abcdef0
    cluster_name: edge
    disable_session_tags: false
    namespace: default
    role_arn: arn:aws:iam::111122223333:role/web
    service_account: web
    tags: {}
actions:
  description: The operations in order, each with the fields it changed and its status (V(planned) in check mode).
  returned: success
  type: list
  elements: dict
  sample: [{operation: create_pod_identity_association, fields: [role_arn], status: done}]
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import reconcile
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.pod_identity import LiveAssociation
from ansible_collections.fleetops.eks.plugins.module_utils._eks.pod_identity import AssociationSpec, to_result
from ansible_collections.fleetops.eks.plugins.module_utils._eks.pod_identity_options import association_options

SPEC: dict[str, Any] = {
    "argument_spec": {
        "cluster_name": {"type": "str", "required": True},
        **association_options(),
        "purge_tags": {"type": "bool", "default": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        **aws_options(),
    },
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Make the association as declared and return it."""
    live = LiveAssociation(context.clients("eks"), AssociationSpec.from_params(params), present=params["state"] == "present")
    outcome = reconcile(live, context.run(params))
    return {**outcome.common(), "pod_identity_association": to_result(outcome.state)}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
