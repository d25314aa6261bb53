"""Rebuilds of what is no whole snapshot: moments, logs, damaged files, kine, and what must be refused."""

from __future__ import annotations

import os
import random
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from bolt_writer import Image
from cli_program import SMALL
from compacted import Written
from mutations import MUTATIONS
from packing import write_kine
from real_etcd import STAYING, EtcdFiles, RealEtcd, killed, message, running_etcd

import snapinspect
from snapinspect.errors import SnapinspectError, SourceError, UsageError
from snapinspect.model import Record
from snapinspect.recovery.rebuild import Change, rebuild
from snapinspect.snapshot import open_snapshot
from snapinspect.sources.recovery import open_salvaged

Build = Callable[..., tuple[Path, Any]]
Start = Callable[[Path], AbstractContextManager[RealEtcd]]


def state(path: Path, at: int | None = None) -> list[Record]:
    with snapinspect.open(str(path)) as snapshot:
        found = snapshot.store.scan(lambda _key: True, at)
        return [record._replace(value=bytes(record.value)) for record in found if record.key]


def test_every_moment_of_a_history_is_the_state_of_that_moment(etcd_files: EtcdFiles, rebuilt: Build) -> None:
    for revision in range(etcd_files.compact_revision, etcd_files.revision + 1):
        path, _ = rebuilt(etcd_files.snapshot, at=revision)
        assert state(path) == state(etcd_files.snapshot, revision)
        with snapinspect.open(str(path)) as snapshot:
            assert snapshot.revision == revision


def test_a_log_counts(tmp_path: Path, rebuilt: Build, restored: Start) -> None:
    with running_etcd(*STAYING) as etcd:
        lease = etcd.grant(700)
        etcd.put(b"a", b"1", lease)
        etcd.put(b"b", b"2")
        etcd.delete(b"b")
        last = etcd.put(b"c", b"3")
        directory = killed(etcd, tmp_path / "data")
    path, _ = rebuilt(directory)
    with restored(path) as etcd:
        assert {kv.key: kv.value for kv in etcd.range().kvs} == {b"a": b"1", b"c": b"3"}
        assert etcd.range().header.revision == last
        assert f"{lease:x}" in etcd.ctl("lease", "list")


def test_no_object_of_a_damaged_file_was_deleted(
    compacted: Written, etcd_files: EtcdFiles, tmp_path: Path, restored: Start
) -> None:
    chance = random.Random(5)
    whole, other = compacted.snapshot.read_bytes(), etcd_files.snapshot.read_bytes()
    deleted = compacted.keys.keys() - compacted.at(compacted.last).keys()
    assert deleted
    for number in range(3 * len(MUTATIONS)):
        damaged, target = tmp_path / f"damaged-{number}.db", tmp_path / f"new-{number}.db"
        damaged.write_bytes(MUTATIONS[number % len(MUTATIONS)](chance, bytearray(whole), other))
        with open_snapshot(str(damaged), opener=open_salvaged) as snapshot:
            rebuild(snapshot, target)
        found = {record.key: bytes(record.value) for record in state(target)}
        # A bit that was flipped within a key makes one that never was, which nobody can tell.
        assert not found.keys() & deleted
        if number % 9 == 0:
            with restored(target) as etcd:
                assert {kv.key: kv.value for kv in etcd.range().kvs} == found


def test_kine_becomes_an_etcd(tmp_path: Path, rebuilt: Build, restored: Start) -> None:
    source = tmp_path / "state.db"
    write_kine(
        source,
        [
            (1, "compact_rev_key", 1, 0, 0, 3, 0, b"", None),
            (4, "/registry/a", 0, 0, 3, 3, 0, b"two", b"one"),
            (5, "gap-5", 0, 1, 0, 0, 0, None, None),
            (6, "/registry/events/x", 1, 0, 0, 0, 3600, b"leased", None),
            (7, "/registry/a", 0, 1, 3, 4, 0, b"two", b"two"),
            (8, "/registry/a", 1, 0, 0, 7, 0, b"again", b"two"),
            (9, "/registry/a", 0, 0, 8, 8, 0, b"more", b"again"),
        ],
    )
    path, result = rebuilt(source)
    assert (result.records, result.leases) == (6, 1)
    with restored(path) as etcd:
        told = {kv.key: (kv.create_revision, kv.mod_revision, kv.version, kv.value) for kv in etcd.range().kvs}
        assert told == {b"/registry/a": (8, 9, 2, b"more"), b"/registry/events/x": (6, 6, 1, b"leased")}
        assert etcd.range().header.revision == 9
        assert etcd.range(5).kvs[0].value == b"two"
        lease = etcd.call("Lease", "LeaseTimeToLive", message("LeaseTimeToLiveRequest", ID=3600, keys=True))
        assert (lease.grantedTTL, list(lease.keys)) == (3600, [b"/registry/events/x"])


@pytest.mark.parametrize("page_size", [16384, 65536])
def test_pages_of_any_size_are_read(page_size: int, tmp_path: Path, rebuilt: Build) -> None:
    records = {
        bytes(7) + bytes([main]) + b"_" + bytes(8): b"\n\1%c\x10%c\x18%c\x20\1*\1v" % (96 + main, main, main)
        for main in (2, 3)
    }
    image = Image(page_size=page_size)
    root = image.tree({b"key": records, b"meta": {b"consistent_index": bytes(8)}})
    source = tmp_path / "source.db"
    source.write_bytes(image.file(root))
    path, result = rebuilt(source)
    assert result.records == 2
    assert state(path) == state(source)


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file may grow beyond a mebibyte, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, ignored)


@pytest.mark.usefixtures("small_files")
def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    with snapinspect.open(str(SMALL)) as snapshot, pytest.raises(SnapinspectError, match="File too large"):
        rebuild(snapshot, tmp_path / "new.db")
    assert list(tmp_path.iterdir()) == []


def test_a_source_that_changes_is_refused(snapshot_file: Any, tmp_path: Path) -> None:
    source = tmp_path / "source.db"
    source.write_bytes(snapshot_file("small").read_bytes())
    with snapinspect.open(str(source)) as snapshot:

        class Touching:
            def __call__(self, label: str, total: int) -> Any:
                from contextlib import nullcontext

                os.utime(source, (1, 1))
                return nullcontext(lambda _step: None)

        with pytest.raises(SourceError, match="changed while it was read"):
            rebuild(snapshot, tmp_path / "new.db", Change(), Touching())
    assert not (tmp_path / "new.db").exists()


def test_a_moment_that_is_compacted_is_refused(etcd_files: EtcdFiles, tmp_path: Path) -> None:
    with (
        snapinspect.open(str(etcd_files.snapshot)) as snapshot,
        pytest.raises(UsageError, match="history was compacted away"),
    ):
        rebuild(snapshot, tmp_path / "new.db", Change(at=etcd_files.compact_revision - 1))
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_into_a_directory_that_is_read(tmp_path: Path, etcd_files: EtcdFiles) -> None:
    snap = tmp_path / "data" / "member" / "snap"
    snap.mkdir(parents=True)
    (snap / "db").write_bytes(etcd_files.database.read_bytes())
    with (
        snapinspect.open(str(tmp_path / "data")) as snapshot,
        pytest.raises(UsageError, match="lies inside"),
    ):
        rebuild(snapshot, snap / "new.db")
