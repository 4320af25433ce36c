#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage the pod identity associations of an EKS cluster as a set."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_pod_identity_associations
short_description: Manage the pod identity associations of an EKS cluster as a set
version_added: 0.1.0
description:
  - Makes the associations that give the pods of Kubernetes service accounts IAM roles as declared, in one task, side by side.
  - Associations that an add-on owns are never purged; to declare one is refused, with a pointer to the add-on.
  - A role made a moment ago is waited for, at most a minute.
author:
  - fleetops.eks contributors (@fleetops)
options:
  cluster_name:
    description: Name of the cluster.
    type: str
    required: true
  pod_identity_associations:
    description: The associations. Each service account may stand once.
    type: list
    elements: dict
    required: true
    aliases: [associations]
  purge_pod_identity_associations:
    description:
      - Whether associations that O(pod_identity_associations) does not mention, and no add-on owns, are removed. Only with O(state=present).
    type: bool
    default: false
    aliases: [purge_associations]
  purge_tags:
    description: Whether tags that are not declared are removed. Where none are declared, none is touched.
    type: bool
    default: true
  state:
    description: Whether the associations exist.
    type: str
    choices: [present, absent]
    default: present
notes:
  - Pods get their role when they are admitted. Those that were there before the association must be started again.
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes
  - fleetops.eks.pod_identity_association.member
"""

EXAMPLES = r"""
- name: Give the pods of a service account a role
  fleetops.eks.eks_pod_identity_associations:
    cluster_name: edge
    pod_identity_associations:
      - namespace: default
        service_account: web
        role_arn: arn:aws:iam::111122223333:role/web

- name: These associations, and none besides but those of add-ons
  fleetops.eks.eks_pod_identity_associations:
    cluster_name: edge
    pod_identity_associations:
      - namespace: argocd
        service_account: argocd-server
        role_arn: arn:aws:iam::111122223333:role/edge-argocd
      - namespace: kube-system
        service_account: external-dns
        role_arn: arn:aws:iam::111122223333:role/external-dns
        target_role_arn: arn:aws:iam::444455556666:role/dns
        disable_session_tags: true
        tags:
          Team: platform
    purge_pod_identity_associations: true
"""

RETURN = r"""
pod_identity_associations:
  description: The declared associations as EKS describes them, with snake_case keys; those that do not exist are left out.
  returned: success
  type: list
  elements: dict
  sample:
    - association_arn: arn:aws:eks:us-east-1:111122223333:podidentityassociation/edge/a-1234567890abcdef0
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
  sample: [{operation: create_pod_identity_association, fields: [default/web.role_arn], status: done, subject: default/web}]
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import reconcile
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.pod_identity import LiveAssociations
from ansible_collections.fleetops.eks.plugins.module_utils._eks.pod_identity import declared_associations, to_result
from ansible_collections.fleetops.eks.plugins.module_utils._eks.pod_identity_options import association_options

SPEC: dict[str, Any] = {
    "argument_spec": {
        "cluster_name": {"type": "str", "required": True},
        "pod_identity_associations": {
            "type": "list",
            "elements": "dict",
            "required": True,
            "aliases": ["associations"],
            "options": association_options(),
        },
        "purge_pod_identity_associations": {"type": "bool", "default": False, "aliases": ["purge_associations"]},
        "purge_tags": {"type": "bool", "default": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        **aws_options(),
    },
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Make the associations as declared and return them."""
    specs, present = declared_associations(params), params["state"] == "present"
    purge = present and params["purge_pod_identity_associations"]
    live = LiveAssociations(context.clients("eks"), params["cluster_name"], specs, present=present, purge=purge, clock=context.clock)
    outcome = reconcile(live, context.run(params))
    found = (to_result(outcome.state[name]) for name in specs)
    return {**outcome.common(), "pod_identity_associations": [each for each in found if each is not None]}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
