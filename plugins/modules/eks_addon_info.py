#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the add-ons of an EKS cluster, and what EKS offers."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_addon_info
short_description: Read the add-ons of an EKS cluster, and the versions EKS offers
version_added: 0.1.0
description:
  - Returns the add-ons of a cluster as EKS describes them.
  - Returns, where asked, the versions that EKS offers for the cluster's, or a given, Kubernetes version, and the schemas of their configuration.
author:
  - fleetops.eks contributors (@fleetops)
options:
  cluster_name:
    description: Name of the cluster. Without it only what EKS offers is returned.
    type: str
  name:
    description: Name of one add-on. Without it all are returned.
    type: str
    aliases: [addon_name]
  available:
    description: Whether the versions on offer are returned too.
    type: bool
    default: false
  configuration:
    description:
      - Whether the configuration schemas and recommended pod identity policies of the add-ons in RV(addons) are returned too.
      - For an add-on O(name) that is not there, those of its default version.
    type: bool
    default: false
  kubernetes_version:
    description: Kubernetes version that the versions on offer must fit. By default the cluster's.
    type: str
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes.info
"""

EXAMPLES = r"""
- name: Read the add-ons of a cluster
  fleetops.eks.eks_addon_info:
    cluster_name: edge

- name: See which versions of CoreDNS fit Kubernetes 1.34, and what can be configured
  fleetops.eks.eks_addon_info:
    name: coredns
    kubernetes_version: "1.34"
    available: true
    configuration: true
"""

RETURN = r"""
addons:
  description: The add-ons as EKS describes them, with snake_case keys, in the order of their names.
  returned: success
  type: list
  elements: dict
  sample:
  - addon_arn: arn:aws:eks:us-east-1:111122223333:addon/edge/coredns/1ec9a5b5-2d3c-7a55-4d2f-0c9d5f1e2a34
    addon_name: coredns
    addon_version: v1.12.1-eksbuild.2
    cluster_name: edge
    health: {issues: []}
    status: ACTIVE
    tags: {}
available:
  description: The versions on offer of each add-on, newest first.
  returned: when O(available=true)
  type: list
  elements: dict
  sample: [{addon_name: coredns, default_version: v1.12.1-eksbuild.2, kubernetes_version: "1.34", versions: [v1.12.1-eksbuild.2]}]
configuration:
  description: What can be configured of each add-on.
  returned: when O(configuration=true)
  type: list
  elements: dict
  sample: [{addon_name: coredns, addon_version: v1.12.1-eksbuild.2, schema: {type: object}, pod_identity_configuration: []}]
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.addon_info import AddonReader

SPEC: dict[str, Any] = {
    "argument_spec": {
        "cluster_name": {"type": "str"},
        "name": {"type": "str", "aliases": ["addon_name"]},
        "available": {"type": "bool", "default": False},
        "configuration": {"type": "bool", "default": False},
        "kubernetes_version": {"type": "str"},
        **aws_options(),
    },
    "required_one_of": [["cluster_name", "kubernetes_version"]],
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Return the add-ons, and what is on offer where asked."""
    reader = AddonReader(context.clients("eks"), params["cluster_name"], params["name"], params["kubernetes_version"])
    result: dict[str, Any] = {"changed": False, "addons": reader.addons()}
    if params["available"]:
        result["available"] = reader.available()
    if params["configuration"]:
        result["configuration"] = reader.configuration()
    return result


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
