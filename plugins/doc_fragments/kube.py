# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a task says which Kubernetes API it talks to; mirrors module_utils/_kube/options.py."""

from __future__ import annotations


class ModuleDocFragment:
    """The options of kube_options; HUB for modules that talk to the cluster that runs Argo CD."""

    DOCUMENTATION = r"""
options:
  cluster_name:
    description:
      - Name of the EKS cluster. Its address and CA come from DescribeCluster, unless O(host) and O(ca_data) give them; the token is signed with
        the task's AWS credentials.
      - One of O(cluster_name), O(host) and O(kubeconfig) says where the API is; without any, the default kubeconfig does.
    type: str
  kubeconfig:
    description: Kubeconfig file. E(KUBECONFIG) or C(~/.kube/config) where no option says where the API is. Needs the Python package C(kubernetes).
    type: path
  context:
    description: Context of the kubeconfig; its current one where not set.
    type: str
  host:
    description: URL of the API.
    type: str
  api_key:
    description: Bearer token, for O(host).
    type: str
  ca_cert:
    description: File with the API's certificate authority, in PEM.
    type: path
    aliases: [ssl_ca_cert]
  ca_data:
    description: The certificate authority itself, as PEM or as base64 of PEM, the way EKS gives it.
    type: str
"""

    HUB = r"""
options:
  hub_cluster_name:
    description:
      - Name of the EKS cluster that runs Argo CD, or that has the Argo CD capability. Its address and CA come from DescribeCluster, unless O(host)
        and O(ca_data) give them; the token is signed with the task's AWS credentials.
      - O(region), O(profile) and the other AWS options are those of the hub.
      - One of O(hub_cluster_name), O(host) and O(kubeconfig) says where the hub's API is; without any, the default kubeconfig does.
    type: str
  kubeconfig:
    description: Kubeconfig file of the hub. E(KUBECONFIG) or C(~/.kube/config) where no option says where the API is. Needs the Python package C(kubernetes).
    type: path
  context:
    description: Context of the kubeconfig; its current one where not set.
    type: str
  host:
    description: URL of the hub's API.
    type: str
  api_key:
    description: Bearer token for the hub, for O(host).
    type: str
  ca_cert:
    description: File with the certificate authority of the hub's API, in PEM.
    type: path
    aliases: [ssl_ca_cert]
  ca_data:
    description: The certificate authority itself, as PEM or as base64 of PEM, the way EKS gives it.
    type: str
"""
