"""k3s's SQLite datastore."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from packing import write_kine

from snapinspect.errors import Damaged, NotASnapshot, SnapinspectError, UsageError
from snapinspect.etcd import Database
from snapinspect.model import Revision, silent
from snapinspect.sources import Source, open_source

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path / "temporary"
    directory.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(directory))
    return directory


def _open(tmp_path: Path, rows: list[tuple[object, ...]]) -> Source:
    write_kine(tmp_path / "state.db", rows)
    return open_source(str(tmp_path / "state.db"), silent)


# id, name, created, deleted, create_revision, prev_revision, lease, value, old_value
BOOKKEEPING = (1, "compact_rev_key", 1, 0, 0, 4, 0, b"", None)
ROWS = [
    BOOKKEEPING,
    (2, "/registry/health", 1, 0, 0, 0, 0, b"ok", None),
    (4, "/a", 0, 0, 3, 3, 0, b"two", b"one"),
    (5, "gap-5", 0, 1, 0, 0, 0, None, None),
    (6, "/b", 1, 0, 0, 0, 3600, b"", None),
    (7, "/a", 0, 1, 3, 4, 0, b"two", b"two"),
    (8, "/a", 1, 0, 0, 7, 0, b"again", b"two"),
    (9, 42, 1, 0, 0, 0, 0, "text", None),
]


def test_rows_are_records(tmp_path: Path) -> None:
    source = _open(tmp_path, ROWS)
    store = source.store
    assert (store.revision, store.compact_revision, store.count_records()) == (9, 4, 6)
    assert sorted(store.keys()) == [b"/a", b"/b", b"/registry/health", b"42"]
    assert [tuple(record[:6]) for record in store.scan(lambda _key: True)] == [
        (b"/a", b"again", Revision(8), 8, 0, 0),
        (b"/b", b"", Revision(6), 6, 0, 3600),
        (b"/registry/health", b"ok", Revision(2), 2, 0, 0),
        (b"42", b"text", Revision(9), 9, 0, 0),
    ]
    source.close()


def test_state_at_a_revision(tmp_path: Path) -> None:
    source = _open(tmp_path, ROWS)
    store = source.store
    before = store.get(b"/a", 6)
    assert before is not None
    assert (before.value, before.mod_revision, before.create_revision) == (b"two", 4, 3)
    assert store.get(b"/a", 7) is None
    assert sorted(store.keys(5)) == [b"/a", b"/registry/health"]
    assert [(record.mod_revision, record.tombstone) for record in store.revisions(b"/a".__eq__)] == [
        (3, False),
        (4, False),
        (7, True),
        (8, False),
    ]
    assert [record.mod_revision for record in store.newest(2)] == [9, 8]
    assert [record.mod_revision for record in store.oldest(2)] == [2, 4]
    with pytest.raises(UsageError, match="compacted"):
        store.keys(3)
    source.close()


def test_the_evidence_is_not_touched(tmp_path: Path, temporary: Path) -> None:
    write_kine(tmp_path / "state.db", ROWS)
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.glob("state.db*")}
    assert len(before) == 3
    source = open_source(str(tmp_path), silent)
    assert len(list(source.store.keys())) == 4
    source.close()
    assert {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.glob("state.db*")} == before
    assert list(temporary.iterdir()) == []


def test_a_rollback_journal_is_not_trusted_and_said(tmp_path: Path) -> None:
    write_kine(tmp_path / "state.db", ROWS)
    (tmp_path / "state.db-journal").write_bytes(bytes(512))
    source = open_source(str(tmp_path / "state.db"), silent)
    assert any("state.db-journal is not read" in note for note in source.notes)
    source.close()
    assert (tmp_path / "state.db-journal").exists()


@pytest.mark.parametrize(
    "schema",
    [
        "CREATE TABLE other (id INTEGER PRIMARY KEY, note TEXT)",
        "CREATE VIEW kine AS SELECT 1 AS id",
        "CREATE VIRTUAL TABLE kine USING fts5(id, name)",
    ],
)
def test_another_sqlite_file_is_no_snapshot(schema: str, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        connection.execute(schema)
    with pytest.raises(NotASnapshot, match="no table `kine`"):
        open_source(str(tmp_path / "x.db"), silent)


@pytest.mark.parametrize("columns", ["id INTEGER PRIMARY KEY, name", "id, name, created, deleted"])
def test_a_table_of_another_form_is_damaged(columns: str, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        connection.execute(f"CREATE TABLE kine ({columns})")
    with pytest.raises(Damaged):
        list(open_source(str(tmp_path / "x.db"), silent).store.keys())


def test_a_column_of_another_type_is_damaged(tmp_path: Path) -> None:
    source = _open(tmp_path, [BOOKKEEPING, (2, "/a", 0, 0, "soon", 0, 0, b"", None)])
    with pytest.raises(Damaged, match="number"):
        source.store.get(b"/a")
    source.close()


@pytest.mark.parametrize("place", range(100, 40_000, 1_973))
def test_a_broken_file_raises_nothing_else(place: int, tmp_path: Path) -> None:
    rows = [BOOKKEEPING, *((at, f"/key/{at}", 1, 0, 0, 0, 0, b"x" * 200, None) for at in range(2, 200))]
    write_kine(tmp_path / "state.db", rows)
    content = bytearray((tmp_path / "state.db").read_bytes())
    content[place % len(content) : place % len(content) + 40] = b"\xa5" * 40
    (tmp_path / "state.db").write_bytes(content)
    try:
        source = open_source(str(tmp_path / "state.db"), silent)
        for record in source.store.scan(lambda _key: True):
            assert record.key
        source.close()
    except SnapinspectError:
        pass


def test_an_empty_table_is_an_etcd_to_which_nothing_was_written(tmp_path: Path) -> None:
    source = _open(tmp_path, [])
    assert (source.store.revision, list(source.store.keys()), source.store.count_records()) == (1, [], 0)
    assert not isinstance(source.store, Database)
    source.close()
