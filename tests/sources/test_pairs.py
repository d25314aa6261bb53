"""Archives of keys and values, as vCluster and MicroK8s save them: the same live state, however it was packed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packing import tar, tar_gz

from snapinspect.model import silent
from snapinspect.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Callable

FIELD = Path(__file__).parents[2] / "fixtures/field"


def vcluster(pairs: dict[bytes, bytes]) -> dict[str, bytes]:
    about = {"/vcluster/snapshot/release": b"{}", "/vcluster/snapshot/revision": b"7"}
    return about | {key.decode(): value for key, value in pairs.items()}


def microk8s(pairs: dict[bytes, bytes]) -> dict[str, bytes]:
    halves = (
        ((f"backup/{number}.key", key), (f"backup/{number}.data", value))
        for number, (key, value) in enumerate(pairs.items())
    )
    return {name: content for pair in halves for name, content in pair}


FORMS = {"vCluster": vcluster, "MicroK8s": microk8s}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("pack", [tar, tar_gz])
def test_the_live_state_is_that_of_the_etcd_it_was_taken_of(
    form: str,
    pack: Callable[[dict[str, bytes]], bytes],
    tmp_path: Path,
    snapshot_file: Callable[[str], Path],
) -> None:
    truth = open_source(str(snapshot_file("history")), silent)
    live = {key: bytes(value) for key, value in truth.store.values(lambda key: key.startswith(b"/registry/"))}
    path = tmp_path / "backup"
    path.write_bytes(pack(FORMS[form](live)))
    source = open_source(str(path), silent)
    store = source.store
    assert {key: bytes(value) for key, value in store.values(lambda _key: True)} == live
    assert sorted(store.keys()) == sorted(live)
    assert [record.key for record in store.scan(lambda key: b"secrets" in key)] == [
        key for key in sorted(live) if b"secrets" in key
    ]
    assert (store.count_records(), store.compact_revision, store.get(b"/none")) == (len(live), 0, None)
    assert form in source.format
    assert source.problems == ()
    source.close()
    truth.close()


@pytest.mark.parametrize(
    ("name", "count"), [("16-microk8s-dbctl/backup-dqlite.tar.gz", 4), ("16-vcluster-kv/vcluster-kv.tar.gz", 3)]
)
def test_what_came_is_read(name: str, count: int) -> None:
    source = open_source(str(FIELD / name), silent)
    assert source.store.count_records() == count
    source.close()


@pytest.mark.parametrize("form", FORMS)
def test_one_that_is_cut_is_read_as_far_as_it_goes_and_says_so(form: str, tmp_path: Path) -> None:
    pairs = {b"/registry/a/%d" % number: bytes(2000) for number in range(20)}
    path = tmp_path / "cut"
    path.write_bytes(tar(FORMS[form](pairs))[:20_000])
    source = open_source(str(path), silent)
    assert 0 < source.store.count_records() < 20
    assert len(source.problems) == 1
    source.close()
