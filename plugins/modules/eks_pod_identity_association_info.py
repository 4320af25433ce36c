#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List pod identity associations of an EKS cluster."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_pod_identity_association_info
short_description: List pod identity associations of an EKS cluster
version_added: 0.1.0
description:
  - Returns the associations that give the pods of service accounts IAM roles, those of add-ons included.
author:
  - fleetops.eks contributors (@fleetops)
options:
  cluster_name:
    description: Name of the cluster.
    type: str
    required: true
  namespace:
    description: Only associations of this namespace.
    type: str
  service_account:
    description: Only associations of this service account.
    type: str
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes.info
"""

EXAMPLES = r"""
- name: Which pods have roles
  fleetops.eks.eks_pod_identity_association_info:
    cluster_name: edge

- name: Which role has this service account
  fleetops.eks.eks_pod_identity_association_info:
    cluster_name: edge
    namespace: default
    service_account: web
"""

RETURN = r"""
pod_identity_associations:
  description:
    - The associations as EKS describes them, with snake_case keys, by namespace and service account; none where there is no such cluster.
    - An C(owner_arn) names the add-on that owns one.
  returned: success
  type: list
  elements: dict
  sample:
    - association_arn: arn:aws:eks:us-east-1:111122223333:podidentityassociation/edge/a-1234567890abcdef0
      association_id: a-1234567890abcdef0
      cluster_name: edge
      disable_session_tags: false
      namespace: default
      role_arn: arn:aws:iam::111122223333:role/web
      service_account: web
      tags: {}
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.pod_identity import found_associations
from ansible_collections.fleetops.eks.plugins.module_utils._eks.pod_identity import to_result

SPEC: dict[str, Any] = {
    "argument_spec": {
        "cluster_name": {"type": "str", "required": True},
        "namespace": {"type": "str"},
        "service_account": {"type": "str"},
        **aws_options(),
    },
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Return the associations that the filters leave."""
    where = {"namespace": params["namespace"], "serviceAccount": params["service_account"]}
    found = found_associations(context.clients("eks"), params["cluster_name"], **{name: value for name, value in where.items() if value})
    return {"changed": False, "pod_identity_associations": [to_result(state) for state in found]}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
