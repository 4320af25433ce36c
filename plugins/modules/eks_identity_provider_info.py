#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the OIDC identity provider of an EKS cluster."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_identity_provider_info
short_description: Read the OIDC identity provider of an EKS cluster
version_added: 0.1.0
description:
  - Returns the OpenID Connect provider that is associated with a cluster. The cluster's own issuer, for roles of service accounts, is not among them.
author:
  - fleetops.eks contributors (@fleetops)
options:
  cluster_name:
    description: Name of the cluster.
    type: str
    required: true
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes.info
"""

EXAMPLES = r"""
- name: Read the identity provider of a cluster
  fleetops.eks.eks_identity_provider_info:
    cluster_name: edge
  register: found

- name: Say who gets in
  ansible.builtin.debug:
    msg: "{{ found.identity_providers | map(attribute='issuer_url') | list }}"
"""

RETURN = r"""
identity_providers:
  description: The configurations as EKS describes them, with snake_case keys; one, or none.
  returned: success
  type: list
  elements: dict
  sample:
    - identity_provider_config_name: corp
      identity_provider_config_arn: arn:aws:eks:us-east-1:111122223333:identityproviderconfig/edge/oidc/corp/a2c6b1e0-7a52-4b0e-9df1-5c0f1d2e3a4b
      cluster_name: edge
      issuer_url: https://login.example.com
      client_id: kubernetes
      username_claim: email
      groups_claim: groups
      groups_prefix: "corp:"
      required_claims: {}
      status: ACTIVE
      tags: {}
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.identity_provider import described_all

SPEC: dict[str, Any] = {"argument_spec": {"cluster_name": {"type": "str", "required": True}, **aws_options()}, "supports_check_mode": True}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Return the identity provider, if there is one."""
    return {"changed": False, "identity_providers": described_all(context.clients("eks"), params["cluster_name"])}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
