# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a foundation as it is declared."""

from __future__ import annotations

DOCUMENTATION = r"""
name: foundation_faults
short_description: What is wrong with the foundation of a cluster as it is declared
version_added: 0.1.0
author:
  - fleetops.eks contributors (@fleetops)
description:
  - Checks the VPC that the role C(fleetops.eks.eks_foundation) is asked to make, and what it makes for Karpenter, without a call to AWS.
  - The same rules as those of M(fleetops.eks.fleet_validate), for one cluster; the role asks for them before it touches anything.
positional: _input
options:
  _input:
    description: Variables of the role, by name. Those that are left out are not declared.
    type: dict
    required: true
  host:
    description: Name of the cluster's host, for the text.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Refuse a VPC that cannot be
  ansible.builtin.assert:
    that: faults | length == 0
    fail_msg: "{{ faults | join(' ') }}"
  vars:
    faults: "{{ declared | fleetops.eks.foundation_faults(inventory_hostname) }}"
    declared:
      aws_region: eu-west-1
      eks_foundation_vpc_cidr: 10.64.0.0/16
      eks_foundation_vpc_zones: [eu-west-1a, eu-west-1b]
      eks_foundation_vpc_private_subnets: [10.64.0.0/18, 10.64.64.0/18]
"""

RETURN = r"""
_value:
  description: One text for each fault, with host, variable and remedy; empty when there is none.
  type: list
  elements: str
"""

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.fleetops.eks.plugins.module_utils._fleet.declaration import Host
from ansible_collections.fleetops.eks.plugins.module_utils._fleet.network import check_foundation


def foundation_faults(declared: Mapping[str, Any], host: str) -> list[str]:
    """Return what is wrong, as text."""
    if not isinstance(declared, Mapping):
        raise AnsibleFilterError(f"foundation_faults takes the role's variables by name, and not {type(declared).__name__}.")
    return [str(finding) for finding in check_foundation(Host(host, declared))]


class FilterModule:
    """fleetops.eks.foundation_faults."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"foundation_faults": foundation_faults}
