#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read who holds which lease."""

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_lock_info
short_description: Read who holds which lease
version_added: 0.1.0
description:
  - Returns the leases of a table, those that nobody holds included, and who broke which of them.
  - Whether a lease is still renewed, one look cannot tell; C(renewed) is by the clock of its owner.
author:
  - fleetops.eks contributors (@fleetops)
options:
  name:
    description: Only this lease.
    type: str
  table:
    description: Table that holds the leases.
    type: str
    default: fleetops-locks
  held:
    description: Only leases that are held, shared or not, or that are not.
    type: bool
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes.info
"""

EXAMPLES = r"""
- name: Who works on what
  fleetops.eks.fleet_lock_info:
    held: true

- name: Who works on this cluster
  fleetops.eks.fleet_lock_info:
    name: arn:aws:eks:us-east-1:111122223333:cluster/edge
    table: fleetops-locks
"""

RETURN = r"""
locks:
  description:
    - The leases by name; none where there is no such table. The scopes of a hierarchy are C(fleet#NAME), C(ring#NAME) and C(cluster#NAME).
    - C(shares) are those who share it, and C(claimed_by) is who waits for it exclusive beside them.
  returned: success
  type: list
  elements: dict
  sample:
  - claimed_by: null
    fence: 7
    held: true
    host: deploy-1
    lease_seconds: 900
    mode: exclusive
    name: arn:aws:eks:us-east-1:111122223333:cluster/edge
    owner: upgrade-4711
    plan_digest: sha256:5f1c
    reason: Upgrade to 1.35
    renewed: "2026-11-22T13:05:00+00:00"
    run: awx-4711
    shares: []
    since: "2026-11-22T13:00:00+00:00"
    user: deploy
    version: 6f3a1c2d0b4e4a579c687d2e5f8a9b10
broken:
  description: Leases that were broken by force during the last 90 days, by name and fence.
  returned: success
  type: list
  elements: dict
  sample:
  - {at: "2026-11-22T13:00:00+00:00", broken_by: operator, fence: 7, host: deploy-1, name: edge, owner: upgrade-4711, reason: It was lost, user: deploy}
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking
from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._lock.api import scan
from ansible_collections.fleetops.eks.plugins.module_utils._lock.lease import AUDIT, Lease, audit_result, to_info

SPEC: dict[str, Any] = {
    "argument_spec": {"name": {"type": "str"}, "table": {"type": "str", "default": "fleetops-locks"}, "held": {"type": "bool"}, **aws_options()},
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Return the leases that the filters leave, and what is told of broken ones."""
    table, name, wanted = params["table"], params["name"], params["held"]
    with speaking(f"read the locks of table {table}"):
        items = sorted(scan(context.clients("dynamodb"), table) or [], key=lambda item: str(item["id"]["S"]))
    broken = [audit_result(item) for item in items if item["id"]["S"].startswith(AUDIT)]
    leases = [Lease.from_item(item) for item in items if not item["id"]["S"].startswith(AUDIT)]
    locks = [to_info(lease) for lease in leases if name in (None, lease.name) and wanted in (None, lease.owner is not None or bool(lease.shares))]
    return {"changed": False, "locks": locks, "broken": [each for each in broken if name in (None, each["name"])]}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
