#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read EKS clusters."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_cluster_info
short_description: Read EKS clusters
version_added: 0.1.0
description:
  - Returns the clusters of a region, or those that are named, as EKS describes them.
author:
  - fleetops.eks contributors (@fleetops)
options:
  names:
    description:
      - Names of the clusters to read. Names of none are left out of the result.
      - All clusters of the region when it is not mentioned, none when it is empty.
    type: list
    elements: str
    aliases: [name]
  connected:
    description: Whether clusters that are not EKS's own, and only connected to it, are read as well. Counts without O(names).
    type: bool
    default: false
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes.info
seealso:
  - module: fleetops.eks.eks_cluster
"""

EXAMPLES = r"""
- name: Read one cluster
  fleetops.eks.eks_cluster_info:
    name: edge

- name: Read all clusters of a region, connected ones too
  fleetops.eks.eks_cluster_info:
    region: eu-west-1
    connected: true
"""

RETURN = r"""
clusters:
  description: The clusters as EKS describes them, with snake_case keys, always the same ones; in the order of O(names), or by name.
  returned: success
  type: list
  elements: dict
  sample:
    - arn: arn:aws:eks:us-east-1:111122223333:cluster/edge
      endpoint: https://0123456789ABCDEF0123456789ABCDEF.gr7.us-east-1.eks.amazonaws.com
      name: edge
      status: ACTIVE
      tags: {Team: platform}
      version: '1.34'
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster import described
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.cluster import described_all

SPEC: dict[str, Any] = {
    "argument_spec": {
        "names": {"type": "list", "elements": "str", "aliases": ["name"]},
        "connected": {"type": "bool", "default": False},
        **aws_options(),
    },
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Return the clusters that are named, or all."""
    found = described_all(context.clients("eks"), params["names"], connected=params["connected"])
    return {"changed": False, "clusters": [described(cluster) for cluster in found]}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
