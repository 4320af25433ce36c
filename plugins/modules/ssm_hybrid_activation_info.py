#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List hybrid activations of SSM."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ssm_hybrid_activation_info
short_description: List hybrid activations of SSM
version_added: 0.1.0
description:
  - Returns the activations of the account and region, never with their codes, which AWS does not tell. All options that are given must hold.
author:
  - fleetops.eks contributors (@fleetops)
options:
  activation_ids:
    description: Only these activations.
    type: list
    elements: str
  batch:
    description: Only activations of this batch, by the tag C(fleetops:activation).
    type: str
    aliases: [owner]
  iam_role:
    description: Only activations of this role, by name or ARN.
    type: str
    aliases: [iam_role_name]
  default_instance_name:
    description: Only activations with this name for their instances.
    type: str
  usable:
    description: Only activations that a host can register with now (V(true)), or cannot (V(false)).
    type: bool
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes.info
"""

EXAMPLES = r"""
- name: Which activations are there
  fleetops.eks.ssm_hybrid_activation_info:

- name: Which activations of a batch still admit hosts
  fleetops.eks.ssm_hybrid_activation_info:
    batch: edge-paris
    iam_role: EdgeHybridNodes
    usable: true
"""

RETURN = r"""
activations:
  description: The activations, newest first, as M(fleetops.eks.ssm_hybrid_activation) returns them.
  returned: success
  type: list
  elements: dict
  sample:
    - activation_id: 9f1c2d3e-4a5b-6c7d-8e9f-0a1b2c3d4e5f
      created_date: "2026-11-22T13:00:00+00:00"
      default_instance_name: paris
      description: null
      expiration_date: "2026-11-22T15:00:00+00:00"
      expired: false
      iam_role: EdgeHybridNodes
      registration_limit: 12
      registrations_count: 0
      registrations_left: 12
      tags: {"fleetops:activation": edge-paris}
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._ssm.activation import to_result
from ansible_collections.fleetops.eks.plugins.module_utils._ssm.live.activation import found_activations

SPEC: dict[str, Any] = {
    "argument_spec": {
        "activation_ids": {"type": "list", "elements": "str"},
        "batch": {"type": "str", "aliases": ["owner"]},
        "iam_role": {"type": "str", "aliases": ["iam_role_name"]},
        "default_instance_name": {"type": "str"},
        "usable": {"type": "bool"},
        **aws_options(),
    },
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Return the activations that the filters leave."""
    found = found_activations(context.clients("ssm"), **{name: params[name] for name in ("activation_ids", "batch", "iam_role", "default_instance_name")})
    wanted = [each for each in found if params["usable"] in (None, not each.expired and each.left > 0)]
    return {"changed": False, "activations": [to_result(each) for each in wanted]}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
