"""What Services, Ingresses and NetworkPolicies must be like."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sandbox.kubernetes import names
from sandbox.kubernetes.container_rules import PROTOCOLS
from sandbox.kubernetes.errors import Cause, forbidden_field, invalid_value, not_supported, required, shown
from sandbox.kubernetes.field_rules import chosen, is_address, label_selector, network, port

Object = dict[str, Any]
_SERVICE_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_NO_ADDRESS = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
_NO_NETWORK = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")


def service(obj: Object) -> list[Cause]:
    spec = obj["spec"]
    causes: list[Cause] = []
    named = spec["type"] == "ExternalName"
    if not spec.get("ports") and not named and spec.get("clusterIP") != "None":
        causes.append(required("spec.ports"))
    if named:
        causes += _external_name(spec.get("externalName", ""))
    ports = spec.get("ports") or []
    for index, each in enumerate(ports):
        causes += _service_port(each, f"spec.ports[{index}]", len(ports) > 1)
    causes += _repeated_ports(ports)
    causes += chosen(spec, "sessionAffinity", ("ClientIP", "None"), "spec")
    if spec["type"] not in _SERVICE_TYPES:
        causes.append(not_supported("spec.type", spec["type"], _SERVICE_TYPES))
    for index, address in enumerate(() if named else spec.get("clusterIPs") or ()):
        if address not in ("", "None") and not is_address(address):
            causes.append(invalid_value(f"spec.clusterIPs[{index}]", address, _NO_ADDRESS))
    if spec["type"] not in ("NodePort", "LoadBalancer") and spec.get("externalTrafficPolicy") and not spec.get("externalIPs"):
        causes.append(invalid_value("spec.externalTrafficPolicy", spec["externalTrafficPolicy"], "may only be set for externally-accessible services"))
    return causes


def _external_name(name: str) -> Iterator[Cause]:
    if not name:
        yield required("spec.externalName")
    else:
        yield from (invalid_value("spec.externalName", name, text) for text in names.subdomain(name))


def _service_port(given: Object, at: str, needs_name: bool) -> Iterator[Cause]:
    if given.get("name"):
        yield from (invalid_value(f"{at}.name", given["name"], text) for text in names.label(given["name"]))
    elif needs_name:
        yield required(f"{at}.name")
    yield from port(given.get("port", 0), f"{at}.port")
    if given.get("protocol", "TCP") not in PROTOCOLS:
        yield not_supported(f"{at}.protocol", given["protocol"], PROTOCOLS)
    yield from port(given.get("targetPort"), f"{at}.targetPort")


def _repeated_ports(ports: list[Object]) -> Iterator[Cause]:
    """Yield the names and the pairs of port and protocol that were there before; the pair is shown as the server's internal form."""
    names_seen: set[str] = set()
    for index, each in enumerate(ports):
        if each.get("name") in names_seen:
            yield Cause("FieldValueDuplicate", f"spec.ports[{index}].name", f"Duplicate value: {shown(each['name'])}")
        names_seen |= {each["name"]} if each.get("name") else set()
    pairs: set[tuple[str, int]] = set()
    for index, each in enumerate(ports):
        pair = (each.get("protocol", "TCP"), each.get("port", 0))
        if pair in pairs:
            form = {"Name": "", "Protocol": pair[0], "AppProtocol": None, "Port": pair[1], "TargetPort": 0, "NodePort": 0}
            yield Cause("FieldValueDuplicate", f"spec.ports[{index}]", f"Duplicate value: {json.dumps(form, separators=(',', ':'))}")
        pairs.add(pair)


def service_status(obj: Object) -> Iterator[Cause]:
    if obj["spec"].get("type") != "LoadBalancer" and ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress"):
        yield forbidden_field("status.loadBalancer.ingress", "may only be used when `spec.type` is 'LoadBalancer'")


def moved(live: Object, new: Object) -> Iterator[Cause]:
    """Yield that an update gives a Service another address."""
    before, after = live["spec"], new["spec"]
    old, changed = before.get("clusterIPs") or [], after.get("clusterIPs") or []
    if "ExternalName" not in (before["type"], after["type"]) and old and old[0] and changed[:1] != old[:1]:
        yield invalid_value("spec.clusterIPs[0]", changed, "may not change once set")


def ingress(obj: Object) -> list[Cause]:
    spec = obj.get("spec") or {}
    causes = []
    if not spec.get("rules") and spec.get("defaultBackend") is None:
        causes.append(invalid_value("spec", None, "either `defaultBackend` or `rules` must be specified"))
    if spec.get("defaultBackend") is not None:
        causes += _backend(spec["defaultBackend"], "spec.defaultBackend")
    for index, rule in enumerate(spec.get("rules") or ()):
        causes += _rule(rule, f"spec.rules[{index}]")
    return causes


