#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage the SSM hybrid activation of a batch of on-premises hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ssm_hybrid_activation
short_description: Manage the SSM hybrid activation of a batch of on-premises hosts
version_added: 0.1.0
description:
  - Makes sure that a batch of hosts has an activation that it can register with, and removes it afterwards.
  - AWS answers an activation's code once and never again, knows no update and no client token. So this module recognises its own activations by
    the tag C(fleetops:activation), whose value is O(batch).
  - An activation of the batch that has not expired, has the role, the tags and (where declared) the instance name, and leaves at least
    O(min_remaining) of validity and registrations is used as it is. Nothing is changed, and no code is answered.
    RV(code_available) says whether the file O(code_dest) holds its code, from the run that made it.
  - Otherwise a new activation is made, and its code is written to O(code_dest), a file of mode 0600 with the members C(activation_id),
    C(activation_code) and C(region). The result never holds the code.
  - When AWS's answer to the creation is lost, the activation that may have been made is found by a tag of that one call (C(fleetops:call)),
    deleted and made anew; no second one stays behind.
  - O(description) does not make an activation unfit, O(registration_limit) neither; what is left of it counts.
author:
  - fleetops.eks contributors (@fleetops)
options:
  batch:
    description:
      - Name of the batch of hosts, unique in the account and region; for example the cluster and the site.
      - It becomes the value of tag C(fleetops:activation), which AWS copies to the instances that register.
      - Needed with O(state=present).
    type: str
    aliases: [owner]
  activation_id:
    description: Id of the activation to remove, in place of O(batch). Only with O(state=absent).
    type: str
  iam_role:
    description:
      - Name, with its path if it has one, or ARN of the IAM role that the hosts get. It trusts V(ssm.amazonaws.com).
      - Needed with O(state=present). A role made a moment ago is waited for, at most a minute.
    type: str
    aliases: [iam_role_name]
  description:
    description: Description of the activation.
    type: str
  default_instance_name:
    description: Name that the instances get in the lists of SSM.
    type: str
  registration_limit:
    description: How many hosts may register, 1 to 1000.
    type: int
    default: 1
  expires_in:
    description: How long the activation is valid, in seconds or as V(90m), V(2h), V(1h30m) or V(7d); at most 30 days. V(24h) where nothing is said.
    type: str
  expiration_date:
    description: When the activation ends, in ISO 8601, in place of O(expires_in). A time without a zone is UTC.
    type: str
  min_remaining:
    description: What an activation must have left to be used as it is.
    type: dict
    suboptions:
      validity:
        description: Time until it expires, written as O(expires_in).
        type: str
        default: 10m
      registrations:
        description: Number of hosts that may still register.
        type: int
        default: 1
  renew:
    description:
      - When a new activation is made.
      - V(if_needed) when none fits.
      - V(without_code) also when the code of the one that fits is not in O(code_dest), for a play that is about to register hosts.
      - V(always) in every run; such a task always changes.
    type: str
    choices: [if_needed, without_code, always]
    default: if_needed
  purge_spent:
    description:
      - Whether activations of this batch other than the one in use are deleted; expired, used up, or superseded by a new one.
      - Hosts that have registered with them stay registered.
    type: bool
    default: true
  cluster_arn:
    description:
      - ARN of the EKS cluster that the hosts join. It becomes tag C(EKSClusterARN), by which AWS's example policies let a node deregister itself.
    type: str
  code_dest:
    description:
      - File that takes the code. Missing directories are made.
      - Needed with O(state=present). With O(state=absent) the file is removed. A file that is something else is left alone, and is an error.
    type: path
  tags:
    description: Tags of the activation, which AWS copies to the instances that register. They cannot change later; other tags make a new activation.
    type: dict
    aliases: [resource_tags]
  state:
    description: Whether the batch has a usable activation, or none at all.
    type: str
    choices: [present, absent]
    default: present
