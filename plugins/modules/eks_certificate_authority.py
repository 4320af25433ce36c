#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotate the certificate authority of an EKS cluster."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_certificate_authority
short_description: Rotate the certificate authority of an EKS cluster
version_added: 0.1.0
description:
  - Makes a successor of the authority that signs a cluster's certificates, lets it sign, and removes the one that signed before.
  - Between the first two, the machines that EKS does not manage, hybrid nodes among them, and clients outside must learn to trust the successor. EKS
    tells its own.
  - A cluster has two authorities at most. That one is the successor which has never signed; the other that does not sign is the one that signed
    before. So every step is idempotent without an id, see O(state).
author:
  - fleetops.eks contributors (@fleetops)
options:
  cluster_name:
    description: Name of the cluster.
    type: str
    required: true
  state:
    description:
      - V(present), there is a successor. One that exists already, made by anybody, counts, also while it is distributed or activated. See
        O(valid_for_days).
      - V(active), the successor signs. Without a successor nothing is done; so it is after the rotation.
      - V(absent), the authority that signed before is gone. Without one nothing is done, and a successor is not touched.
    type: str
    choices: [present, active, absent]
    default: present
  id:
    description:
      - ID of the authority that O(state) is about, instead of the one that the state means.
      - The one that signed before, with O(state=active), takes the rotation back, for as long as EKS offers that.
      - A successor, with O(state=absent), gives the rotation up. One that EKS made by itself is refused.
    type: str
    aliases: [certificate_authority_id]
  valid_for_days:
    description:
      - With O(state=present), no successor is made while the authority that signs is valid for at least as many days. So a task that runs every day
        begins a rotation when it is due.
      - Without it a successor is wanted in any case.
    type: int
  wait:
    description: Whether the task waits until EKS is done.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait.
    type: int
    default: 3600
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes
"""

EXAMPLES = r"""
- name: Begin a rotation
  fleetops.eks.eks_certificate_authority:
    cluster_name: edge

- name: Begin a rotation when the certificate is valid for less than a year
  fleetops.eks.eks_certificate_authority:
    cluster_name: edge
    valid_for_days: 365

# A rotation is two runs. The first one makes the successor, and distributes it where EKS does not.

- name: First run, make the successor
  fleetops.eks.eks_certificate_authority:
    cluster_name: edge
  register: successor

- name: First run, let the machines trust it
  ansible.builtin.copy:
    content: "{{ successor.certificate_authority.data | b64decode }}"
    dest: /etc/pki/edge-successor.crt
    mode: "0644"
  delegate_to: "{{ item }}"
  loop: "{{ groups['clients_of_edge'] | default([]) }}"

# The second run comes when everybody trusts the successor.

- name: Second run, let the successor sign
  fleetops.eks.eks_certificate_authority:
    cluster_name: edge
    state: active

- name: Second run, remove the authority that signed before
  fleetops.eks.eks_certificate_authority:
    cluster_name: edge
    state: absent

- name: Go back instead, while EKS offers that
  fleetops.eks.eks_certificate_authority:
    cluster_name: edge
    id: ca-0fedcba9876543210
    state: active
"""

RETURN = r"""
certificate_authority:
  description:
    - The authority that the task is about, as EKS describes it, with snake_case keys. With O(state=present) the successor, or the one that signs where
      none is wanted, with O(state=active) the one that signs, with O(state=absent) V(null).
  returned: success
  type: dict
  sample:
    id: ca-1234567890abcdef0
    created_at: "2026-11-20T10:00:00+00:00"
    created_by: CUSTOMER
    signing_status: NOT_USED
    distribution_status: COMPLETE
    validity: {not_before: "2026-11-20T10:00:00+00:00", not_after: "2036-11-17T10:00:00+00:00"}
    rollback_available: false
    data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t
certificate_authorities:
  description: All authorities of the cluster, the one that signs first.
  returned: success
  type: list
  elements: dict
actions:
  description: The operations in order, each with the fields it changed and its status (V(planned) in check mode).
  returned: success
  type: list
  elements: dict
  sample: [{operation: create_certificate_authority, fields: [certificate_authorities], status: done}]
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options, wait_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import reconcile
from ansible_collections.fleetops.eks.plugins.module_utils._eks.certificate_authority import AuthoritySpec, subject, to_result
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.certificate_authority import LiveAuthorities

SPEC: dict[str, Any] = {
    "argument_spec": {
        "cluster_name": {"type": "str", "required": True},
        "state": {"type": "str", "choices": ["present", "active", "absent"], "default": "present"},
        "id": {"type": "str", "aliases": ["certificate_authority_id"]},
        "valid_for_days": {"type": "int"},
        **wait_options(3600),
        **aws_options(),
    },
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Make the step of the rotation and return the authorities."""
    spec = AuthoritySpec.from_params(params)
    outcome = reconcile(LiveAuthorities(context.clients("eks"), spec, wait=params["wait"], clock=context.clock), context.run(params))
    everyone = [to_result(state) for state in outcome.state]
    return {**outcome.common(), "certificate_authority": to_result(subject(spec, outcome.state)), "certificate_authorities": everyone}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
