#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the capabilities of an EKS cluster."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_capability_info
short_description: Read the capabilities of an EKS cluster
version_added: 0.1.0
description:
  - Returns the capabilities of a cluster, Argo CD, ACK and kro, as EKS describes them.
author:
  - fleetops.eks contributors (@fleetops)
options:
  cluster_name:
    description: Name of the cluster.
    type: str
    required: true
  name:
    description: Name of one capability. Without it all are returned.
    type: str
    aliases: [capability_name]
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes.info
"""

EXAMPLES = r"""
- name: Read the capabilities of a cluster
  fleetops.eks.eks_capability_info:
    cluster_name: edge

- name: Read one of them
  fleetops.eks.eks_capability_info:
    cluster_name: edge
    name: argocd
"""

RETURN = r"""
capabilities:
  description: The capabilities as EKS describes them, with snake_case keys, in the order of their names.
  returned: success
  type: list
  elements: dict
  sample:
    - capability_name: argocd
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
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.capability import described_all

SPEC: dict[str, Any] = {
    "argument_spec": {"cluster_name": {"type": "str", "required": True}, "name": {"type": "str", "aliases": ["capability_name"]}, **aws_options()},
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Return the capabilities."""
    return {"changed": False, "capabilities": described_all(context.clients("eks"), params["cluster_name"], params["name"])}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
