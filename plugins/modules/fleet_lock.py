#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold a lease, so that one run at a time changes a cluster."""

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_lock
short_description: Hold a lease, so that one run at a time changes a cluster
version_added: 0.1.0
description:
  - Acquires, renews and releases a lease in a DynamoDB table, one for each cluster, or for whatever else O(name) names.
  - With O(fleet), O(ring) and O(cluster) it holds a hierarchy of them. The last one that is mentioned is had exclusive, and those above it are shared, so
    that runs on different clusters go on side by side, and a run on the whole fleet has it alone. All of them are acquired, from the top down, or none.
  - A shared lease has any number of holders, each with a lease and a fence of its own. Who waits for it exclusive claims it, after which nobody further
    gets a share, so that those who have one come to an end.
  - Each acquisition has a fence, a number that only grows. Whoever wrote it down can find out later that it has lost the lease (O(fence)).
  - A lease ends by itself when its owner has not renewed it for O(ttl). Whoever waits finds that out by having seen it unchanged for that long, by a clock
    of its own, so that clocks need not agree. An owner that did not renew in time must count on having lost it.
  - The lease keeps apart those that use it. It stops nobody else.
author:
  - fleetops.eks contributors (@fleetops)
options:
  name:
    description:
      - What is locked, for example the ARN of a cluster. Either this or one of O(fleet), O(ring) and O(cluster) is needed.
      - The lock of a scope goes by C(fleet#NAME), C(ring#NAME) or C(cluster#NAME).
    type: str
  fleet:
    description: The fleet that is worked on, or that has the ring or cluster that is.
    type: str
  ring:
    description: The ring, or tier, that is worked on, or that has the cluster that is.
    type: str
  cluster:
    description: The cluster that is worked on, for example its ARN.
    type: str
  mode:
    description: Whether the lease is the owner's alone, or shared. Of a hierarchy, that is how the last scope is had; those above it are always shared.
    type: str
    choices: [exclusive, shared]
    default: exclusive
  owner:
    description: Who has the lease, an id that is unique to the run. The same owner again renews it.
    type: str
    required: true
  table:
    description: Table that holds the leases. All runs must name the same one, in the same region.
    type: str
    default: fleetops-locks
  ttl:
    description:
      - How long the lease outlives its last renewal, in seconds or as V(90m), V(1h30m).
      - Of several scopes at least a minute, for those that are had already are renewed while the next one is waited for.
      - Choose it longer than the longest time between two renewals, and not much longer, for that is what others wait when a run dies.
    type: str
    default: 15m
  run:
    description: Id of the run, for example of AWX's job, to be shown to whoever waits.
    type: str
  reason:
    description: Why, to be shown to whoever waits. Needed with O(force=true).
    type: str
  fence:
    description:
      - Fence that acquiring returned. With it the task only renews, and fails at once when the lease is not the owner's under this fence any more.
      - With O(force=true), the fence of the lease that is to be broken. For a shared one it is needed.
    type: int
  fences:
    description: The same as O(fence) for a hierarchy, by scope, as the task that acquired it returned them.
    type: dict
    suboptions:
      fleet:
        description: Fence of the fleet's lease.
        type: int
      ring:
        description: Fence of the ring's lease.
        type: int
      cluster:
        description: Fence of the cluster's lease.
        type: int
  plan_digest:
    description:
      - Digest of the plan that is carried out under the lease. It is kept with the lease when that is acquired.
      - When the lease is renewed with another digest, the task fails, for then what was planned is not what would be done.
    type: str
  force:
    description: Whether O(state=absent) breaks a lease of another owner. The table tells of it for 90 days.
    type: bool
    default: false
  create_table:
    description:
      - Whether the table is made where there is none, billed by request.
      - Its time-to-live attribute C(forget_at) is for records of broken leases; no lease carries it.
    type: bool
    default: false
  deletion_protection:
    description: Whether a table that is made is protected from deletion.
    type: bool
    default: true
  wait:
    description: Whether to wait for a lease that another owner has. Without, the task fails at once.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait at most. When it is shorter than the other owner's O(ttl), a dead owner's lease is not taken over.
    type: int
    default: 1800
  state:
    description: Whether the owner has the lease.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - fleetops.eks.aws
attributes:
  check_mode:
    description: Plans and returns what would be done; makes no call that writes, and does not wait.
    support: full
  diff_mode:
    description: Returns the fields that change, before and after.
    support: full
  idempotent:
    description: A second run of the same owner renews the lease, which is a write, and reports no change.
    support: partial
"""

EXAMPLES = r"""
- name: Let this run, and no other, change a cluster
  fleetops.eks.fleet_lock:
    name: arn:aws:eks:us-east-1:111122223333:cluster/edge
    owner: upgrade-4711
  register: lock

- name: Still so, or stop
  fleetops.eks.fleet_lock:
    name: arn:aws:eks:us-east-1:111122223333:cluster/edge
    owner: upgrade-4711
    fence: "{{ lock.lock.fence }}"

- name: Make the table where there is none, wait two hours, and say why
  fleetops.eks.fleet_lock:
    name: arn:aws:eks:us-east-1:111122223333:cluster/edge
    owner: upgrade-4711
    table: fleetops-locks
    create_table: true
    deletion_protection: true
    ttl: 30m
    run: awx-4711
    reason: Upgrade to 1.35
    wait_timeout: 7200
    region: us-east-1

- name: Let others
  fleetops.eks.fleet_lock:
    name: arn:aws:eks:us-east-1:111122223333:cluster/edge
    owner: upgrade-4711
    state: absent

- name: Work on one cluster, beside runs on others and not beside one on the whole fleet
  fleetops.eks.fleet_lock:
    fleet: shop
    ring: canary
    cluster: arn:aws:eks:us-east-1:111122223333:cluster/edge
    owner: upgrade-4711
    plan_digest: sha256:5f1c
  register: mine

- name: Still so, and still for this plan, or stop
  fleetops.eks.fleet_lock:
    fleet: shop
    ring: canary
    cluster: arn:aws:eks:us-east-1:111122223333:cluster/edge
    owner: upgrade-4711
    plan_digest: sha256:5f1c
    fences: "{{ mine.fences }}"

- name: Have the whole fleet alone
  fleetops.eks.fleet_lock:
    fleet: shop
    owner: rotate-4712

- name: Break the share of a run that is surely dead
  fleetops.eks.fleet_lock:
    name: fleet#shop
    mode: shared
    fence: 12
    owner: operator
    force: true
    reason: The controller was lost
    state: absent

- name: Break the lease of a run that is surely dead
  fleetops.eks.fleet_lock:
    name: arn:aws:eks:us-east-1:111122223333:cluster/edge
    owner: operator
    fence: 7
    force: true
    reason: The controller was lost
    state: absent
"""

RETURN = r"""
lock:
  description:
    - The lease as it is now, V(null) when it was never held. C(owner) is V(null) when nobody holds it.
    - A shared one is the owner's, V(null) when he has none. Of a hierarchy it is that of the last scope.
  returned: success, and when waiting for another owner took too long
  type: dict
  sample:
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
    since: "2026-11-22T13:00:00+00:00"
    user: deploy
    version: 6f3a1c2d0b4e4a579c687d2e5f8a9b10
locks:
  description: The leases from the top down, each like C(lock).
  returned: success
  type: list
  elements: dict
fences:
  description: The fences of a hierarchy by scope, to be given as O(fences) later; empty for O(name) alone.
  returned: success
  type: dict
  sample: {fleet: 12, ring: 4, cluster: 7}
given_back:
  description: Names of the locks that the task had acquired, or had to release, and that it released.
  returned: when a hierarchy fails
  type: list
  elements: str
not_given_back:
  description: Locks that the owner still has, each with the error that kept it from being released.
  returned: when a hierarchy fails
  type: list
  elements: dict
  sample: [{name: fleet#shop, error: "Could not change lock fleet#shop of table fleetops-locks: InternalServerError"}]
renewed:
  description: Whether the owner had the lease already, and it was lengthened.
  returned: success
  type: bool
taken_over_from:
  description: The lease of the owner that did not renew it and was replaced; V(null) when there was none.
  returned: success
  type: dict
actions:
  description: The operations in order, each with the fields it changed and its status (V(planned) in check mode).
  returned: success
  type: list
  elements: dict
  sample: [{operation: update_item, fields: [owner, fence], status: done}]
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options, wait_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._lock.live.task import absent, present
from ansible_collections.fleetops.eks.plugins.module_utils._lock.scopes import SCOPES, specs_from_params

SPEC: dict[str, Any] = {
    "argument_spec": {
        "name": {"type": "str"},
        **{scope: {"type": "str"} for scope in SCOPES},
        "mode": {"type": "str", "choices": ["exclusive", "shared"], "default": "exclusive"},
        "owner": {"type": "str", "required": True},
        "table": {"type": "str", "default": "fleetops-locks"},
        "ttl": {"type": "str", "default": "15m"},
        "run": {"type": "str"},
        "reason": {"type": "str"},
        "fence": {"type": "int"},
        "fences": {"type": "dict", "options": {scope: {"type": "int"} for scope in SCOPES}},
        "plan_digest": {"type": "str"},
        "force": {"type": "bool", "default": False},
        "create_table": {"type": "bool", "default": False},
        "deletion_protection": {"type": "bool", "default": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        **wait_options(1800),
        **aws_options(),
    },
    "required_one_of": [["name", *SCOPES]],
    "mutually_exclusive": [["name", scope] for scope in SCOPES],
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Make the leases the owner's, or end them, and return them."""
    specs, client, how = specs_from_params(params), context.clients("dynamodb"), context.run(params)
    if params["state"] == "absent":
        return absent(client, specs, how)
    patience = float(params["wait_timeout"]) if params["wait"] else 0.0
    return present(client, specs, how, patience=patience, create_table=params["create_table"], protected=params["deletion_protection"])


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
