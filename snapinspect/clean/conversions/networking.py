"""Ingresses, network policies and endpoint slices.

Sources: ``k8s.io/kubernetes`` ``pkg/apis/networking/v1beta1/conversion.go`` and
``pkg/apis/discovery/v1beta1/conversion.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from snapinspect.clean.edits import SAME, Caution, Move, Rewrite
from snapinspect.clean.rule import Conversion
from snapinspect.clean.subject import mapping, mappings

if TYPE_CHECKING:
    from snapinspect.model import Body

PLACES: Final = {"kubernetes.io/hostname": "nodeName", "topology.kubernetes.io/zone": "zone"}
"""Keys of an endpoint's ``topology`` in v1beta1, and the fields that v1 has for them."""


def backend_to_v1(value: Any) -> Any:
    """Where an Ingress leads: a Service's name and port have a field of their own in v1."""
    if not isinstance(value, dict) or not {"serviceName", "servicePort"} & value.keys():
        return value
    rest = {key: item for key, item in value.items() if key not in ("serviceName", "servicePort")}
    port = value.get("servicePort")
    named = {"name": port} if isinstance(port, str) else {"number": port}
    return {"service": {"name": value.get("serviceName"), "port": named}, **rest}


def path_to_v1(value: Any) -> Any:
    """One path of a rule."""
    if not isinstance(value, dict):
        return value
    return {**value, "pathType": value.get("pathType") or "ImplementationSpecific"} | (
        {"backend": backend_to_v1(value["backend"])} if "backend" in value else {}
    )


def endpoint_to_v1(value: Any) -> Any:
    """One endpoint of a slice."""
    endpoint = mapping(value)
    if "topology" not in endpoint:
        return value
    topology = mapping(endpoint["topology"])
    places = {field: topology[key] for key, field in PLACES.items() if key in topology}
    return {**places, **{key: item for key, item in endpoint.items() if key != "topology"}}


def tell_topology(body: Body) -> str:
    lost = {
        key
        for endpoint in mappings(body.get("endpoints"))
        for key in mapping(endpoint.get("topology"))
        if key not in PLACES
    }
    return f"v1 has no field for the topology {', '.join(sorted(lost))} of its endpoints" if lost else ""


def address_type_to_v1beta1(value: Any) -> Any:
    return "IPv4" if value in (None, "IP") else value


_INGRESS = (
    Move(".spec.backend", ".spec.defaultBackend", "v1 calls it defaultBackend."),
    Rewrite(
        ".spec.defaultBackend",
        backend_to_v1,
        "moves serviceName and servicePort of .spec.defaultBackend to its service",
        "v1 names a Service and its port in a field of their own.",
    ),
    Rewrite(
        ".spec.rules[].http.paths[]",
        path_to_v1,
        "moves serviceName and servicePort of each path's backend to its service, "
        "and sets pathType to ImplementationSpecific where it is absent",
        "v1 demands a pathType, and names a Service and its port in a field of their own.",
    ),
)

RULES: Final = (
    Conversion(
        "ingress-extensions",
        ("Ingress.extensions",),
        ("extensions/v1beta1",),
        "networking.k8s.io/v1beta1",
        edits=SAME,
    ),
    Conversion(
        "ingress-v1beta1",
        ("Ingress.networking.k8s.io", "Ingress.extensions"),
        ("networking.k8s.io/v1beta1",),
        "networking.k8s.io/v1",
        edits=_INGRESS,
        trap="ImplementationSpecific is what no pathType meant: the controller matches paths as it did before.",
    ),
    Conversion(
        "network-policy-extensions",
        ("NetworkPolicy.extensions",),
        ("extensions/v1beta1",),
        "networking.k8s.io/v1",
        edits=SAME,
    ),
    Conversion(
        "endpoint-slice-v1alpha1",
        ("EndpointSlice.discovery.k8s.io",),
        ("discovery.k8s.io/v1alpha1",),
        "discovery.k8s.io/v1beta1",
        edits=(
            Rewrite(
                ".addressType",
                address_type_to_v1beta1,
                "sets .addressType to IPv4 where it is IP",
                "The type IP stood for IPv4, before there were both.",
            ),
        ),
    ),
    Conversion(
        "endpoint-slice-v1beta1",
        ("EndpointSlice.discovery.k8s.io",),
        ("discovery.k8s.io/v1beta1",),
        "discovery.k8s.io/v1",
        edits=(
            Rewrite(
                ".endpoints[]",
                endpoint_to_v1,
                "moves node and zone from each endpoint's topology to nodeName and zone",
                "v1 has fields for node and zone, and none for a topology.",
            ),
        ),
        cautions=(Caution(tell_topology),),
    ),
)
