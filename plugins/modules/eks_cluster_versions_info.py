#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read which Kubernetes versions EKS offers, and until when it supports them."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_cluster_versions_info
short_description: Read which Kubernetes versions EKS offers, and until when it supports them
version_added: 0.1.0
description:
  - Returns the catalogue of Kubernetes versions of a region, with the ends of standard and extended support, as the service tells them today.
author:
  - fleetops.eks contributors (@fleetops)
options:
  cluster_versions:
    description: Only these Kubernetes versions, for example V("1.34").
    type: list
    elements: str
    aliases: [kubernetes_versions]
  version_status:
    description: Only versions in this state of support. The words of the older C(status) of the API are understood too.
    type: str
    choices: [STANDARD_SUPPORT, EXTENDED_SUPPORT, UNSUPPORTED, standard-support, extended-support, unsupported]
    aliases: [status]
  default_only:
    description: Whether only the version is returned that a new cluster gets which names none.
    type: bool
    default: false
  include_all:
    description: Whether versions that EKS no longer supports are returned too.
    type: bool
    default: false
  cluster_type:
    description: Only versions for this type of cluster, for example V(eks) or V(eks-local-outposts).
    type: str
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes.info
"""

EXAMPLES = r"""
- name: Which versions are there
  fleetops.eks.eks_cluster_versions_info:

- name: Until when is 1.34 supported
  fleetops.eks.eks_cluster_versions_info:
    cluster_versions: ["1.34"]
    include_all: true

- name: Which versions cost extra
  fleetops.eks.eks_cluster_versions_info:
    version_status: EXTENDED_SUPPORT
"""

RETURN = r"""
cluster_versions:
  description: The versions as EKS describes them, with snake_case keys, newest first.
  returned: success
  type: list
  elements: dict
  sample:
    - cluster_version: "1.34"
      cluster_type: eks
      default_platform_version: eks.18
      default_version: false
      end_of_extended_support_date: "2027-12-02T00:00:00+00:00"
      end_of_standard_support_date: "2026-12-02T00:00:00+00:00"
      kubernetes_patch_version: 1.34.7
      release_date: "2025-10-02T00:00:00+00:00"
      status: standard-support
      version_status: STANDARD_SUPPORT
default_version:
  description: The version among them that a new cluster gets which names none; V(null) when it is not among them.
  returned: success
  type: str
  sample: "1.35"
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking
from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.catalogue import describe_cluster_versions
from ansible_collections.fleetops.eks.plugins.module_utils._eks.catalogue import OLD_STATUSES, STATUSES, default_version, version_request, version_results

SPEC: dict[str, Any] = {
    "argument_spec": {
        "cluster_versions": {"type": "list", "elements": "str", "aliases": ["kubernetes_versions"]},
        "version_status": {"type": "str", "choices": [*STATUSES, *OLD_STATUSES], "aliases": ["status"]},
        "default_only": {"type": "bool", "default": False},
        "include_all": {"type": "bool", "default": False},
        "cluster_type": {"type": "str"},
        **aws_options(),
    },
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Return the versions that the filters leave."""
    request = version_request(params)
    with speaking("read the Kubernetes versions of EKS"):
        found = version_results(describe_cluster_versions(context.clients("eks"), **request))
    return {"changed": False, "cluster_versions": found, "default_version": default_version(found)}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
