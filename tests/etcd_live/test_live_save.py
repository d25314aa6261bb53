"""``save``: a snapshot of a live etcd in a file, whole and proven, or no file at all."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from asking import told
from fake_etcd import serving
from real_etcd import RealEtcd, message, snapshot_status

from snapinspect.errors import DigestMismatch, OutputError, SourceError
from snapinspect.etcd import Database
from snapinspect.etcd.client import Access, access_to
from snapinspect.model import silent
from snapinspect.sources.file import open_file
from snapinspect.sources.save import save

CONTENT = bytes(range(256)) * 64


def access(etcd: RealEtcd) -> Access:
    return access_to(f"unix:{etcd.home}/localhost:1")


@contextmanager
def sending(*blobs: bytes, total: int = len(CONTENT)) -> Iterator[Access]:
    """An etcd whose snapshot is ``blobs``, and which says that it has ``total`` bytes."""

    def snapshot(_request: Any, _context: Any) -> Iterator[Any]:
        sent = 0
        for blob in blobs:
            sent += len(blob)
            yield message("SnapshotResponse", blob=blob, remaining_bytes=max(0, total - sent))

    def status(_request: Any, _context: Any) -> Iterator[Any]:
        yield message("StatusResponse", version="3.5.0")

    with serving({"Maintenance/Snapshot": snapshot, "Maintenance/Status": status}) as endpoint:
        yield access_to(endpoint)


def test_what_is_saved_is_the_snapshot_that_etcd_holds(etcd: RealEtcd, tmp_path: Path) -> None:
    for number in range(400):
        etcd.put(b"/registry/saved/%d" % number, bytes(1_000))
    target = tmp_path / "saved.db"
    steps: list[tuple[str, int, list[int]]] = []

    def progress(label: str, total: int, /) -> AbstractContextManager[Any]:
        @contextmanager
        def bar() -> Iterator[Any]:
            steps.append((label, total, []))
            yield steps[-1][2].append

        return bar()

    saved = save(access(etcd), target, progress=progress)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert saved.size == target.stat().st_size
    assert snapshot_status(target)["revision"] == etcd.range().header.revision
    source = open_file(str(target), silent)
    assert source.evidence.digests(silent).state == "ok"
    assert saved.sha256 == hashlib.sha256(target.read_bytes()[:-32]).hexdigest()
    found = Database(etcd.snapshot())
    assert list(map(told, source.store.revisions(lambda _key: True))) == list(
        map(told, found.revisions(lambda _key: True))
    )
    source.close()
    ((label, total, done),) = steps
    assert (label, total) == ("saving", saved.size - 32)
    assert sum(done) == saved.size
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_that_is_there_stays_unless_forced(etcd: RealEtcd, tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_bytes(b"of another day")
    with pytest.raises(OutputError, match="is there already"):
        save(access(etcd), target)
    assert target.read_bytes() == b"of another day"
    save(access(etcd), target, force=True)
    assert snapshot_status(target)["revision"]
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_that_appears_meanwhile_stays(tmp_path: Path) -> None:
    target = tmp_path / "raced"

    def progress(_label: str, _total: int, /) -> AbstractContextManager[Any]:
        target.write_bytes(b"came first")
        return silent("", 0)

    with sending(CONTENT, hashlib.sha256(CONTENT).digest()) as fake, pytest.raises(OutputError, match="already"):
        save(fake, target, progress=progress)
    assert target.read_bytes() == b"came first"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("step", [1, 7, 31, 33, 5_000, len(CONTENT)])
def test_the_digest_is_found_however_the_answers_are_cut(tmp_path: Path, step: int) -> None:
    whole = CONTENT + hashlib.sha256(CONTENT).digest()
    if step < 31:
        whole = CONTENT[:512] + hashlib.sha256(CONTENT[:512]).digest()
    blobs = [whole[start : start + step] for start in range(0, len(whole), step)]
    with sending(*blobs, total=len(whole) - 32) as fake:
        save(fake, tmp_path / "saved.db")
    assert (tmp_path / "saved.db").read_bytes() == whole


def test_a_changed_byte_leaves_no_file(tmp_path: Path) -> None:
    changed = b"\xff" + CONTENT[1:]
    with sending(changed, hashlib.sha256(CONTENT).digest()) as fake, pytest.raises(DigestMismatch):
        save(fake, tmp_path / "saved.db")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("blobs", [[], [CONTENT[:500]], [CONTENT], [CONTENT, bytes(31)]])
def test_a_snapshot_that_breaks_off_leaves_no_file(tmp_path: Path, blobs: list[bytes]) -> None:
    with sending(*blobs) as fake, pytest.raises(SourceError, match="broke off"):
        save(fake, tmp_path / "saved.db")
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_is_not_there_is_named(etcd: RealEtcd, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="No such file"):
        save(access(etcd), tmp_path / "missing" / "saved.db")


def test_where_a_file_must_have_a_name_it_is_removed_all_the_same(
    etcd: RealEtcd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("os.O_TMPFILE")
    save(access(etcd), tmp_path / "saved.db")
    with sending(CONTENT) as fake, pytest.raises(SourceError):
        save(fake, tmp_path / "broken.db")
    assert [path.name for path in tmp_path.iterdir()] == ["saved.db"]


def test_a_killed_run_leaves_no_file(tmp_path: Path) -> None:
    arrived, over = threading.Event(), threading.Event()

    def snapshot(_request: Any, _context: Any) -> Iterator[Any]:
        yield message("SnapshotResponse", blob=CONTENT, remaining_bytes=len(CONTENT))
        arrived.set()
        over.wait(30)

    def status(_request: Any, _context: Any) -> Iterator[Any]:
        yield message("StatusResponse", version="3.5.0")

    script = (
        "import sys; from pathlib import Path; from snapinspect.etcd.client import access_to; "
        "from snapinspect.sources.save import save; save(access_to(sys.argv[1]), Path(sys.argv[2]))"
    )
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    with serving({"Maintenance/Snapshot": snapshot, "Maintenance/Status": status}) as endpoint:
        program = subprocess.Popen([sys.executable, "-c", script, endpoint, tmp_path / "saved.db"], env=environ)
        assert arrived.wait(30)
        program.kill()
        program.wait()
        over.set()
    assert list(tmp_path.iterdir()) == []
