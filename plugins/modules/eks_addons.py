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
    suboptions:
      name:
        description: Name of the add-on, for example V(coredns).
        type: str
        required: true
        aliases: [addon_name]
      after:
        description: Names of add-ons, of this list, that must be ready before this one. Takes the place of the built-in order; an empty list waits for none.
        type: list
        elements: str
      version:
        description:
          - Version of the add-on. V(default) and V(latest) are resolved from what EKS offers for the cluster's Kubernetes version,
            the beginning of a version (V(v1.18), V(1.18.3)) means the newest that begins with it, and V(v1.18.3-eksbuild.2) is exact.
          - Without it an existing add-on keeps its version, and a new one gets the default.
          - V(default) does not take an add-on back from a newer version that is offered.
          - Of V(vpc-cni), V(kube-proxy) and V(eks-pod-identity-agent) the minors that lie between are gone through one by one, as AWS asks.
        type: str
        aliases: [addon_version]
      configuration_values:
        description:
          - Settings of the add-on, as a mapping or as JSON or YAML text.
          - They are compared by meaning, and judged by the add-on's JSON schema before any call that writes.
          - Without it they stay; an empty mapping takes them away.
        type: raw
      pod_identity_associations:
        description:
          - IAM roles for the add-on's service accounts. The add-on owns these associations.
          - Without it they stay; an empty list removes them. A change restarts the add-on's pods.
        type: list
        elements: dict
        suboptions:
          service_account:
            description: Name of the service account.
            type: str
            required: true
          role_arn:
            description: ARN of the IAM role that trusts V(pods.eks.amazonaws.com).
            type: str
            required: true
      service_account_role_arn:
        description: ARN of an IAM role for the service account by the cluster's OIDC provider. An empty string takes it away.
        type: str
      resolve_conflicts:
        description:
          - What EKS does with settings in the cluster that differ from the add-on's own.
          - V(overwrite) takes over what is there, the self-managed components that a new cluster comes with included. V(none) fails instead.
            V(preserve) keeps them on an update; EKS does not have it for creation, where it acts as V(none).
        type: str
        choices: [none, overwrite, preserve]
        default: overwrite
      resolve_conflicts_on_create:
        description: The same for the creation alone, so that what another tool installed is not lost to it. Without it O(addons[].resolve_conflicts) holds.
        type: str
        choices: [none, overwrite]
      namespace:
        description: Namespace to install into, in place of the add-on's own. Cannot change afterwards.
        type: str
      tags:
        description: Tags of the add-on. Tags that are not mentioned are removed, unless O(addons[].purge_tags=false).
        type: dict
        aliases: [resource_tags]
      purge_tags:
        description: Whether tags that O(addons[].tags) does not mention are removed. Without O(addons[].tags) none is touched.
        type: bool
        default: true
      preserve:
        description: Whether O(addons[].state=absent) leaves the add-on's software running in the cluster, no longer managed by EKS.
        type: bool
        default: false
      accept_degraded:
        description:
          - Whether an add-on that is V(DEGRADED), or waits for nodes to run on, counts as done, with a warning.
          - CoreDNS waits for nodes on a cluster that has none.
        type: bool
        default: false
      recreate_failed:
        description: Whether an add-on found in V(CREATE_FAILED) or V(DELETE_FAILED) is deleted and created again. It is refused otherwise.
        type: bool
        default: false
      state:
        description: Whether the add-on exists.
        type: str
        choices: [present, absent]
        default: present
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
