# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles of pods whose policies are said by name."""

from __future__ import annotations

DOCUMENTATION = r"""
name: pod_roles
short_description: Roles of pods whose policies are said by name
version_added: 0.1.0
author:
  - fleetops.eks contributors (@fleetops)
description:
  - Turns C(policies) of roles, names of well-known controllers, into policies of IAM with the least that these need, as M(fleetops.eks.eks_iam_roles)
    takes them.
  - AWS's own policies for C(vpc_cni), C(ebs_csi), C(efs_csi) and C(cloudwatch_observability); documents for C(vpc_cni_ipv6), C(fsx_lustre_csi),
    C(mountpoint_s3_csi), C(load_balancer_controller), C(load_balancer_targets), C(external_dns), C(cert_manager), C(external_secrets),
    C(cluster_autoscaler), C(node_termination_handler), C(velero), C(privateca_issuer) and C(prometheus).
positional: _input
options:
  _input:
    description:
      - The roles, each with the options of a role of M(fleetops.eks.eks_iam_roles), and C(policies) and C(resources).
      - C(resources) are ARNs that the policies are held to, of buckets, hosted zones, secrets, queues and the like.
    type: list
    elements: dict
    required: true
  cluster_name:
    description: Name of the cluster.
    type: str
    required: true
  region:
    description: Region of the cluster.
    type: str
    required: true
  account_id:
    description: Account of the cluster.
    type: str
    required: true
  partition:
    description: Partition of the region, as ARNs begin with it.
    type: str
    default: aws
"""

EXAMPLES = r"""
- name: Make the role of external-dns, for one zone
  fleetops.eks.eks_iam_roles:
    roles: "{{ roles | fleetops.eks.pod_roles(cluster_name='edge', region='eu-west-1', account_id='111122223333') }}"
  vars:
    roles:
      - name: edge-external-dns
        trust: [pods]
        policies: [external_dns]
        resources: [arn:aws:route53:::hostedzone/Z0123456789ABCDEFGHIJ]
"""

RETURN = r"""
_value:
  description: The roles, with C(managed_policies) and C(inline_policies) in the place of C(policies) and C(resources).
  type: list
  elements: dict
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import FleetopsError
from ansible_collections.fleetops.eks.plugins.module_utils._iam.pod_policies import pod_role
from ansible_collections.fleetops.eks.plugins.module_utils._iam.pod_site import Site


def pod_roles(declared: Sequence[Mapping[str, Any]], cluster_name: str, region: str, account_id: str, partition: str = "aws") -> list[dict[str, Any]]:
    """Return the roles with their policies."""
    try:
        return [pod_role(role, Site(cluster_name, region, account_id, partition)) for role in declared]
    except FleetopsError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """fleetops.eks.pod_roles."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"pod_roles": pod_roles}
