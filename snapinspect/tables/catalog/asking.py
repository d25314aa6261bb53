"""A catalog's tables in a DuckDB database that reads them and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snapinspect.errors import UsageError
from snapinspect.tables.catalog import layout, partitions
from snapinspect.tables.catalog.bucket import Needed, at_hand
from snapinspect.tables.catalog.place import described
from snapinspect.tables.engine import execute, new_database
from snapinspect.tables.schema import SQL_TYPES, VIEWS

if TYPE_CHECKING:
    import duckdb

HINT = "The tables: objects, revisions, deletions, snapshots, problems; DESCRIBE objects shows columns."
CONTAINING = """
    SELECT cluster, kind, namespace, name, first_seen, last_seen, snapshot, last_snapshot FROM objects
    WHERE contains(body, ?) ORDER BY cluster, kind, namespace, name, first_seen
"""
"""Which states hold a text, as it stands in JSON."""
_OF_COLUMNS = ("DESCRIBE", "SHOW")
_OTHER_QUESTIONS = (*_OF_COLUMNS, "SUMMARIZE")
_LITTLE = "64MB"
_FOREIGN = frozenset({"secrets_used"})
"""Views of tables that a catalog lacks."""


@contextmanager
def asked(where: str, memory: str = "1GB", needed: Needed = list) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in which the catalog's tables are views; of a bucket, they may lack what is not ``needed``.

    Raises SourceError, UsageError.
    """
    with at_hand(where, needed) as root:
        described(root)
        with closing(new_database(memory, reads=root)) as database:
            _fill(database, root)
            yield database


def _fill(database: duckdb.DuckDBPyConnection, root: Path) -> None:
    for name in layout.CATALOG:
        _view(database, root, name)
    for name, query in VIEWS.items():
        if name not in _FOREIGN:
            database.execute(f'CREATE VIEW "{name}" AS {query}')


@contextmanager
def query(where: str, sql: str, memory: str = "1GB", values: Sequence[Any] = ()) -> Iterator[duckdb.DuckDBPyConnection]:
    """The answer to one question, until the block ends. Raises SourceError, and UsageError for anything but questions."""
    with asked(where, memory, partial(_needed_for, sql)) as database:
        _require_question(database, sql)
        yield execute(database, sql, values, HINT)


def _needed_for(sql: str, names: Sequence[str]) -> Iterable[str]:
    """The files that a question can be about."""
    if sql.lstrip().upper().startswith(_OF_COLUMNS):
        return ()
    if sql.lstrip().upper().startswith(_OTHER_QUESTIONS):
        return names
    with closing(new_database(_LITTLE)) as database, suppress(UsageError):
        return partitions.needed(database, sql, names)
    # What is wrong with it is told when it is asked.
    return ()


def _view(database: duckdb.DuckDBPyConnection, root: Path, table: str) -> None:
    if next(layout.files_of(root, table), None) is None:
        columns = ", ".join(f'NULL::{SQL_TYPES[each.type]} AS "{each.name}"' for each in layout.CATALOG[table])
        source = f"SELECT NULL::VARCHAR AS cluster, NULL::DATE AS day, {columns} WHERE false"
    else:
        pattern = str(root / table / "*" / "*" / layout.FILE).replace("'", "''")
        partitions = "hive_partitioning = true, hive_types = {'cluster': VARCHAR, 'day': DATE}"
        source = f"SELECT * FROM read_parquet('{pattern}', {partitions})"  # noqa: S608
    database.execute(f'CREATE VIEW "{table}" AS {source}')


def _require_question(database: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Raises UsageError for anything but a question."""
    if sql.lstrip().upper().startswith(_OTHER_QUESTIONS):
        return
    from snapinspect.tables.question import tree_of

    try:
        tree_of(database, sql)
    except UsageError as error:
        error.hint = f"Only SELECT is answered. {HINT}"
        raise
