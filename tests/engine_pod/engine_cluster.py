"""A cluster of one node, with the etcd that a control plane runs there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from apiserver import ApiServer
from apiserver.containers import ETCD_IMAGE, Node

from snapinspect.model import silent
from snapinspect.sources import Source, open_source
from snapinspect.sources.engines.pod import open_in_pod
from snapinspect.sources.engines.pods.choice import PodOptions

OPTIONAL = {"key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "effect": "NoSchedule"}


@dataclass
class SmallCluster:
    """``said`` is what was told while something was waited for."""

    server: ApiServer
    node: Node
    kubeconfig: Path
    said: list[str] = field(default_factory=list)

    def options(self, **more: Any) -> PodOptions:
        return PodOptions(kubeconfig=self.kubeconfig, **more)

    def ours(self) -> list[str]:
        """The names of the temporary pods that there are."""
        names = [pod["metadata"]["name"] for pod in self.server.store.objects("pods")]
        return [name for name in names if name.startswith("snapinspect-")]

    @contextmanager
    def opened(self, path: Path, **options: Any) -> Iterator[tuple[Source, Source]]:
        """The direct source, and the one of the etcd in a pod."""
        direct = open_source(str(path), silent)
        try:
            source = open_in_pod(direct, self.options(**options), silent, self.said.append)
        except BaseException:
            direct.close()
            raise
        try:
            yield direct, source
        finally:
            source.close()


def etcd_pod(node: str) -> dict[str, Any]:
    """The mirror of a control plane's static pod."""
    container = {"name": "etcd", "image": ETCD_IMAGE, "command": ["etcd", "--data-dir=/var/lib/etcd"]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"etcd-{node}", "namespace": "kube-system", "labels": {"component": "etcd"}},
        "spec": {
            "nodeName": node,
            "containers": [container],
            "tolerations": [OPTIONAL],
            "imagePullSecrets": [{"name": "registry"}],
        },
        "status": {"phase": "Running"},
    }
