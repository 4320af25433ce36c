#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the declaration of a whole fleet before anything is touched."""

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_validate
short_description: Check the declaration of a whole fleet before anything is touched
version_added: 0.1.0
description:
  - Reads the variables of every cluster and hybrid node of the inventory, and checks them against the roles' argument specs and
    against each other.
  - Finds wrong types, unset and unknown variables, versions that YAML has read as numbers, overlapping networks within a cluster and
    across the fleet, regions without EKS, hybrid nodes whose cluster is unknown or has no remote network, addresses outside it, and
    names that are used twice.
  - Reports all findings at once, each with the host, the variable and the remedy. Makes no call to any service.
author:
  - fleetops.eks contributors (@fleetops)
options:
  clusters:
    description: Group of the inventory whose hosts are clusters.
    type: str
    default: eks_clusters
  hybrid_nodes:
    description: Group of the inventory whose hosts are on-premises machines.
    type: str
    default: hybrid_nodes
notes:
  - Runs on the controller, as an action plugin; it needs the variables of all hosts, which only the controller has.
extends_documentation_fragment:
  - fleetops.eks.attributes.info
"""

EXAMPLES = r"""
- name: Check the declaration
  fleetops.eks.fleet_validate:
  run_once: true
"""

RETURN = r"""
findings:
  description: What is wrong, with C(host), C(variable), C(problem) and C(remedy) each.
  returned: always
  type: list
  elements: dict
  sample: []
"""
