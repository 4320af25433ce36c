# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of an access entry."""

from __future__ import annotations

from ansible_collections.fleetops.eks.plugins.plugin_utils.doc_members import members_of


class ModuleDocFragment:
    """One entry; SETTINGS say how entries are made so; MEMBER for a module that takes a list of them."""

    DOCUMENTATION = r"""
options:
  principal_arn:
    description: ARN of the IAM role or user. A role's ARN has its path where it has one.
    type: str
    required: true
  type:
    description:
      - Type of the entry. V(STANDARD) for people and controllers, the others for nodes. It is V(STANDARD) where nothing is said.
      - It cannot change; see O(recreate).
    type: str
    choices: [STANDARD, FARGATE_LINUX, EC2_LINUX, EC2_WINDOWS, EC2, HYBRID_LINUX, HYPERPOD_LINUX]
  kubernetes_groups:
    description:
      - Groups that the principal belongs to in Kubernetes; an empty list takes all away. Only for V(STANDARD).
      - Names that begin with V(system:) are refused, as EKS does.
    type: list
    elements: str
  username:
    description: Name of the principal in Kubernetes. EKS makes one of the ARN where nothing is said. Only for V(STANDARD).
    type: str
  access_policies:
    description:
      - Access policies of EKS that hold for the principal; an empty list takes all away. Those that are not mentioned are removed, unless
        O(purge_access_policies=false).
    type: list
    elements: dict
    suboptions:
      policy:
        description: Name, for example V(AmazonEKSClusterAdminPolicy), or ARN of the policy.
        type: str
        required: true
        aliases: [policy_arn]
      scope:
        description: Where it holds.
        type: str
        choices: [cluster, namespace]
        default: cluster
      namespaces:
        description: Namespaces where it holds, with O(access_policies[].scope=namespace).
        type: list
        elements: str
  tags:
    description: Tags of the entry. Tags that are not mentioned are removed, unless O(purge_tags=false).
    type: dict
    aliases: [resource_tags]
"""

    SETTINGS = r"""
options:
  purge_access_policies:
    description: Whether access policies that are not declared are removed. Where none are declared, none is touched.
    type: bool
    default: true
  purge_tags:
    description: Whether tags that are not declared are removed. Where none are declared, none is touched.
    type: bool
    default: true
  recreate:
    description:
      - Whether an entry whose type differs is deleted and created. The principal has no access in between.
      - What is not declared (groups, username, policies, tags) stays as it was, where the new type allows it.
    type: bool
    default: false
  verify_principal:
    description:
      - Whether IAM is asked if the role of an entry is younger than the entry.
      - An entry binds to the unique id of a role. A role that was deleted and made again under the same ARN silently has no access; with this
        option such an entry is deleted and created. Roles of other accounts are not looked at. Needs C(iam:GetRole).
    type: bool
    default: false
"""

    MEMBER: str = members_of("access_entries", DOCUMENTATION)
