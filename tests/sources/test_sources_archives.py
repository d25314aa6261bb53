"""Archives: which snapshot is meant, what lies beside it, and archives that are broken or mean harm."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import shutil
import stat
import sys
import tarfile
import zipfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import pytest
from packing import COMPRESSORS, tar, tar_gz, zipped

from snapinspect.errors import Ambiguous, Damaged, NotASnapshot, SourceError
from snapinspect.model import silent
from snapinspect.sources import Source, open_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CONFIG = b"kind: EncryptionConfiguration\n"


def _keys(source: Source) -> int:
    return len(list(source.store.keys()))


def test_temporary_files_are_private(opened: Callable[..., Source], snapshot: bytes, temporary: Path) -> None:
    opened(tar_gz({"s": snapshot, "enc.yaml": CONFIG}))
    (workspace,) = temporary.iterdir()
    assert stat.S_IMODE(workspace.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in workspace.iterdir()} == {0o600}


def test_digest_is_the_snapshots_and_the_hash_is_the_archives(
    opened: Callable[..., Source], snapshot: bytes, tmp_path: Path
) -> None:
    content = tar_gz({"s": snapshot})
    source = opened(content)
    digests = source.evidence.digests(silent)
    assert (digests.state, digests.whole) == ("ok", hashlib.sha256(content).hexdigest())
    assert source.size == len(content)
    changed = snapshot[:5000] + b"\xff" + snapshot[5001:]
    assert opened(tar_gz({"s": changed})).evidence.digests(silent).state == "mismatch"


@pytest.mark.parametrize(
    ("wanted", "format_"),
    [
        ("!day/one", "etcd snapshot in a!day/one"),
        ("!day/two.gz", "etcd snapshot in a!day/two.gz"),
        ("!in.zip!three", "etcd snapshot in a!in.zip!three"),
        ("!in.zip", "etcd snapshot in a!in.zip!three"),
        ("!./day/one", "etcd snapshot in a!day/one"),
    ],
)
def test_one_of_several_is_picked(wanted: str, format_: str, opened: Callable[..., Source], snapshot: bytes) -> None:
    several = {"day/one": snapshot, "day/two.gz": gzip.compress(snapshot, 1), "in.zip": zipped({"three": snapshot})}
    source = opened(tar(several), wanted)
    assert source.format == format_
    assert _keys(source) == 637


@pytest.mark.parametrize("wanted", ["", "!day"])
def test_several_are_named(wanted: str, opened: Callable[..., Source], snapshot: bytes) -> None:
    several = {"day/one": snapshot, "day/two.gz": gzip.compress(snapshot, 1)}
    with pytest.raises(Ambiguous) as caught:
        opened(tar(several), wanted)
    assert "day/one" in str(caught.value)
    assert "day/two.gz" in str(caught.value)
    assert "a!day/one" in caught.value.hint


def test_what_is_not_there_cannot_be_picked(opened: Callable[..., Source], snapshot: bytes) -> None:
    with pytest.raises(NotASnapshot) as caught:
        opened(tar({"day/one": snapshot}), "!day/two")
    assert "day/one" in caught.value.hint
    with pytest.raises(SourceError, match="no archive"):
        opened(snapshot, "!day/one")


def test_small_texts_beside_the_snapshot_are_kept(opened: Callable[..., Source], snapshot: bytes) -> None:
    manifest = b"apiVersion: v1\n" + b"#" * 5000
    source = opened(
        tar_gz(
            {
                "kubernetes/enc.yaml": CONFIG,
                "etcd-backup.snapshot": snapshot,
                "static_kuberesources.tar.gz": tar_gz({"pod/a.yaml": manifest, "utf8": "é".encode() * 4000}),
                "kubernetes/pki/ca.key": b"-----BEGIN RSA PRIVATE KEY-----\n",
                "binary": bytes(100),
                "empty": b"",
                "a.log": b"x" * (1 << 21),
            }
        )
    )
    assert {name: read() for name, read in source.siblings()} == {
        "kubernetes/enc.yaml": CONFIG,
        "static_kuberesources.tar.gz!pod/a.yaml": manifest,
        "static_kuberesources.tar.gz!utf8": "é".encode() * 4000,
    }


def test_a_file_on_disk_has_no_siblings(opened: Callable[..., Source], snapshot: bytes) -> None:
    assert list(opened(snapshot).siblings()) == []


@pytest.mark.parametrize("root", ["", "var/etcd/member/"])
@pytest.mark.parametrize("is_log_first", [True, False])
def test_log_in_an_archive_is_read_with_its_database(
    root: str, is_log_first: bool, opened: Callable[..., Source], killed_etcd: Path
) -> None:
    names = sorted(("member/snap/db", *(f"member/wal/{path.name}" for path in killed_etcd.glob("member/wal/*.wal"))))
    files = {root + name.removeprefix("member/"): (killed_etcd / name).read_bytes() for name in names}
    ordered = dict(sorted(files.items(), reverse=is_log_first))
    source = opened(tar(ordered))
    assert set(source.store.keys()) == {b"key %02d" % number for number in range(50)}
    assert any(
        note.startswith("the write-ahead log has what the database lacks") and note.endswith("changes: 50")
        for note in source.notes
    )
    spooled = source.log
    assert spooled is not None
    assert 0 < sum(path.stat().st_size for path in spooled.iterdir()) < 2_000_000
    source.close()
    assert not spooled.exists()


def test_log_of_another_database_in_an_archive_is_not_read(
    opened: Callable[..., Source], snapshot: bytes, killed_etcd: Path
) -> None:
    (segment,) = killed_etcd.glob("member/wal/*.wal")
    files = {"b/snap/db": snapshot[:-32], f"c/wal/{segment.name}": segment.read_bytes()}
    assert opened(tar(files)).log is None


HOSTILE_NAMES = ("../../escaped", "/absolute", "a/../../b", "x" * 3000, "new\nline", "\udcff")


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_no_name_in_an_archive_is_used(name: str, opened: Callable[..., Source], snapshot: bytes) -> None:
    archive = tar({name: snapshot, f"{name}.yaml": CONFIG}, format_=tarfile.GNU_FORMAT)
    source = opened(archive)
    assert _keys(source) == 637
    assert [read() for _, read in source.siblings()] == [CONFIG]


def _special(**of: object) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        about = tarfile.TarInfo("etcd.db")
        for attribute, value in of.items():
            setattr(about, attribute, value)
        archive.addfile(about)
    return packed.getvalue()


def _zip_link(target: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        about = zipfile.ZipInfo("etcd.db")
        about.create_system, about.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(about, target)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("archive", "said"),
    [
        (_special(type=tarfile.SYMTYPE, linkname="/etc/passwd"), r"etcd\.db \(a link\)"),
        (_special(type=tarfile.LNKTYPE, linkname="../db"), r"etcd\.db \(a link\)"),
        (_special(type=tarfile.CHRTYPE, devmajor=1, devminor=5), r"etcd\.db \(a device\)"),
        (_special(type=tarfile.BLKTYPE, devmajor=8), r"etcd\.db \(a device\)"),
        (_special(type=tarfile.FIFOTYPE), r"etcd\.db \(a pipe\)"),
        (_zip_link("/etc/passwd"), r"etcd\.db \(a link\)"),
        (tar({"readme": b"hello"}), "holds no etcd snapshot"),
        (zipped({}), "holds no etcd snapshot"),
        (gzip.compress(b"hello", mtime=0), "holds no etcd snapshot"),
    ],
)
def test_an_archive_without_a_snapshot(archive: bytes, said: str, opened: Callable[..., Source]) -> None:
    with pytest.raises(NotASnapshot, match=said):
        opened(archive)


def _encrypted_zip(snapshot: bytes) -> bytes:
    """A zip archive whose entry says of itself, in both its headers, that it is encrypted."""
    packed = bytearray(zipped({"s": snapshot}))
    packed[6] |= 1
    packed[packed.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(packed)


def test_an_encrypted_zip_says_so(opened: Callable[..., Source], snapshot: bytes) -> None:
    with pytest.raises(SourceError, match=r"a!s: .*encrypted with a password"):
        opened(_encrypted_zip(snapshot))


def test_a_method_that_may_explode_is_refused(opened: Callable[..., Source], snapshot: bytes) -> None:
    with pytest.raises(SourceError, match="zip's method 12"):
        opened(zipped({"s": snapshot}, zipfile.ZIP_BZIP2))


def test_zstd_without_its_library_says_how_to_get_it(
    opened: Callable[..., Source], snapshot: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(SourceError) as caught:
        opened(COMPRESSORS["zst"](snapshot))
    assert "pip install zstandard" in caught.value.hint
    source = opened(tar({"logs.zst": COMPRESSORS["zst"](b"x"), "s": snapshot}))
    assert any("logs.zst" in note for note in source.notes)


@pytest.mark.parametrize("content", [b"", b"hello", bytes(100_000), os.urandom(70_000), b"PK\x03\x04" + bytes(50)])
def test_what_is_nothing_known(content: bytes, opened: Callable[..., Source]) -> None:
    with pytest.raises((NotASnapshot, Damaged)):
        opened(content)


class Room(NamedTuple):
    """What ``shutil.disk_usage`` tells."""

    free: int


def test_disk_is_looked_at_before_unpacking(
    opened: Callable[..., Source], snapshot: bytes, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def usage(_path: object) -> Room:
        taken = sum(file.stat().st_size for file in temporary.rglob("*") if file.is_file())
        return Room(free=(64 << 20) + 1_000_000 - taken)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    with pytest.raises(SourceError) as caught:
        opened(tar({"s": snapshot}))
    assert str(caught.value) == f"unpacking a!s needs 3.3 MB of disk, and {temporary} has 1.0 MB to spare"
    assert "TMPDIR" in caught.value.hint
    with pytest.raises(SourceError, match="to spare"):
        opened(gzip.compress(snapshot, 1))


def test_progress_says_how_much_disk_it_takes(tmp_path: Path, snapshot: bytes, temporary: Path) -> None:
    begun: dict[str, int] = {}
    done: dict[str, int] = {}

    @contextmanager
    def progress(label: str, total: int, /) -> Iterator[Callable[[int], object]]:
        begun[label], done[label] = total, 0

        def advance(step: int) -> None:
            done[label] += step

        yield advance

    (tmp_path / "a").write_bytes(tar_gz({"s": snapshot}))
    open_source(str(tmp_path / "a"), progress).close()
    label = f"unpacking a!s, which takes 3.3 MB of disk in {temporary}"
    assert begun == done == {label: len(snapshot)}
