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
  namespace:
    description: Namespace of the service account.
    type: str
    required: true
  service_account:
    description: Name of the service account. It need not exist yet.
    type: str
    required: true
  role_arn:
    description:
      - ARN of the IAM role, in the account of the cluster, that trusts V(pods.eks.amazonaws.com).
      - Needed to create the association.
    type: str
  target_role_arn:
    description: ARN of a role, of any account, that EKS assumes with O(role_arn) for the pods. An empty string takes it away.
    type: str
  disable_session_tags:
    description: Whether EKS leaves out the session tags that name the cluster, namespace, service account and pod.
    type: bool
  policy:
    description: Session policy, as JSON text, that narrows what the pods may do. Needs O(disable_session_tags=true).
    type: str
  tags:
    description: Tags of the association. Tags that are not mentioned are removed, unless O(purge_tags=false).
    type: dict
    aliases: [resource_tags]
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

SPEC: dict[str, Any] = {
    "argument_spec": {
        "cluster_name": {"type": "str", "required": True},
        "namespace": {"type": "str", "required": True},
        "service_account": {"type": "str", "required": True},
        "role_arn": {"type": "str"},
        "target_role_arn": {"type": "str"},
        "disable_session_tags": {"type": "bool"},
        "policy": {"type": "str"},
        "tags": {"type": "dict", "aliases": ["resource_tags"]},
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
