"""A small API server and the real client that speaks to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from apiserver import ApiServer
from restore_world import Target

from snapinspect.kube.cluster import connect


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with ApiServer() as running:
        running.store.add({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system", "uid": "same"}})
        running.store.add({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
        yield running


@pytest.fixture
def target(server: ApiServer, tmp_path: Path) -> Iterator[Target]:
    with connect(str(server.kubeconfig(tmp_path / "config"))) as cluster:
        yield Target(server, cluster)
