#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the OpenID Connect providers of IAM."""

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_oidc_provider_info
short_description: Read the OpenID Connect providers of IAM
version_added: 0.1.0
description:
  - Returns the OpenID Connect providers of an account, or the one of a cluster.
author:
  - fleetops.eks contributors (@fleetops)
options:
  cluster_name:
    description: Only the provider of this cluster's issuer.
    type: str
  url:
    description: Only the provider of this issuer.
    type: str
    aliases: [issuer]
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes.info
"""

EXAMPLES = r"""
- name: Which providers are there
  fleetops.eks.iam_oidc_provider_info:

- name: Has this cluster one
  fleetops.eks.iam_oidc_provider_info:
    cluster_name: edge
"""

RETURN = r"""
oidc_providers:
  description: The providers by issuer; none where there is no such cluster or provider.
  returned: success
  type: list
  elements: dict
  sample:
  - arn: arn:aws:iam::111122223333:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF
    client_ids: [sts.amazonaws.com]
    create_date: "2026-11-22T13:00:00+00:00"
    issuer: oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF
    tags: {}
    thumbprints: []
    url: https://oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._iam.live.oidc import cluster_issuer, found_provider, found_providers
from ansible_collections.fleetops.eks.plugins.module_utils._iam.oidc import issuer_of, to_result

SPEC: dict[str, Any] = {
    "argument_spec": {"cluster_name": {"type": "str"}, "url": {"type": "str", "aliases": ["issuer"]}, **aws_options()},
    "mutually_exclusive": [("cluster_name", "url")],
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Return the providers, or the one that is meant."""
    iam, name, url = context.clients("iam"), params["cluster_name"], params["url"]
    if not (name or url):
        return {"changed": False, "oidc_providers": [to_result(state) for state in found_providers(iam)]}
    issuer = issuer_of(url) if url else cluster_issuer(context.clients("eks"), name)
    state = found_provider(iam, issuer) if issuer else None
    return {"changed": False, "oidc_providers": [to_result(state)] if state else []}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
