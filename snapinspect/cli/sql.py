"""``snapinspect sql``: ask snapshots with SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from snapinspect.cli import console as terminal
from snapinspect.cli.answered import SqlFormat, write_answer
from snapinspect.cli.arriving import heed
from snapinspect.cli.console import Console
from snapinspect.cli.declared import Argument, Option
from snapinspect.cli.ending import Ended
from snapinspect.cli.line import typed
from snapinspect.cli.lying import lying_here
from snapinspect.cli.meant import meant
from snapinspect.cli.opening import opened
from snapinspect.cli.options import Reading, ShowSecretsOption
from snapinspect.cli.remembered import remembered
from snapinspect.errors import UsageError
from snapinspect.write.counted import counted

if TYPE_CHECKING:
    from snapinspect.snapshot import Snapshot
    from snapinspect.tables import Tables

_EXAMPLE = "SELECT kind, count(*) FROM objects GROUP BY 1"
_NO_TABLE = re.compile(r"Table with name (\w+) does not exist")
_BEGINNINGS = frozenset({"SELECT", "WITH", "FROM", "DESCRIBE", "SHOW"})


def sql(
    words: Annotated[
        list[str] | None,
        Argument(metavar="SNAPSHOT... ['SELECT ...']", help="Snapshots, and what to ask; without it, a prompt."),
    ] = None,
    reading: Reading = Reading(),  # noqa: B008 - filled in by Typer
    output: Annotated[SqlFormat, Option("-o", "--output", help="Output format.")] = SqlFormat.table,
    tables: Annotated[bool, Option("--tables", help="Show the tables, the views and their columns.")] = False,
    memory: Annotated[str, Option("--memory", metavar="SIZE", help="What DuckDB may take.")] = "1GB",
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
    heed(reading)
    snapshots, console = _Snapshots(reading), Console(quiet=reading.quiet)
    with Tables(meant(paths), snapshots.opened, show_secrets=show_secrets, memory=memory) as database:
        if query is None:
            _converse(database, console)
        else:
            try:
                answer = database.execute(query)
            except UsageError as error:
                _asked_in_vain(error, list(words or ()))
                raise
            write_answer(answer, output)
            _tell_hidden(database, console)
    if snapshots.code:
        raise Ended(snapshots.code)


def _split(words: list[str]) -> tuple[list[str], str | None]:
    """The snapshots, and the query where the last word is one. Raises UsageError when no snapshot is named."""
    query = None
    if words and " " in words[-1].strip() and not Path(words[-1]).exists():
        query = words.pop()
    if not words:
        here = next(lying_here(), "SNAPSHOT")
        raise UsageError("no snapshot is named", f"`{typed().with_arguments(here, query or _EXAMPLE)}`")
    if query is None:
        _require_snapshots(words)
    return words, query


def _require_snapshots(words: list[str]) -> None:
    """Raises UsageError for a query without quotes, whose words would all be taken for snapshots."""
    at = next((at for at, word in enumerate(words) if word.upper() in _BEGINNINGS and not Path(word).exists()), None)
    if at is not None:
        mended = typed().with_arguments(*words[:at], " ".join(words[at:]))
        raise UsageError("what is asked is one word", f"quoted: `{mended}`")


def _tell_hidden(database: Tables, console: Console) -> None:
    if database.hidden:
        shown = typed().with_option("--show-secrets")
        console.say(
            f"note: the values of {counted(database.hidden, 'Secret')} are keyed hashes; as they are: `{shown}`"
        )


def _asked_in_vain(error: UsageError, words: list[str]) -> None:
    """Puts a line in the hint that works whatever was wrong in the question."""
    line = typed()
    snapshots = [word for word in words if " " not in word]
    error.hint = f"{error.hint} `{line.with_arguments().with_option('--tables')}` lists them; as in: "
    error.hint += f"`{line.with_arguments(*snapshots, _example_for(error))}`"


def _example_for(error: UsageError) -> str:
    """What might have been meant: who names a kind for a table means its objects."""
    # Imported here, as most know the tables.
    from snapinspect.kube.kinds import KindTable

    named = _NO_TABLE.search(str(error))
    kinds = KindTable.builtin().resolve(named[1]) if named else ()
    return f"SELECT namespace, name FROM objects WHERE kind = '{kinds[0].kind}'" if kinds else _EXAMPLE  # noqa: S608 - of a kind's name


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
        except Ended as end:
            # What one snapshot lacks keeps nothing of the others from the answer.
            self.code = end.code


def _converse(database: Tables, console: Console) -> None:
    """A prompt: each line is a question, until an empty one or the end of the input."""
    console.say("tables: snapinspect sql --tables; an empty line or Ctrl-D ends")
    with remembered("sql"):
        while query := _typed():
            try:
                write_answer(database.execute(query), SqlFormat.table)
            except UsageError as error:
                terminal.show_error(error)


def _typed() -> str:
    """The next question; nothing at the end of the input."""
    try:
        return input("sql> ").strip().rstrip(";")
    except EOFError:
        return ""
