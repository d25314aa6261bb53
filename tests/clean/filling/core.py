"""Filling in the core group's other kinds, with what creating Services and claims adds."""

from __future__ import annotations

from copy import deepcopy

from filling.fields import Fields, each, inside, made, plain, pointers, protect
from filling.pods import fill_source


def fill_service(body: Fields) -> None:
    spec = made(body, "spec")
    plain(spec, sessionAffinity="None", type="ClusterIP")
    if spec["sessionAffinity"] == "None":
        spec.pop("sessionAffinityConfig", None)
    if spec["sessionAffinity"] == "ClientIP":
        config = spec.get("sessionAffinityConfig", {})
        if not any("timeoutSeconds" in address for address in inside(config, "clientIP")):
            spec["sessionAffinityConfig"] = {"clientIP": {"timeoutSeconds": 10800}}
    for port in each(spec, "ports"):
        plain(port, protocol="TCP", targetPort=port.get("port"))
    balanced, inner = spec["type"] == "LoadBalancer", spec["type"] == "ClusterIP"
    if balanced or spec["type"] == "NodePort" or (inner and spec.get("externalIPs")):
        plain(spec, externalTrafficPolicy="Cluster")
    if spec["type"] in ("ClusterIP", "NodePort", "LoadBalancer"):
        pointers(spec, internalTrafficPolicy="Cluster")
    if balanced:
        pointers(spec, allocateLoadBalancerNodePorts=True)
    if spec.get("clusterIP"):
        plain(spec, clusterIPs=[spec["clusterIP"]])
    if spec["type"] != "ExternalName":
        headless = spec.get("clusterIP") == "None" and not spec.get("selector")
        pointers(spec, ipFamilyPolicy="RequireDualStack" if headless else "SingleStack")


def fill_limit_range(body: Fields) -> None:
    for limit in each(made(body, "spec"), "limits"):
        if limit.get("type") == "Container":
            limit["default"] = limit.get("max", {}) | limit.get("default", {})
            limit["defaultRequest"] = limit.get("min", {}) | limit["default"] | limit.get("defaultRequest", {})
        for key in ("default", "defaultRequest"):
            if not limit.get(key, True):
                del limit[key]


def fill_volume_body(body: Fields) -> None:
    protect(body, "pv")
    spec = made(body, "spec")
    fill_source(spec)
    plain(spec, persistentVolumeReclaimPolicy="Retain")
    pointers(spec, volumeMode="Filesystem")


def fill_claim(body: Fields) -> None:
    protect(body, "pvc")
    spec = made(body, "spec")
    source = spec.get("dataSource", {})
    old = {("", "PersistentVolumeClaim"), ("snapshot.storage.k8s.io", "VolumeSnapshot")}
    if source and (source.get("apiGroup", ""), source.get("kind")) not in old:
        del spec["dataSource"]
    if "dataSource" in spec and "dataSourceRef" not in spec:
        spec["dataSourceRef"] = deepcopy(spec["dataSource"])
    elif "dataSourceRef" in spec and not spec["dataSourceRef"].get("namespace"):
        pointers(spec, dataSource=spec["dataSourceRef"])
    pointers(spec, volumeMode="Filesystem")


def fill_endpoints(body: Fields) -> None:
    for subset in each(body, "subsets"):
        for port in each(subset, "ports"):
            plain(port, protocol="TCP")
