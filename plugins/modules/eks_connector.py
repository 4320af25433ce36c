#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Register a cluster from elsewhere with EKS, or deregister it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_connector
short_description: Register a cluster from elsewhere with EKS, or deregister it
version_added: 0.1.0
description:
  - Registers a Kubernetes cluster that runs elsewhere, so that EKS shows it beside its own (EKS Connector), and deregisters it.
  - A registration answers a code, which lets the connector's agent register during three days. The code is never in the result, the diff or a log. It goes
    into O(code_dest), a file that nobody but its owner may read.
  - Afterwards AWS's manifest of the connector is to be applied to that cluster, filled with RV(manifest) and, base64-encoded, the code of the file.
  - M(fleetops.eks.eks_cluster_info) reads connected clusters too.
  - EKS cannot renew a code. Where one is needed, the cluster is deregistered and registered anew.
author:
  - fleetops.eks contributors (@fleetops)
options:
  name:
    description: Name of the cluster in EKS.
    type: str
    required: true
    aliases: [cluster_name]
  role_arn:
    description: ARN of the role of the connector's agent, which trusts V(ssm.amazonaws.com). Needed with O(state=present). It cannot change.
    type: str
  provider:
    description: Who runs the cluster. Needed with O(state=present). It cannot change.
    type: str
    choices: [EKS_ANYWHERE, ANTHOS, GKE, AKS, OPENSHIFT, TANZU, RANCHER, EC2, OTHER]
  code_dest:
    description:
      - File for the code, a JSON document with C(activation_id), C(activation_code) and C(region), on the machine that runs the module.
      - It is made with mode 0600, and removed with O(state=absent). A file with other content is never touched. Needed with O(state=present).
    type: path
  renew:
    description:
      - V(if_needed) registers anew where no agent has registered and the activation has expired, or does so within ten minutes.
      - V(without_code) does so too where no agent has registered and O(code_dest) does not hold the code.
      - V(always) registers anew, also a cluster that is connected, which is cut off until the manifest is applied again.
    type: str
    choices: [if_needed, without_code, always]
    default: if_needed
  tags:
    description: Tags of the cluster in EKS. Tags that are not mentioned are removed, unless O(purge_tags=false).
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description: Whether tags that O(tags) does not mention are removed. Without O(tags) none is touched.
    type: bool
    default: true
  wait:
    description:
      - Whether to wait until the agent of a registered cluster has connected (V(ACTIVE)).
      - A task that registers does not wait, for the manifest is still to be applied; a task after that does.
    type: bool
    default: false
  wait_timeout:
    description: Seconds to wait at most.
    type: int
    default: 900
  state:
    description: Whether the cluster is registered.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes
"""

EXAMPLES = r"""
- name: Show a cluster of another provider in EKS
  fleetops.eks.eks_connector:
    name: paris
    provider: OTHER
    role_arn: arn:aws:iam::111122223333:role/AmazonEKSConnectorAgentRole
    code_dest: ~/.cache/fleetops/paris.json
  register: paris

- name: Make sure of a code that is at hand, with tags
  fleetops.eks.eks_connector:
    name: paris
    provider: OTHER
    role_arn: arn:aws:iam::111122223333:role/AmazonEKSConnectorAgentRole
    code_dest: ~/.cache/fleetops/paris.json
    renew: without_code
    tags:
      Site: paris

- name: Wait until its agent has connected
  fleetops.eks.eks_connector:
    name: paris
    provider: OTHER
    role_arn: arn:aws:iam::111122223333:role/AmazonEKSConnectorAgentRole
    code_dest: ~/.cache/fleetops/paris.json
    wait: true
    wait_timeout: 600

- name: Forget it
  fleetops.eks.eks_connector:
    name: paris
    code_dest: ~/.cache/fleetops/paris.json
    state: absent
"""

RETURN = r"""
cluster:
  description: The cluster as EKS describes it, with snake_case keys, never with its code; V(null) when there is none.
  returned: success
  type: dict
  sample:
    arn: arn:aws:eks:us-east-1:111122223333:cluster/paris
    connector_config:
      activation_expiry: "2026-11-25T13:00:00+00:00"
      activation_id: 9f1c2d3e-4a5b-6c7d-8e9f-0a1b2c3d4e5f
      provider: OTHER
      role_arn: arn:aws:iam::111122223333:role/AmazonEKSConnectorAgentRole
    created_at: "2026-11-22T13:00:00+00:00"
    name: paris
    status: PENDING
    tags: {}
manifest:
  description: What the manifest of the connector is filled with, but for the code; V(null) when there is no cluster.
  returned: success
  type: dict
  sample:
    activation_id: 9f1c2d3e-4a5b-6c7d-8e9f-0a1b2c3d4e5f
    cluster_arn: arn:aws:eks:us-east-1:111122223333:cluster/paris
    cluster_name: paris
    region: us-east-1
code_available:
  description: Whether O(code_dest) holds the code of the registration.
  returned: success
  type: bool
code_dest:
  description: The file with the code, V(null) when there is none.
  returned: success
  type: str
  sample: /home/deploy/.cache/fleetops/paris.json
actions:
  description: The operations in order, each with the fields it changed and its status (V(planned) in check mode).
  returned: success
  type: list
  elements: dict
  sample: [{operation: register_cluster, fields: [name, role_arn, provider, code_dest], status: done}]
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import reconcile
from ansible_collections.fleetops.eks.plugins.module_utils._eks.connector import PROVIDERS, RENEW, ConnectorSpec, manifest_values, to_result
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.connector import LiveConnector

SPEC: dict[str, Any] = {
    "argument_spec": {
        "name": {"type": "str", "required": True, "aliases": ["cluster_name"]},
        "role_arn": {"type": "str"},
        "provider": {"type": "str", "choices": list(PROVIDERS)},
        "code_dest": {"type": "path", "no_log": False},
        "renew": {"type": "str", "choices": list(RENEW), "default": "if_needed"},
        "tags": {"type": "dict", "aliases": ["resource_tags"]},
        "purge_tags": {"type": "bool", "default": True},
        "wait": {"type": "bool", "default": False},
        "wait_timeout": {"type": "int", "default": 900},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        **aws_options(),
    },
    "required_if": [("state", "present", ("role_arn", "provider", "code_dest"))],
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Make sure that the cluster is registered, or is not, and return it without its code."""
    spec, client = ConnectorSpec.from_params(params), context.clients("eks")
    live = LiveConnector(client, spec, present=params["state"] == "present", wait=params["wait"], clock=context.clock)
    outcome = reconcile(live, context.run({**params, "wait": True}))
    available = outcome.state.has_code
    return {
        **outcome.common(),
        "cluster": to_result(outcome.state),
        "manifest": manifest_values(outcome.state, client.meta.region_name),
        "code_available": available,
        "code_dest": str(live.file.path) if live.file and available else None,
    }


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
