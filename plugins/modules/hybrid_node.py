#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make this host an EKS hybrid node, or let it leave."""

from __future__ import annotations

DOCUMENTATION = r"""
module: hybrid_node
short_description: Make this host an EKS hybrid node, or let it leave
version_added: 0.1.0
description:
  - Runs on the host, as root. Installs Kubernetes with C(nodeadm), joins the cluster, and checks the result on the host rather than
    C(nodeadm)'s exit code, which is 0 in several cases where it has done nothing.
  - C(init), which restarts the node's daemons each time, runs only when the configuration, C(nodeadm) or the registration has changed.
  - The activation code is on disk, in a file of mode 0600, only while C(init) runs.
  - Every run of C(nodeadm) has a time limit; its own has none for C(init) and C(uninstall).
  - A run waits for another one on the same host, also for a C(nodeadm) that outlived the run that started it.
author:
  - fleetops.eks contributors (@fleetops)
options:
  state:
    description: Whether the host is a node. V(absent) uninstalls; drain the node before, delete the Node object and deregister after.
    type: str
    choices: [present, absent]
    default: present
  cluster_name:
    description: Name of the cluster.
    type: str
    required: true
  region:
    description: Region of the cluster.
    type: str
    required: true
  kubernetes_version:
    description: Kubernetes version to install, C(major.minor) or with a patch. A host that runs another one is reported, not upgraded.
    type: str
    required: true
  nodeadm_path:
    description: Where C(nodeadm) is.
    type: path
    default: /usr/local/bin/nodeadm
  credential_provider:
    description: How the host gets credentials of AWS.
    type: str
    choices: [ssm, iam-ra]
    default: ssm
  activation_id:
    description: Id of an SSM hybrid activation; needed while the host is not registered and O(credential_provider=ssm).
    type: str
  activation_code:
    description: Its code.
    type: str
  iam_roles_anywhere:
    description: IAM Roles Anywhere, needed with O(credential_provider=iam-ra).
    type: dict
    suboptions:
      node_name:
        description: Name of the node, which is the certificate's common name.
        type: str
        required: true
      trust_anchor_arn:
        description: ARN of the trust anchor.
        type: str
        required: true
      profile_arn:
        description: ARN of the profile, which must accept role session names.
        type: str
        required: true
      role_arn:
        description: ARN of the hybrid nodes' role.
        type: str
        required: true
      aws_config_path:
        description: Where the AWS configuration is written.
        type: path
        default: /etc/aws/hybrid/config
      certificate_path:
        description: Certificate of the host.
        type: path
        default: /etc/iam/pki/server.pem
      private_key_path:
        description: Its private key.
        type: path
        default: /etc/iam/pki/server.key
  enable_credentials_file:
    description: Whether pods of the Pod Identity agent find the host's credentials; needed for pod identity on hybrid nodes.
    type: bool
    default: false
  kubelet_config:
    description: Settings of the kubelet, in the words of C(KubeletConfiguration).
    type: dict
  kubelet_flags:
    description: Flags of the kubelet, for example labels or C(--node-ip).
    type: list
    elements: str
  containerd_config:
    description: TOML for containerd. On containerd 1.x it replaces whole plugin sections; use C(hosts.toml) for mirrors.
    type: str
  containerd_source:
    description: Where containerd comes from.
    type: str
    choices: [distro, docker, none]
    default: distro
  skip:
    description: Validations or phases that C(nodeadm) skips, by the names it really matches.
    type: list
    elements: str
    default: []
  manifest_override:
    description: URI of another artifact manifest than AWS's own.
    type: str
  private_mode:
    description: Whether nothing is fetched from the operating system's repositories. Needs O(manifest_override).
    type: bool
    default: false
  install_timeout:
    description: How long C(install) may take, in seconds.
    type: int
    default: 1200
  init_timeout:
    description: How long C(init) or C(uninstall) may take, in seconds.
    type: int
    default: 600
  environment:
    description: Environment of C(nodeadm), for proxies and endpoints.
    type: dict
  force:
    description: Whether C(uninstall) removes the CNI's files too. Refused with a C(nodeadm) before v1.0.9, which deletes what is mounted there.
    type: bool
    default: false
extends_documentation_fragment:
  - fleetops.eks.attributes
"""

