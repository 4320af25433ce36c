#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List the nodes of a Kubernetes cluster, or wait for them."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kube_nodes_info
short_description: List the nodes of a Kubernetes cluster, or wait for them
version_added: 0.1.0
description:
  - Returns the nodes of a cluster, and waits until given ones have joined and are ready where O(wait_for) says so.
author:
  - fleetops.eks contributors (@fleetops)
options:
  label_selector:
    description: Only nodes with these labels, in the form of kubectl; V(eks.amazonaws.com/compute-type=hybrid) selects hybrid nodes.
    type: str
    default: ''
  wait_for:
    description: What to wait for. In check mode the task looks once and does not wait; a cluster that does not exist yet has no nodes then.
    type: dict
    suboptions:
      names:
        description: Names of nodes that have to be there.
        type: list
        elements: str
      count:
        description: How many nodes have to be there, at least.
        type: int
      ready:
        description: Whether they have to be Ready; V(false) waits until they are not.
        type: bool
        default: true
  wait_timeout:
    description: How long to wait, in seconds.
    type: int
    default: 300
extends_documentation_fragment:
  - fleetops.eks.kube
  - fleetops.eks.aws
  - fleetops.eks.attributes.info
"""

EXAMPLES = r"""
- name: List the nodes
  fleetops.eks.kube_nodes_info:
    cluster_name: edge

- name: Wait until a machine has joined
  fleetops.eks.kube_nodes_info:
    cluster_name: edge
    wait_for:
      names: [mi-0123456789abcdef0]

- name: Wait for three hybrid nodes
  fleetops.eks.kube_nodes_info:
    cluster_name: edge
    label_selector: eks.amazonaws.com/compute-type=hybrid
    wait_for:
      count: 3
      ready: true
    wait_timeout: 900
"""

RETURN = r"""
nodes:
  description: The nodes, by name.
  returned: success, and when the wait ends without them
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      type: str
      sample: mi-0123456789abcdef0
    ready:
      description: Whether its kubelet is ready.
      type: bool
      sample: true
    ready_reason:
      description: The reason in its condition Ready.
      type: str
      sample: KubeletReady
    unschedulable:
      description: Whether it is cordoned.
      type: bool
      sample: false
    kubelet_version:
      description: Version of its kubelet.
      type: str
      sample: v1.33.4-eks-0123456
    os_image:
      description: Its operating system.
      type: str
      sample: Ubuntu 24.04.3 LTS
    kernel_version:
      description: Its kernel.
      type: str
      sample: 6.8.0-64-generic
    container_runtime_version:
      description: Its container runtime.
      type: str
      sample: containerd://1.7.27
    architecture:
      description: Its architecture.
      type: str
      sample: amd64
    internal_ip:
      description: Its address in the network of the nodes.
      type: str
      sample: 192.0.2.11
    hostname:
      description: Its host name.
      type: str
      sample: edge-a1
    provider_id:
      description: Its id at the provider.
      type: str
      sample: eks-hybrid:///us-east-1/edge/mi-0123456789abcdef0
    labels:
      description: Its labels.
      type: dict
      sample: {eks.amazonaws.com/compute-type: hybrid}
    taints:
      description: Its taints, each with key, value and effect.
      type: list
      elements: dict
      sample: []
    created:
      description: When it joined.
      type: str
      sample: "2026-01-01T12:00:00Z"
"""

from functools import partial
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import ParentMissing
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Deadline, Verdict, settle
from ansible_collections.fleetops.eks.plugins.module_utils._kube.client import KubeClient
from ansible_collections.fleetops.eks.plugins.module_utils._kube.connection import connection
from ansible_collections.fleetops.eks.plugins.module_utils._kube.nodes import Awaited, arrived, to_result
from ansible_collections.fleetops.eks.plugins.module_utils._kube.options import kube_options, kube_rules

SPEC: dict[str, Any] = {
    "argument_spec": {
        "label_selector": {"type": "str", "default": ""},
        "wait_for": {
            "type": "dict",
            "options": {"names": {"type": "list", "elements": "str"}, "count": {"type": "int"}, "ready": {"type": "bool", "default": True}},
            "required_one_of": [["names", "count"]],
        },
        "wait_timeout": {"type": "int", "default": 300},
        **kube_options(),
        **aws_options(),
    },
    **kube_rules(),
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Return the nodes, once those that the task waits for are there."""
    client = KubeClient(partial(connection, params, context.clients))
    try:
        nodes = _nodes(client, params["label_selector"])
    except ParentMissing as error:
        if not context.check_mode:
            raise
        return {"changed": False, "nodes": [], "warnings": [error.message]}
    if params["wait_for"] and not context.check_mode:
        nodes = _awaited(client, params, context)
    return {"changed": False, "nodes": nodes}


def _awaited(client: KubeClient, params: dict[str, Any], context: Context) -> list[dict[str, Any]]:
    awaited = Awaited.from_params(params["wait_for"])
    seen: list[dict[str, Any]] = []

    def look() -> Verdict:
        seen[:] = _nodes(client, params["label_selector"])
        return arrived(awaited, seen)

    deadline = Deadline(context.clock, params["wait_timeout"])
    settle(look, what=f"the wait for nodes of {client.connection.label}", deadline=deadline, progress=context.progress)
    return seen


def _nodes(client: KubeClient, selector: str) -> list[dict[str, Any]]:
    return sorted((to_result(node) for node in client.list("v1", "Node", selector=selector) or []), key=lambda node: node["name"])


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
