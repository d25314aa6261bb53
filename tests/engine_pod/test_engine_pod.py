"""``--engine pod``: an etcd in a pod answers as the file does when it is read directly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from apiserver.containers import ETCD_IMAGE, SHELL_IMAGE
from apiserver.streams import V4, V5
from engine_cluster import SmallCluster

from snapinspect.etcd import Store
from snapinspect.model import Record, silent

DIGEST_SIZE = 32


def told(record: Record) -> tuple[Any, ...]:
    """All of a record without the sub revision, which etcd does not tell of a state; its value as bytes."""
    revision = record.revision._replace(sub=0)
    return (*record._replace(value=bytes(record.value), revision=revision),)


def state(store: Store, at: int | None = None) -> list[tuple[Any, ...]]:
    return [told(record) for record in store.scan(lambda _key: True, at)]


@pytest.mark.parametrize("protocol", [V5, V4])
def test_every_record_is_that_of_the_file(
    snapshot_file: Callable[[str], Path], cluster: SmallCluster, scratch: Path, protocol: str
) -> None:
    cluster.node.speaks = (protocol,)
    with cluster.opened(snapshot_file("small")) as (direct, source):
        store, file = source.store, direct.store
        assert (store.revision, store.compact_revision) == (file.revision, file.compact_revision)
        assert sorted(store.keys()) == sorted(file.keys())
        assert state(store) == state(file)
        middle = (store.revision + store.compact_revision) // 2
        assert state(store, middle) == state(file, middle)
        everything = [told(record) for record in file.revisions(lambda _key: True)]
        assert [told(record) for record in store.revisions(lambda _key: True)] == everything
        assert store.count_records() == file.count_records()
        assert store.facts() == file.facts()
        assert source.evidence.digests(silent).state == "ok"
        assert source.format == f"{direct.format}, restored into a temporary etcd 3.5.1 in a pod"
    assert cluster.ours() == []
    assert list(scratch.iterdir()) == []


def test_a_database_without_digest_is_restored_unchecked(
    snapshot_file: Callable[[str], Path], cluster: SmallCluster, tmp_path: Path
) -> None:
    raw = tmp_path / "db"
    raw.write_bytes(snapshot_file("small").read_bytes()[:-DIGEST_SIZE])
    with cluster.opened(raw) as (direct, source):
        assert sorted(source.store.keys()) == sorted(direct.store.keys())


def test_all_that_was_done_is_told(snapshot_file: Callable[[str], Path], cluster: SmallCluster) -> None:
    with cluster.opened(snapshot_file("small")) as (_, source):
        (name,) = cluster.ours()
        digest = source.evidence.digests(silent).whole
        notes = "\n".join(source.notes)
        assert f"pod kube-system/{name} on node master-0 restored the snapshot with {ETCD_IMAGE}" in notes
        assert "it is deleted at the end" in notes
        assert f"through {SHELL_IMAGE}, and arrived with SHA-256 {digest}" in notes
        assert "newer than the etcd" in notes
    assert any(said.startswith(f"waiting for pod {name}: ") for said in cluster.said)


def test_a_kept_pod_stays_and_is_found_by_the_next_run(
    snapshot_file: Callable[[str], Path], cluster: SmallCluster
) -> None:
    with cluster.opened(snapshot_file("small"), keep=True) as (_, source):
        (kept,) = cluster.ours()
        assert any(f"it is kept: `snapinspect pod delete {kept}`" in note for note in source.notes)
    assert cluster.ours() == [kept]
    with cluster.opened(snapshot_file("small")) as (_, source):
        assert any(kept in note and "earlier run" in note for note in source.notes)
    assert cluster.ours() == [kept]


def test_an_etcd_image_with_a_shell_serves_alone(snapshot_file: Callable[[str], Path], cluster: SmallCluster) -> None:
    image = "docker.io/bitnami/etcd:3.5.1"
    programs = cluster.node.images
    cluster.node.images = {image: {**programs[ETCD_IMAGE], **programs[SHELL_IMAGE]}}
    with cluster.opened(snapshot_file("small"), image=image) as (direct, source):
        assert sorted(source.store.keys()) == sorted(direct.store.keys())
        (pod,) = cluster.node.runs
        assert {one["image"] for one in [*pod.spec["initContainers"], *pod.spec["containers"]]} == {image}


def test_each_connection_has_a_port_forward_of_its_own(
    snapshot_file: Callable[[str], Path], cluster: SmallCluster
) -> None:
    with cluster.opened(snapshot_file("small")) as (_, source):
        source.store.get(b"/registry/none")
        asked = [path for _, path in cluster.server.requests if "/portforward?" in path]
        assert len(asked) == len(cluster.node.forwards) > 0
