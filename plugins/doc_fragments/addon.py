# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of an EKS add-on; mirrors module_utils/_eks/addon_options.py."""

from __future__ import annotations

from ansible_collections.fleetops.eks.plugins.plugin_utils.doc_members import members_of


class ModuleDocFragment:
    """One add-on; MEMBER for a module that takes a list of them, and orders them."""

    DOCUMENTATION = r"""
options:
  name:
    description: Name of the add-on, for example V(coredns).
    type: str
    required: true
    aliases: [addon_name]
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
    description: The same for the creation alone, so that what another tool installed is not lost to it. Without it O(resolve_conflicts) holds.
    type: str
    choices: [none, overwrite]
  namespace:
    description: Namespace to install into, in place of the add-on's own. Cannot change afterwards.
    type: str
  tags:
    description: Tags of the add-on. Tags that are not mentioned are removed, unless O(purge_tags=false).
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description: Whether tags that O(tags) does not mention are removed. Without O(tags) none is touched.
    type: bool
    default: true
  preserve:
    description: Whether O(state=absent) leaves the add-on's software running in the cluster, no longer managed by EKS.
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
"""

    MEMBER: str = members_of(
        "addons",
        DOCUMENTATION
        + r"""
  after:
    description: Names of add-ons, of this list, that must be ready before this one. Takes the place of the built-in order; an empty list waits for none.
    type: list
    elements: str
""",
    )