EXAMPLES = r"""
- name: Join a host
  fleetops.eks.hybrid_node:
    cluster_name: edge
    region: us-east-1
    kubernetes_version: "1.35"
    activation_id: "{{ activation.activation_id }}"
    activation_code: "{{ activation.activation_code }}"
  no_log: true

- name: Let it leave
  fleetops.eks.hybrid_node:
    cluster_name: edge
    region: us-east-1
    kubernetes_version: "1.35"
    state: absent
"""

RETURN = r"""
hybrid_node:
  description: The host as a node.
  returned: success
  type: dict
  sample:
    installed: true
    instance_id: mi-0123456789abcdef0
    kubelet_active: true
    kubelet_version: v1.35.2
    node_name: mi-0123456789abcdef0
    nodeadm_version: v1.0.20
    registered: true
actions:
  description: What was done, in order, each with the fields it changed and its status (V(planned) in check mode).
  returned: success
  type: list
  elements: dict
  sample: [{operation: install, fields: [kubernetes_version], status: done}]
"""

import contextlib
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import Run, reconcile
from ansible_collections.fleetops.eks.plugins.module_utils._nodeadm.hybrid_node import NodeSpec, to_result
from ansible_collections.fleetops.eks.plugins.module_utils._nodeadm.live.node import LiveNode
from ansible_collections.fleetops.eks.plugins.module_utils._nodeadm.shell import run_on_host

PATHS = {
    "aws_config_path": {"type": "path", "default": "/etc/aws/hybrid/config"},
    "certificate_path": {"type": "path", "default": "/etc/iam/pki/server.pem"},
    "private_key_path": {"type": "path", "default": "/etc/iam/pki/server.key", "no_log": False},
}
SPEC: dict[str, Any] = {
    "argument_spec": {
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "cluster_name": {"type": "str", "required": True},
        "region": {"type": "str", "required": True},
        "kubernetes_version": {"type": "str", "required": True},
        "nodeadm_path": {"type": "path", "default": "/usr/local/bin/nodeadm"},
        "credential_provider": {"type": "str", "choices": ["ssm", "iam-ra"], "default": "ssm"},
        "activation_id": {"type": "str"},
        "activation_code": {"type": "str", "no_log": True},
        "iam_roles_anywhere": {
            "type": "dict",
            "options": {**{name: {"type": "str", "required": True} for name in ("node_name", "trust_anchor_arn", "profile_arn", "role_arn")}, **PATHS},
        },
        "enable_credentials_file": {"type": "bool", "default": False},
        "kubelet_config": {"type": "dict"},
        "kubelet_flags": {"type": "list", "elements": "str"},
        "containerd_config": {"type": "str"},
        "containerd_source": {"type": "str", "choices": ["distro", "docker", "none"], "default": "distro"},
        "skip": {"type": "list", "elements": "str", "default": []},
        "manifest_override": {"type": "str"},
        "private_mode": {"type": "bool", "default": False},
        "install_timeout": {"type": "int", "default": 1200},
        "init_timeout": {"type": "int", "default": 600},
        "environment": {"type": "dict"},
        "force": {"type": "bool", "default": False},
    },
    "required_if": [("credential_provider", "iam-ra", ["iam_roles_anywhere"]), ("private_mode", True, ["manifest_override"])],
    "supports_check_mode": True,
}


def run(params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Make the host as declared and return what it is."""
    live = LiveNode(NodeSpec(params), present=params["state"] == "present")
    with contextlib.nullcontext() if check_mode else live.alone():
        outcome = reconcile(live, Run(check_mode=check_mode))
    return {**outcome.common(), "hybrid_node": to_result(outcome.state)}


def main() -> None:
    run_on_host(SPEC, run)


if __name__ == "__main__":
    main()
