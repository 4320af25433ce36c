# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to reach the Kubernetes API of an EKS cluster, for modules of kubernetes.core."""

from __future__ import annotations

DOCUMENTATION = r"""
name: cluster_auth
short_description: Address, token and CA of an EKS cluster's Kubernetes API
version_added: 0.1.0
author:
  - fleetops.eks contributors (@fleetops)
description:
  - Returns what the modules of kubernetes.core need to talk to an EKS cluster, without the AWS CLI and without a kubeconfig.
  - The token is signed here with the AWS credentials of the run; the only call is DescribeCluster.
  - The token is a secret. It works for 14 minutes; keep the lookup in a variable or in C(module_defaults), which evaluate it for each task,
    and not in C(set_fact), which keeps one token and shows it.
options:
  _terms:
    description: Names of clusters.
    type: list
    elements: str
    required: true
  region:
    description: AWS region of the clusters.
    type: str
    env:
      - name: AWS_REGION
      - name: AWS_DEFAULT_REGION
  profile:
    description: Profile of the AWS configuration that gives credentials.
    type: str
    env:
      - name: AWS_PROFILE
      - name: AWS_DEFAULT_PROFILE
  access_key:
    description: AWS access key id. The environment, the profile or the machine's role gives it where it is not set.
    type: str
  secret_key:
    description: AWS secret access key.
    type: str
  session_token:
    description: Session token of temporary credentials.
    type: str
  endpoint_url:
    description: URL of another endpoint than AWS's own, for example a simulator. E(AWS_ENDPOINT_URL) works as well.
    type: str
    env:
      - name: AWS_URL
  validate_certs:
    description: Whether the certificate of the AWS endpoint is checked.
    type: bool
    default: true
  aws_ca_bundle:
    description: File of certificate authorities to check it with.
    type: path
    env:
      - name: AWS_CA_BUNDLE
notes:
  - The CA is public. It is written to a file named after its content, below E(XDG_CACHE_HOME) or C(~/.cache), because kubernetes.core takes it as a file.
"""

EXAMPLES = r"""
- name: Read the nodes of a cluster
  vars:
    auth: "{{ lookup('fleetops.eks.cluster_auth', 'edge', region='eu-central-1') }}"
  kubernetes.core.k8s_info:
    host: "{{ auth.host }}"
    api_key: "{{ auth.api_key }}"
    ca_cert: "{{ auth.ca_cert }}"
    kind: Node

- name: Use a cluster for all tasks of kubernetes.core in a play
  hosts: eks_clusters
  connection: local
  gather_facts: false
  vars:
    kube: "{{ lookup('fleetops.eks.cluster_auth', eks_cluster_name, region=eks_cluster_region, profile=eks_cluster_profile) }}"
  module_defaults:
    group/kubernetes.core.k8s:
      host: "{{ kube.host }}"
      api_key: "{{ kube.api_key }}"
      ca_cert: "{{ kube.ca_cert }}"
  tasks:
    - name: Make a namespace
      kubernetes.core.k8s:
        api_version: v1
        kind: Namespace
        name: team-a
"""

RETURN = r"""
_raw:
  description: One dictionary for each cluster. Treat it as a secret.
  type: list
  elements: dict
  contains:
    host:
      description: URL of the API.
      type: str
      sample: https://0123456789ABCDEF.gr7.eu-central-1.eks.amazonaws.com
    api_key:
      description: The bearer token.
      type: str
      sample: k8s-aws-v1.aHR0cHM6Ly9zdHMuZXUtY2VudHJhbC0xLmFtYXpvbmF3cy5jb20v
    ca_cert:
      description: Path of a file with the CA, in PEM.
      type: str
      sample: /home/deploy/.cache/fleetops.eks/ca/3f1c0a9d5b7e2468.pem
    ca_data:
      description: The CA as base64 of PEM, as EKS gives it.
      type: str
      sample: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t
    expires:
      description: When the token stops working, in UTC.
      type: str
      sample: "2026-01-01T12:14:00+00:00"
"""

from typing import Any

from ansible import constants as C
from ansible.errors import AnsibleLookupError
from ansible.module_utils.basic import missing_required_lib
from ansible.plugins.lookup import LookupBase
from ansible_collections.fleetops.eks.plugins.module_utils._aws.clients import HAS_BOTOCORE, Clients
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import FleetopsError
from ansible_collections.fleetops.eks.plugins.module_utils._eks.token import bearer_token
from ansible_collections.fleetops.eks.plugins.module_utils._kube.connection import endpoint, pem
from ansible_collections.fleetops.eks.plugins.plugin_utils.ca_files import ca_file

OPTIONS = ("region", "profile", "access_key", "secret_key", "session_token", "endpoint_url", "validate_certs", "aws_ca_bundle")


class LookupModule(LookupBase):
    """lookup('fleetops.eks.cluster_auth', 'edge', region='eu-central-1')."""

    def run(self, terms: list[str], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[dict[str, Any]]:
        self.set_options(var_options=variables, direct=kwargs)
        if not HAS_BOTOCORE:
            raise AnsibleLookupError(missing_required_lib("boto3 and botocore"))
        clients = Clients({name: self.get_option(name) for name in OPTIONS})
        try:
            return [_auth(clients, str(term)) for term in terms]
        except FleetopsError as error:
            raise AnsibleLookupError(str(error)) from error


def _auth(clients: Clients, cluster: str) -> dict[str, Any]:
    found = endpoint(clients, cluster)
    token = bearer_token(clients, cluster)
    return {
        "host": found.host,
        "api_key": token.value,
        "ca_cert": str(ca_file(pem(found.ca_data), fallback=C.DEFAULT_LOCAL_TMP)),
        "ca_data": found.ca_data,
        "expires": token.expires.isoformat(timespec="seconds"),
    }
