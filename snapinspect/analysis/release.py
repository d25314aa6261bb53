"""Which release of Kubernetes a cluster ran, as far as its objects tell."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from snapinspect.snapshot import Snapshot

_SERVERS = b"/pods/kube-system/kube-apiserver"
_image = re.compile(r"(?:.*/)?kube-apiserver(?:-[a-z0-9]+)?:(v[0-9]+\.[0-9]+\.[0-9]+[^@\s]*)").match
_configured = re.compile(r"^kubernetesVersion: *[\"']?(v[0-9][^\s\"']*)", re.MULTILINE).search


def kubernetes_version(snapshot: Snapshot) -> str | None:
    """The newest that the best witnesses tell: images of API servers, else kubeadm's configuration, else the nodes.

    The mirror of a static pod names the image that ran; kubeadm's ConfigMap holds ClusterConfiguration
    (kubernetes ``cmd/kubeadm/app/apis/kubeadm/v1beta4/types.go``), which an interrupted upgrade leaves old.
    """
    witnesses: tuple[Callable[[Snapshot], Iterator[str]], ...] = (_of_images, _of_kubeadm, _of_nodes)
    for witness in witnesses:
        version = max(witness(snapshot), key=_numbers, default=None)
        if version:
            return version
    return None


def _of_images(snapshot: Snapshot) -> Iterator[str]:
    for pod in map(snapshot.body_of, snapshot.records(lambda key: _SERVERS in key)):
        containers = _dig(pod, "spec", "containers")
        for container in containers if isinstance(containers, list) else ():
            image = _dig(container, "image")
            told = _image(image) if isinstance(image, str) else None
            if told:
                yield told[1]


def _of_kubeadm(snapshot: Snapshot) -> Iterator[str]:
    text = _dig(snapshot.find("", "ConfigMap", "kube-system", "kubeadm-config"), "data", "ClusterConfiguration")
    told = _configured(text) if isinstance(text, str) else None
    if told:
        yield told[1]


def _of_nodes(snapshot: Snapshot) -> Iterator[str]:
    for node in (snapshot.body_of(record) for record, _ in snapshot.entries(snapshot.select(["nodes"]))):
        version = _dig(node, "status", "nodeInfo", "kubeletVersion")
        if isinstance(version, str):
            yield version


def _numbers(version: str) -> list[int]:
    return [int(digits) for digits in re.findall("[0-9]{1,9}", version)]


def _dig(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
