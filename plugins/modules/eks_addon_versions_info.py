#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read which add-ons EKS offers, and which of their versions fit which Kubernetes version."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_addon_versions_info
short_description: Read which add-ons EKS offers, and which versions fit
version_added: 0.1.0
description:
  - Returns the catalogue of add-ons of a region, with what each version fits and needs. No cluster is asked.
  - Returns, where asked, what can be configured of them, and the IAM policies that EKS recommends.
seealso:
  - module: fleetops.eks.eks_addon_info
author:
  - fleetops.eks contributors (@fleetops)
options:
  addon_name:
    description: Only this add-on.
    type: str
    aliases: [name]
  kubernetes_version:
    description: Only versions that fit this Kubernetes version.
    type: str
  types:
    description: Only add-ons of these types, for example V(networking).
    type: list
    elements: str
  publishers:
    description: Only add-ons of these publishers, for example V(eks).
    type: list
    elements: str
  owners:
    description: Only add-ons of these owners, for example V(aws), V(community) or V(aws-marketplace).
    type: list
    elements: str
  configuration:
    description:
      - Whether the configuration schemas are returned too, which is a call for each add-on.
      - Of each add-on it is that of the default version for O(kubernetes_version), else of the newest.
    type: bool
    default: false
  addon_version:
    description: Version whose configuration is read. Needs O(addon_name) and O(configuration=true).
    type: str
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes.info
"""

EXAMPLES = r"""
- name: Which add-ons are there
  fleetops.eks.eks_addon_versions_info:

- name: Which versions of CoreDNS fit 1.34, and what can be configured
  fleetops.eks.eks_addon_versions_info:
    addon_name: coredns
    kubernetes_version: "1.34"
    configuration: true

- name: What AWS itself offers for storage
  fleetops.eks.eks_addon_versions_info:
    types: [storage]
    owners: [aws]
"""

RETURN = r"""
addons:
  description:
    - The add-ons as EKS describes them, with snake_case keys, by name; versions newest first.
    - C(default_versions) is the default version of each by Kubernetes version.
  returned: success
  type: list
  elements: dict
  sample:
    - addon_name: coredns
      type: networking
      owner: aws
      publisher: eks
      default_namespace: kube-system
      default_versions: {"1.34": v1.13.2-eksbuild.1}
      addon_versions:
        - addon_version: v1.13.2-eksbuild.1
          architecture: [amd64, arm64]
          compatibilities: [{cluster_version: "1.34", default_version: true, platform_versions: ["*"]}]
          compute_types: [ec2, auto, hybrid, fargate]
          requires_configuration: false
          requires_iam_permissions: false
configuration:
  description: What can be configured of each add-on, and the recommended IAM policies.
  returned: when O(configuration=true)
  type: list
  elements: dict
  sample: [{addon_name: coredns, addon_version: v1.13.2-eksbuild.1, schema: {type: object}, pod_identity_configuration: []}]
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._eks.catalogue import addon_request
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.catalogue import AddonCatalogue

SPEC: dict[str, Any] = {
    "argument_spec": {
        "addon_name": {"type": "str", "aliases": ["name"]},
        "kubernetes_version": {"type": "str"},
        "types": {"type": "list", "elements": "str"},
        "publishers": {"type": "list", "elements": "str"},
        "owners": {"type": "list", "elements": "str"},
        "configuration": {"type": "bool", "default": False},
        "addon_version": {"type": "str"},
        **aws_options(),
    },
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Return the add-ons that the filters leave, and their configuration where asked."""
    catalogue = AddonCatalogue(context.clients("eks"), addon_request(params))
    result: dict[str, Any] = {"changed": False, "addons": catalogue.addons}
    if params["configuration"]:
        result["configuration"] = catalogue.configuration(params["kubernetes_version"], params["addon_version"])
    return result


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
