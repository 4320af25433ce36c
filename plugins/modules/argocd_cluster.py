#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage a cluster's registration at Argo CD."""

from __future__ import annotations

DOCUMENTATION = r"""
module: argocd_cluster
short_description: Manage a cluster's registration at Argo CD
version_added: 0.1.0
description:
  - Writes the Secret by which Argo CD knows a cluster, through the Kubernetes API of the hub. Argo CD's own API, command and tokens are not used.
  - Works for an Argo CD of your own (O(server) is a URL) and for the EKS capability for Argo CD (O(server) is the ARN of the cluster).
  - Finds the registration by O(server), whatever the Secret's name and whoever made it, and changes only what is declared.
  - Two registrations of one server, and one name for two servers, are refused.
author:
  - fleetops.eks contributors (@fleetops)
options:
  server:
    description:
      - URL of the cluster's API for an Argo CD of your own; V(https://kubernetes.default.svc) is the cluster it runs in.
      - ARN of the EKS cluster for the EKS capability.
      - Slashes at the end do not count.
    type: str
    required: true
  name:
    description: Name of the cluster at Argo CD, unique there. Needed to make a registration.
    type: str
  argocd_namespace:
    description: Namespace that Argo CD runs in.
    type: str
    default: argocd
  secret_name:
    description: Name for a new Secret. By default made of O(name) and O(server), so that it is the same at all times. An existing one keeps its name.
    type: str
  aws_auth_config:
    description: Sign in with the AWS identity of Argo CD's pods.
    type: dict
    suboptions:
      cluster_name:
        description: Name of the EKS cluster.
        type: str
        required: true
      role_arn:
        description: ARN of a role to assume first. Without it the pods' own identity needs the access entry.
        type: str
      profile:
        description: Profile of the AWS configuration in the pods.
        type: str
  bearer_token:
    description: Sign in with this token.
    type: str
  exec_provider_config:
    description: Sign in with what a command in the pods prints.
    type: dict
    suboptions:
      command:
        description: The command.
        type: str
        required: true
      args:
        description: Its arguments.
        type: list
        elements: str
      env:
        description: Its environment.
        type: dict
      api_version:
        description: Version of the exec API that it speaks.
        type: str
      install_hint:
        description: What to say where the command is missing.
        type: str
      provide_cluster_info:
        description: Whether it is told about the cluster.
        type: bool
  username:
    description: Sign in with this name and O(password).
    type: str
  password:
    description: The password.
    type: str
  tls_client_config:
    description: What Argo CD trusts.
    type: dict
    suboptions:
      insecure:
        description: Whether the API's certificate is not checked. Not together with O(tls_client_config.ca_data).
        type: bool
      server_name:
        description: Name that the certificate has, where it is not the one in O(server).
        type: str
      ca_data:
        description: Certificate authority of the API, as PEM or as base64 of PEM, the way EKS gives it.
        type: str
      cert_data:
        description: Certificate to sign in with, as PEM or as base64 of PEM.
        type: str
      key_data:
        description: Its key, as PEM or as base64 of PEM.
        type: str
  proxy_url:
    description: Proxy between Argo CD and the API.
    type: str
  disable_compression:
    description: Whether Argo CD asks for answers without compression.
    type: bool
  namespaces:
    description: Namespaces that Argo CD keeps to. An empty list is all of them.
    type: list
    elements: str
  cluster_resources:
    description: Whether Argo CD manages objects without namespace as well, where O(namespaces) narrows it.
    type: bool
  project:
    description: The one project that may use the cluster. An empty string is all of them.
    type: str
  shard:
    description: Number of the application controller's shard that serves the cluster; V(0) is one.
    type: int
  labels:
    description:
      - Labels of the Secret, by which ApplicationSets select. Only these are compared and changed; a label of value V(null) is taken away, whoever set it.
      - Taking away a label may make ApplicationSets delete what they deployed.
    type: dict
  purge_labels:
    description: Whether labels that this module set before, and O(labels) no longer mentions, are removed. Labels of others are never touched.
    type: bool
    default: true
  annotations:
    description: Annotations of the Secret, which ApplicationSets can read. As with O(labels).
    type: dict
  purge_annotations:
    description: Whether annotations that this module set before, and O(annotations) no longer mentions, are removed.
    type: bool
    default: true
  skip_reconcile:
    description: Whether Argo CD leaves the whole cluster alone, for example during an upgrade.
    type: bool
  applications:
    description:
      - What happens with O(state=absent) while Applications deploy to the cluster, which Argo CD could not delete afterwards.
      - V(refuse) fails and names them. V(wait) waits until they are gone. V(delete) deletes them first, with what they deployed.
      - V(orphan) deletes them after the registration and leaves what they deployed; it is for clusters that do not exist any more.
    type: str
    choices: [refuse, wait, delete, orphan]
    default: refuse
  wait:
    description: Whether the task waits until what it deletes is gone.
    type: bool
    default: true
  wait_timeout:
    description: How long to wait, in seconds.
    type: int
    default: 600
  state:
    description: Whether the cluster is registered.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - fleetops.eks.kube.hub
  - fleetops.eks.aws
  - fleetops.eks.attributes
"""

