"""The same questions get the same answers, however the backup arrives."""

from __future__ import annotations

import gzip
import hashlib
import io
import sys
import zipfile
from typing import TYPE_CHECKING, Any
from zlib import crc32

import pytest
from bolt_writer import Image
from packing import COMPRESSORS, DIGEST_SIZE, SQL_DUMPS, kine_rows, tar, tar_gz, write_kine, zipped
from written_snapshot import key_of

from snapinspect.bolt import BoltFile
from snapinspect.errors import UsageError
from snapinspect.etcd import Database, Store
from snapinspect.model import Record, silent
from snapinspect.sources import Source, open_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MIDDLE = 1500
MANIFEST = b"apiVersion: v1\nkind: Pod\n"
Answers = dict[str, Any]


@pytest.fixture(scope="module")
def snapshot(snapshot_file: Callable[[str], Path]) -> bytes:
    """The Secrets and an eighth of the other keys of a real snapshot with all that happened to them, as each arrival is read whole many times."""
    root = BoltFile(snapshot_file("history").read_bytes()).root()
    buckets = {name: dict(bucket.items()) for name, bucket in root.buckets()}
    buckets[b"key"] = {at: value for at, value in buckets[b"key"].items() if _is_kept(key_of(value))}
    image = Image(per_page=20)
    file = image.file(image.tree(buckets))
    return file + hashlib.sha256(file).digest()


