"""The store of a k3s server without etcd: kine's table in an SQLite file.

Source: github.com/k3s-io/kine ``pkg/drivers/sqlite/sqlite.go`` (the table), ``pkg/drivers/generic/generic.go`` (the
queries, the rows that fill gaps), ``pkg/logstructured/sqllog/sql.go`` (a row's meaning; the row ``compact_rev_key``,
whose ``prev_revision`` is the compacted revision), ``pkg/server/kv.go`` (what an etcd client is told).

A row is a record, and its ``id`` the revision. What is created says so and has its own id for its create revision; a
row of a deletion repeats the last value. Kine counts no versions, and tells its clients version 0 for every key; the
lease it tells is the time to live in seconds. ``old_value`` is what the key held before, at ``prev_revision``, also
where compaction removed that row.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from snapinspect.errors import Damaged, NotASnapshot
from snapinspect.etcd import KeyFilter
from snapinspect.etcd.about import Facts
from snapinspect.etcd.store import require_held
from snapinspect.model import Buffer, Progress, Record, Revision, silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

_LONGEST_VALUE = 256 << 20
_TOLD_EVERY = 1_000

_RECORDS = """
    CREATE TEMP VIEW records AS
    SELECT id, created, deleted, create_revision, lease, CAST(name AS BLOB) AS key, CAST(value AS BLOB) AS value
    FROM main.kine WHERE name != 'compact_rev_key' AND NOT (deleted != 0 AND name LIKE 'gap-%')
"""
"""What clients wrote; the rest is kine's own bookkeeping."""
_REPLACED = """
    CREATE TEMP VIEW replaced AS
    SELECT later.prev_revision AS id, later.id AS by, CAST(later.name AS BLOB) AS key
    FROM main.kine AS later JOIN records USING (id)
    WHERE later.prev_revision > 0 AND NOT EXISTS (SELECT 1 FROM main.kine WHERE id = later.prev_revision)
        AND (later.created != 0 OR length(later.old_value) > 0)
"""
"""Rows that are gone, and of which the one that came after them still tells; what came before a creation is a deletion."""
_SETTINGS = (
    *("PRAGMA trusted_schema = OFF", "PRAGMA cell_size_check = ON"),
    *(_RECORDS, _REPLACED, "PRAGMA query_only = ON"),
)
_LAST_ID = (1 << 63) - 1


