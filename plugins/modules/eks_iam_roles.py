#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage the IAM roles of an EKS cluster as a set."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_iam_roles
short_description: Manage the IAM roles of an EKS cluster as a set
version_added: 0.1.0
description:
  - Makes the roles of a cluster, with their trust, policies, boundary and tags, as declared, in one task; the roles are made side by side.
  - Policies are compared by meaning. The order of statements and names, one value against a list of it, and an account against its root do not count.
  - Of a role no more is read than is declared of it.
  - IAM is eventually consistent. A new role is waited for, and what IAM does not know yet is tried again for at most a minute. A role whose trust
    names another declared role is made after that.
author:
  - fleetops.eks contributors (@fleetops)
options:
  roles:
    description: The roles. Each name may stand once.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the role, at most 64 characters.
        type: str
        required: true
      path:
        description: Path of the role, which cannot change. IAM takes V(/) where nothing is said.
        type: str
      description:
        description: Description of the role.
        type: str
      trust_policy:
        description: Who may assume the role, as a policy. Needed to create the role, or O(roles[].trust).
        type: dict
        aliases: [assume_role_policy_document]
      trust:
        description:
          - Who may assume the role, in a word. V(eks) is the control plane, V(ec2) nodes, V(fargate) Fargate pods, V(ssm) hybrid nodes,
            V(pods) pods through pod identity, V(capabilities) EKS capabilities; anything else is the ARN of a role or user.
          - V(ssm) is held to O(account_id) and O(trust_region) by the conditions C(aws:SourceAccount) and C(aws:SourceArn).
        type: list
        elements: str
      trust_conditions:
        description: Conditions of every statement that O(roles[].trust) makes, operator by operator.
        type: dict
      managed_policies:
        description:
          - Managed policies, by ARN, or by name where they are AWS's. Those that are not mentioned are detached, unless O(purge_managed_policies=false).
        type: list
        elements: str
        aliases: [managed_policy]
      inline_policies:
        description:
          - Inline policies by name, each a mapping or JSON text; together at most 10,240 characters. Those that are not mentioned are removed,
            unless O(purge_inline_policies=false).
        type: dict
      permissions_boundary:
        description: Policy, by ARN or AWS's name, that bounds the role's rights. An empty string takes it away.
        type: str
        aliases: [boundary]
      max_session_duration:
        description: How long a session may last, in seconds.
        type: int
      tags:
        description: Tags of the role. Tags that are not mentioned are removed, unless O(purge_tags=false).
        type: dict
  account_id:
    description: Account that O(roles[].trust=ssm) is held to. STS is asked for the one of the task where it is not set.
    type: str
  trust_region:
    description: Region that O(roles[].trust=ssm) is held to. It is the region of the task where it is not set.
    type: str
  purge_managed_policies:
    description: Whether managed policies that are not declared are detached. Where none are declared, none is touched.
    type: bool
    default: true
  purge_inline_policies:
    description: Whether inline policies that are not declared are removed. Where none are declared, none is touched.
    type: bool
    default: true
  purge_tags:
    description: Whether tags that are not declared are removed. Where none are declared, none is touched.
    type: bool
    default: true
  state:
    description:
      - Whether the roles exist. With V(absent) they are first taken out of instance profiles (one of the role's own name is deleted) and rid of policies.
      - Roles that are not in O(roles) are never touched.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes
"""

EXAMPLES = r"""
- name: Have the role of a control plane
  fleetops.eks.eks_iam_roles:
    roles:
      - name: edge-cluster
        trust: eks
        managed_policies: [AmazonEKSClusterPolicy]

- name: Have the roles of a cluster with hybrid nodes
  fleetops.eks.eks_iam_roles:
    account_id: "111122223333"
    roles:
      - name: edge-cluster
        trust: eks
        managed_policies: [AmazonEKSClusterPolicy]
      - name: edge-hybrid
        description: Hybrid nodes of edge
        trust: ssm
        managed_policies: [AmazonSSMManagedInstanceCore, AmazonEC2ContainerRegistryPullOnly]
        inline_policies:
          hybrid-node:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: [eks:DescribeCluster, eks:ListAccessEntries]
                Resource: arn:aws:eks:us-east-1:111122223333:cluster/edge
        max_session_duration: 7200
        tags:
          Cluster: edge
      - name: edge-dns
        trust: pods
        trust_conditions:
          StringEquals:
            aws:RequestTag/kubernetes-namespace: external-dns
        managed_policies: [AmazonRoute53FullAccess]
        permissions_boundary: AmazonRoute53FullAccess

- name: Remove them
  fleetops.eks.eks_iam_roles:
    roles:
      - name: edge-cluster
      - name: edge-hybrid
      - name: edge-dns
    state: absent
"""

RETURN = r"""
roles:
  description:
    - The declared roles, in order; those that do not exist are left out.
    - C(managed_policies) and C(inline_policies), a list of names, are V(null) where none were declared, because they were not read.
  returned: success
  type: list
  elements: dict
  sample:
    - arn: arn:aws:iam::111122223333:role/edge-cluster
      create_date: "2026-11-22T13:00:00+00:00"
      description: ""
      inline_policies: null
      managed_policies: ["arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"]
      max_session_duration: 3600
      name: edge-cluster
      path: /
      permissions_boundary: null
      role_id: AROAEXAMPLEEXAMPLE123
      tags: {}
      trust_policy:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: eks.amazonaws.com}, Action: ["sts:AssumeRole", "sts:TagSession"]}]
