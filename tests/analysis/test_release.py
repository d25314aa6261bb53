from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from written_snapshot import write_snapshot

from snapinspect.analysis.release import kubernetes_version
from snapinspect.snapshot import open_snapshot


def _node(name: str, version: str) -> dict[str, Any]:
    info = {"nodeInfo": {"kubeletVersion": version}}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "status": info}


def _in_system(kind: str, name: str, **rest: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"namespace": "kube-system", "name": name}, **rest}


def _server(node: str, image: str) -> dict[str, Any]:
    return _in_system(
        "Pod", f"kube-apiserver-{node}", spec={"containers": [{"name": "kube-apiserver", "image": image}]}
    )


NODES = [_node("old", "v1.9.11"), _node("new", "v1.28.4+k3s1")]
KUBEADM = _in_system(
    "ConfigMap", "kubeadm-config", data={"ClusterConfiguration": "apiServer: {}\nkubernetesVersion: v1.29.3\n"}
)
OTHER = _in_system("Pod", "kube-apiserver-x", spec={"containers": [{"name": "c", "image": "example.org/watch:v9.9.9"}]})


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        (NODES, "v1.28.4+k3s1"),
        ([*NODES, KUBEADM, OTHER], "v1.29.3"),
        ([*NODES, KUBEADM, _server("a", "registry.example.org/kube-apiserver:v1.30.1")], "v1.30.1"),
        (
            [_server("a", "k8s.gcr.io/kube-apiserver-amd64:v1.9.9"), _server("b", "kube-apiserver:v1.10.0@sha256:00")],
            "v1.10.0",
        ),
        ([_in_system("ConfigMap", "kubeadm-config", data={"ClusterConfiguration": 7}), _in_system("Pod", "p")], None),
    ],
)
def test_the_best_witness_tells_the_release(
    tmp_path: Path, objects: list[dict[str, Any]], expected: str | None
) -> None:
    with open_snapshot(str(write_snapshot(tmp_path / "s.db", objects))) as snapshot:
        assert kubernetes_version(snapshot) == expected
