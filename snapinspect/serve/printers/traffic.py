"""Services and what leads to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snapinspect.serve.printers.values import NONE, UNSET, age, dig, first_of, items, labels, mapping, selector, text

if TYPE_CHECKING:
    from snapinspect.model import Body


def service(body: Body, now: int) -> list[Any]:
    spec = mapping(body.get("spec"))
    addresses = items(spec.get("clusterIPs"))
    address = str(addresses[0]) if addresses else text(spec, "clusterIP")
    ports = ",".join(_port(mapping(each)) for each in items(spec.get("ports"))) or NONE
    return [
        text(spec, "type"),
        address or NONE,
        _external(body, spec),
        ports,
        age(body, now),
        labels(spec.get("selector")),
    ]


def _port(port: Body) -> str:
    node = f":{port['nodePort']}" if port.get("nodePort") else ""
    return f"{text(port, 'port')}{node}/{text(port, 'protocol')}"


def _external(body: Body, spec: Body) -> str:
    given = [str(each) for each in items(spec.get("externalIPs"))]
    kind = spec.get("type")
    if kind == "ExternalName":
        return text(spec, "externalName")
    if kind != "LoadBalancer":
        return ",".join(given) or NONE
    balanced = _balancer(body)
    if given:
        return ",".join([*([balanced] if balanced else []), *given])
    return balanced or "<pending>"


def _balancer(body: Body) -> str:
    found = [mapping(each) for each in items(dig(body, "status", "loadBalancer", "ingress"))]
    return ",".join(sorted({text(each, "ip") or text(each, "hostname") for each in found}))


def ingress(body: Body, now: int) -> list[Any]:
    spec = mapping(body.get("spec"))
    hosts = [text(each, "host") for each in items(spec.get("rules")) if text(each, "host")]
    ports = "80, 443" if items(spec.get("tls")) else "80"
    name = spec.get("ingressClassName")
    return [
        text(spec, "ingressClassName") if name else NONE,
        first_of(hosts, 3) if hosts else "*",
        _balancer(body),
        ports,
        age(body, now),
    ]


def ingress_class(body: Body, now: int) -> list[Any]:
    given = mapping(dig(body, "spec", "parameters"))
    shown = NONE
    if given:
        group = f".{given['apiGroup']}" if given.get("apiGroup") else ""
        shown = f"{text(given, 'kind')}{group}/{text(given, 'name')}"
    return [text(body, "spec", "controller"), shown, age(body, now)]


def network_policy(body: Body, now: int) -> list[Any]:
    return [selector(dig(body, "spec", "podSelector")), age(body, now)]


def endpoints(body: Body, now: int) -> list[Any]:
    found: list[str] = []
    for subset in map(mapping, items(body.get("subsets"))):
        ready = [text(each, "ip") for each in items(subset.get("addresses"))]
        ports = [mapping(each) for each in items(subset.get("ports"))]
        found += [_joined(ip, port) for port in ports for ip in ready] if ports else ready
    return [first_of(found, 3), age(body, now)]


def _joined(address: str, port: Body) -> str:
    host = f"[{address}]" if ":" in address else address
    return f"{host}:{text(port, 'port')}"


def endpoint_slice(body: Body, now: int) -> list[Any]:
    ports = [text(each, "port") or "*" for each in items(body.get("ports"))]
    ready = [str(each) for one in items(body.get("endpoints")) for each in items(mapping(one).get("addresses"))]
    return [
        text(body, "addressType"),
        first_of(ports, 3) if ports else UNSET,
        first_of(ready, 3) if ready else UNSET,
        age(body, now),
    ]


def service_cidr(body: Body, now: int) -> list[Any]:
    return [",".join(map(str, items(dig(body, "spec", "cidrs")))), age(body, now)]


def ip_address(body: Body, _now: int) -> list[Any]:
    parent = mapping(dig(body, "spec", "parentRef"))
    return ["/".join(filter(None, (text(parent, part) for part in ("group", "resource", "namespace", "name"))))]


PRINTERS = {
    ("", "Service"): service,
    ("", "Endpoints"): endpoints,
    ("discovery.k8s.io", "EndpointSlice"): endpoint_slice,
    ("networking.k8s.io", "Ingress"): ingress,
    ("networking.k8s.io", "IngressClass"): ingress_class,
    ("networking.k8s.io", "NetworkPolicy"): network_policy,
    ("networking.k8s.io", "ServiceCIDR"): service_cidr,
    ("networking.k8s.io", "IPAddress"): ip_address,
}
