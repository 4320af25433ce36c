"""Defaults of Services, addresses and node ports included."""

from __future__ import annotations

import ipaddress
from typing import Any

from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.errors import invalid, invalid_value
from sandbox.kubernetes.field_rules import is_address
from sandbox.kubernetes.kinds import builtin_kind

Object = dict[str, Any]
NETWORK = ipaddress.ip_network("10.100.0.0/16")
NODE_PORTS = range(30000, 32768)
_KEPT = ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "healthCheckNodePort")


def fill(obj: Object) -> Object:
    """Return a Service with the defaults that need nothing but the Service itself."""
    given = obj.get("spec") or {}
    spec: Object = {"sessionAffinity": "None", "type": "ClusterIP", **given}
    if "ports" in given:
        spec["ports"] = [_port(each) for each in given["ports"]]
    if spec["sessionAffinity"] == "ClientIP":
        spec["sessionAffinityConfig"] = {"clientIP": {"timeoutSeconds": 10800, **((spec.get("sessionAffinityConfig") or {}).get("clientIP") or {})}}
    if spec["sessionAffinity"] == "None":
        spec.pop("sessionAffinityConfig", None)
    if spec["type"] != "ExternalName":
        spec.setdefault("internalTrafficPolicy", "Cluster")
    elif not spec.get("clusterIP"):
        spec.pop("clusterIP", None)
    if spec["type"] in ("NodePort", "LoadBalancer"):
        spec.setdefault("externalTrafficPolicy", "Cluster")
    if spec["type"] == "LoadBalancer":
        spec.setdefault("allocateLoadBalancerNodePorts", True)
    return {**obj, "spec": spec, "status": obj.get("status") or {"loadBalancer": {}}}


def allocate(cluster: Cluster, obj: Object, live: Object | None) -> Object:
    """Return a Service with addresses and node ports; what was allocated to the one that it replaces stays."""
    spec, before = obj["spec"], (live or {}).get("spec") or {}
    if spec["type"] != "ExternalName":
        _check_address(cluster, obj, before)
        spec = _addressed(cluster, spec, before)
    elif before:
        spec = {key: value for key, value in spec.items() if key not in _ADDRESSED or value != before.get(key)}
    if spec["type"] in ("NodePort", "LoadBalancer"):
        spec = _exposed(cluster, spec, before)
    return {**obj, "spec": spec}


_ADDRESSED = ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy")


def _check_address(cluster: Cluster, obj: Object, before: Object) -> None:
    """Raise the 422 for an address that a new Service asks for and cannot have."""
    wanted = obj["spec"].get("clusterIP") or ""
    if not is_address(wanted) or wanted == before.get("clusterIP") or (before.get("clusterIP") and before.get("type") != "ExternalName"):
        return
    taken = any(service["spec"].get("clusterIP") == wanted for service in cluster.store.rows(("", "services")))
    why = "provided IP is already allocated" if taken else "the provided network does not match the current range"
    if taken or ipaddress.ip_address(wanted) not in NETWORK:
        cause = invalid_value("spec.clusterIPs", [wanted], f"failed to allocate IP {wanted}: {why}")
        raise invalid(builtin_kind("v1", "Service"), obj["metadata"]["name"], [cause])


def _port(given: Object) -> Object:
    said = {key: value for key, value in given.items() if key != "targetPort" or value not in (0, "")}
    return {"protocol": "TCP", "targetPort": given.get("port"), **said}


def _addressed(cluster: Cluster, spec: Object, before: Object) -> Object:
    kept = {key: before[key] for key in _KEPT if key in before and before.get("type") != "ExternalName"}
    spec = {**kept, **{key: value for key, value in spec.items() if not (key in kept and value in ("", None, []))}}
    address = spec.get("clusterIP") or _free_address(cluster)
    families, policy = (["IPv4", "IPv6"], "RequireDualStack") if address == "None" and not spec.get("selector") else (["IPv4"], "SingleStack")
    return {"clusterIPs": [address], "ipFamilies": families, "ipFamilyPolicy": policy, **spec, "clusterIP": address}


def _free_address(cluster: Cluster) -> str:
    taken = {service["spec"].get("clusterIP") for service in cluster.store.rows(("", "services"))}
    return next(str(address) for address in NETWORK.hosts() if str(address) not in taken)


def _exposed(cluster: Cluster, spec: Object, before: Object) -> Object:
    """Return a spec whose ports have node ports."""
    known = {(port.get("protocol"), port["port"]): port.get("nodePort") for port in before.get("ports") or ()}
    taken = {port.get("nodePort") for service in cluster.store.rows(("", "services")) for port in service["spec"].get("ports") or ()}
    free = iter(port for port in NODE_PORTS if port not in taken)
    ports = [
        port if port.get("nodePort") else {**port, "nodePort": known.get((port["protocol"], port["port"])) or next(free)} for port in spec.get("ports") or ()
    ]
    return {**spec, "ports": ports}
