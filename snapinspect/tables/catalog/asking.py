"""A catalog's tables in a DuckDB database that reads them and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snapinspect.errors import UsageError
from snapinspect.tables.catalog import layout
from snapinspect.tables.catalog.bucket import at_hand
from snapinspect.tables.catalog.place import described
from snapinspect.tables.engine import execute, new_database
from snapinspect.tables.schema import VIEWS, arrow_schema

if TYPE_CHECKING:
    import duckdb

HINT = "The tables: objects, revisions, deletions, snapshots, problems; DESCRIBE objects shows columns."
CONTAINING = """
    SELECT cluster, kind, namespace, name, first_seen, last_seen, snapshot, last_snapshot FROM objects
    WHERE contains(body, ?) ORDER BY cluster, kind, namespace, name, first_seen
"""
"""Which states hold a text, as it stands in JSON."""
_FOREIGN = frozenset({"secrets_used"})
"""Views of tables that a catalog lacks."""


@contextmanager
def asked(
    where: str, memory: str = "1GB", tables: Iterable[str] = tuple(layout.CATALOG)
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in which the catalog's tables are views; of a bucket, others than ``tables`` may be empty.

    Raises SourceError, UsageError.
    """
    with at_hand(where, tables) as root:
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
    with asked(where, memory, _named_in(sql)) as database:
        _require_question(database, sql)
        yield execute(database, sql, values, HINT)


def _named_in(sql: str) -> list[str]:
    """The tables that a question can be about, as their names, or those of views on them, stand in it."""
    words = sql.lower()
    return [
        name for name in layout.CATALOG if name in words or (name == "objects" and any(map(words.__contains__, VIEWS)))
    ]


def _view(database: duckdb.DuckDBPyConnection, root: Path, table: str) -> None:
    if next(layout.files_of(root, table), None) is None:
        empty = arrow_schema(layout.CATALOG[table]).empty_table()
        database.register(f"{table}_rows", empty)
        source = f"SELECT NULL::VARCHAR AS cluster, NULL::DATE AS day, * FROM {table}_rows"  # noqa: S608 - of constants
    else:
        pattern = str(root / table / "*" / "*" / layout.FILE).replace("'", "''")
        partitions = "hive_partitioning = true, hive_types = {'cluster': VARCHAR, 'day': DATE}"
        source = f"SELECT * FROM read_parquet('{pattern}', {partitions})"  # noqa: S608
    database.execute(f'CREATE VIEW "{table}" AS {source}')


def _require_question(database: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Raises UsageError for anything but a question."""
    if sql.lstrip().upper().startswith(("DESCRIBE", "SHOW", "SUMMARIZE")):
        return
    from snapinspect.tables.question import tree_of

    try:
        tree_of(database, sql)
    except UsageError as error:
        error.hint = f"Only SELECT is answered. {HINT}"
        raise
