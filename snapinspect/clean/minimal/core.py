"""Defaults of the core group's kinds (``pkg/apis/core/v1/defaults.go``).

What Services get beside them is of ``pkg/registry/core/service/storage/alloc.go`` and of the storage beside it,
what claims get of ``pkg/api/persistentvolumeclaim/util.go``.
"""

from __future__ import annotations

from typing import Any, Final

from snapinspect.clean.minimal.default import NOTHING, Default, Place, below, protected
from snapinspect.clean.minimal.pods import HELD_ANYWHERE, ITSELF, TEMPLATE
from snapinspect.clean.minimal.workloads import template_labels
from snapinspect.clean.subject import dig, mapping, text

CLUSTER_IP: Final = "ClusterIP"
OLD_SOURCES: Final = {("", "PersistentVolumeClaim"), ("snapshot.storage.k8s.io", "VolumeSnapshot")}


def _type(place: Place) -> Any:
    return place.beside.get("type", CLUSTER_IP)


def is_balanced(place: Place) -> bool:
    return bool(_type(place) == "LoadBalancer")


def is_reached_from_outside(place: Place) -> bool:
    outer = _type(place) in ("NodePort", "LoadBalancer")
    return outer or (_type(place) == CLUSTER_IP and bool(place.beside.get("externalIPs")))


def is_inside(place: Place) -> bool:
    return _type(place) in (CLUSTER_IP, "NodePort", "LoadBalancer")


def has_one_family(place: Place) -> bool:
    """A headless Service without a selector gets two families, every other one that has addresses gets one."""
    headless = place.beside.get("clusterIP") == "None"
    return is_inside(place) and not (headless and not place.beside.get("selector"))


def same_port(place: Place) -> Any:
    return place.beside.get("port", NOTHING)


def same_address(place: Place) -> Any:
    address = place.beside.get("clusterIP")
    return [address] if address else NOTHING


def sticks_to_clients(place: Place) -> bool:
    return bool(dig(place.body, "spec", "sessionAffinity") == "ClientIP")


def source_of_old_kind(place: Place) -> Any:
    """``dataSource`` is copied to ``dataSourceRef``, but one of another kind is left out before that."""
    source = mapping(place.beside.get("dataSource"))
    copied = (text(source.get("apiGroup")), text(source.get("kind"))) in OLD_SOURCES
    return source if copied else NOTHING


def source_of_any_kind(place: Place) -> Any:
    """``dataSourceRef`` is copied to ``dataSource`` unless it names a namespace."""
    source = mapping(place.beside.get("dataSourceRef"))
    return source if source and not source.get("namespace") else NOTHING


def was_retained(place: Place) -> bool:
    """Cleaning writes ``Retain`` in place of ``Delete``, and then it is to be seen."""
    return bool(dig(place.stored, "spec", "persistentVolumeReclaimPolicy") == "Retain")


def is_of_containers(place: Place) -> bool:
    return bool(place.beside.get("type") == "Container")


def most(place: Place) -> Any:
    return mapping(place.beside.get("max"))


def limit_or_least(place: Place) -> Any:
    limits = most(place) | mapping(place.beside.get("default"))
    return mapping(place.beside.get("min")) | limits


CORE: Final = {
    "Endpoints": (Default(".subsets[].ports[].protocol", "TCP"),),
    "LimitRange": below(
        ".spec.limits[]",
        Default(".defaultRequest", reckon=limit_or_least, when=is_of_containers, by_entry=True),
        Default(".default", reckon=most, when=is_of_containers, by_entry=True),
    ),
    "PersistentVolume": (
        protected("kubernetes.io/pv-protection"),
        *below(".spec", *HELD_ANYWHERE),
        Default(".spec.persistentVolumeReclaimPolicy", "Retain", when=was_retained),
        Default(".spec.volumeMode", "Filesystem"),
    ),
    "PersistentVolumeClaim": (
        protected("kubernetes.io/pvc-protection"),
        Default(".spec.dataSourceRef", reckon=source_of_old_kind),
        Default(".spec.dataSource", reckon=source_of_any_kind),
        Default(".spec.volumeMode", "Filesystem"),
    ),
    "Pod": ITSELF,
    "PodTemplate": below(".template", *TEMPLATE),
    "ReplicationController": (
        Default(".metadata.labels", reckon=template_labels),
        Default(".spec.selector", reckon=template_labels),
        *below(".spec.template", *TEMPLATE),
        Default(".spec.replicas", 1),
    ),
    "Secret": (Default(".type", "Opaque"),),
    "Service": below(
        ".spec",
        Default(".allocateLoadBalancerNodePorts", value=True, when=is_balanced),
        Default(".clusterIPs", reckon=same_address),
        Default(".externalTrafficPolicy", "Cluster", when=is_reached_from_outside),
        Default(".internalTrafficPolicy", "Cluster", when=is_inside),
        Default(".ipFamilyPolicy", "SingleStack", when=has_one_family),
        Default(".ports[].protocol", "TCP"),
        Default(".ports[].targetPort", reckon=same_port),
        Default(".sessionAffinity", "None"),
        Default(".sessionAffinityConfig.clientIP.timeoutSeconds", 10800, when=sticks_to_clients),
        Default(".sessionAffinityConfig.clientIP", {}, when=sticks_to_clients),
        Default(".sessionAffinityConfig", {}, when=sticks_to_clients),
        Default(".type", CLUSTER_IP),
    ),
}
