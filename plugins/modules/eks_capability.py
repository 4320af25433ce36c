#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage a capability of an EKS cluster."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_capability
short_description: Manage a capability of an EKS cluster
version_added: 0.1.0
description:
  - Creates, changes and deletes a capability, Argo CD, ACK or kro, which AWS runs for a cluster outside of it.
  - A cluster has one capability of each type at most. One of another name is refused, not replaced.
  - A deleted capability leaves in the cluster what it made there, and nothing manages that any more. Remove it first where it is to go.
author:
  - fleetops.eks contributors (@fleetops)
options:
  cluster_name:
    description: Name of the cluster.
    type: str
    required: true
  name:
    description: Name of the capability. Letters, digits, hyphens and underscores.
    type: str
    required: true
    aliases: [capability_name]
  type:
    description:
      - What the capability is. Cannot change afterwards.
      - Needed to create the capability.
    type: str
    choices: [ACK, KRO, ARGOCD]
  role_arn:
    description:
      - ARN of the IAM role with which the capability works. It is of the cluster's account and trusts V(capabilities.eks.amazonaws.com).
      - Needed to create the capability.
    type: str
  delete_propagation_policy:
    description: What becomes of the Kubernetes objects of the capability when it is deleted. EKS knows one policy, which keeps them.
    type: str
    choices: [RETAIN]
    default: RETAIN
  configuration:
    description: Settings of the capability's type. What is not mentioned stays.
    type: dict
    suboptions:
      argo_cd:
        description: Settings of a capability of type V(ARGOCD).
        type: dict
        suboptions:
          namespace:
            description: Namespace in which Argo CD's objects are. EKS's own default is V(argocd). Cannot change afterwards.
            type: str
          aws_idc:
            description: The instance of IAM Identity Center whose users and groups get in. Needed to create the capability. Cannot change afterwards.
            type: dict
            suboptions:
              idc_instance_arn:
                description: ARN of the instance.
                type: str
              idc_region:
                description: Region of the instance. EKS's own default is the cluster's.
                type: str
          rbac_role_mappings:
            description: Who has which role of Argo CD. Without it they stay. What is not mentioned is removed, unless O(purge_rbac_role_mappings=false).
            type: list
            elements: dict
            suboptions:
              role:
                description: The role.
                type: str
                required: true
                choices: [ADMIN, EDITOR, VIEWER]
              identities:
                description: Users and groups of the Identity Center that have it.
                type: list
                elements: dict
                required: true
                suboptions:
                  id:
                    description: ID of the user or group.
                    type: str
                    required: true
                  type:
                    description: Which of the two it is.
                    type: str
                    required: true
                    choices: [SSO_USER, SSO_GROUP]
          network_access:
            description: From where Argo CD's server is reached.
            type: dict
            suboptions:
              vpce_ids:
                description: IDs of VPC endpoints, compared as a set. With any, the server is not public; an empty list makes it public again.
                type: list
                elements: str
          endpoint_prefix:
            description: Begin of the server's host name, 1 to 50 lower-case letters, digits and hyphens. EKS chooses by default. Cannot change afterwards.
            type: str
      ack:
        description: Settings of a capability of type V(ACK).
        type: dict
        suboptions:
          enable_cross_namespace:
            description: Whether an object may refer to one of another namespace. EKS's own default is V(false).
            type: bool
          disabled_services:
            description: AWS services whose controllers are off, for example V(s3), compared as a set. An empty list turns all on.
            type: list
            elements: str
  purge_rbac_role_mappings:
    description: Whether identities that O(configuration.argo_cd.rbac_role_mappings) does not mention lose their roles. Without that option none does.
    type: bool
    default: true
  tags:
    description: Tags of the capability. Tags that are not mentioned are removed, unless O(purge_tags=false).
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description: Whether tags that O(tags) does not mention are removed. Without O(tags) none is touched.
    type: bool
    default: true
  recreate_failed:
    description: Whether a capability found in V(CREATE_FAILED) or V(DELETE_FAILED) is deleted and created again. It is refused otherwise.
    type: bool
    default: false
  state:
    description: Whether the capability exists.
    type: str
    choices: [present, absent]
    default: present
  wait:
    description: Whether the task waits until EKS is done.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait.
    type: int
    default: 1800
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes
"""

EXAMPLES = r"""
- name: Run kro for a cluster
  fleetops.eks.eks_capability:
    cluster_name: edge
    name: kro
    type: KRO
    role_arn: arn:aws:iam::111122223333:role/kro

