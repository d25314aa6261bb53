"""Services and what leads to them, with their cells."""

from __future__ import annotations

from typing import Any

from vector_pieces import AGE, CHOSEN, CHOSEN_TEXT


def balanced(*addresses: dict[str, str]) -> dict[str, Any]:
    return {"loadBalancer": {"ingress": list(addresses)}}


SERVICE = {"clusterIP": "10.9.8.7", "clusterIPs": ["10.9.8.7"], "ports": [{"port": 53, "protocol": "UDP"}]}
HOSTS = [{"host": host} for host in ("a.io", "b.io", "c.io", "d.io", "e.io")]
TRAFFIC: list[Any] = [
    (
        "v1",
        "Service",
        {"spec": {**SERVICE, "type": "ClusterIP", "selector": {"foo": "bar"}}},
        ["ClusterIP", "10.9.8.7", "<none>", "53/UDP", AGE, "foo=bar"],
    ),
    (
        "v1",
        "Service",
        {"spec": {**SERVICE, "type": "NodePort", "ports": [{"port": 80, "nodePort": 30080, "protocol": "TCP"}]}},
        ["NodePort", "10.9.8.7", "<none>", "80:30080/TCP", AGE, "<none>"],
    ),
    (
        "v1",
        "Service",
        {"spec": {**SERVICE, "type": "LoadBalancer"}},
        ["LoadBalancer", "10.9.8.7", "<pending>", "53/UDP", AGE, "<none>"],
    ),
    (
        "v1",
        "Service",
        {
            "spec": {**SERVICE, "type": "LoadBalancer", "externalIPs": ["9.9.9.9"]},
            "status": balanced({"ip": "2.2.2.2"}, {"hostname": "lb"}),
        },
        ["LoadBalancer", "10.9.8.7", "2.2.2.2,lb,9.9.9.9", "53/UDP", AGE, "<none>"],
    ),
    (
        "v1",
        "Service",
        {"spec": {"type": "ExternalName", "externalName": "db.example"}},
        ["ExternalName", "<none>", "db.example", "<none>", AGE, "<none>"],
    ),
    (
        "networking.k8s.io/v1",
        "Ingress",
        {"spec": {"rules": HOSTS, "tls": [{}], "ingressClassName": "nginx"}, "status": balanced({"ip": "1.2.3.4"})},
        ["nginx", "a.io,b.io,c.io + 2 more...", "1.2.3.4", "80, 443", AGE],
    ),
    ("networking.k8s.io/v1", "Ingress", {"spec": {"rules": [{}]}}, ["<none>", "*", "", "80", AGE]),
    (
        "networking.k8s.io/v1",
        "IngressClass",
        {"spec": {"controller": "x.io/c", "parameters": {"kind": "P", "apiGroup": "x.io", "name": "p"}}},
        ["x.io/c", "P.x.io/p", AGE],
    ),
    ("networking.k8s.io/v1", "IngressClass", {"spec": {"controller": "x.io/c"}}, ["x.io/c", "<none>", AGE]),
    ("networking.k8s.io/v1", "NetworkPolicy", {"spec": {"podSelector": CHOSEN}}, [CHOSEN_TEXT, AGE]),
    ("networking.k8s.io/v1", "NetworkPolicy", {"spec": {"podSelector": {}}}, ["<none>", AGE]),
    (
        "networking.k8s.io/v1",
        "ServiceCIDR",
        {"spec": {"cidrs": ["10.0.0.0/8", "fd00::/64"]}},
        ["10.0.0.0/8,fd00::/64", AGE],
    ),
    (
        "networking.k8s.io/v1",
        "IPAddress",
        {"spec": {"parentRef": {"group": "G", "resource": "res", "namespace": "ns", "name": "n"}}},
        ["res.g/ns/n", AGE],
    ),
    (
        "v1",
        "Endpoints",
        {"subsets": [{"addresses": [{"ip": "1.1.1.1"}, {"ip": "fd00::1"}], "ports": [{"port": 80}, {"port": 81}]}]},
        ["1.1.1.1:80,[fd00::1]:80,1.1.1.1:81 + 1 more...", AGE],
    ),
    ("v1", "Endpoints", {}, ["<none>", AGE]),
    ("v1", "Endpoints", {"subsets": [{"notReadyAddresses": [{"ip": "1.1.1.1"}]}]}, ["", AGE]),
    (
        "discovery.k8s.io/v1",
        "EndpointSlice",
        {
            "addressType": "IPv4",
            "ports": [{"port": 80}, {"name": "https"}, {"port": 82}, {"port": 83}],
            "endpoints": [{"addresses": ["1.1.1.1", "2.2.2.2"]}],
        },
        ["IPv4", "80,https,82 + 1 more...", "1.1.1.1,2.2.2.2", AGE],
    ),
    ("discovery.k8s.io/v1", "EndpointSlice", {"addressType": "IPv6"}, ["IPv6", "<unset>", "<unset>", AGE]),
]
