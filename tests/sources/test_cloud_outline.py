"""What a few parts of a large object tell of the snapshot in it: the same as the whole, or nothing."""

from __future__ import annotations

import json
import os
import random
import re
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from bolt_writer import Image
from cli_program import SMALL, run
from object_store import ObjectStore, Way
from written_snapshot import record

from snapinspect.analysis.info import describe
from snapinspect.errors import SnapinspectError
from snapinspect.model import silent
from snapinspect.snapshot import Snapshot, open_snapshot
from snapinspect.sources.cloud.outline import WORTH, outlined

UNTOLD = {"dbSizeInUse", "hash", "kubernetesVersion", "liveKeys", "records", "sha256"}
"""What the whole alone tells."""
_RANGE = re.compile(r"bytes=(\d+)-(\d+)$")


@pytest.fixture(autouse=True)
def environment(object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    for name, value in (object_store.environment() | {"XDG_CACHE_HOME": str(tmp_path / "cache")}).items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A snapshot with the namespaces of a cluster at its beginning, and more in it than is fetched at once."""
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system", "uid": "of-the-cluster"}}
    filler = random.Random(7)
    records = {_revision(2): record(b"/registry/namespaces/kube-system", json.dumps(namespace).encode(), 2)}
    for revision in range(3, 3 + (WORTH >> 15)):
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"c{revision}", "namespace": "shop"}}
        text = json.dumps(body | {"data": {"filler": filler.randbytes(1 << 14).hex()}})
        records[_revision(revision)] = record(
            f"/registry/configmaps/shop/c{revision}".encode(), text.encode(), revision
        )
    image = Image(per_page=4)
    path = tmp_path_factory.mktemp("large") / "large.db"
    path.write_bytes(image.file(image.tree({b"key": records, b"meta": {}, b"members": {}})))
    assert path.stat().st_size >= WORTH
    return path


@pytest.fixture(scope="module")
def spec(large: Path, object_store: ObjectStore) -> str:
    return object_store.put("large.db", large.read_bytes())


def _revision(revision: int) -> bytes:
    return struct.pack(">qcq", revision, b"_", 0)


def told_by_parts(spec: str) -> dict[str, Any] | None:
    """What an outline tells, were the object ever so small."""
    source = outlined(spec, silent, worth=0)
    if source is None:
        return None
    with Snapshot(source) as snapshot:
        return describe(snapshot)


def told_by_all(path: Path) -> dict[str, Any]:
    with open_snapshot(str(path)) as snapshot:
        return describe(snapshot)


def same(parts: dict[str, Any], whole: dict[str, Any]) -> None:
    differing = {name for name, value in whole.items() if parts[name] != value}
    assert differing <= UNTOLD | {"path", "notes"}
    assert {name for name in UNTOLD if parts[name] is not None} == set()


def test_of_a_large_object_the_ends_are_read(large: Path, spec: str, way: Way) -> None:
    outcome = run("info", spec, "-o", "json")
    assert outcome.code == 0, outcome
    same(json.loads(outcome.out), told_by_all(large))
    assert json.loads(outcome.out)["clusterUID"] == "of-the-cluster"
    ranges = [found for each in way.requests if (found := _RANGE.search(each))]
    assert len(ranges) == len(way.requests)
    assert sum(int(each[2]) - int(each[1]) + 1 for each in ranges) < large.stat().st_size // 4
    assert f"`snapinspect info {spec} --check`" in outcome.err


def test_the_whole_is_read_where_it_is_asked_for(large: Path, spec: str) -> None:
    assert run("info", spec, "--check").out.replace(spec, str(large)) == run("info", large).out
    # It is in the cache now, from which all is had.
    assert "were read" not in run("info", spec).err


@pytest.mark.parametrize("name", ["small", "cbor", "history", "secretbox"])
def test_the_same_is_told_as_by_the_whole(
    name: str, object_store: ObjectStore, snapshot_file: Callable[[str], Path]
) -> None:
    path = snapshot_file(name)
    parts = told_by_parts(object_store.put(f"outline/{name}.db", path.read_bytes()))
    assert parts
    same(parts, told_by_all(path))


def test_its_digest_is_that_of_the_whole(object_store: ObjectStore) -> None:
    source = outlined(object_store.put("outline/digest.db", SMALL.read_bytes()), silent, worth=0)
    assert source
    with Snapshot(source) as snapshot, open_snapshot(str(SMALL)) as whole:
        assert snapshot.source.evidence.digests(silent) == whole.source.evidence.digests(silent)


def test_one_that_is_replaced_meanwhile_is_read_whole(way: Way, object_store: ObjectStore) -> None:
    spec = object_store.put("outline/replaced.db", SMALL.read_bytes())

    def replace(_method: str) -> None:
        if len(way.requests) == 3:
            object_store.put("outline/replaced.db", SMALL.read_bytes()[:-1])

    way.between = replace
    assert told_by_parts(spec) is None


@pytest.mark.parametrize("content", [b"", b"x", b"\x1f\x8b" + bytes(100), SMALL.read_bytes()[: 1 << 20]], ids=len)
def test_what_is_no_whole_database_is_left_to_the_others(content: bytes, object_store: ObjectStore) -> None:
    assert told_by_parts(object_store.put("outline/other", content)) is None


def test_a_server_without_ranges_is_asked_for_the_whole(way: Way) -> None:
    content = SMALL.read_bytes()
    way.answer = (200, {"Content-Length": str(len(content)), "ETag": '"1"'}, content)
    assert told_by_parts(f"{way.endpoint}/whole.db") is None
    assert _RANGE.search(way.requests[0])


def test_damage_costs_no_more_than_the_outline(object_store: ObjectStore) -> None:
    """Whatever a byte of the pages on the way becomes, the walk ends: with an outline, or without."""
    content = SMALL.read_bytes()
    dice = random.Random(17)
    for _ in range(12):
        damaged = bytearray(content)
        for _ in range(40):
            at = dice.randrange(len(content) // 4096) * 4096 + dice.randrange(96)
            damaged[at] = dice.choice((0, 1, 2, 4, 255))
        with suppress(SnapinspectError):
            told_by_parts(object_store.put("outline/damaged.db", bytes(damaged)))


def test_a_tree_that_leads_back_into_itself_is_left_to_the_others(object_store: ObjectStore) -> None:
    image = Image(per_page=2)
    root = image.tree(
        {b"key": {_revision(each): record(b"/registry/a", b"{}", each) for each in range(2, 40)}, b"meta": {}}
    )
    content = bytearray(image.file(root))
    branches = [at for at in range(2, image.next_page) if content[at * 4096 + 8] == 1]
    for page in branches:
        struct.pack_into("<Q", content, page * 4096 + 16 + 8, branches[-1])
    assert told_by_parts(object_store.put("outline/loop.db", bytes(content))) is None
