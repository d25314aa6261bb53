"""Filling in Pods and their templates (``pkg/apis/core/v1``), and reading their images' tags."""

from __future__ import annotations

import re
from typing import Any

from filling.fields import Fields, each, inside, made, plain, pointers


def tag(image: str) -> str:
    """The tag of an image as ``distribution/reference`` reads it."""
    host, slash, name = image.partition("/")
    if not slash or not ({".", ":"} & set(host) or host == "localhost"):
        host, name = "docker.io", image
    name, at, digest = name.partition("@")
    name, colon, found = name.partition(":")
    sizes = {"sha256": 64, "sha384": 96, "sha512": 128}
    algorithm, _, hexadecimal = digest.partition(":")
    if at and not (sizes.get(algorithm) == len(hexadecimal) and set(hexadecimal) <= set("0123456789abcdef")):
        return ""
    words = [word for part in name.split("/") for word in re.split(r"__|[._]|-+", part)]
    if not all(word.isascii() and word.isalnum() and word == word.lower() for word in words):
        return ""
    if not all(label.strip("-") == label != "" for label in host.rpartition(":")[0 if ":" in host else 2].split(".")):
        return ""
    if colon and not (0 < len(found) < 129 and found[0] not in ".-" and re.fullmatch(r"[A-Za-z0-9_.-]+", found)):
        return ""
    if len(image) == 64 and set(image) <= set("0123456789abcdef"):
        return ""
    return found or ("" if at else "latest")


def pulled(image: Any) -> str:
    return "Always" if tag(image or "") == "latest" else "IfNotPresent"


def fill_http(holder: Fields) -> None:
    for action in inside(holder, "httpGet"):
        plain(action, path="/", scheme="HTTP")


def fill_container(container: Fields) -> None:
    plain(container, imagePullPolicy=pulled(container.get("image")))
    plain(container, terminationMessagePath="/dev/termination-log", terminationMessagePolicy="File")
    made(container, "resources")
    for port in each(container, "ports"):
        plain(port, protocol="TCP")
    for one in each(container, "env"):
        for reference in inside(one, "valueFrom", "fieldRef"):
            plain(reference, apiVersion="v1")
        for reference in inside(one, "valueFrom", "fileKeyRef"):
            pointers(reference, optional=False)
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        for probe in inside(container, name):
            plain(probe, timeoutSeconds=1, periodSeconds=10, successThreshold=1, failureThreshold=3)
            fill_http(probe)
            for call in inside(probe, "grpc"):
                pointers(call, service="")
    for name in ("postStart", "preStop"):
        for hook in inside(container, "lifecycle", name):
            fill_http(hook)


def fill_downward(source: Fields) -> None:
    for item in each(source, "items"):
        for reference in inside(item, "fieldRef"):
            plain(reference, apiVersion="v1")


def fill_source(volume: Fields) -> None:
    for path in inside(volume, "hostPath"):
        pointers(path, type="")
    for disk in inside(volume, "azureDisk"):
        pointers(disk, cachingMode="ReadWrite", fsType="ext4", kind="Shared", readOnly=False)
    for target in inside(volume, "iscsi"):
        plain(target, iscsiInterface="default")
    for image in inside(volume, "rbd"):
        plain(image, pool="rbd", user="admin", keyring="/etc/ceph/keyring")
    for system in inside(volume, "scaleIO"):
        plain(system, storageMode="ThinProvisioned", fsType="xfs")


def fill_volume(volume: Fields) -> None:
    if not set(volume) - {"name"}:
        volume["emptyDir"] = {}
    fill_source(volume)
    for sort in ("secret", "configMap", "downwardAPI", "projected"):
        for source in inside(volume, sort):
            pointers(source, defaultMode=420)
    for source in inside(volume, "downwardAPI"):
        fill_downward(source)
    for projected in inside(volume, "projected"):
        for source in each(projected, "sources"):
            for downward in inside(source, "downwardAPI"):
                fill_downward(downward)
            for token in inside(source, "serviceAccountToken"):
                pointers(token, expirationSeconds=3600)
    for image in inside(volume, "image"):
        plain(image, pullPolicy=pulled(image.get("reference")))
    for claim in inside(volume, "ephemeral", "volumeClaimTemplate"):
        made(claim, "metadata")
        pointers(made(claim, "spec"), volumeMode="Filesystem")


def fill_pod_spec(spec: Fields) -> None:
    plain(spec, dnsPolicy="ClusterFirst", restartPolicy="Always", schedulerName="default-scheduler")
    pointers(spec, securityContext={}, terminationGracePeriodSeconds=30)
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account:
        spec["serviceAccountName"] = spec["serviceAccount"] = account
    for volume in each(spec, "volumes"):
        fill_volume(volume)
    for sort in ("initContainers", "containers", "ephemeralContainers"):
        for container in each(spec, sort):
            fill_container(container)


def fill_template(holder: Fields, key: str = "template") -> None:
    template = made(holder, key)
    made(template, "metadata")
    fill_pod_spec(made(template, "spec"))


def fill_pod(body: Fields) -> None:
    spec = made(body, "spec")
    for sort in ("containers", "initContainers"):
        for container in each(spec, sort):
            resources = made(container, "resources")
            for limits in inside(resources, "limits"):
                resources["requests"] = limits | resources.get("requests", {})
            if not resources.get("requests", True):
                del resources["requests"]
            for port in each(container, "ports") if spec.get("hostNetwork") is True else ():
                plain(port, hostPort=port.get("containerPort"))
    pointers(spec, enableServiceLinks=True)
    fill_pod_spec(spec)
    plain(spec, serviceAccountName="default", serviceAccount="default")
    if not spec.get("priorityClassName"):
        pointers(spec, priority=0)
