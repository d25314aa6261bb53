"""The write-ahead log beside a kine datastore: whether it is the database's own, and what it brings.

SQLite replays any log with valid checksums that lies beside a database; nothing in the format ties the two, and a restored
database may find the log of the one before it.
Source: sqlite.org ``fileformat2.html``: 1.3.3 (bytes 18 and 19 of page 1 are 2 in WAL mode), 1.3.7 (change counter),
1.3.9 (schema cookie), 4.1 and 4.2 (a log's header, and its frames).
"""

from __future__ import annotations

import shutil
import sqlite3
import struct
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOG_SUFFIX = "-wal"
_LOG_HEADER, _FRAME_HEADER = 32, 24
_IN_LOG_MODE = 2
_NEWEST = """
    SELECT id, CAST(name AS BLOB), create_revision,
        (SELECT max(prev_revision) FROM kine WHERE name = 'compact_rev_key')
    FROM kine ORDER BY id DESC LIMIT 1
"""


class _Header(NamedTuple):
    """Of page 1."""

    write_version: int
    change_counter: int
    schema_cookie: int


def settle_log(copy: Path) -> tuple[str, ...]:
    """Removes the log beside the ``copy`` of a database when it is another's; gives the notes on what was done."""
    log = copy.with_name(copy.name + LOG_SUFFIX)
    if not log.is_file() or log.stat().st_size <= _LOG_HEADER:
        return ()
    base = _newest(copy, "mode=ro&immutable=1")
    sign = _foreign(copy, log)
    plain = copy.with_name(f"{copy.name}-plain")
    if not sign:
        # Who closes a database last writes the log into it.
        shutil.copyfile(copy, plain)
    applied = None if sign else _newest(copy, "mode=rw")
    sign = sign or _contradiction(copy, base, applied)
    if sign:
        for suffix in (LOG_SUFFIX, "-shm"):
            copy.with_name(copy.name + suffix).unlink(missing_ok=True)
        if plain.exists():
            plain.replace(copy)
        return (f"state.db{LOG_SUFFIX} is not applied, as it is the log of another database: {sign}",)
    plain.unlink()
    brought = max(0, (applied.id if applied else 0) - (base.id if base else 0))
    if not brought:
        return ()
    return (f"state.db{LOG_SUFFIX} holds what is not in the database yet, and was applied; changes: {brought}",)


class _Row(NamedTuple):
    """The newest row of kine's table, and the compacted revision."""

    id: int
    name: bytes
    create_revision: int
    compacted: int | None


def _foreign(database: Path, log: Path) -> str:
    """What in the headers says so; "" when nothing does."""
    own = _header(_read(database, 0, 100))
    if own is None:
        return ""
    if own.write_version != _IN_LOG_MODE:
        return "the database is not in the mode in which it would write one"
    for logged in _first_pages(log):
        if logged.change_counter < own.change_counter:
            return "it was begun on an older state than the database's"
        if logged.schema_cookie < own.schema_cookie:
            return "it knows an older schema than the database"
    return ""


def _contradiction(copy: Path, base: _Row | None, applied: _Row | None) -> str:
    """What the rows say when it is applied."""
    if base is None or applied is None:
        return ""
    if applied.id < base.id:
        return f"with it the newest revision would be {applied.id}, and without it is {base.id}"
    if base.id <= (applied.compacted or 0):
        return ""
    with closing(_open(copy, "mode=rw")) as connection:
        query = "SELECT CAST(name AS BLOB), create_revision FROM kine WHERE id = ?"
        if connection.execute(query, (base.id,)).fetchone() == (base.name, base.create_revision):
            return ""
    return f"with it the row of revision {base.id}, the database's newest, would be another"


def _first_pages(log: Path) -> Iterator[_Header]:
    """Headers of page 1, as the frames of the log's valid part have it."""
    head = _read(log, 0, _LOG_HEADER)
    size, salts = int.from_bytes(head[8:12], "big"), head[16:24]
    if size < 512 or size > 65536 or size & (size - 1):
        return
    end = log.stat().st_size
    with log.open("rb") as file:
        for at in range(_LOG_HEADER, end - _FRAME_HEADER - size + 1, _FRAME_HEADER + size):
            file.seek(at)
            frame = file.read(_FRAME_HEADER + 100)
            if frame[8:16] != salts:
                return
            header = _header(frame[_FRAME_HEADER:]) if frame[:4] == b"\0\0\0\1" else None
            if header:
                yield header


def _header(page: bytes) -> _Header | None:
    if len(page) < 100 or not page.startswith(b"SQLite format 3\0"):
        return None
    return _Header(page[18], *struct.unpack_from(">I", page, 24), *struct.unpack_from(">I", page, 40))


def _read(path: Path, start: int, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(size)


def _newest(copy: Path, how: str) -> _Row | None:
    """None when there is none, or none can be read: what is damaged is told by whoever reads it."""
    try:
        with closing(_open(copy, how)) as connection:
            row = connection.execute(_NEWEST).fetchone()
    except (sqlite3.Error, OverflowError):
        return None
    is_whole = row is not None and isinstance(row[0], int) and (row[3] is None or isinstance(row[3], int))
    return _Row(*row) if is_whole else None


def _open(copy: Path, how: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{quote(str(copy))}?{how}", uri=True, isolation_level=None)
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection
