#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Return an existing cluster as the variables that declare it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_cluster_declaration_info
short_description: Return an existing EKS cluster as the variables that declare it
version_added: 0.1.0
description:
  - Reads a cluster that any tool made, with its node groups, Fargate profiles, add-ons, access entries, pod identity associations, capabilities,
    its identity provider and IAM's trust in its issuer, and returns the variables of this collection's roles that declare it. A run of the roles with
    them plans nothing.
  - What the cluster has and the variables do not say is in RV(left_out), with the reason. The IAM roles, the KMS key and the log group of the
    cluster are named where they are used, and not managed.
  - Needs C(eks:Describe*), C(eks:List*), and, for the trust in the issuer, C(iam:ListOpenIDConnectProviders) and C(iam:GetOpenIDConnectProvider).
    Without those of IAM, C(eks_cluster_irsa) is V(false).
  - A cluster that is only connected to EKS, or is not V(ACTIVE), is an error.
  - The playbook C(adopt.yml) writes the result into a file of C(host_vars).
author:
  - fleetops.eks contributors (@fleetops)
options:
  name:
    description: Name of the cluster.
    type: str
    required: true
    aliases: [cluster_name]
  baseline:
    description:
      - Variables that hold for the cluster anyway, with their values, such as the defaults of the roles. What is the same there is left out
        of the result.
    type: dict
    default: {}
  inherit_from:
    description:
      - A host of the inventory whose variables, over the defaults of the roles, are the baseline. O(baseline) is laid over them.
      - Only tasks of a playbook can read an inventory, and there this module's action plugin does.
    type: str
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes.info
seealso:
  - module: fleetops.eks.eks_cluster_info
  - module: fleetops.eks.eks_cluster_snapshot_info
"""

EXAMPLES = r"""
- name: See how a cluster is declared
  fleetops.eks.eks_cluster_declaration_info:
    name: edge

- name: See what a host of the inventory would have to declare beyond its groups
  fleetops.eks.eks_cluster_declaration_info:
    name: edge
    region: eu-west-1
    inherit_from: edge
  register: found

- name: Write it
  ansible.builtin.copy:
    content: "{{ found.text }}"
    dest: inventories/mine/host_vars/edge.yml
    mode: "0644"
"""

RETURN = r"""
variables:
  description: The variables, by name.
  returned: success
  type: dict
  sample:
    aws_region: us-east-1
    eks_cluster_name: edge
    eks_cluster_version: "1.35"
text:
  description: The same as a YAML document, ordered and commented by the role that reads each block.
  returned: success
  type: str
left_out:
  description: What the cluster has and the variables do not say. A run leaves it alone.
  returned: success
  type: list
  elements: dict
  contains:
    what:
      description: Kind of thing.
      returned: always
      type: str
    names:
      description: Which ones.
      returned: always
      type: list
      elements: str
    why:
      description: Why they are left out, and what to do where they are to be managed.
      returned: always
      type: str
  sample:
    - what: certificate authorities
      names: [ca-0a1b2c3d]
      why: Certificate authorities are rotated in steps (eks_certificate_authority), and no state that a run could make true again.
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._eks.adopt import declaration, left_out, warnings
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.whole import observe
from ansible_collections.fleetops.eks.plugins.module_utils._fleet import host_vars

SPEC: dict[str, Any] = {
    "argument_spec": {
        "name": {"type": "str", "required": True, "aliases": ["cluster_name"]},
        "baseline": {"type": "dict", "default": {}},
        "inherit_from": {"type": "str"},
        **aws_options(),
    },
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Return the variables that declare the cluster, and their text."""
    if params["inherit_from"]:
        raise Refusal("A module cannot read the inventory.", remedy="Leave out inherit_from, or run this in a task of a playbook.", fields=("inherit_from",))
    observed = observe(context.clients("eks"), params["name"], iam=context.clients("iam"))
    found = declaration(observed, params["baseline"])
    variables = {name: value for block in found.values() for name, value in block.items()}
    title = f"EKS cluster {params['name']} as it was found; from here on, this is how it is to be."
    return {
        "changed": False,
        "variables": variables,
        "text": host_vars.text(title, found),
        "left_out": left_out(observed, params["baseline"]),
        "warnings": warnings(observed),
    }


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
