#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage an add-on of an EKS cluster."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_addon
short_description: Manage an add-on of an EKS cluster
version_added: 0.1.0
description:
  - Creates, updates and deletes an EKS add-on, and waits until it runs.
  - M(fleetops.eks.eks_addons) does so for all add-ons of a cluster at once.
author:
  - fleetops.eks contributors (@fleetops)
options:
  cluster_name:
    description: Name of the cluster.
    type: str
    required: true
  wait:
    description: Whether the task waits until EKS is done. What later steps build on is waited for in any case.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait, for everything together.
    type: int
    default: 1200
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes
  - fleetops.eks.addon
requirements:
  - jsonschema >= 4.20
  - PyYAML
"""

EXAMPLES = r"""
- name: Run the default version of an add-on
  fleetops.eks.eks_addon:
    cluster_name: edge
    name: kube-proxy

- name: Keep CoreDNS at the newest v1.11, with three replicas, on a cluster that may have no nodes yet
  fleetops.eks.eks_addon:
    cluster_name: edge
    name: coredns
    version: v1.11
    configuration_values:
      replicaCount: 3
    accept_degraded: true

- name: Run the newest CSI driver, with a role for its controller, and keep what was set by hand in the cluster
  fleetops.eks.eks_addon:
    cluster_name: edge
    name: aws-ebs-csi-driver
    version: latest
    pod_identity_associations:
      - service_account: ebs-csi-controller-sa
        role_arn: arn:aws:iam::111122223333:role/ebs-csi
    resolve_conflicts: preserve
    tags:
      Team: platform

- name: Let EKS forget an add-on, and keep its pods
  fleetops.eks.eks_addon:
    cluster_name: edge
    name: kube-proxy
    preserve: true
    state: absent
"""

RETURN = r"""
addon:
  description: The add-on as EKS describes it, with snake_case keys; V(null) when there is none.
  returned: success
  type: dict
  sample:
    addon_arn: arn:aws:eks:us-east-1:111122223333:addon/edge/coredns/1ec9a5b5-2d3c-7a55-4d2f-0c9d5f1e2a34
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
  sample: [{operation: create_addon, fields: [version], status: done}]
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options, wait_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import reconcile
from ansible_collections.fleetops.eks.plugins.module_utils._eks.addon import health_warnings, to_result
from ansible_collections.fleetops.eks.plugins.module_utils._eks.addon_options import addon_options
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.addon import Catalogue, live_addon

SPEC: dict[str, Any] = {
    "argument_spec": {"cluster_name": {"type": "str", "required": True}, **addon_options(), **wait_options(1200), **aws_options()},
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Make the add-on as declared and return it."""
    client = context.clients("eks")
    live = live_addon(client, params, Catalogue(client, params["cluster_name"]), wait=params["wait"], clock=context.clock)
    outcome = reconcile(live, context.run(params))
    outcome.warnings += health_warnings(outcome.state)
    return {**outcome.common(), "addon": to_result(outcome.state)}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
