# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a Fargate profile."""

from __future__ import annotations

from ansible_collections.fleetops.eks.plugins.plugin_utils.doc_members import members_of


class ModuleDocFragment:
    """One profile; MEMBER for a module that takes a list of them."""

    DOCUMENTATION = r"""
options:
  name:
    description: Name of the profile. It cannot begin with V(eks-).
    type: str
    required: true
    aliases: [fargate_profile_name]
  role_arn:
    description:
      - ARN of the IAM role with which Fargate registers nodes and pulls images. Cannot change afterwards.
      - Needed to create the profile.
    type: str
    aliases: [pod_execution_role_arn]
  subnets:
    description:
      - IDs of the private subnets in which pods run, compared as a set. Cannot change afterwards.
      - Without it a new profile gets the cluster's private subnets.
      - Looked up before creation where the caller may C(ec2:DescribeSubnets); those that are not there are refused before any call.
    type: list
    elements: str
  selectors:
    description:
      - Which pods run on Fargate, compared as a set. Cannot change afterwards. EKS takes five, where the account's quota has not been raised.
      - Needed to create the profile.
    type: list
    elements: dict
    suboptions:
      namespace:
        description: Namespace of the pods. V(*) and V(?) stand for any characters and any character. Needed.
        type: str
      labels:
        description:
          - Labels that a pod must have, all of them, as a mapping. Without it any pod of the namespace is selected.
          - A list of mappings is taken as their sum, for tasks that come from community.aws.
        type: raw
  tags:
    description: Tags of the profile. Tags that are not mentioned are removed, unless O(purge_tags=false).
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description: Whether tags that O(tags) does not mention are removed. Without O(tags) none is touched.
    type: bool
    default: true
  recreate_failed:
    description: Whether a profile found in V(CREATE_FAILED) or V(DELETE_FAILED) is deleted and created again. It is refused otherwise.
    type: bool
    default: false
  state:
    description: Whether the profile exists.
    type: str
    choices: [present, absent]
    default: present
"""

    MEMBER: str = members_of("fargate_profiles", DOCUMENTATION)
