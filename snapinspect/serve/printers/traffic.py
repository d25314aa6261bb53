"""Services and what leads to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snapinspect.serve.printers.values import (
    NONE,
    UNKNOWN,
    UNSET,
    age,
    dig,
    first_of,
    given,
    in_group,
    items,
    labels,
    mapping,
    selector,
    text,
)

if TYPE_CHECKING:
    from snapinspect.model import Body

_MOST = 3
"""Hosts that are shown."""


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
    external = [str(each) for each in items(spec.get("externalIPs"))]
    kind = text(spec, "type")
    if kind == "ExternalName":
        return text(spec, "externalName")
    if kind in {"ClusterIP", "NodePort"}:
        return ",".join(external) or NONE
    if kind != "LoadBalancer":
        return UNKNOWN
    balanced = _balancer(body)
    if external:
        return ",".join([*([balanced] if balanced else []), *external])
    return balanced or "<pending>"


def _balancer(body: Body) -> str:
    found = [mapping(each) for each in items(dig(body, "status", "loadBalancer", "ingress"))]
    return ",".join(sorted({text(each, "ip") or text(each, "hostname") for each in found} - {""}))


def ingress(body: Body, now: int) -> list[Any]:
    spec = mapping(body.get("spec"))
    ports = "80, 443" if items(spec.get("tls")) else "80"
    return [
        given(spec, "ingressClassName", other=NONE),
        _hosts(items(spec.get("rules"))),
        _balancer(body),
        ports,
        age(body, now),
    ]


def _hosts(rules: list[Any]) -> str:
    """The first hosts; the rest is counted by rules, with a host or without."""
    shown: list[str] = []
    for rule in rules:
        if len(shown) == _MOST:
            return f"{','.join(shown)} + {len(rules) - _MOST} more..."
        if host := text(rule, "host"):
            shown.append(host)
    return ",".join(shown) or "*"


def ingress_class(body: Body, now: int) -> list[Any]:
    meant = mapping(dig(body, "spec", "parameters"))
    shown = NONE
    if meant:
        group = f".{meant['apiGroup']}" if meant.get("apiGroup") is not None else ""
        shown = f"{text(meant, 'kind')}{group}/{text(meant, 'name')}"
    return [text(body, "spec", "controller"), shown, age(body, now)]


def network_policy(body: Body, now: int) -> list[Any]:
    return [selector(dig(body, "spec", "podSelector")), age(body, now)]


def endpoints(body: Body, now: int) -> list[Any]:
    found: list[str] = []
    subsets = items(body.get("subsets"))
    for subset in map(mapping, subsets):
        ready = [text(each, "ip") for each in items(subset.get("addresses"))]
        ports = [mapping(each) for each in items(subset.get("ports"))]
        found += [_joined(ip, port) for port in ports for ip in ready] if ports else ready
    return [first_of(found) if subsets else NONE, age(body, now)]


def _joined(address: str, port: Body) -> str:
    host = f"[{address}]" if ":" in address else address
    return f"{host}:{text(port, 'port')}"


def endpoint_slice(body: Body, now: int) -> list[Any]:
    ports = [given(each, "port", other=given(each, "name", other="*")) for each in items(body.get("ports"))]
    ready = [str(each) for one in items(body.get("endpoints")) for each in items(mapping(one).get("addresses"))]
    return [
        text(body, "addressType"),
        first_of(ports) or UNSET,
        first_of(ready) or UNSET,
        age(body, now),
    ]


def service_cidr(body: Body, now: int) -> list[Any]:
    return [",".join(map(str, items(dig(body, "spec", "cidrs")))), age(body, now)]


def ip_address(body: Body, now: int) -> list[Any]:
    parent = mapping(dig(body, "spec", "parentRef"))
    resource = in_group(text(parent, "resource"), text(parent, "group"))
    named = "/".join(filter(None, (resource, text(parent, "namespace"), text(parent, "name"))))
    return [named if parent else NONE, age(body, now)]


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