EXAMPLES = r"""
- name: Register a cluster at the EKS capability of a hub
  fleetops.eks.argocd_cluster:
    hub_cluster_name: hub
    name: edge
    server: arn:aws:eks:us-east-1:111122223333:cluster/edge

- name: Park it while it is upgraded
  fleetops.eks.argocd_cluster:
    hub_cluster_name: hub
    server: arn:aws:eks:us-east-1:111122223333:cluster/edge
    skip_reconcile: true

- name: Register a cluster of another account at an Argo CD of our own
  fleetops.eks.argocd_cluster:
    hub_cluster_name: hub
    name: prod-use1
    server: https://0123456789ABCDEF.gr7.us-east-1.eks.amazonaws.com
    aws_auth_config:
      cluster_name: prod-use1
      role_arn: arn:aws:iam::444455556666:role/argocd-spoke
    tls_client_config:
      ca_data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t
    labels:
      environment: prod
      enable_cert_manager: "true"
    annotations:
      aws_account_id: "444455556666"
    project: platform
    shard: 0

- name: End the registration once ApplicationSets have taken their Applications away
  fleetops.eks.argocd_cluster:
    hub_cluster_name: hub
    server: https://0123456789ABCDEF.gr7.us-east-1.eks.amazonaws.com
    applications: wait
    state: absent
"""

RETURN = r"""
argocd_cluster:
  description: The registration without its secrets; V(null) when there is none.
  returned: success
  type: dict
  sample:
    name: edge
    server: arn:aws:eks:us-east-1:111122223333:cluster/edge
    secret_name: cluster-edge-5e2b9a41c7
    argocd_namespace: argocd
    labels: {argocd.argoproj.io/secret-type: cluster}
    annotations: {}
    namespaces: []
    cluster_resources: false
    project: null
    shard: null
    skip_reconcile: false
    auth: none
actions:
  description: The operations in order, each with the fields it changed and its status (V(planned) in check mode).
  returned: success
  type: list
  elements: dict
  sample: [{operation: apply, fields: [labels.environment], status: done}]
"""

from functools import partial
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._argocd.cluster import ClusterSpec, to_result
from ansible_collections.fleetops.eks.plugins.module_utils._argocd.live import LiveCluster
from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options, wait_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import reconcile
from ansible_collections.fleetops.eks.plugins.module_utils._kube.client import KubeClient
from ansible_collections.fleetops.eks.plugins.module_utils._kube.connection import connection
from ansible_collections.fleetops.eks.plugins.module_utils._kube.options import kube_options, kube_rules

HUB = "hub_cluster_name"
AUTH = ("aws_auth_config", "exec_provider_config", "bearer_token", "username")

SPEC: dict[str, Any] = {
    "argument_spec": {
        "server": {"type": "str", "required": True},
        "name": {"type": "str"},
        "argocd_namespace": {"type": "str", "default": "argocd"},
        "secret_name": {"type": "str", "no_log": False},
        "aws_auth_config": {
            "type": "dict",
            "options": {"cluster_name": {"type": "str", "required": True}, "role_arn": {"type": "str"}, "profile": {"type": "str"}},
        },
        "bearer_token": {"type": "str", "no_log": True},
        "exec_provider_config": {
            "type": "dict",
            "options": {
                "command": {"type": "str", "required": True},
                "args": {"type": "list", "elements": "str"},
                "env": {"type": "dict", "no_log": True},
                "api_version": {"type": "str"},
                "install_hint": {"type": "str"},
                "provide_cluster_info": {"type": "bool"},
            },
        },
        "username": {"type": "str"},
        "password": {"type": "str", "no_log": True},
        "tls_client_config": {
            "type": "dict",
            "options": {
                "insecure": {"type": "bool"},
                "server_name": {"type": "str"},
                "ca_data": {"type": "str"},
                "cert_data": {"type": "str"},
                "key_data": {"type": "str", "no_log": True},
            },
            "required_together": [["cert_data", "key_data"]],
        },
        "proxy_url": {"type": "str"},
        "disable_compression": {"type": "bool"},
        "namespaces": {"type": "list", "elements": "str"},
        "cluster_resources": {"type": "bool"},
        "project": {"type": "str"},
        "shard": {"type": "int"},
        "labels": {"type": "dict"},
        "purge_labels": {"type": "bool", "default": True},
        "annotations": {"type": "dict"},
        "purge_annotations": {"type": "bool", "default": True},
        "skip_reconcile": {"type": "bool"},
        "applications": {"type": "str", "choices": ["refuse", "wait", "delete", "orphan"], "default": "refuse"},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        **wait_options(600),
        **kube_options(HUB),
        **aws_options(),
    },
    "mutually_exclusive": [*kube_rules(HUB)["mutually_exclusive"], list(AUTH)],
    "required_together": [["username", "password"]],
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Make the registration as declared and return it."""
    client = KubeClient(partial(connection, params, context.clients, HUB))
    spec = ClusterSpec.from_params(params)
    live = LiveCluster(client, spec, present=params["state"] == "present", applications=params["applications"])
    outcome = reconcile(live, context.run(params))
    return {**outcome.common(), "argocd_cluster": to_result(outcome.state.found, spec.argocd_namespace)}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
