#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List the clusters that are registered at an Argo CD."""

from __future__ import annotations

DOCUMENTATION = r"""
module: argocd_cluster_info
short_description: List the clusters that are registered at an Argo CD
version_added: 0.1.0
description:
  - Reads the Secrets by which Argo CD knows its clusters, through the Kubernetes API of the hub. No credentials are returned.
author:
  - fleetops.eks contributors (@fleetops)
options:
  argocd_namespace:
    description: Namespace that Argo CD runs in.
    type: str
    default: argocd
  server:
    description: Only the registrations of this server. Slashes at the end do not count.
    type: str
extends_documentation_fragment:
  - fleetops.eks.kube.hub
  - fleetops.eks.aws
  - fleetops.eks.attributes.info
"""

EXAMPLES = r"""
- name: List the clusters of a hub
  fleetops.eks.argocd_cluster_info:
    hub_cluster_name: hub

- name: Look for one
  fleetops.eks.argocd_cluster_info:
    hub_cluster_name: hub
    argocd_namespace: gitops
    server: arn:aws:eks:us-east-1:111122223333:cluster/edge
"""

RETURN = r"""
argocd_clusters:
  description: The registrations, by the names of their Secrets.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the cluster at Argo CD.
      type: str
      sample: edge
    server:
      description: URL of its API, or its ARN.
      type: str
      sample: arn:aws:eks:us-east-1:111122223333:cluster/edge
    secret_name:
      description: Name of the Secret.
      type: str
      sample: cluster-edge-5e2b9a41c7
    argocd_namespace:
      description: Namespace of the Secret.
      type: str
      sample: argocd
    labels:
      description: Labels of the Secret.
      type: dict
      sample: {argocd.argoproj.io/secret-type: cluster, environment: prod}
    annotations:
      description: Annotations of the Secret.
      type: dict
      sample: {}
    namespaces:
      description: Namespaces that Argo CD keeps to; empty for all.
      type: list
      elements: str
      sample: []
    cluster_resources:
      description: Whether Argo CD manages objects without namespace where namespaces narrow it.
      type: bool
      sample: false
    project:
      description: The one project that may use it.
      type: str
      sample: platform
    shard:
      description: Its shard.
      type: int
      sample: 0
    skip_reconcile:
      description: Whether Argo CD leaves it alone.
      type: bool
      sample: false
    auth:
      description: How Argo CD signs in; V(aws), V(exec), V(bearer), V(basic), V(certificate), or V(none).
      type: str
      sample: aws
"""

from functools import partial
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._argocd.cluster import to_result, trimmed
from ansible_collections.fleetops.eks.plugins.module_utils._argocd.live import registrations
from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import ParentMissing
from ansible_collections.fleetops.eks.plugins.module_utils._kube.client import KubeClient
from ansible_collections.fleetops.eks.plugins.module_utils._kube.connection import connection
from ansible_collections.fleetops.eks.plugins.module_utils._kube.options import kube_options, kube_rules

HUB = "hub_cluster_name"

SPEC: dict[str, Any] = {
    "argument_spec": {"argocd_namespace": {"type": "str", "default": "argocd"}, "server": {"type": "str"}, **kube_options(HUB), **aws_options()},
    **kube_rules(HUB),
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Return the registrations; in check mode a hub that does not exist yet has none."""
    namespace, server = params["argocd_namespace"], params["server"]
    try:
        states = registrations(KubeClient(partial(connection, params, context.clients, HUB)), namespace)
    except ParentMissing as error:
        if not context.check_mode:
            raise
        return {"changed": False, "argocd_clusters": [], "warnings": [error.message]}
    return {"changed": False, "argocd_clusters": [to_result(state, namespace) for state in states if not server or state.server == trimmed(server)]}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