def _rule(rule: Object, at: str) -> Iterator[Cause]:
    host = rule.get("host", "")
    if host and is_address(host):
        yield invalid_value(f"{at}.host", host, "must be a DNS name, not an IP address")
    elif host and "*" not in host:
        yield from (invalid_value(f"{at}.host", host, text) for text in names.subdomain(host))
    for index, path in enumerate((rule.get("http") or {}).get("paths") or ()):
        yield from _path(path, f"{at}.http.paths[{index}]")


def _path(given: Object, at: str) -> Iterator[Cause]:
    kind, path = given.get("pathType"), given.get("path", "")
    if kind is None:
        yield required(f"{at}.pathType", "pathType must be specified")
    elif kind not in _PATH_TYPES:
        yield not_supported(f"{at}.pathType", kind, _PATH_TYPES)
    elif not path.startswith("/") and (path or kind != "ImplementationSpecific"):
        yield invalid_value(f"{at}.path", path, "must be an absolute path")
    yield from _backend(given.get("backend") or {}, f"{at}.backend")


def _backend(backend: Object, at: str) -> Iterator[Cause]:
    found = backend.get("service")
    if found is None:
        if backend.get("resource") is None:
            yield invalid_value(at, "", "resource or service backend is required")
        return
    if backend.get("resource") is not None:
        yield invalid_value(at, "", "cannot set both resource and service backends")
    name, target = found.get("name", ""), found.get("port") or {}
    if not name:
        yield required(f"{at}.service.name")
    yield from (invalid_value(f"{at}.service.name", name, text) for text in (names.label(name) if name else ()))
    if target.get("name") and target.get("number"):
        yield invalid_value(at, "", "cannot set both port name & port number")
    elif not target.get("name") and not target.get("number"):
        yield required(at, "port name or number is required")
    else:
        yield from (invalid_value(f"{at}.service.port.name", target["name"], text) for text in (names.port_name(target["name"]) if target.get("name") else ()))
        yield from port(target.get("number") or 1, f"{at}.service.port.number")


def network_policy(obj: Object) -> list[Cause]:
    spec = obj.get("spec") or {}
    causes = list(label_selector(spec.get("podSelector") or {}, "spec.podSelector"))
    for way, peers in (("ingress", "from"), ("egress", "to")):
        for index, rule in enumerate(spec.get(way) or ()):
            at = f"spec.{way}[{index}]"
            for place, each in enumerate(rule.get("ports") or ()):
                causes += _policy_port(each, f"{at}.ports[{place}]")
            for place, each in enumerate(rule.get(peers) or ()):
                causes += _peer(each, f"{at}.{peers}[{place}]")
    for index, kind in enumerate(spec.get("policyTypes") or ()):
        if kind not in ("Ingress", "Egress"):
            causes.append(not_supported(f"spec.policyTypes[{index}]", kind, ("Ingress", "Egress"), in_order=True))
    return causes


def _policy_port(given: Object, at: str) -> Iterator[Cause]:
    number, end = given.get("port"), given.get("endPort")
    yield from chosen(given, "protocol", ("TCP", "UDP", "SCTP"), at, in_order=True)
    if isinstance(number, str):
        yield from (invalid_value(f"{at}.port", number, text) for text in names.port_name(number))
    yield from port(number, f"{at}.port")
    if end is None:
        return
    if number is None:
        yield invalid_value(f"{at}.endPort", end, "may not be specified when `port` is not specified")
    elif isinstance(number, str):
        yield invalid_value(f"{at}.endPort", end, "may not be specified when `port` is non-numeric")
    elif end < number:
        yield invalid_value(f"{at}.endPort", number, "must be greater than or equal to `port`")


def _peer(peer: Object, at: str) -> Iterator[Cause]:
    if not peer:
        yield required(at, "must specify a peer")
    for key in ("podSelector", "namespaceSelector"):
        yield from label_selector(peer.get(key) or {}, f"{at}.{key}")
    block = peer.get("ipBlock")
    if block is not None:
        yield from _block(block, f"{at}.ipBlock")
        if len(peer) > 1:
            yield forbidden_field(at, "may not specify both ipBlock and another peer")


def _block(block: Object, at: str) -> Iterator[Cause]:
    text = block.get("cidr", "")
    whole = network(text)
    if not text:
        yield required(f"{at}.cidr")
    elif whole is None:
        yield invalid_value(f"{at}.cidr", text, _NO_NETWORK)
    for index, each in enumerate(block.get("except") or ()):
        part = network(each)
        if part is None:
            yield invalid_value(f"{at}.except[{index}]", each, _NO_NETWORK)
        elif whole is not None and not (part.version == whole.version and part != whole and part.subnet_of(whole)):
            yield invalid_value(f"{at}.except[{index}]", each, "must be a strict subset of `cidr`")
