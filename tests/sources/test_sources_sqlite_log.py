"""The write-ahead log beside a kine datastore: its own is applied and told, another's is not."""

from __future__ import annotations

import shutil
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest
from packing import write_kine

from snapinspect.model import silent
from snapinspect.sources import open_source

FIELD = Path(__file__).resolve().parents[2] / "fixtures" / "field" / "12-stale-sqlite-wal"


def rows(name: str, count: int) -> list[tuple[object, ...]]:
    return [(row, f"/registry/{name}{row}", 1, 0, 0, 0, 0, b"{}", None) for row in range(1, count + 1)]


def logged(directory: Path, name: str, before: int, after: int) -> tuple[Path, Path]:
    """A database in WAL mode with ``before`` rows in it, and ``after`` more in the log beside it."""
    directory.mkdir()
    made = directory / "made.db"
    write_kine(made, rows(name, before))
    with closing(sqlite3.connect(made, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.executemany(
            "INSERT INTO kine VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows(name, before + after)[before:]
        )
        database = directory / "state.db"
        shutil.copyfile(made, database)
        log = directory / "state.db-wal"
        shutil.copyfile(f"{made}-wal", log)
    return database, log


def read(spec: Path) -> tuple[list[bytes], str]:
    source = open_source(str(spec), silent)
    try:
        return sorted(source.store.keys()), "\n".join(source.notes)
    finally:
        source.close()


def test_its_own_log_is_applied_and_told(tmp_path: Path) -> None:
    database, _ = logged(tmp_path / "a", "a", 3, 2)
    keys, notes = read(database)
    assert len(keys) == 5
    assert "state.db-wal holds what is not in the database yet, and was applied; changes: 2" in notes


def test_the_log_of_the_database_before_a_restore_is_not_applied() -> None:
    keys, notes = read(FIELD / "state.db")
    assert [key.rpartition(b"/")[2] for key in keys] == [b"good1", b"good2"]
    assert "is the log of another database" in notes


@pytest.mark.parametrize(("before", "after"), [(2, 1), (3, 30)], ids=["that ends earlier", "that ends later"])
def test_the_log_of_another_database_in_the_same_mode_is_not_applied(tmp_path: Path, before: int, after: int) -> None:
    database, log = logged(tmp_path / "a", "a", 8, 0)
    _, foreign = logged(tmp_path / "b", "b", before, after)
    shutil.copyfile(foreign, log)
    keys, notes = read(database)
    assert keys == sorted(f"/registry/a{row}".encode() for row in range(1, 9))
    assert "is the log of another database" in notes


def test_in_an_archive_too(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "k3s.tar", "w") as archive:
        for name in ("state.db", "state.db-wal"):
            archive.add(FIELD / name, f"server/db/{name}")
    keys, notes = read(tmp_path / "k3s.tar")
    assert len(keys) == 2
    assert "is the log of another database" in notes
