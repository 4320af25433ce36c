#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deregister managed instances of SSM, or give them another role."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ssm_managed_instance
short_description: Deregister managed instances of SSM, or give them another role
version_added: 0.1.0
description:
  - Deregisters on-premises hosts from AWS Systems Manager, or changes the IAM role that they get their credentials from.
  - A host registers itself, with an activation (M(fleetops.eks.ssm_hybrid_activation)); so O(state=present) changes the role and registers nothing.
  - All instances are meant that fit every option they are looked up by. A host that registered twice has two; O(ping_status) tells the one that is lost.
author:
  - fleetops.eks contributors (@fleetops)
options:
  instance_id:
    description: Id of the instance, for example V(mi-0123456789abcdef0).
    type: str
  computer_name:
    description: Name of the host as it reports it. A name without a domain stands for any domain.
    type: str
  activation_id:
    description: Id of the activation that the host registered with.
    type: str
  batch:
    description: Batch of the activation that the host registered with, by the tag C(fleetops:activation) that the instance inherits.
    type: str
    aliases: [owner]
  ping_status:
    description: Only instances in one of these states.
    type: list
    elements: str
    choices: [Online, ConnectionLost, Inactive]
  iam_role:
    description: Name, with its path if it has one, or ARN of the role. Needed with O(state=present).
    type: str
    aliases: [iam_role_name]
  state:
    description: Whether the instances are registered, with O(iam_role), or not at all.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes
"""

EXAMPLES = r"""
- name: Deregister a host
  fleetops.eks.ssm_managed_instance:
    instance_id: mi-0123456789abcdef0
    state: absent

- name: Forget what a host left behind when it registered again
  fleetops.eks.ssm_managed_instance:
    computer_name: edge-a1
    batch: edge-paris
    ping_status: [ConnectionLost, Inactive]
    state: absent

- name: Give the hosts of a batch another role
  fleetops.eks.ssm_managed_instance:
    batch: edge-paris
    iam_role: arn:aws:iam::111122223333:role/EdgeHybridNodes2
"""

RETURN = r"""
managed_instances:
  description: The instances that fit, as SSM describes them, with snake_case keys; none when they are deregistered.
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
actions:
  description: The operations in order, each with the fields it changed and its status (V(planned) in check mode).
  returned: success
  type: list
  elements: dict
  sample: [{operation: deregister_managed_instance, fields: [managed_instances], status: done, subject: mi-0123456789abcdef0}]
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import reconcile
from ansible_collections.fleetops.eks.plugins.module_utils._ssm.instance import Selection, to_result
from ansible_collections.fleetops.eks.plugins.module_utils._ssm.live.instance import LiveInstances

SPEC: dict[str, Any] = {
    "argument_spec": {
        "instance_id": {"type": "str"},
        "computer_name": {"type": "str"},
        "activation_id": {"type": "str"},
        "batch": {"type": "str", "aliases": ["owner"]},
        "ping_status": {"type": "list", "elements": "str", "choices": ["Online", "ConnectionLost", "Inactive"]},
        "iam_role": {"type": "str", "aliases": ["iam_role_name"]},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        **aws_options(),
    },
    "required_one_of": [("instance_id", "computer_name", "activation_id", "batch")],
    "required_if": [("state", "present", ("iam_role",))],
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Make the instances as declared and return them."""
    selection = Selection(
        ids=[params["instance_id"]] if params["instance_id"] else [],
        computer_name=params["computer_name"],
        activation_ids=[params["activation_id"]] if params["activation_id"] else [],
        batch=params["batch"],
        ping_status=params["ping_status"] or [],
    )
    live = LiveInstances(context.clients("ssm"), selection, iam_role=params["iam_role"] if params["state"] == "present" else None, clock=context.clock)
    outcome = reconcile(live, context.run(params))
    return {**outcome.common(), "managed_instances": [to_result(found) for found in outcome.state]}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
