# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a pod identity association."""

from __future__ import annotations

from ansible_collections.fleetops.eks.plugins.plugin_utils.doc_members import members_of


class ModuleDocFragment:
    """One association; MEMBER for a module that takes a list of them."""

    DOCUMENTATION = r"""
options:
  namespace:
    description: Namespace of the service account.
    type: str
    required: true
  service_account:
    description: Name of the service account. It need not exist yet.
    type: str
    required: true
  role_arn:
    description:
      - ARN of the IAM role, in the account of the cluster, that trusts V(pods.eks.amazonaws.com).
      - Needed to create the association.
    type: str
  target_role_arn:
    description: ARN of a role, of any account, that EKS assumes with O(role_arn) for the pods. An empty string takes it away.
    type: str
  disable_session_tags:
    description: Whether EKS leaves out the session tags that name the cluster, namespace, service account and pod.
    type: bool
  policy:
    description: Session policy, as JSON text, that narrows what the pods may do. Needs O(disable_session_tags=true).
    type: str
  tags:
    description: Tags of the association. Tags that are not mentioned are removed, unless O(purge_tags=false).
    type: dict
    aliases: [resource_tags]
"""

    MEMBER: str = members_of("pod_identity_associations", DOCUMENTATION)
