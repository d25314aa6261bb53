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
import zlib
from contextlib import closing
from typing import TYPE_CHECKING

import zstandard

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
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


def lzw_compressed(content: bytes) -> bytes:
    """LZW with literals of eight bits, least significant bit first, a clear code wherever the table is full."""
    bits, count, packed = 0, 0, bytearray()
    table: dict[bytes, int] = {}
    width = 9

    def write(code: int) -> None:
        nonlocal bits, count
        bits |= code << count
        count += width
        while count >= 8:
            packed.append(bits & 0xFF)
            bits >>= 8
            count -= 8

    write(256)
    word = b""
    for byte in content:
        longer = word + bytes([byte])
        if len(longer) == 1 or longer in table:
            word = longer
            continue
        write(table.get(word, word[0]) if len(word) > 1 else word[0])
        if len(table) + 258 >= 4095:
            write(256)
            table, width = {}, 9
        else:
            table[longer] = len(table) + 258
            width = max(width, (len(table) + 257).bit_length())
        word = longer[-1:]
    if word:
        write(table[word] if len(word) > 1 else word[0])
        width = min(12, max(width, (len(table) + 258).bit_length()))
    write(257)
    return bytes(packed) + (bytes([bits & 0xFF]) if count else b"")


COMPRESSORS = {
    "gz": lambda content: gzip.compress(content, 1),
    "bz2": lambda content: bz2.compress(content, 1),
    "xz": lambda content: lzma.compress(content, preset=0),
    "zlib": lambda content: zlib.compress(content, 1),
    "lzw": lzw_compressed,
    "zst": lambda content: zstandard.ZstdCompressor(1).compress(content),
}


def _sql_text(value: object, blob: str) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return blob.format(value.hex())
    return str(int(value)) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def _mysql_text(value: object) -> bytes:
    if isinstance(value, bytes):
        pairs = ((b"\\", b"\\\\"), (b"'", b"\\'"), (b"\n", b"\\n"), (b"\0", b"\\0"), (b"\x1a", b"\\Z"), (b"\r", b"\\r"))
        for plain, escaped in pairs:
            value = value.replace(plain, escaped)
        return b"_binary '" + value + b"'"
    return _sql_text(value, "").encode()


def _inserts(rows: list[tuple[object, ...]], table: str, blob: str) -> str:
    return "".join(
        f"INSERT INTO {table} VALUES ({', '.join(_sql_text(cell, blob) for cell in row)});\n" for row in rows
    )


def _copied(rows: list[tuple[object, ...]]) -> str:
    cells = (("\\N" if cell is None else _sql_text(cell, "\\\\x{}").strip("'") for cell in row) for row in rows)
    columns = "id, name, created, deleted, create_revision, prev_revision, lease, value, old_value"
    return f"COPY public.kine ({columns}) FROM stdin;\n" + "".join("\t".join(row) + "\n" for row in cells) + "\\.\n"


SQL_DUMPS: dict[str, Callable[[list[tuple[object, ...]]], bytes]] = {
    "sqlite": lambda rows: ("BEGIN TRANSACTION;\n" + _inserts(rows, "kine", "X'{}'") + "COMMIT;\n").encode(),
    "pg COPY": lambda rows: ("SET client_encoding = 'UTF8';\n" + _copied(rows)).encode(),
    "pg INSERT": lambda rows: ("SET x;\n" + _inserts(rows, "public.kine", "'\\x{}'")).encode(),
    "mysql hex": lambda rows: (
        "-- MySQL dump\n" + _inserts(rows, "`kine`", "0x{}").replace("0x,", "'',").replace("0x)", "'')")
    ).encode(),
    "mysql": lambda rows: (
        b"INSERT INTO `kine` VALUES "
        + b",".join(b"(" + b",".join(map(_mysql_text, row)) + b")" for row in rows)
        + b";\n"
    ),
}
"""``sqlite3 .dump``, ``pg_dump`` in both its forms, ``mysqldump`` with and without ``--hex-blob``."""