class KineDatabase:
    """The ``Store`` of the SQLite file at ``path``, which opening may change: give it a copy.

    Raises NotASnapshot and, when reached, Damaged.
    """

    def __init__(self, path: Path, progress: Progress = silent) -> None:
        self._progress = progress
        self._states: dict[int | None, dict[bytes, int]] = {}
        # A server reads in another thread than the one that opens; never two at a time.
        self._connection = sqlite3.connect(
            f"file:{quote(str(path))}?mode=rw", uri=True, isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare()
        except BaseException:
            self._connection.close()
            raise

    @property
    def revision(self) -> int:
        return max(1, self._number("SELECT max(id) FROM kine"), self.compact_revision)

    @property
    def compact_revision(self) -> int:
        return self._number("SELECT max(prev_revision) FROM kine WHERE name = 'compact_rev_key'")

    def keys(self, at: int | None = None) -> Iterable[bytes]:
        return self._state(at).keys()

    def scan(self, wanted: KeyFilter, at: int | None = None) -> Iterator[Record]:
        state = self._state(at)
        for key in sorted(filter(wanted, state)):
            yield self._record(state[key])

    def values(self, wanted: KeyFilter, at: int | None = None) -> Iterator[tuple[bytes, Buffer]]:
        return ((record.key, record.value) for record in self.scan(wanted, at))

    def get(self, key: bytes, at: int | None = None) -> Record | None:
        row = self._state(at).get(key)
        return None if row is None else self._record(row)

    def revisions(self, wanted: KeyFilter) -> Iterator[Record]:
        """Also those that compaction removed and of which the row after them tells."""
        query = "SELECT id, NULL, key FROM records UNION ALL SELECT id, by, key FROM replaced ORDER BY 1"
        for row, by, key in self._rows(query):
            if wanted(key):
                yield self._record(row) if by is None else self._replaced(row, by)

    def newest(self, count: int) -> Iterator[Record]:
        return map(_as_record, self._rows("SELECT * FROM records ORDER BY id DESC LIMIT ?", count))

    def oldest(self, count: int) -> Iterator[Record]:
        return map(_as_record, self._rows("SELECT * FROM records ORDER BY id LIMIT ?", count))

    def count_records(self) -> int:
        return self._number("SELECT count(*) FROM records")

    def facts(self) -> Facts:
        page = self._number("PRAGMA page_size")
        pages, free = self._number("PRAGMA page_count"), self._number("PRAGMA freelist_count")
        return Facts(
            db_size=pages * page,
            db_size_in_use=(pages - free) * page,
            hash=None,
            consistent_index=None,
            term=None,
            storage_version=None,
            cluster_version=None,
        )

    def close(self) -> None:
        self._connection.close()

    def _prepare(self) -> None:
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
        # A view or a virtual table could run what the file says.
        if not self._number(
            "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'kine' AND rootpage > 0"
        ):
            raise NotASnapshot(
                "this is an SQLite file but no k3s datastore: it has no table `kine`",
                "Expected is server/db/state.db of a k3s server, with its state.db-wal beside it.",
            )
        for setting in _SETTINGS:
            deque(self._rows(setting), maxlen=0)

    def _state(self, at: int | None) -> dict[bytes, int]:
        """The live keys at a revision, each with the id of its row."""
        if at not in self._states:
            self._check(at)
            with self._progress("reading revisions", self.count_records()) as advance:
                self._states[at] = self._build(_LAST_ID if at is None else at, advance)
        return self._states[at]

    def _build(self, last: int, advance: Callable[[int], object]) -> dict[bytes, int]:
        query = "SELECT id, deleted, key FROM records WHERE id <= ? ORDER BY id"
        state: dict[bytes, int] = {}
        for count, (row, deleted, key) in enumerate(self._rows(query, last), 1):
            if deleted:
                state.pop(key, None)
            else:
                state[key] = row
            if not count % _TOLD_EVERY:
                advance(_TOLD_EVERY)
        return state

    def _record(self, row: int) -> Record:
        for found in self._rows("SELECT * FROM records WHERE id = ?", row):
            return _as_record(found)
        raise Damaged(f"row {row} of kine's table is listed and cannot be found")

    def _replaced(self, row: int, by: int) -> Record:
        """What the row ``by`` tells of the one before it, which is gone."""
        query = (
            "SELECT created, create_revision, CAST(name AS BLOB), CAST(old_value AS BLOB) FROM main.kine WHERE id = ?"
        )
        for created, create_revision, key, value in self._rows(query, by):
            if created:
                return Record(key or b"", b"", Revision(row), 0, 0, 0, tombstone=True)
            return Record(key or b"", value or b"", Revision(row), _integer(create_revision), 0, 0)
        raise Damaged(f"row {by} of kine's table is listed and cannot be found")

    def _check(self, at: int | None) -> None:
        if at is not None:
            way = "Take a later revision, or an older backup."
            require_held(at, self.revision, self.compact_revision, way)

    def _number(self, query: str) -> int:
        return next((_integer(value) for (value,) in self._rows(query)), 0)

    def _rows(self, query: str, *values: int) -> Iterator[Any]:
        with _reading():
            yield from self._connection.execute(query, values)


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OverflowError) as error:
        raise Damaged(f"the SQLite file cannot be read: {error}") from None


def _as_record(row: tuple[Any, ...]) -> Record:
    number, created, deleted, create_revision, lease, key, value = row
    revision = Revision(_integer(number))
    if deleted:
        return Record(key or b"", b"", revision, 0, 0, 0, tombstone=True)
    first = revision.main if created else _integer(create_revision)
    return Record(key or b"", value or b"", revision, first, 0, _integer(lease))


def _integer(value: object) -> int:
    """SQLite keeps any type in any column."""
    if value is None:
        return 0
    if not isinstance(value, int):
        raise Damaged("a column of kine's table that should hold a number does not")
    return value
