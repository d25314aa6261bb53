"""A DuckDB database in memory, filled with what a query needs of the snapshots."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Self

from snapinspect.analysis.diff.secrets import Veil
from snapinspect.snapshot import open_snapshot
from snapinspect.tables.batches import batches
from snapinspect.tables.engine import bytes_of, execute, new_database, require_arrow
from snapinspect.tables.held import Held
from snapinspect.tables.question import Question, read_question
from snapinspect.tables.rows import Rows
from snapinspect.tables.schema import TABLES, VIEWS, arrow_schema

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa  # type: ignore[import-untyped]

    from snapinspect.snapshot import Snapshot

_TABLES = f"The tables: {', '.join(TABLES)}; the views: {', '.join(VIEWS)}."
Opener = Callable[[str], AbstractContextManager["Snapshot"]]
"""Opens a snapshot by its path, or whatever else names one."""


class Tables:
    """Snapshots as tables. Nothing but them can be reached: the database reads and writes no file.

    ``memory`` is DuckDB's own limit, as it writes sizes (``1GB``); rows beyond half of it wait in a temporary file. Raises UsageError when DuckDB or Arrow is missing.
    """

    def __init__(
        self, paths: Iterable[str], opener: Opener = open_snapshot, *, show_secrets: bool = False, memory: str = "1GB"
    ) -> None:
        self._paths = tuple(paths)
        self._opener = opener
        self._veil = None if show_secrets else Veil()
        self._memory = memory
        self._database: duckdb.DuckDBPyConnection | None = None
        self._held: Held | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._database is not None:
            self._database.close()
        if self._held is not None:
            self._held.close()

    @property
    def hidden(self) -> int:
        """How many objects of the answer's snapshots had the values of a Secret hidden."""
        return self._veil.hidden if self._veil else 0

    def execute(self, query: str) -> duckdb.DuckDBPyConnection:
        """The answer to one SELECT, until the next is asked. Raises UsageError, with DuckDB's own words where it cannot answer."""
        self.close()
        if self._veil:
            self._veil.hidden = 0
        require_arrow()
        self._database = database = new_database(self._memory)
        self._load(database, read_question(database, query))
        return execute(database, query, hint=_TABLES)

    def _load(self, database: duckdb.DuckDBPyConnection, question: Question) -> None:
        """Fills the tables that the question names; others stay empty, so that their columns are known."""
        self._held = held = Held(bytes_of(self._memory) // 2)
        for name in TABLES:
            rows = self._batches(name, question) if name in question.tables else iter(())
            database.register(f"{name}_rows", held.table(rows, arrow_schema(TABLES[name])))
            database.execute(f'CREATE OR REPLACE VIEW "{name}" AS SELECT * FROM "{name}_rows"')  # noqa: S608
        for name, query in VIEWS.items():
            database.execute(f'CREATE OR REPLACE VIEW "{name}" AS {query}')

    def _batches(self, table: str, question: Question) -> Iterator[pa.RecordBatch]:
        for path in self._paths:
            with self._opener(path) as snapshot:
                rows = Rows(snapshot, path, question, self._veil).of(table)
                yield from batches(rows, arrow_schema(TABLES[table]), question.asks)


def connect(paths: Iterable[str] | str, *, show_secrets: bool = False, memory: str = "1GB") -> Tables:
    """The snapshots at ``paths`` as tables, to be asked with ``execute``; the values of Secrets are keyed hashes."""
    return Tables([paths] if isinstance(paths, str) else paths, show_secrets=show_secrets, memory=memory)
