"""Services, endpoints, ingresses and the rest of networking."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.kubernetes.printers.cells import AGE, NAME, Column, Object, at, field, first_few, listed, pairs, selector, wide


def _ports(service: Object, now: float) -> str:
    shown = [
        f"{port['port']}{':' + str(port['nodePort']) if port.get('nodePort') else ''}/{port.get('protocol', 'TCP')}" for port in at(service, "spec.ports", [])
    ]
    return ",".join(shown) or "<none>"


def _external(service: Object, now: float) -> str:
    kind, given = at(service, "spec.type"), at(service, "spec.externalIPs", [])
    if kind == "ExternalName":
        return str(at(service, "spec.externalName", ""))
    if kind != "LoadBalancer":
        return listed(given) or "<none>"
    found = _balancer(service)
    return ",".join([*([found] if found else []), *given]) or "<pending>"


def _balancer(obj: Object) -> str:
    return ",".join(sorted({each.get("ip") or each.get("hostname") or "" for each in at(obj, "status.loadBalancer.ingress", ())} - {""}))


def _endpoints(endpoints: Object, now: float) -> str:
    return first_few(_addresses(endpoints)) or "<none>"


def _addresses(endpoints: Object) -> Iterator[str]:
    for subset in endpoints.get("subsets") or ():
        if not subset.get("ports"):
            yield from (each["ip"] for each in subset.get("addresses") or ())
        for port in subset.get("ports") or ():
            yield from (f"[{each['ip']}]:{port['port']}" if ":" in each["ip"] else f"{each['ip']}:{port['port']}" for each in subset.get("addresses") or ())


def _slice_ports(found: Object, now: float) -> str:
    ports = found.get("ports") or []
    return first_few(str(each.get("port", "*")) for each in ports) if ports else "<unset>"


def _slice_endpoints(found: Object, now: float) -> str:
    return first_few(each for endpoint in found.get("endpoints") or () for each in endpoint.get("addresses") or ()) or "<unset>"


def _hosts(ingress: Object, now: float) -> str:
    hosts = list(dict.fromkeys(each["host"] for each in at(ingress, "spec.rules", ()) if each.get("host")))
    return first_few(hosts) or "*"


def _ingress_ports(ingress: Object, now: float) -> str:
    return "80, 443" if at(ingress, "spec.tls") else "80"


def _parameters(found: Object, now: float) -> str:
    given = at(found, "spec.parameters")
    if not given:
        return "<none>"
    return f"{given['kind']}{'.' + given['apiGroup'] if given.get('apiGroup') else ''}/{given['name']}"


def _parent(address: Object, now: float) -> str:
    parent = at(address, "spec.parentRef") or {}
    words = [parent.get(key) for key in ("resource", "group")]
    return "/".join([".".join(word for word in words if word), *(parent[key] for key in ("namespace", "name") if parent.get(key))])


TABLES: dict[tuple[str, str], tuple[Column, ...]] = {
    ("", "services"): (
        NAME,
        Column("Type", field("spec.type")),
        Column("Cluster-IP", field("spec.clusterIP", "<none>")),
        Column("External-IP", _external),
        Column("Port(s)", _ports),
        AGE,
        wide("Selector", lambda obj, now: pairs(at(obj, "spec.selector"))),
    ),
    ("", "endpoints"): (NAME, Column("Endpoints", _endpoints), AGE),
    ("discovery.k8s.io", "endpointslices"): (
        NAME,
        Column("AddressType", field("addressType")),
        Column("Ports", _slice_ports),
        Column("Endpoints", _slice_endpoints),
        AGE,
    ),
    ("networking.k8s.io", "ingressclasses"): (NAME, Column("Controller", field("spec.controller")), Column("Parameters", _parameters), AGE),
    ("networking.k8s.io", "ingresses"): (
        NAME,
        Column("Class", field("spec.ingressClassName", "<none>")),
        Column("Hosts", _hosts),
        Column("Address", lambda obj, now: _balancer(obj)),
        Column("Ports", _ingress_ports),
        AGE,
    ),
    ("networking.k8s.io", "networkpolicies"): (NAME, Column("Pod-Selector", lambda obj, now: selector(at(obj, "spec.podSelector"))), AGE),
    ("networking.k8s.io", "servicecidrs"): (NAME, Column("CIDRs", lambda obj, now: listed(at(obj, "spec.cidrs", ()))), AGE),
    ("networking.k8s.io", "ipaddresses"): (NAME, Column("ParentRef", _parent)),
}
