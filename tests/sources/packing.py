"""How backups are packed in the field, made for the tests."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import shutil
import sqlite3
import tarfile
import zipfile
from contextlib import closing
from typing import TYPE_CHECKING

import zstandard

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from snapinspect.etcd import Database

DIGEST_SIZE = 32

_KINE = (
    """CREATE TABLE kine (id INTEGER PRIMARY KEY AUTOINCREMENT, name INTEGER, created INTEGER, deleted INTEGER,
       create_revision INTEGER, prev_revision INTEGER, lease INTEGER, value BLOB, old_value BLOB)""",
    "CREATE INDEX kine_name_index ON kine (name)",
    "CREATE INDEX kine_name_id_index ON kine (name,id)",
    "CREATE UNIQUE INDEX kine_name_prev_revision_uindex ON kine (name, prev_revision)",
)
"""The tables of k3s-io/kine's ``pkg/drivers/sqlite/sqlite.go``."""


def tar(files: Mapping[str, bytes], mode: str = "w", format_: int = tarfile.PAX_FORMAT) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode, format=format_) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            about = tarfile.TarInfo(name)
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    return packed.getvalue()


def tar_gz(files: Mapping[str, bytes]) -> bytes:
    return gzip.compress(tar(files), 1)


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method, compresslevel=1) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


COMPRESSORS = {
    "gz": lambda content: gzip.compress(content, 1),
    "bz2": lambda content: bz2.compress(content, 1),
    "xz": lambda content: lzma.compress(content, preset=0),
    "zst": lambda content: zstandard.ZstdCompressor(1).compress(content),
}


def kine_rows(database: Database) -> list[tuple[object, ...]]:
    """The rows that kine would have written, had it been asked what this etcd was asked."""
    rows: list[tuple[object, ...]] = [(1, "compact_rev_key", 1, 0, 0, database.compact_revision, 0, b"", None)]
    before: dict[bytes, tuple[int, int, bytes]] = {}
    for record in database.revisions(lambda _key: True):
        revision, name = record.mod_revision, record.key.decode()
        previous, created_at, old = before.get(record.key, (0, 0, b""))
        value = old if record.tombstone else bytes(record.value)
        created = record.version == 1
        born = 0 if created else record.create_revision or created_at
        rows.append((revision, name, created, record.tombstone, born, previous, record.lease, value, old))
        before[record.key] = (revision, record.create_revision or created_at, value)
    return rows


def write_kine(path: Path, rows: list[tuple[object, ...]]) -> None:
    """Writes the database as a k3s that was killed leaves it: the newer half of the rows is in the log beside it."""
    live = path.with_name("live.db")
    with closing(sqlite3.connect(live, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        for statement in _KINE:
            connection.execute(statement)
        half = len(rows) // 2
        _insert(connection, rows[:half])
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        _insert(connection, rows[half:])
        for suffix in ("", "-wal", "-shm"):
            shutil.copyfile(f"{live}{suffix}", f"{path}{suffix}")
    live.unlink()


def _insert(connection: sqlite3.Connection, rows: list[tuple[object, ...]]) -> None:
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO kine VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    connection.execute("COMMIT")
