"""DuckDB, set up so that a query reaches what it is about and nothing else, and fails in one line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snapinspect.errors import UsageError

if TYPE_CHECKING:
    import duckdb

_GUESS = re.compile(r' Did you mean "[^"]*(?:_rows|pg_|duckdb_|sqlite_|information_schema)[^"]*"\?')
"""DuckDB's nearest table may be one of its own, or of ours that nobody is told of."""
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([KMGT]?)(?:i?B)?", re.IGNORECASE)


def new_database(memory: str, reads: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A database in memory that may read files in the directory ``reads``, and take ``memory`` (``1GB``).

    Raises UsageError when DuckDB is missing, and for what is no size.
    """
    bytes_of(memory)
    try:
        import duckdb
    except ImportError as error:
        raise _missing(error) from None
    connection = duckdb.connect(":memory:")
    settings = [f"memory_limit = '{memory}'", "TimeZone = 'UTC'"]
    if reads is not None:
        settings.append("allowed_directories = ['{}']".format(f"{reads}/".replace("'", "''")))
    for setting in (*settings, "enable_external_access = false", "lock_configuration = true"):
        connection.execute(f"SET {setting}")
    return connection


def require_arrow() -> None:
    """Raises UsageError when that is missing in which rows are carried."""
    try:
        import pyarrow  # type: ignore[import-untyped] # noqa: F401
    except ImportError as error:
        raise _missing(error) from None


def _missing(error: ImportError) -> UsageError:
    return UsageError(
        f"SQL needs the package {error.name}", "`pip install duckdb pyarrow` brings it, as does the extra sql."
    )


def execute(
    database: duckdb.DuckDBPyConnection, query: str, values: Sequence[Any] = (), hint: str = ""
) -> duckdb.DuckDBPyConnection:
    """The answer. Raises UsageError in DuckDB's own words where it cannot answer."""
    import duckdb

    try:
        return database.execute(query, list(values))
    except duckdb.Error as error:
        message = " ".join(str(error).split("\n\n")[0].split())
        raise UsageError(_GUESS.sub("", message), hint) from None


def bytes_of(size: str) -> int:
    """``1GB`` in bytes. Raises UsageError for what is no size."""
    found = _SIZE.fullmatch(size.strip())
    if not found:
        raise UsageError(f"{size!r} is no size", "As in --memory 2GB.")
    return int(float(found[1]) * (1 << 10 * " KMGT".index(found[2].upper() or " ")))
