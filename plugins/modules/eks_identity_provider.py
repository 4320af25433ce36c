#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage the OIDC identity provider of an EKS cluster."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_identity_provider
short_description: Manage the OIDC identity provider of an EKS cluster
version_added: 0.1.0
description:
  - Associates an OpenID Connect provider with a cluster, so that its users and groups can be bound to roles of Kubernetes, keeps its tags, and
    disassociates it.
  - A cluster has one at most. One of another name is refused, not replaced.
  - Nothing but the tags can change in place. Another change is a disassociation and an association, which take minutes each, and until both are done
    nobody gets in through the provider. IAM principals are not affected. See O(replace).
author:
  - fleetops.eks contributors (@fleetops)
options:
  cluster_name:
    description: Name of the cluster.
    type: str
    required: true
  name:
    description: Name of the configuration.
    type: str
    required: true
    aliases: [identity_provider_config_name]
  issuer_url:
    description:
      - URL of the provider, as in the claim C(iss) of its tokens. It begins with V(https://), has no query, and EKS must reach it over the internet.
      - Needed to associate the provider.
    type: str
  client_id:
    description:
      - ID of the client, as in the claim C(aud) of the tokens.
      - Needed to associate the provider.
    type: str
  username_claim:
    description: Claim that is the user's name. EKS's own default is V(sub). An empty string takes the setting away.
    type: str
  username_prefix:
    description:
      - Prefix of users' names; V(-) for none. EKS's own default is the issuer's URL and V(#), where the claim is not V(email). It cannot contain V(system:).
      - An empty string takes the setting away.
    type: str
  groups_claim:
    description: Claim that holds the user's groups. An empty string takes the setting away.
    type: str
  groups_prefix:
    description: Prefix of groups. It cannot contain V(system:). An empty string takes the setting away.
    type: str
  required_claims:
    description: Claims that a token must have, with their values. An empty mapping takes them away.
    type: dict
  replace:
    description:
      - Whether a change of what cannot change in place is made by a disassociation and an association. Settings that are not mentioned, and tags, are
        carried over. If V(false), such a change is refused.
      - Declare all settings where this happens; after a run that ended between the two, only the declaration is left.
    type: bool
    default: true
  tags:
    description: Tags of the configuration. Tags that are not mentioned are removed, unless O(purge_tags=false).
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description: Whether tags that O(tags) does not mention are removed. Without O(tags) none is touched.
    type: bool
    default: true
  state:
    description: Whether the provider is associated.
    type: str
    choices: [present, absent]
    default: present
  wait:
    description: Whether the task waits until EKS is done. The disassociation before an association is waited for in any case.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait, for everything together.
    type: int
    default: 3600
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes
"""

EXAMPLES = r"""
- name: Let users of a provider in
  fleetops.eks.eks_identity_provider:
    cluster_name: edge
    name: corp
    issuer_url: https://login.example.com
    client_id: kubernetes

- name: Say how users and groups are called, and refuse what would keep them out for minutes
  fleetops.eks.eks_identity_provider:
    cluster_name: edge
    name: corp
    issuer_url: https://login.example.com
    client_id: kubernetes
    username_claim: email
    groups_claim: groups
    groups_prefix: "corp:"
    required_claims:
      department: platform
    replace: false
    tags:
      Team: identity

- name: Keep them out
  fleetops.eks.eks_identity_provider:
    cluster_name: edge
    name: corp
    state: absent
"""

RETURN = r"""
identity_provider:
  description: The configuration as EKS describes it, with snake_case keys; V(null) when there is none.
  returned: success
  type: dict
  sample:
    identity_provider_config_name: corp
    identity_provider_config_arn: arn:aws:eks:us-east-1:111122223333:identityproviderconfig/edge/oidc/corp/a2c6b1e0-7a52-4b0e-9df1-5c0f1d2e3a4b
    cluster_name: edge
    issuer_url: https://login.example.com
    client_id: kubernetes
    username_claim: email
    groups_claim: groups
    groups_prefix: "corp:"
    required_claims: {}
    status: ACTIVE
    tags: {}
actions:
  description: The operations in order, each with the fields it changed and its status (V(planned) in check mode).
  returned: success
  type: list
  elements: dict
  sample: [{operation: associate_identity_provider_config, fields: [issuer_url, client_id], status: done}]
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options, wait_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import reconcile
from ansible_collections.fleetops.eks.plugins.module_utils._eks.identity_provider import to_result
from ansible_collections.fleetops.eks.plugins.module_utils._eks.identity_provider_values import ProviderSpec
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.identity_provider import LiveProvider

SPEC: dict[str, Any] = {
    "argument_spec": {
        "cluster_name": {"type": "str", "required": True},
        "name": {"type": "str", "required": True, "aliases": ["identity_provider_config_name"]},
        **{name: {"type": "str"} for name in ("issuer_url", "client_id", "username_claim", "username_prefix", "groups_claim", "groups_prefix")},
        "required_claims": {"type": "dict"},
        "replace": {"type": "bool", "default": True},
        "tags": {"type": "dict", "aliases": ["resource_tags"]},
        "purge_tags": {"type": "bool", "default": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        **wait_options(3600),
        **aws_options(),
    },
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Make the identity provider as declared and return it."""
    spec, present = ProviderSpec.from_params(params), params["state"] == "present"
    live = LiveProvider(context.clients("eks"), spec, present=present, wait=params["wait"], clock=context.clock)
    outcome = reconcile(live, context.run(params))
    return {**outcome.common(), "identity_provider": to_result(outcome.state)}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
