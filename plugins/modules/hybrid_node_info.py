#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look at a host that is to be, or is, an EKS hybrid node; touch nothing."""

from __future__ import annotations

DOCUMENTATION = r"""
module: hybrid_node_info
short_description: Look at a host that is to be, or is, an EKS hybrid node
version_added: 0.1.0
description:
  - Runs on the host and reads what speaks for and against a join, all of it at once. Touches nothing.
author:
  - fleetops.eks contributors (@fleetops)
options:
  region:
    description: Region of the cluster; a registration in another one is a finding.
    type: str
  remote_node_networks:
    description: Remote node networks of the cluster; the host needs an address in one of them.
    type: list
    elements: str
    default: []
  node_ip:
    description: The address that the node will use, where the host has several.
    type: str
  private_mode:
    description: Whether containerd and iptables are there already, so that no package manager is needed.
    type: bool
    default: false
extends_documentation_fragment:
  - fleetops.eks.attributes.info
"""

EXAMPLES = r"""
- name: Look at the host
  fleetops.eks.hybrid_node_info:

- name: Look whether it may join
  fleetops.eks.hybrid_node_info:
    region: us-east-1
    remote_node_networks: [192.0.2.0/24]
  register: host
  failed_when: host.findings | length > 0
"""

RETURN = r"""
facts:
  description:
    - What was seen. C(left) names the node and the managed instance that the host was until it left, for those who remove both.
  returned: success
  type: dict
  sample: {hostname: edge-a1, left: {}, node_name: null, registered: false, swaps: [], systemd: true}
findings:
  description: What speaks against a join, each with C(what) and C(remedy).
  returned: success
  type: list
  elements: dict
  sample: []
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._nodeadm import preflight
from ansible_collections.fleetops.eks.plugins.module_utils._nodeadm.live import host
from ansible_collections.fleetops.eks.plugins.module_utils._nodeadm.shell import run_on_host

SPEC: dict[str, Any] = {
    "argument_spec": {
        "region": {"type": "str"},
        "remote_node_networks": {"type": "list", "elements": "str", "default": []},
        "node_ip": {"type": "str"},
        "private_mode": {"type": "bool", "default": False},
    },
    "supports_check_mode": True,
}


def run(params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Return the host's facts and what speaks against a join."""
    facts = host.facts(host.HostFiles())
    return {"changed": False, "facts": facts, "findings": preflight.findings(facts, params)}


def main() -> None:
    run_on_host(SPEC, run)


if __name__ == "__main__":
    main()
