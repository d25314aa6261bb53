"""What a real etcd makes of rebuilt snapshots."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from real_etcd import EtcdFiles, RealEtcd, message, snapshot_status

import snapinspect

Build = Callable[..., tuple[Path, Any]]
Start = Callable[[Path], AbstractContextManager[RealEtcd]]


def told(etcd: RealEtcd, revision: int = 0) -> dict[bytes, tuple[int, int, int, bytes, int]]:
    kvs = etcd.range(revision).kvs
    return {kv.key: (kv.create_revision, kv.mod_revision, kv.version, kv.value, kv.lease) for kv in kvs}


def held(path: Path, at: int | None = None) -> dict[bytes, tuple[int, int, int, bytes, int]]:
    with snapinspect.open(str(path)) as snapshot:
        return {
            each.key: (each.create_revision, each.mod_revision, each.version, bytes(each.value), each.lease)
            for each in snapshot.store.scan(lambda _key: True, at)
        }


def without_auth(etcd: RealEtcd) -> None:
    """The users of the fixture's snapshot are known, and access is not switched on."""
    assert "reader" in etcd.ctl("role", "list")


@pytest.mark.parametrize("name", ["small", "history", "cbor", "aescbc"])
def test_a_whole_rebuild_has_the_hash_of_the_original(name: str, snapshot_file: Any, rebuilt: Build) -> None:
    path, _ = rebuilt(snapshot_file(name))
    was, now = snapshot_status(snapshot_file(name)), snapshot_status(path)
    assert (now["hash"], now["revision"], now["totalKey"]) == (was["hash"], was["revision"], was["totalKey"])


def test_etcd_starts_from_a_whole_rebuild_with_all_that_was_there(
    etcd_files: EtcdFiles, rebuilt: Build, restored: Start
) -> None:
    path, _ = rebuilt(etcd_files.snapshot)
    with restored(path) as etcd:
        assert told(etcd) == held(etcd_files.snapshot)
        assert etcd.range().header.revision == etcd_files.revision
        without_auth(etcd)
        assert f"{etcd_files.lease:x}" in etcd.ctl("lease", "list")
        assert told(etcd, etcd_files.compact_revision) == held(etcd_files.snapshot, etcd_files.compact_revision)
        with pytest.raises(Exception, match="compacted"):
            etcd.range(etcd_files.compact_revision - 1)
        etcd.put(b"new", b"one")
        etcd.compact(etcd_files.revision + 1)
        etcd.ctl("defrag")
        assert told(etcd)[b"new"][2:4] == (1, b"one")


def test_the_hash_of_keys_is_that_of_an_etcd_on_the_original(
    etcd_files: EtcdFiles, rebuilt: Build, restored: Start
) -> None:
    path, _ = rebuilt(etcd_files.snapshot)
    request = message("HashKVRequest", revision=etcd_files.revision)
    hashes = []
    for snapshot in (etcd_files.snapshot, path):
        with restored(snapshot) as etcd:
            hashes.append(etcd.call("Maintenance", "HashKV", request).hash)
    assert hashes[0] == hashes[1]


def test_a_moment_is_what_etcd_held_then(etcd_files: EtcdFiles, rebuilt: Build, restored: Start) -> None:
    moment = etcd_files.revision - 1
    path, _ = rebuilt(etcd_files.snapshot, at=moment)
    with restored(path) as etcd:
        assert told(etcd) == held(etcd_files.snapshot, moment)
        assert etcd.range().header.revision == moment
        assert etcd.put(b"next") == moment + 1


def test_a_bumped_revision_has_all_before_it_compacted(etcd_files: EtcdFiles, rebuilt: Build, restored: Start) -> None:
    path, _ = rebuilt(etcd_files.snapshot, at=etcd_files.revision - 1, bump=1_000_000)
    last = etcd_files.revision - 1 + 1_000_000
    with restored(path) as etcd:
        assert told(etcd) == held(etcd_files.snapshot, etcd_files.revision - 1)
        assert etcd.range().header.revision == last
        with pytest.raises(Exception, match="compacted"):
            etcd.range(etcd_files.revision - 2)
        assert etcd.put(b"next") == last + 1


def test_what_is_compacted_has_one_record_a_key(etcd_files: EtcdFiles, rebuilt: Build, restored: Start) -> None:
    path, result = rebuilt(etcd_files.snapshot, compact=True)
    assert result.records == len(held(etcd_files.snapshot))
    with restored(path) as etcd:
        assert told(etcd) == held(etcd_files.snapshot)
        assert etcd.range().header.revision == etcd_files.revision


def test_the_last_revision_stays_when_its_record_is_dropped(
    snapshot_file: Any, rebuilt: Build, restored: Start
) -> None:
    source = snapshot_file("small")
    with snapinspect.open(str(source)) as snapshot:
        last = next(snapshot.store.newest(1))
        drop = (snapshot.select(keys=[last.key.decode()], everything=True),)
        revision = snapshot.revision
    path, _ = rebuilt(source, drop=drop)
    expected = held(source)
    del expected[last.key]
    with restored(path) as etcd:
        assert told(etcd) == expected
        assert etcd.range().header.revision == revision


def test_a_lease_that_is_gone_comes_back_with_the_time_of_its_kind(
    tmp_path: Path, rebuilt: Build, restored: Start
) -> None:
    from real_etcd import running_etcd

    with running_etcd() as etcd:
        gone, alive = etcd.grant(600), etcd.grant(600)
        etcd.put(b"/registry/configmaps/a/other", b"{}")
        moment = etcd.put(b"/registry/events/a/one", b"{}", gone)
        etcd.put(b"/registry/events/a/two", b"{}", alive)
        etcd.call("Lease", "LeaseRevoke", message("LeaseRevokeRequest", ID=gone))
        source = etcd.save(tmp_path / "saved.db")
    path, result = rebuilt(source, at=moment)
    assert result.leases == 1
    with restored(path) as etcd:
        lease = etcd.call("Lease", "LeaseTimeToLive", message("LeaseTimeToLiveRequest", ID=gone, keys=True))
        assert list(lease.keys) == [b"/registry/events/a/one"]
        assert lease.grantedTTL == 3600