notes:
  - Give the code to the hosts by reading O(code_dest) in a task with C(no_log), and remove it with O(state=absent) at the end of the play.
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes
"""

EXAMPLES = r"""
- name: Let one host register during the next day
  fleetops.eks.ssm_hybrid_activation:
    batch: edge-paris
    iam_role: EdgeHybridNodes
    code_dest: ~/.cache/fleetops/edge-paris.json

- name: Let twelve hosts of a cluster register within two hours, with a code that is at hand
  fleetops.eks.ssm_hybrid_activation:
    batch: edge-paris
    iam_role: arn:aws:iam::111122223333:role/EdgeHybridNodes
    description: Twelve hosts of Paris
    default_instance_name: paris
    registration_limit: 12
    expires_in: 2h
    min_remaining:
      validity: 30m
      registrations: 12
    renew: without_code
    cluster_arn: arn:aws:eks:us-east-1:111122223333:cluster/edge
    tags:
      Site: paris
    code_dest: ~/.cache/fleetops/edge-paris.json

- name: Close the door, and forget the code
  fleetops.eks.ssm_hybrid_activation:
    batch: edge-paris
    code_dest: ~/.cache/fleetops/edge-paris.json
    state: absent
"""

RETURN = r"""
activation:
  description: The activation to register with, never with its code; V(null) when there is none.
  returned: success
  type: dict
  sample:
    activation_id: 9f1c2d3e-4a5b-6c7d-8e9f-0a1b2c3d4e5f
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
code_available:
  description: Whether O(code_dest) holds the code of that activation.
  returned: success
  type: bool
code_dest:
  description: The file with the code, V(null) when there is none.
  returned: success
  type: str
  sample: /home/deploy/.cache/fleetops/edge-paris.json
actions:
  description: The operations in order, each with the fields it changed and its status (V(planned) in check mode).
  returned: success
  type: list
  elements: dict
  sample: [{operation: create_activation, fields: [iam_role, registration_limit, expiration_date, tags, code_dest], status: done}]
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import reconcile
from ansible_collections.fleetops.eks.plugins.module_utils._ssm.activation import ActivationSpec, to_result, usable
from ansible_collections.fleetops.eks.plugins.module_utils._ssm.live.activation import LiveActivation

SPEC: dict[str, Any] = {
    "argument_spec": {
        "batch": {"type": "str", "aliases": ["owner"]},
        "activation_id": {"type": "str"},
        "iam_role": {"type": "str", "aliases": ["iam_role_name"]},
        "description": {"type": "str"},
        "default_instance_name": {"type": "str"},
        "registration_limit": {"type": "int", "default": 1},
        "expires_in": {"type": "str"},
        "expiration_date": {"type": "str"},
        "min_remaining": {
            "type": "dict",
            "options": {"validity": {"type": "str", "default": "10m"}, "registrations": {"type": "int", "default": 1}},
        },
        "renew": {"type": "str", "choices": ["if_needed", "without_code", "always"], "default": "if_needed"},
        "purge_spent": {"type": "bool", "default": True},
        "cluster_arn": {"type": "str"},
        "code_dest": {"type": "path", "no_log": False},
        "tags": {"type": "dict", "aliases": ["resource_tags"]},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        **aws_options(),
    },
    "mutually_exclusive": [("expires_in", "expiration_date"), ("batch", "activation_id")],
    "required_one_of": [("batch", "activation_id")],
    "required_if": [("state", "present", ("batch", "iam_role", "code_dest"))],
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Make sure of the activation, or of its absence, and return it without its code."""
    spec = ActivationSpec.from_params(params)
    present = params["state"] == "present"
    live = LiveActivation(context.clients("ssm"), context.clients("ssm", retry=False), spec, present=present, clock=context.clock)
    outcome = reconcile(live, context.run(params))
    found = usable(spec, outcome.state) if present else None
    available = found is not None and found.activation_id == outcome.state.code_id
    return {
        **outcome.common(),
        "activation": to_result(found),
        "code_available": available,
        "code_dest": str(live.file.path) if live.file and available else None,
    }


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