@pytest.fixture(scope="module")
def truth(snapshot: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("truth") / "plain.db"
    path.write_bytes(snapshot)
    source = open_source(str(path), silent)
    yield source.store
    source.close()


@pytest.fixture(scope="module")
def true_answers(truth: Store) -> Answers:
    told = answers(truth)
    assert [question for question in told if not told[question]] == ["compact revision", "none"]
    assert any(record.tombstone for record in truth.revisions(_is_secret))
    return told


def _told(record: Record | None) -> tuple[Any, ...] | None:
    """All of a record, its value as bytes."""
    return None if record is None else (*record._replace(value=bytes(record.value)),)


def _is_secret(key: bytes) -> bool:
    return key.startswith(b"/registry/secrets/")


def _is_kept(key: bytes) -> bool:
    return _is_secret(key) or crc32(key) % 8 == 0


def answers(store: Store) -> Answers:
    keys = sorted(store.keys())
    return {
        "revision": store.revision,
        "compact revision": store.compact_revision,
        "keys": keys,
        "keys before": sorted(store.keys(MIDDLE)),
        "all": [_told(record) for record in store.scan(lambda _key: True)],
        "all before": [_told(record) for record in store.scan(lambda _key: True, MIDDLE)],
        "secrets": [_told(record) for record in store.scan(_is_secret)],
        "one": [_told(store.get(key)) for key in keys[::50]],
        "one before": [_told(store.get(key, MIDDLE)) for key in keys[::50]],
        "none": store.get(b"/registry/none"),
        "revisions": [_told(record) for record in store.revisions(_is_secret)],
        "every revision": [_told(record) for record in store.revisions(lambda _key: True)],
        "newest": [_told(record) for record in store.newest(30)],
        "oldest": [_told(record) for record in store.oldest(30)],
        "records": store.count_records(),
    }


def _data_directory(root: Path, snapshot: bytes) -> Path:
    (root / "etcd/member/snap").mkdir(parents=True)
    (root / "etcd/member/wal").mkdir()
    (root / "etcd/member/wal/0000000000000000-0000000000000000.wal").write_bytes(bytes(64))
    (root / "etcd/member/snap/db").write_bytes(snapshot[:-DIGEST_SIZE])
    return root / "etcd"


def _file(root: Path, name: str, content: bytes) -> str:
    (root / name).write_bytes(content)
    return str(root / name)


def _directory(root: Path, files: dict[str, bytes]) -> str:
    (root / "backup").mkdir()
    for name, content in files.items():
        (root / "backup" / name).write_bytes(content)
    return str(root / "backup")


ARRIVALS: dict[str, tuple[Callable[[Path, bytes], str], str]] = {
    "raw": (lambda root, db: _file(root, "db", db[:-DIGEST_SIZE]), "etcd database without a digest"),
    **{
        name: (
            lambda root, db, name=name: _file(root, "a-file", COMPRESSORS[name](db)),  # type: ignore[misc]
            "etcd snapshot in a-file",
        )
        for name in COMPRESSORS
    },
    "tar": (lambda root, db: _file(root, "b", tar({"./x/s.db": db})), "etcd snapshot in b!x/s.db"),
    "Deckhouse's": (
        lambda root, db: _file(root, "etcd-backup.tar.gz", tar_gz({"etcd-backup.snapshot": db})),
        "etcd snapshot in etcd-backup.tar.gz!etcd-backup.snapshot",
    ),
    "Deckhouse's with Kubernetes' files": (
        lambda root, db: _file(
            root,
            "kube-backup.tar.gz",
            tar_gz({"kubernetes/manifests/a.yaml": MANIFEST, "etcd-backup.snapshot": db, "kubernetes/b": b"\0\1"}),
        ),
        "etcd snapshot in kube-backup.tar.gz!etcd-backup.snapshot",
    ),
    "RKE2's": (lambda root, db: _file(root, "on-demand", zipped({"s1": db})), "etcd snapshot in on-demand!s1"),
    "stored zip": (
        lambda root, db: _file(root, "s.zip", zipped({"s1": db}, zipfile.ZIP_STORED)),
        "etcd snapshot in s.zip!s1",
    ),
    "nested": (
        lambda root, db: _file(root, "n", tar_gz({"in.zip": zipped({"x.tgz": tar_gz({"y": db}), "z": b""})})),
        "etcd snapshot in n!in.zip!x.tgz!y",
    ),
    "directory": (
        lambda root, db: str(_data_directory(root, db)),
        "data directory: etcd database without a digest in member/snap/db",
    ),
    "member": (
        lambda root, db: str(_data_directory(root, db) / "member"),
        "data directory: etcd database without a digest in snap/db",
    ),
    "kops's": (
        lambda root, db: _directory(root, {"etcd.backup.gz": gzip.compress(db, 1), "_etcd_backup.meta": b"{}"}),
        "etcd snapshot in etcd.backup.gz of etcd.backup.gz in a backup directory",
    ),
    "OpenShift's": (
        lambda root, db: _directory(
            root, {"snapshot_1.db": db, "static_kuberesources_1.tar.gz": tar_gz({"static/a.yaml": MANIFEST})}
        ),
        "etcd snapshot of snapshot_1.db in a backup directory",
    ),
    "RKE1's": (
        lambda root, db: _directory(root, {"s.zip": zipped({"backup/s": db}), "s.rkestate": b"{}"}),
        "etcd snapshot in s.zip!backup/s of s.zip in a backup directory",
    ),
    "Gardener's": (
        lambda root, db: _directory(root, {"Full-00000000-00009999-1700000000": db}),
        "Gardener's store: Full-00000000-00009999-1700000000 and 0 deltas after it",
    ),
    "snap": (
        lambda root, db: str(_data_directory(root, db) / "member/snap"),
        "data directory: etcd database without a digest in db",
    ),
}


@pytest.mark.parametrize("arrival", ARRIVALS)
def test_every_source_answers_alike(
    arrival: str, tmp_path: Path, snapshot: bytes, truth: Store, true_answers: Answers
) -> None:
    make, told_format = ARRIVALS[arrival]
    spec = make(tmp_path, snapshot)
    source = open_source(spec, silent)
    try:
        assert answers(source.store) == true_answers
        assert source.store.facts() == truth.facts()
        assert (source.path, source.format) == (spec, told_format)
    finally:
        source.close()


@pytest.mark.parametrize("wanted", ["", "!etcd-backup.snapshot"])
def test_standard_input_answers_alike(
    wanted: str, snapshot: bytes, truth: Store, true_answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = tar_gz({"etcd-backup.snapshot": snapshot}) if wanted else snapshot
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(sent)))
    source = open_source(f"-{wanted}", silent)
    try:
        assert answers(source.store) == true_answers
        assert source.store.facts() == truth.facts()
        assert (source.path, source.size) == (f"-{wanted}", len(sent))
        assert source.format == (
            "etcd snapshot in standard input" + wanted if wanted else "etcd snapshot from standard input"
        )
    finally:
        source.close()