actions:
  description: The operations in order, each with the fields it changed and its status (V(planned) in check mode).
  returned: success
  type: list
  elements: dict
  sample: [{operation: create_role, fields: [edge-cluster.name, edge-cluster.trust_policy], status: done, subject: edge-cluster}]
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking
from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import reconcile
from ansible_collections.fleetops.eks.plugins.module_utils._iam.live.role import LiveRoles
from ansible_collections.fleetops.eks.plugins.module_utils._iam.role import declared_roles, to_result
from ansible_collections.fleetops.eks.plugins.module_utils._iam.trust import Place, needs_account

SPEC: dict[str, Any] = {
    "argument_spec": {
        "roles": {
            "type": "list",
            "elements": "dict",
            "required": True,
            "options": {
                "name": {"type": "str", "required": True},
                "path": {"type": "str"},
                "description": {"type": "str"},
                "trust_policy": {"type": "dict", "aliases": ["assume_role_policy_document"]},
                "trust": {"type": "list", "elements": "str"},
                "trust_conditions": {"type": "dict"},
                "managed_policies": {"type": "list", "elements": "str", "aliases": ["managed_policy"]},
                "inline_policies": {"type": "dict"},
                "permissions_boundary": {"type": "str", "aliases": ["boundary"]},
                "max_session_duration": {"type": "int"},
                "tags": {"type": "dict"},
            },
            "mutually_exclusive": [("trust", "trust_policy")],
            "required_by": {"trust_conditions": ["trust"]},
        },
        "account_id": {"type": "str"},
        "trust_region": {"type": "str"},
        "purge_managed_policies": {"type": "bool", "default": True},
        "purge_inline_policies": {"type": "bool", "default": True},
        "purge_tags": {"type": "bool", "default": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        **aws_options(),
    },
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Make the roles as declared and return them."""
    specs = declared_roles(params, _place(params, context))
    live = LiveRoles(context.clients("iam"), specs, present=params["state"] == "present", clock=context.clock)
    outcome = reconcile(live, context.run(params))
    found = (to_result(outcome.state[name]) for name in specs)
    return {**outcome.common(), "roles": [role for role in found if role is not None]}


def _place(params: dict[str, Any], context: Context) -> Place:
    """Ask for the account only where a trust needs it."""
    client = context.clients("iam")
    account = params["account_id"] or ""
    if not account and any(needs_account(role["trust"]) for role in params["roles"]):
        with speaking("ask STS for the account of this task"):
            account = str(context.clients("sts").get_caller_identity()["Account"])
    return Place(client.meta.partition, params["trust_region"] or context.clients.region, account)


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
