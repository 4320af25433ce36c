"""The Service `kubernetes` in the namespace `default`, which the API server keeps for itself, with where it leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.kubernetes.cluster import Cluster

Object = dict[str, Any]
NAME = "kubernetes"
NAMESPACE = "default"
# The first address of the network that Services get theirs from.
CLUSTER_IP = "10.100.0.1"
# EKS has two network interfaces of its control plane in the cluster's subnets.
ADDRESSES = ("10.0.0.10", "10.0.64.10")
_PORT = {"name": "https", "port": 443, "protocol": "TCP"}
_SERVICE = {
    "clusterIP": CLUSTER_IP,
    "clusterIPs": [CLUSTER_IP],
    "internalTrafficPolicy": "Cluster",
    "ipFamilies": ["IPv4"],
    "ipFamilyPolicy": "SingleStack",
    "ports": [{**_PORT, "targetPort": 443}],
    "sessionAffinity": "None",
    "type": "ClusterIP",
}
_SUBSETS = [{"addresses": [{"ip": address} for address in ADDRESSES], "ports": [_PORT]}]
_ENDPOINTS = [{"addresses": [address], "conditions": {"ready": True}} for address in ADDRESSES]


def provide(cluster: Cluster) -> None:
    """Make what is missing of the Service, its Endpoints and its EndpointSlice."""
    labels = {"component": "apiserver", "provider": "kubernetes"}
    cluster.make("v1", "Service", NAME, NAMESPACE, metadata={"labels": labels}, spec=_SERVICE, status={"loadBalancer": {}})
    mirrored = {"endpointslice.kubernetes.io/skip-mirror": "true"}
    cluster.make("v1", "Endpoints", NAME, NAMESPACE, metadata={"labels": mirrored}, subsets=_SUBSETS)
    served = {"labels": {"kubernetes.io/service-name": NAME}, "generation": 1}
    cluster.make("discovery.k8s.io/v1", "EndpointSlice", NAME, NAMESPACE, metadata=served, addressType="IPv4", endpoints=_ENDPOINTS, ports=[_PORT])
