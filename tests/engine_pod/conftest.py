"""A cluster of one node, for each test its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from apiserver import ApiServer
from apiserver.containers import Node
from engine_cluster import SmallCluster, etcd_pod


@pytest.fixture
def scratch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The directory for temporary files; short, as a socket's path must be."""
    with tempfile.TemporaryDirectory(prefix="t-") as directory:
        monkeypatch.setattr(tempfile, "tempdir", directory)
        yield Path(directory)


@pytest.fixture
def cluster(scratch: Path, tmp_path: Path) -> Iterator[SmallCluster]:
    home = tmp_path / "node"
    home.mkdir()
    with ApiServer() as server, Node(server, home) as node:
        server.store.add({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system"}})
        server.store.add(node.as_object())
        server.store.add(etcd_pod(node.name))
        yield SmallCluster(server, node, server.kubeconfig(tmp_path / "kubeconfig"))
