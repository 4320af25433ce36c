# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a Kubernetes API is and who calls it, from a task's options.

An EKS cluster's address and CA come from DescribeCluster, unless the task gives them; its token is made without a call. A kubeconfig is read by the
`kubernetes` package, which is imported for nothing else: it costs 0.3 s, and botocore brings an HTTP client already.
"""

from __future__ import annotations

import base64
import binascii
import pathlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.clients import Clients
from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import missing_is_none, speaking
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import FleetopsError, ParentMissing, Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._eks.token import bearer_token


@dataclass(frozen=True)
class Connection:
    """An API's address, its CA as PEM text (None = the machine's own), and the caller's credentials.

    label: what messages call it (`cluster edge`).
    """

    host: str
    label: str
    ca_pem: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    verify: bool = True
    cert_file: str | None = None
    key_file: str | None = None
    server_name: str | None = None
    proxy: str | None = None
    eks_cluster: str | None = None


@dataclass(frozen=True)
class Endpoint:
    """An EKS cluster's address and CA (base64 of PEM)."""

    host: str
    ca_data: str


def connection(params: Mapping[str, Any], clients: Clients, cluster: str = "cluster_name") -> Connection:
    """Return where the task's API is; `cluster` names the option that names an EKS cluster."""
    if params.get(cluster):
        return _eks(params, clients, params[cluster])
    return _given(params) if params.get("host") else _kubeconfig(params.get("kubeconfig"), params.get("context"))


def endpoint(clients: Clients, cluster: str) -> Endpoint:
    """Return the address and CA of an EKS cluster; ParentMissing when there is none yet, or no such cluster."""
    with speaking(f"describe cluster {cluster}"):
        found = _describe(clients("eks"), cluster)
    if found is None:
        raise ParentMissing(
            f"Cluster {cluster} does not exist in region {clients.region}.", remedy="Create it first, or correct the cluster's name, region or profile."
        )
    if not found.get("endpoint") or not (found.get("certificateAuthority") or {}).get("data"):
        raise ParentMissing(f"Cluster {cluster} has no API endpoint yet: its status is {found.get('status')}.", remedy="Wait until it is ACTIVE.")
    return Endpoint(found["endpoint"], found["certificateAuthority"]["data"])


def pem(ca_data: str) -> str:
    """Return a certificate authority as PEM text; `ca_data` is that, or its base64, as EKS and kubeconfigs have it."""
    if "-----BEGIN" in ca_data:
        return ca_data
    try:
        return base64.b64decode(ca_data, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Refusal("ca_data is neither PEM nor base64 of PEM.", remedy="Give certificateAuthority.data of the cluster.", fields=("ca_data",)) from error


@missing_is_none("ResourceNotFoundException")
def _describe(eks: Any, cluster: str) -> dict[str, Any] | None:
    return eks.describe_cluster(name=cluster)["cluster"]


def _eks(params: Mapping[str, Any], clients: Clients, cluster: str) -> Connection:
    ca = _ca(params)
    if params.get("host") and ca:
        host = params["host"]
    else:
        found = endpoint(clients, cluster)
        host, ca = params.get("host") or found.host, ca or pem(found.ca_data)
    return Connection(host=host, label=f"cluster {cluster}", ca_pem=ca, headers=_bearer(bearer_token(clients, cluster).value), eks_cluster=cluster)


def _given(params: Mapping[str, Any]) -> Connection:
    return Connection(host=params["host"], label=params["host"], ca_pem=_ca(params), headers=_bearer(params["api_key"]) if params.get("api_key") else {})


def _ca(params: Mapping[str, Any]) -> str | None:
    if params.get("ca_data"):
        return pem(params["ca_data"])
    if not params.get("ca_cert"):
        return None
    try:
        return pathlib.Path(params["ca_cert"]).read_text(encoding="utf-8")
    except OSError as error:
        raise Refusal(
            f"Cannot read ca_cert {params['ca_cert']}: {error.strerror}.", remedy="Name a PEM file of the controller.", fields=("ca_cert",)
        ) from error


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _kubeconfig(path: str | None, context: str | None) -> Connection:
    """Return what a kubeconfig says (default: KUBECONFIG, then ~/.kube/config), credential commands included."""
    try:
        import kubernetes.client
        import kubernetes.config
    except ImportError as error:
        raise FleetopsError(
            "Reading a kubeconfig needs the Python package kubernetes.", remedy="Install it where the task runs, or give cluster_name or host."
        ) from error
    configuration = kubernetes.client.Configuration()
    try:
        kubernetes.config.load_kube_config(config_file=path, context=context, client_configuration=configuration)
    except (kubernetes.config.ConfigException, OSError) as error:
        where = path or "the default kubeconfig"
        raise FleetopsError(
            f"Could not read {where}{f', context {context}' if context else ''}: {error}.",
            remedy="Give cluster_name, host, or a kubeconfig that has the context.",
        ) from error
    return _from_configuration(configuration, context or path or "the kubeconfig's current context")


def _from_configuration(configuration: Any, label: str) -> Connection:
    ca = configuration.ssl_ca_cert
    return Connection(
        host=configuration.host,
        label=label,
        ca_pem=pathlib.Path(ca).read_text(encoding="utf-8") if ca else None,
        headers=_authorization(configuration),
        verify=bool(configuration.verify_ssl),
        cert_file=configuration.cert_file,
        key_file=configuration.key_file,
        server_name=configuration.tls_server_name,
        proxy=configuration.proxy,
    )


def _authorization(configuration: Any) -> dict[str, str]:
    if configuration.api_key:
        return {"Authorization": next(iter(configuration.api_key.values()))}
    return {"Authorization": configuration.get_basic_auth_token()} if configuration.username else {}