@pytest.fixture(scope="module")
def kine(tmp_path_factory: pytest.TempPathFactory, snapshot: bytes) -> Path:
    """The directory of a k3s server's datastore."""
    directory = tmp_path_factory.mktemp("db")
    write_kine(directory / "state.db", kine_rows(Database(snapshot)))
    return directory


def _without_versions(told: Any) -> Any:
    """Answers of an etcd as kine would give them."""
    if isinstance(told, list):
        return [_without_versions(item) for item in told]
    return (*told[:4], 0, *told[5:]) if isinstance(told, tuple) else told


def _pack_kine(kine: Path, root: Path) -> str:
    files = {f"db/{file.name}": file.read_bytes() for file in sorted(kine.iterdir(), reverse=True)}
    return _file(root, "k3s.tar.gz", tar_gz({"token": b"K10::server:x\n", **files}))


@pytest.mark.parametrize(
    ("arrive", "told_format"),
    [
        (lambda kine, _root: str(kine / "state.db"), "k3s SQLite datastore"),
        (lambda kine, _root: str(kine), "data directory: k3s SQLite datastore in state.db"),
        (_pack_kine, "k3s SQLite datastore in k3s.tar.gz!db/state.db"),
    ],
)
def test_kine_answers_alike_but_for_versions(
    arrive: Callable[[Path, Path], str], told_format: str, kine: Path, tmp_path: Path, true_answers: Answers
) -> None:
    source = open_source(arrive(kine, tmp_path), silent)
    try:
        expected = {question: _without_versions(answer) for question, answer in true_answers.items()}
        assert answers(source.store) == expected
        assert source.format == told_format
        assert any("versions" in note for note in source.notes)
        assert source.store.facts() == source.store.facts()._replace(
            hash=None, consistent_index=None, term=None, cluster_version=None, members=()
        )
    finally:
        source.close()


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("dump", SQL_DUMPS)
def test_a_dump_of_kine_answers_alike(
    dump: str, pack: Callable[[bytes], bytes], tmp_path: Path, snapshot: bytes, true_answers: Answers
) -> None:
    rows = kine_rows(Database(snapshot))
    source = open_source(_file(tmp_path, "dump.sql", pack(SQL_DUMPS[dump](rows))), silent)
    try:
        assert answers(source.store) == {key: _without_versions(answer) for key, answer in true_answers.items()}
        assert source.problems == ()
        assert source.format.startswith("SQL dump of a k3s datastore (kine)")
    finally:
        source.close()


@pytest.mark.parametrize("arrival", ["raw", "RKE2's", "kine"])
def test_revisions_that_are_not_held_are_refused_alike(
    arrival: str, tmp_path: Path, snapshot: bytes, kine: Path, truth: Store
) -> None:
    spec = str(kine) if arrival == "kine" else ARRIVALS[arrival][0](tmp_path, snapshot)
    source: Source = open_source(spec, silent)
    try:
        for at in (truth.revision + 1, truth.compact_revision - 1):
            with pytest.raises(UsageError):
                source.store.keys(at)
            with pytest.raises(UsageError):
                truth.keys(at)
        assert sorted(source.store.keys(truth.compact_revision)) == sorted(truth.keys(truth.compact_revision))
    finally:
        source.close()
