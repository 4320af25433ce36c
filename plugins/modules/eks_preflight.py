#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check that this task's credentials reach the account and the region that a cluster is declared in."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_preflight
short_description: Check that credentials reach the account and region that a cluster is declared in
version_added: 0.1.0
description:
  - Asks AWS who the credentials belong to, and EKS of the region whether the cluster is there. Changes nothing.
  - Fails where there are no credentials, where they belong to another account than declared, and where EKS of the region refuses them.
author:
  - fleetops.eks contributors (@fleetops)
options:
  name:
    description: Name of the cluster. It need not exist.
    type: str
    required: true
  account_id:
    description: Account that the credentials must belong to.
    type: str
    required: true
  check_api:
    description:
      - Whether the cluster's API must answer, where the cluster exists and is V(ACTIVE).
      - Meant for hubs, which other clusters are registered at.
    type: bool
    default: false
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes.info
"""

EXAMPLES = r"""
- name: Check the credentials before anything is touched
  fleetops.eks.eks_preflight:
    name: edge
    account_id: "111122223333"
    region: us-east-1
"""

RETURN = r"""
account_id:
  description: Account of the credentials.
  returned: success
  type: str
  sample: "111122223333"
identity_arn:
  description: Whom the credentials stand for.
  returned: success
  type: str
  sample: arn:aws:sts::111122223333:assumed-role/platform/me
cluster_status:
  description: Status of the cluster; V(null) where it does not exist.
  returned: success
  type: str
  sample: ACTIVE
cluster_version:
  description: Kubernetes version of the cluster; V(null) where it does not exist.
  returned: success
  type: str
  sample: "1.35"
"""

from functools import partial
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking
from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import FleetopsError, ServiceError
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.cluster import describe_cluster
from ansible_collections.fleetops.eks.plugins.module_utils._kube.client import KubeClient
from ansible_collections.fleetops.eks.plugins.module_utils._kube.connection import connection

SPEC: dict[str, Any] = {
    "argument_spec": {
        "name": {"type": "str", "required": True},
        "account_id": {"type": "str", "required": True},
        "check_api": {"type": "bool", "default": False},
        **aws_options(),
    },
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Return who the credentials are and what is there; fail where they are not the declared account's."""
    name, declared = params["name"], params["account_id"]
    with speaking(f"ask AWS whose credentials cluster {name} is managed with"):
        caller = context.clients("sts").get_caller_identity()
    if caller["Account"] != declared:
        raise FleetopsError(
            f"Cluster {name} is declared in account {declared}, but the credentials are those of {caller['Account']} ({caller['Arn']}).",
            remedy="Choose the profile of that account (aws_profile), or correct aws_account_id.",
        )
    with speaking(f"read cluster {name} in {context.clients.region}"):
        cluster = describe_cluster(context.clients("eks"), name) or {}
    if params["check_api"] and cluster.get("status") in ("ACTIVE", "UPDATING"):
        _reach(name, params, context)
    status = {"cluster_status": cluster.get("status"), "cluster_version": cluster.get("version")}
    return {"changed": False, "account_id": caller["Account"], "identity_arn": caller["Arn"], **status}


def _reach(name: str, params: dict[str, Any], context: Context) -> None:
    """Fail where the cluster's API does not answer; an answer that refuses this identity is one: access is made later."""
    client = KubeClient(partial(connection, {"cluster_name": name}, context.clients))
    try:
        client.request("GET", "/version", what="ask for the version")
    except ServiceError as error:
        if error.code not in ("Unauthorized", "Forbidden"):
            raise


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
