"""What is fuzzed: each target takes any bytes, and may raise nothing but the project's own errors."""

from __future__ import annotations

import gzip
import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path

from cli_program import run
from packing import tar, tar_gz, zipped
from written_snapshot import write_snapshot

from snapinspect.bolt import pages
from snapinspect.errors import SnapinspectError
from snapinspect.etcd import Database
from snapinspect.etcd.keyvalue import read_key, read_keyvalue
from snapinspect.etcd.wal.frames import frames
from snapinspect.etcd.wal.log import Segment, read_log
from snapinspect.etcd.wal.requests import request_of
from snapinspect.kube import cbor, decode, envelope, head, wire
from snapinspect.model import silent
from snapinspect.snapshot import open_snapshot
from snapinspect.sources import open_source

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "k8s-1.36"
_PAGE = 4096
_FEW = 60
_COMMANDS = (
    ("ls", "-A"),
    ("verify", "-o", "json"),
    ("get", "--all", "--salvage", "-o", "json"),
    ("history", "cm/one", "-n", "ns", "--carve"),
)
_KINE = (
    "CREATE TABLE kine (id INTEGER PRIMARY KEY, name INTEGER, created INTEGER, deleted INTEGER, "
    "create_revision INTEGER, prev_revision INTEGER, lease INTEGER, value BLOB, old_value BLOB)"
)
_ROW = [2, "/registry/configmaps/ns/one", 1, 0, 2, 0, 0, '{"apiVersion":"v1","kind":"ConfigMap"}', ""]


def read_page(data: bytes) -> None:
    """The data as the only page of a file."""
    page = pages.read_page(data, 0, _PAGE, 1)
    for read in (pages.elements, pages.children, pages.freelist):
        with suppress(SnapinspectError):
            list(read(data, page))


def read_record(data: bytes) -> None:
    """The data as a record of etcd's."""
    for read in (read_keyvalue, read_key):
        with suppress(SnapinspectError):
            read(data, 0, len(data))


def read_envelope(data: bytes) -> None:
    """The data as a stored value, of which the envelope and the head are read."""
    for read in (envelope.encoding_of, envelope.open_envelope, head.quick_head, head.read_head, wire.outline):
        with suppress(SnapinspectError):
            read(data)


def read_protobuf(data: bytes) -> None:
    """The data as a stored value, all of which is read."""
    for read in (decode.decode, decode.decode_metadata):
        with suppress(SnapinspectError):
            read(data)


def read_cbor(data: bytes) -> None:
    """The data as CBOR."""
    with suppress(SnapinspectError):
        cbor.decode(data)
    with suppress(SnapinspectError):
        cbor.span_of(data, "metadata", "name")


def read_wal(data: bytes) -> None:
    """The data as a segment of a write-ahead log."""
    list(frames(data))
    log = read_log([Segment("0000000000000000-0000000000000000.wal", data)], silent)
    for index in range(max(0, log.last - _FEW), log.last + 1):
        if entry := log.at(index):
            request_of(entry)


def read_kine(data: bytes) -> None:
    """The data as rows of kine's table, in JSON."""
    try:
        rows = json.loads(data)
    except (ValueError, RecursionError):
        return
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "state.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(_KINE)
            for row in rows if isinstance(rows, list) else ():
                with suppress(sqlite3.Error, OverflowError, UnicodeError):
                    connection.execute("INSERT INTO kine VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            connection.commit()
        with open_snapshot(str(path)) as snapshot:
            list(snapshot.store.revisions(lambda _key: True))
            snapshot.store.facts()


def read_archive(data: bytes) -> None:
    """The data as a file of whatever form."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "backup"
        path.write_bytes(data)
        open_source(str(path), silent).close()


def run_commands(data: bytes) -> None:
    """The data as a snapshot that whole commands read: each ends in words, and none is at fault."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "s.db"
        path.write_bytes(data)
        for name, *options in _COMMANDS:
            outcome = run(name, path, *options)
            assert outcome.code in {0, 1, 2, 3}, outcome
            assert "fault of snapinspect" not in outcome.err, outcome.err


def _file_pages() -> Iterator[bytes]:
    data = (FIXTURES / "small.db").read_bytes()
    places = range(0, len(data) - _PAGE, len(data) // _FEW // _PAGE * _PAGE)
    yield from (b"\0" * 8 + data[at + 8 : at + _PAGE] for at in places)


def _values(*names: str) -> Iterator[bytes]:
    for name in names:
        file = FIXTURES / f"{name}.db"
        packed = file.with_suffix(".db.gz")
        data = file.read_bytes() if file.exists() else gzip.decompress(packed.read_bytes())
        records = list(Database(data).scan(lambda _key: True))
        yield from (bytes(each.value) for each in records[:: max(1, len(records) // _FEW)])


def _records() -> Iterator[bytes]:
    yield b"\x0a\x03/ab\x10\x02\x18\x03\x20\x01\x2a\x05value\x30\x07"
    yield from (b"\x0a\x01k\x10\x02\x18\x03\x20\x01\x2a\x7f" + value[:127] for value in islice(_values("small"), 9))


def _cbors() -> Iterator[bytes]:
    yield from (value[3:] for value in _values("cbor") if value.startswith(b"\xd9\xd9\xf7"))
    yield b"\xa2\x63abc\x9f\x01\x20\xff\x61d\xc0\x74" + b"2026-01-01T00:00:00Z"


def _segment() -> Iterator[bytes]:
    import tarfile

    with tarfile.open(FIXTURES.parent / "etcd-3.5" / "member.tar.gz") as archive:
        member = next(each for each in archive if each.name.endswith(".wal"))
        content = archive.extractfile(member)
        assert content is not None
        yield content.read(1 << 14)


def _rows() -> Iterator[bytes]:
    yield json.dumps([_ROW]).encode()
    yield json.dumps([_ROW, [3, *_ROW[1:3], 1, 2, 2, 0, "", _ROW[7]], [1, "compact_rev_key", *[0] * 7]]).encode()


def tiny_snapshot() -> bytes:
    """Three objects, one of them a Secret."""
    kinds = (("ConfigMap", "one"), ("ConfigMap", "two"), ("Secret", "three"))
    objects = (
        {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "ns"}, "data": {"a": "Yg=="}}
        for kind, name in kinds
    )
    with tempfile.TemporaryDirectory() as directory:
        return write_snapshot(Path(directory) / "s.db", objects).read_bytes()


def _archives() -> Iterator[bytes]:
    tiny = tiny_snapshot()
    files = {"a/readme.txt": b"text", "a/s.db": tiny}
    yield from (tiny, gzip.compress(tiny), tar(files), tar_gz(files), zipped(files))


def _snapshots() -> Iterator[bytes]:
    yield tiny_snapshot()


Target = Callable[[bytes], None]
TARGETS: dict[str, tuple[Target, Callable[[], Iterator[bytes]]]] = {
    "pages": (read_page, _file_pages),
    "records": (read_record, _records),
    "envelopes": (read_envelope, lambda: _values("small", "cbor")),
    "protobuf": (read_protobuf, lambda: _values("small")),
    "cbor": (read_cbor, _cbors),
    "wal": (read_wal, _segment),
    "kine": (read_kine, _rows),
    "archives": (read_archive, _archives),
    "commands": (run_commands, _snapshots),
}
"""Each with the seeds from which the fuzzer sets out."""


def attempt(name: str, data: bytes) -> None:
    """The target on the data; any error that is not ours comes through."""
    with suppress(SnapinspectError):
        TARGETS[name][0](data)
