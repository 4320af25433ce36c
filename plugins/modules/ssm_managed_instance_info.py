#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List managed instances of SSM."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ssm_managed_instance_info
short_description: List managed instances of SSM
version_added: 0.1.0
description:
  - Returns the on-premises hosts that are registered with AWS Systems Manager. All options that are given must hold.
author:
  - fleetops.eks contributors (@fleetops)
options:
  instance_ids:
    description: Only these instances.
    type: list
    elements: str
  computer_name:
    description: Only hosts of this name. A name without a domain stands for any domain.
    type: str
  activation_ids:
    description: Only hosts that registered with one of these activations.
    type: list
    elements: str
  batch:
    description: Only hosts of this batch, by the tag C(fleetops:activation).
    type: str
    aliases: [owner]
  iam_role:
    description: Only hosts with this role, by name or ARN.
    type: str
    aliases: [iam_role_name]
  ping_status:
    description: Only hosts in one of these states.
    type: list
    elements: str
    choices: [Online, ConnectionLost, Inactive]
  tags:
    description: Only hosts with all of these tags.
    type: dict
  include_tags:
    description: Whether the tags of each host are read, which is a call each.
    type: bool
    default: false
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes.info
"""

EXAMPLES = r"""
- name: Which hosts are registered
  fleetops.eks.ssm_managed_instance_info:

- name: Which hosts of a cluster are lost
  fleetops.eks.ssm_managed_instance_info:
    tags:
      EKSClusterARN: arn:aws:eks:us-east-1:111122223333:cluster/edge
    ping_status: [ConnectionLost]
    include_tags: true
"""

RETURN = r"""
managed_instances:
  description: The instances as SSM describes them, with snake_case keys, by id; C(tags) is V(null) unless O(include_tags=true).
  returned: success
  type: list
  elements: dict
  sample:
    - activation_id: 9f1c2d3e-4a5b-6c7d-8e9f-0a1b2c3d4e5f
      agent_version: 3.3.3050.0
      computer_name: edge-a1
      iam_role: EdgeHybridNodes
      instance_id: mi-0123456789abcdef0
      ip_address: 192.0.2.11
      last_ping_date_time: "2026-11-22T13:00:00+00:00"
      ping_status: Online
      platform_type: Linux
      registration_date: "2026-11-22T12:00:00+00:00"
      resource_type: ManagedInstance
      tags: null
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._ssm.instance import Selection, to_result
from ansible_collections.fleetops.eks.plugins.module_utils._ssm.live.instance import found_instances

SPEC: dict[str, Any] = {
    "argument_spec": {
        "instance_ids": {"type": "list", "elements": "str"},
        "computer_name": {"type": "str"},
        "activation_ids": {"type": "list", "elements": "str"},
        "batch": {"type": "str", "aliases": ["owner"]},
        "iam_role": {"type": "str", "aliases": ["iam_role_name"]},
        "ping_status": {"type": "list", "elements": "str", "choices": ["Online", "ConnectionLost", "Inactive"]},
        "tags": {"type": "dict"},
        "include_tags": {"type": "bool", "default": False},
        **aws_options(),
    },
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Return the instances that the filters leave."""
    selection = Selection(
        ids=params["instance_ids"] or [],
        computer_name=params["computer_name"],
        activation_ids=params["activation_ids"] or [],
        batch=params["batch"],
        iam_role=params["iam_role"],
        ping_status=params["ping_status"] or [],
        tags=params["tags"],
    )
    found = found_instances(context.clients("ssm"), selection, with_tags=params["include_tags"])
    return {"changed": False, "managed_instances": [to_result(each) for each in found]}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