- name: Run ACK, without the controllers of two services
  fleetops.eks.eks_capability:
    cluster_name: edge
    name: ack
    type: ACK
    role_arn: arn:aws:iam::111122223333:role/ack
    configuration:
      ack:
        enable_cross_namespace: true
        disabled_services: [iam, ec2]

- name: Run Argo CD for the platform team, out of the public's sight
  fleetops.eks.eks_capability:
    cluster_name: edge
    name: argocd
    type: ARGOCD
    role_arn: arn:aws:iam::111122223333:role/argocd
    configuration:
      argo_cd:
        aws_idc:
          idc_instance_arn: arn:aws:sso:::instance/ssoins-0123456789abcdef
          idc_region: us-east-1
        rbac_role_mappings:
          - role: ADMIN
            identities:
              - id: 94482488-3041-7099-6d4f-1234567890ab
                type: SSO_GROUP
        network_access:
          vpce_ids: [vpce-0a1b2c3d4e5f60718]
        endpoint_prefix: edge-argocd
    tags:
      Team: platform

- name: Remove a capability
  fleetops.eks.eks_capability:
    cluster_name: edge
    name: kro
    state: absent
"""

RETURN = r"""
capability:
  description: The capability as EKS describes it, with snake_case keys; V(null) when there is none.
  returned: success
  type: dict
  sample:
    capability_name: argocd
    arn: arn:aws:eks:us-east-1:111122223333:capability/edge/argocd/argocd/a2c6b1e0-7a52-4b0e-9df1-5c0f1d2e3a4b
    cluster_name: edge
    type: ARGOCD
    role_arn: arn:aws:iam::111122223333:role/argocd
    status: ACTIVE
    version: 3.1.8-eks-1
    configuration:
      argo_cd:
        namespace: argocd
        aws_idc:
          idc_instance_arn: arn:aws:sso:::instance/ssoins-0123456789abcdef
          idc_region: us-east-1
          idc_managed_application_arn: arn:aws:sso::111122223333:application/ssoins-0123456789abcdef/apl-0123456789abcdef
        rbac_role_mappings:
          - role: ADMIN
            identities: [{id: 94482488-3041-7099-6d4f-1234567890ab, type: SSO_GROUP}]
        server_url: https://a1b2c3.eks-capabilities.us-east-1.amazonaws.com
    delete_propagation_policy: RETAIN
    health: {issues: []}
    tags: {}
actions:
  description: The operations in order, each with the fields it changed and its status (V(planned) in check mode).
  returned: success
  type: list
  elements: dict
  sample: [{operation: create_capability, fields: [type, role_arn, delete_propagation_policy], status: done}]
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options, wait_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import reconcile
from ansible_collections.fleetops.eks.plugins.module_utils._eks.capability import health_warnings, to_result
from ansible_collections.fleetops.eks.plugins.module_utils._eks.capability_options import configuration_options
from ansible_collections.fleetops.eks.plugins.module_utils._eks.capability_values import CapabilitySpec
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.capability import LiveCapability

SPEC: dict[str, Any] = {
    "argument_spec": {
        "cluster_name": {"type": "str", "required": True},
        "name": {"type": "str", "required": True, "aliases": ["capability_name"]},
        "type": {"type": "str", "choices": ["ACK", "KRO", "ARGOCD"]},
        "role_arn": {"type": "str"},
        "delete_propagation_policy": {"type": "str", "choices": ["RETAIN"], "default": "RETAIN"},
        "configuration": configuration_options(),
        "purge_rbac_role_mappings": {"type": "bool", "default": True},
        "tags": {"type": "dict", "aliases": ["resource_tags"]},
        "purge_tags": {"type": "bool", "default": True},
        "recreate_failed": {"type": "bool", "default": False},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        **wait_options(1800),
        **aws_options(),
    },
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Make the capability as declared and return it."""
    spec, present = CapabilitySpec.from_params(params), params["state"] == "present"
    live = LiveCapability(context.clients("eks"), spec, present=present, wait=params["wait"], clock=context.clock)
    outcome = reconcile(live, context.run(params))
    outcome.warnings += health_warnings(outcome.state)
    return {**outcome.common(), "capability": to_result(outcome.state)}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
