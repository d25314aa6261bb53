"""Services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from snapinspect.clean.ownership import chose, chose_in_port
from snapinspect.clean.rule import Rule
from snapinspect.clean.subject import mapping

if TYPE_CHECKING:
    from snapinspect.clean.subject import Subject

CLUSTER_DNS: Final = ("kube-system", "kube-dns")
"""The Service whose address stands in the configuration of every kubelet."""


def allocated_address(_value: Any, _parent: Any, subject: Subject) -> bool:
    return not (
        subject.at("spec", "clusterIP") == "None"
        or (subject.namespace, subject.name) == CLUSTER_DNS
        or chose(subject, "spec", "clusterIP")
        or chose(subject, "spec", "clusterIPs")
    )


def allocated_node_port(_value: Any, port: Any, subject: Subject) -> bool:
    return not chose_in_port(subject, mapping(port), "nodePort")


def allocated_health_check_port(_value: Any, _parent: Any, subject: Subject) -> bool:
    return not chose(subject, "spec", "healthCheckNodePort")


RULES: Final = (
    Rule(
        "service-cluster-ip",
        ("Service",),
        (".spec.clusterIP", ".spec.clusterIPs"),
        "The API server chose the address, and by now it may have given it to another Service.",
        when=allocated_address,
        only="unless it is None, a person set it, or it is the cluster's DNS",
        trap="None makes a Service headless and must stay; both fields go together.",
    ),
    Rule(
        "service-node-port",
        ("Service",),
        (".spec.ports[].nodePort",),
        "The API server chose the port, and by now it may have given it to another Service.",
        when=allocated_node_port,
        only="unless a person set it",
    ),
    Rule(
        "service-gone-fields",
        ("Service",),
        (".spec.ipFamily", ".spec.topologyKeys"),
        "Only 1.16 to 1.21 had these fields, as alpha ones, and API servers refuse what they do not know.",
    ),
    Rule(
        "service-health-check-port",
        ("Service",),
        (".spec.healthCheckNodePort",),
        "The API server chose the port, and by now it may have given it to another Service.",
        when=allocated_health_check_port,
        only="unless a person set it",
    ),
)
