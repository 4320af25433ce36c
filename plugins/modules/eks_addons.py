#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage the add-ons of an EKS cluster as a set."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_addons
short_description: Manage the add-ons of an EKS cluster as a set
version_added: 0.1.0
description:
  - Creates, updates and deletes the EKS add-ons of a cluster, those that do not wait for each other at the same time.
  - V(eks-pod-identity-agent) goes first, V(cert-manager) before V(adot) and V(aws-privateca-connector-for-kubernetes); O(addons[].after) says otherwise.
author:
  - fleetops.eks contributors (@fleetops)
options:
  cluster_name:
    description: Name of the cluster.
    type: str
    required: true
  addons:
    description: The add-ons. Those that are not mentioned stay, unless O(purge_addons=true).
    type: list
    elements: dict
    required: true
  purge_addons:
    description: Whether add-ons that O(addons) does not mention are deleted, after everything else is done.
    type: bool
    default: false
  preserve:
    description: Whether O(purge_addons) leaves the software of the add-ons it deletes running in the cluster.
    type: bool
    default: false
  wait:
    description: Whether the task waits until EKS is done. What later steps build on is waited for in any case.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait, for everything together.
    type: int
    default: 1800
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes
  - fleetops.eks.addon.member
requirements:
  - jsonschema >= 4.20
  - PyYAML
"""

EXAMPLES = r"""
- name: Run the default versions of what a cluster needs
  fleetops.eks.eks_addons:
    cluster_name: edge
    addons:
      - name: kube-proxy
      - name: vpc-cni
      - name: coredns
        accept_degraded: true

- name: Run exactly these, in this order, and no others
  fleetops.eks.eks_addons:
    cluster_name: edge
    purge_addons: true
    addons:
      - name: eks-pod-identity-agent
        version: latest
      - name: vpc-cni
        version: default
        configuration_values:
          env:
            ENABLE_PREFIX_DELEGATION: "true"
        after: []
      - name: kube-proxy
      - name: coredns
        version: default
        configuration_values:
          replicaCount: 3
        accept_degraded: true
        after: [vpc-cni]
      - name: aws-ebs-csi-driver
        pod_identity_associations:
          - service_account: ebs-csi-controller-sa
            role_arn: arn:aws:iam::111122223333:role/ebs-csi
"""

RETURN = r"""
addons:
  description: The declared add-ons that exist, in the order of their names, as EKS describes them, with snake_case keys.
  returned: success
  type: list
  elements: dict
  sample:
  - addon_arn: arn:aws:eks:us-east-1:111122223333:addon/edge/coredns/1ec9a5b5-2d3c-7a55-4d2f-0c9d5f1e2a34
    addon_name: coredns
    addon_version: v1.12.1-eksbuild.2
    cluster_name: edge
    configuration_values: '{"replicaCount": 3}'
    health: {issues: []}
    status: ACTIVE
    tags: {}
actions:
  description: The operations in order, each with the fields it changed and its status (V(planned) in check mode).
  returned: success
  type: list
  elements: dict
  sample: [{operation: create_addon, subject: coredns, fields: [coredns.version], status: done}]
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options, wait_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import reconcile
from ansible_collections.fleetops.eks.plugins.module_utils._eks.addon import health_warnings, to_result
from ansible_collections.fleetops.eks.plugins.module_utils._eks.addon_options import addon_options
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.addon import live_addons

SPEC: dict[str, Any] = {
    "argument_spec": {
        "cluster_name": {"type": "str", "required": True},
        "addons": {
            "type": "list",
            "elements": "dict",
            "required": True,
            "options": {**addon_options(), "after": {"type": "list", "elements": "str"}},
        },
        "purge_addons": {"type": "bool", "default": False},
        "preserve": {"type": "bool", "default": False},
        **wait_options(1800),
        **aws_options(),
    },
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Make the cluster's add-ons as declared and return them."""
    outcome = reconcile(live_addons(context.clients("eks"), params, clock=context.clock), context.run(params))
    states = [outcome.state[name] for name in sorted(outcome.state)]
    outcome.warnings += [warning for state in states for warning in health_warnings(state)]
    return {**outcome.common(), "addons": [to_result(state) for state in states if state is not None]}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
