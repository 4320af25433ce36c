#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the updates of an EKS cluster, or wait for one."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_update_info
short_description: Read the updates of an EKS cluster, or wait for one
version_added: 0.1.0
description:
  - Returns updates of a cluster, of a node group, an add-on or a capability, with their parameters and errors. EKS lists ids only, so each is a call.
  - With O(wait=true) waits until one update has ended, and fails with its reason where it ended badly.
author:
  - fleetops.eks contributors (@fleetops)
options:
  cluster_name:
    description: Name of the cluster.
    type: str
    required: true
  nodegroup_name:
    description: The updates of this node group, in place of the cluster's own.
    type: str
  addon_name:
    description: The updates of this add-on, in place of the cluster's own.
    type: str
  capability_name:
    description: The updates of this capability, in place of the cluster's own.
    type: str
  include_members:
    description: Whether the updates of all node groups, add-ons and capabilities of the cluster are returned beside its own.
    type: bool
    default: false
  update_id:
    description: Only this update.
    type: str
    aliases: [id]
  statuses:
    description: Only updates in these states.
    type: list
    elements: str
    choices: [InProgress, Failed, Cancelled, Successful]
    aliases: [status]
  types:
    description: Only updates of these types, for example V(VersionUpdate).
    type: list
    elements: str
  wait:
    description: Whether to wait until O(update_id) has ended.
    type: bool
    default: false
  wait_timeout:
    description: Seconds to wait at most.
    type: int
    default: 3600
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes.info
"""

EXAMPLES = r"""
- name: What happened to the control plane
  fleetops.eks.eks_update_info:
    cluster_name: edge

- name: Is anything under way
  fleetops.eks.eks_update_info:
    cluster_name: edge
    include_members: true
    statuses: [InProgress]
  register: found
  failed_when: found.in_progress | length > 0

- name: Wait until a node group's update has ended
  fleetops.eks.eks_update_info:
    cluster_name: edge
    nodegroup_name: workers
    update_id: 6f3a1c2d-0b4e-4a57-9c68-7d2e5f8a9b10
    wait: true
    wait_timeout: 7200
"""

RETURN = r"""
updates:
  description: The updates as EKS describes them, with snake_case keys and the names of whose they are, newest first.
  returned: success
  type: list
  elements: dict
  sample:
    - id: 6f3a1c2d-0b4e-4a57-9c68-7d2e5f8a9b10
      cluster_name: edge
      nodegroup_name: null
      addon_name: null
      capability_name: null
      type: VersionUpdate
      status: Successful
      params: [{type: Version, value: "1.35"}]
      errors: []
      created_at: "2026-11-22T13:00:00+00:00"
in_progress:
  description: Ids of those that are in progress.
  returned: success
  type: list
  elements: str
  sample: []
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.update import Updates
from ansible_collections.fleetops.eks.plugins.module_utils._eks.update import STATUSES, in_progress, newest_first, owner_of, wanted

SPEC: dict[str, Any] = {
    "argument_spec": {
        "cluster_name": {"type": "str", "required": True},
        "nodegroup_name": {"type": "str"},
        "addon_name": {"type": "str"},
        "capability_name": {"type": "str"},
        "include_members": {"type": "bool", "default": False},
        "update_id": {"type": "str", "aliases": ["id"]},
        "statuses": {"type": "list", "elements": "str", "choices": list(STATUSES), "aliases": ["status"]},
        "types": {"type": "list", "elements": "str"},
        "wait": {"type": "bool", "default": False},
        "wait_timeout": {"type": "int", "default": 3600},
        **aws_options(),
    },
    "mutually_exclusive": [("nodegroup_name", "addon_name", "capability_name")],
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Return the updates that the filters leave; wait for one first where asked."""
    owner = owner_of(params)
    updates = Updates(context.clients("eks"), params["cluster_name"])
    if params["wait"]:
        updates.wait_for(params["update_id"], owner, context.run(params))
    found = [each for each in _read(updates, params, owner) if wanted(each, params)]
    return {"changed": False, "updates": newest_first(found), "in_progress": in_progress(found)}


def _read(updates: Updates, params: dict[str, Any], owner: dict[str, str]) -> list[dict[str, Any]]:
    if params["update_id"]:
        return updates.by_id(params["update_id"], owner)
    return updates.of_all() if params["include_members"] else updates.of(owner)


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
