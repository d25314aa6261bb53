"""``snapinspect sql``: ask snapshots with SQL."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from snapinspect.cli import console as terminal
from snapinspect.cli.console import Console
from snapinspect.cli.opening import opened
from snapinspect.cli.options import Reading, ShowSecretsOption
from snapinspect.errors import OutputError, UsageError
from snapinspect.write import json, lists
from snapinspect.write.table import write_table

if TYPE_CHECKING:
    from snapinspect.snapshot import Snapshot
    from snapinspect.tables import Tables


class SqlFormat(StrEnum):
    """``-o`` of ``sql``."""

    table = "table"
    csv = "csv"
    json = "json"
    jsonl = "jsonl"
    parquet = "parquet"


def sql(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="SNAPSHOT... ['SELECT ...']", help="Snapshots, and what to ask; without it, a prompt."),
    ] = None,
    reading: Reading = Reading(),  # noqa: B008 - filled in by Typer
    output: Annotated[SqlFormat, typer.Option("-o", "--output", help="Output format.")] = SqlFormat.table,
    tables: Annotated[bool, typer.Option("--tables", help="Show the tables, the views and their columns.")] = False,
    memory: Annotated[str, typer.Option("--memory", metavar="SIZE", help="What DuckDB may take.")] = "1GB",
    show_secrets: ShowSecretsOption = False,
) -> None:
    """Ask snapshots with SQL, which DuckDB answers: objects, revisions, deletions, references, problems, images, rbac."""
    # Imported here, as DuckDB and Arrow take long to load.
    from snapinspect.tables import TABLES, VIEWS, Tables

    if tables:
        with terminal.utf8_output() as stream:
            for name, columns in TABLES.items():
                stream.write(f"{name}: {', '.join(column.name for column in columns)}\n")
            stream.write(f"views: {', '.join(VIEWS)}\n")
        return
    paths, query = _split(list(words or ()))
    snapshots = _Snapshots(reading)
    with Tables(paths, snapshots.opened, show_secrets=show_secrets, memory=memory) as database:
        if query is None:
            _converse(database, Console(quiet=reading.quiet))
        else:
            _answer(database, query, output)
    if snapshots.code:
        raise typer.Exit(snapshots.code)


def _split(words: list[str]) -> tuple[list[str], str | None]:
    """The snapshots, and the query where the last word is one. Raises UsageError when no snapshot is named."""
    query = None
    if words and " " in words[-1].strip() and not Path(words[-1]).exists():
        query = words.pop()
    if not words:
        raise UsageError(
            "no snapshot is named", "snapinspect sql etcd-backup.db 'SELECT kind, count(*) FROM objects GROUP BY 1'"
        )
    return words, query


class _Snapshots:
    """Opens each snapshot that is asked about; ``code`` is what the program ends with because of what they lack."""

    def __init__(self, reading: Reading) -> None:
        self.code = 0
        self._reading = reading

    @contextmanager
    def opened(self, path: str) -> Iterator[Snapshot]:
        try:
            with opened(path, self._reading) as (snapshot, _):
                yield snapshot
        except typer.Exit as end:
            # What one snapshot lacks keeps nothing of the others from the answer.
            self.code = end.exit_code


def _answer(database: Tables, query: str, output: SqlFormat) -> None:
    answer = database.execute(query)
    names = [column[0] for column in answer.description or ()]
    if output is SqlFormat.parquet:
        _write_parquet(answer)
        return
    with terminal.utf8_output() as stream:
        rows = iter(answer.fetchone, None)
        if output is SqlFormat.table:
            write_table(names, (tuple(map(_cell, row)) for row in rows), stream)
        elif output is SqlFormat.csv:
            lists.write_csv(names, (dict(zip(names, map(_cell, row), strict=True)) for row in rows), stream)
        elif output is SqlFormat.json:
            lists.write_json((_fields(names, row) for row in rows), stream)
        else:
            stream.writelines(json.dumps(_fields(names, row)) + "\n" for row in rows)


def _fields(names: list[str], row: tuple[Any, ...]) -> dict[str, Any]:
    return {name: value if _is_plain(value) else _cell(value) for name, value in zip(names, row, strict=True)}


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(each) for key, each in value.items())
    return all(map(_is_plain, value)) if isinstance(value, list) else isinstance(value, str | int | float | None)


def _cell(value: Any) -> Any:
    """Times in RFC 3339; lists and maps as JSON."""
    if hasattr(value, "strftime"):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, dict | list):
        return json.dumps(value)
    return value if isinstance(value, str | int | float | None) else str(value)


def _write_parquet(answer: Any) -> None:
    import pyarrow.parquet as parquet  # type: ignore[import-untyped]

    if sys.stdout.isatty():
        raise OutputError("Parquet is nothing for a terminal", "Send it to a file: -o parquet > answer.parquet")
    table = answer.to_arrow_table() if hasattr(answer, "to_arrow_table") else answer.fetch_arrow_table()
    sink = sys.stdout.buffer
    parquet.write_table(table, sink, compression="zstd")
    sink.flush()


def _converse(database: Tables, console: Console) -> None:
    """A prompt: each line is a question, until the end of the input."""
    # Its import gives the prompt a history and a line that can be edited.
    import readline  # noqa: F401

    console.say("tables: snapinspect sql --tables; an empty line or Ctrl-D ends")
    while True:
        try:
            query = input("sql> ").strip().rstrip(";")
        except EOFError:
            return
        if not query:
            return
        try:
            _answer(database, query, SqlFormat.table)
        except UsageError as error:
            terminal.show_error(error)
