#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage the OpenID Connect provider of IAM that a cluster's service accounts assume roles by."""

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_oidc_provider
short_description: Manage the IAM OpenID Connect provider of an EKS cluster
version_added: 0.1.0
description:
  - Creates, updates and deletes the OpenID Connect provider of IAM by which service accounts of a cluster assume roles (IRSA).
  - The issuer is read from the cluster, or given as O(url), which also serves issuers of other clusters.
  - EKS Pod Identity (M(fleetops.eks.eks_pod_identity_association)) needs no provider.
author:
  - fleetops.eks contributors (@fleetops)
options:
  cluster_name:
    description:
      - Name of the cluster whose issuer is meant.
      - When the cluster is gone its issuer cannot be read any more. Remove the provider before the cluster, or by O(url).
    type: str
  url:
    description: URL of the issuer. It is the identity of the provider.
    type: str
    aliases: [issuer]
  client_ids:
    description:
      - Audiences of the tokens that are accepted. Those that are not mentioned are removed, unless O(purge_client_ids=false).
      - Without it V(sts.amazonaws.com) is among them, and others are left alone.
    type: list
    elements: str
    aliases: [client_id_list]
  purge_client_ids:
    description: Whether client ids that O(client_ids) does not mention are removed.
    type: bool
    default: true
  thumbprints:
    description:
      - SHA-1 thumbprints of certificates that the issuer is trusted by, with or without colons.
      - Leave it out for EKS, whose issuers IAM trusts by their certificate authority.
    type: list
    elements: str
    aliases: [thumbprint_list]
  tags:
    description: Tags of the provider. Tags that are not mentioned are removed, unless O(purge_tags=false).
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description: Whether tags that O(tags) does not mention are removed. Without O(tags) none is touched.
    type: bool
    default: true
  state:
    description: Whether the provider exists.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes
"""

EXAMPLES = r"""
- name: Let service accounts of a cluster assume roles
  fleetops.eks.iam_oidc_provider:
    cluster_name: edge

- name: The same by the issuer's URL, with all that can be said
  fleetops.eks.iam_oidc_provider:
    url: https://oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF
    client_ids: [sts.amazonaws.com, vault]
    thumbprints: [9e99a48a9960b14926bb7f3b02e22da2b0ab7280]
    tags:
      Cluster: edge

- name: Take that back
  fleetops.eks.iam_oidc_provider:
    cluster_name: edge
    state: absent
"""

RETURN = r"""
oidc_provider:
  description: The provider; V(null) when there is none. C(issuer) is what conditions of trust policies begin with.
  returned: success
  type: dict
  sample:
    arn: arn:aws:iam::111122223333:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF
    client_ids: [sts.amazonaws.com]
    create_date: "2026-11-22T13:00:00+00:00"
    issuer: oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF
    tags: {}
    thumbprints: []
    url: https://oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF
actions:
  description: The operations in order, each with the fields it changed and its status (V(planned) in check mode).
  returned: success
  type: list
  elements: dict
  sample: [{operation: create_open_id_connect_provider, fields: [url, client_ids], status: done}]
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import reconcile
from ansible_collections.fleetops.eks.plugins.module_utils._iam.live.oidc import LiveProvider
from ansible_collections.fleetops.eks.plugins.module_utils._iam.oidc import ProviderSpec, to_result

SPEC: dict[str, Any] = {
    "argument_spec": {
        "cluster_name": {"type": "str"},
        "url": {"type": "str", "aliases": ["issuer"]},
        "client_ids": {"type": "list", "elements": "str", "aliases": ["client_id_list"]},
        "purge_client_ids": {"type": "bool", "default": True},
        "thumbprints": {"type": "list", "elements": "str", "aliases": ["thumbprint_list"]},
        "tags": {"type": "dict", "aliases": ["resource_tags"]},
        "purge_tags": {"type": "bool", "default": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        **aws_options(),
    },
    "mutually_exclusive": [("cluster_name", "url")],
    "required_one_of": [("cluster_name", "url")],
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Make the provider as declared and return it."""
    spec, present = ProviderSpec.from_params(params), params["state"] == "present"
    live = LiveProvider(context.clients("iam"), context.clients("eks"), spec, present=present, clock=context.clock)
    outcome = reconcile(live, context.run(params))
    return {**outcome.common(), "oidc_provider": to_result(outcome.state)}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
