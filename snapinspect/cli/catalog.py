"""``snapinspect catalog``: what many snapshots held, once for each distinct state, as Parquet."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from snapinspect.cli import console as terminal
from snapinspect.cli.answered import SqlFormat, write_answer
from snapinspect.cli.arriving import heed
from snapinspect.cli.console import Console
from snapinspect.cli.declared import Argument, Option, Options, fields
from snapinspect.cli.ending import Ended
from snapinspect.cli.grouping import grouped
from snapinspect.cli.help import TaughtCommand, TaughtGroup
from snapinspect.cli.opening import INCOMPLETE, open_silently
from snapinspect.cli.options import Arrival, Connection, EndpointOption, Engine, Reading, ShowSecretsOption
from snapinspect.errors import UsageError
from snapinspect.select import parse_each
from snapinspect.sources.cloud import endpoint_url
from snapinspect.write import json
from snapinspect.write.counted import counted
from snapinspect.write.table import write_table

if TYPE_CHECKING:
    from snapinspect.select import Target
    from snapinspect.tables.catalog import Told
    from snapinspect.tables.catalog.building import Spread

_SETTINGS = {"help_option_names": ["-h", "--help"]}

catalog = typer.Typer(
    cls=TaughtGroup,
    help="What many snapshots held, once for each distinct state: build it, ask it.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings=_SETTINGS,
)
_SHOWN_FIELDS = 3

CatalogArgument = Annotated[str, Argument(metavar="CATALOG", help="Its directory, or its prefix in a bucket.")]
MemoryOption = Annotated[str, Option("--memory", metavar="SIZE", help="What DuckDB may take.")]
DebugOption = Annotated[bool, Option("--debug", help="Show a traceback on errors.")]


class Builder(StrEnum):
    """``--engine`` of ``catalog build``: what reads the snapshots."""

    direct = "direct"
    etcd = "etcd"
    pod = "pod"
    spark = "spark"


class BuiltBy(Options):
    """What reads the snapshots, and where."""

    engine: Annotated[
        Builder,
        Option(
            "--engine", help="Read the files themselves, here or on a Spark cluster; or restore them, as elsewhere."
        ),
    ] = Builder.direct
    master: Annotated[
        str,
        Option("--master", metavar="URL", help="Spark's cluster, as spark-submit takes it: local[2], spark://…, yarn."),
    ] = ""


class Building(Arrival, BuiltBy, Connection):
    """How the snapshots are read, each by itself, and by what."""

    @property
    def reading(self) -> Reading:
        """How one snapshot is read."""
        options = {field.name: getattr(self, field.name) for field in (*fields(Connection), *fields(Arrival))}
        return Reading(**options, engine=Engine.direct if self.engine is Builder.spark else Engine(self.engine))

    @property
    def spread(self) -> AbstractContextManager[Spread]:
        """What shares the reading out. Raises UsageError for a cluster that nobody is to ask."""
        from snapinspect.tables import catalog as catalogs

        if self.engine is Builder.spark:
            from snapinspect.tables.catalog.on_spark import on_spark

            return on_spark(self.master)
        if self.master:
            raise UsageError("--master is a Spark cluster's", f"Let Spark read: --engine spark --master {self.master}")
        return nullcontext(catalogs.in_processes(self.jobs))


class LogFormat(StrEnum):
    """``-o`` of ``catalog log``."""

    table = "table"
    json = "json"
    jsonl = "jsonl"


def build(
    snapshots: Annotated[
        list[str],
        Argument(metavar="SRC...", help="Snapshots, directories or prefixes of them, or 'patterns*'."),
    ],
    to: Annotated[
        str,
        Option(
            "--to",
            metavar="CATALOG",
            help="A directory, or a prefix in a bucket; made if there is none.",
            rich_help_panel="Output",
        ),
    ],
    building: Building,
    memory: Annotated[str, Option("--memory", metavar="SIZE", help="What is held of new snapshots at once.")] = "1GB",
    key_file: Annotated[
        Path | None,
        Option("--key-file", metavar="FILE", help="The key that hides Secrets, if not that of your own."),
    ] = None,
    show_secrets: ShowSecretsOption = False,
) -> None:
    """Bring a catalog up to date: only what is new is read."""
    # Imported here, as DuckDB and Arrow take long to load.
    from snapinspect.tables import catalog as catalogs
    from snapinspect.tables.engine import bytes_of, new_database, require_arrow

    reading = building.reading
    heed(reading)
    require_arrow()
    new_database(memory).close()
    console = Console(quiet=reading.quiet, progress=not reading.no_progress)
    opener = partial(open_silently, reading)
    with building.spread as spread, catalogs.opened_for_building(to, key_file, show_secrets=show_secrets) as place:
        built = catalogs.build(place, snapshots, opener, console.progress, bytes_of(memory), spread)
    console.say(f"{to}: {counted(built.read, 'snapshot')} read, {built.known} known before")
    for name in built.died:
        console.warn(f"the process that read it died, and the next build tries again: {name}")
    if built.damaged:
        console.warn(
            f"{counted(built.damaged, 'snapshot')} cannot be read: `snapinspect catalog query {to} 'FROM problems'`"
        )
    if built.damaged or built.died:
        raise Ended(INCOMPLETE)


def query(
    where: CatalogArgument,
    question: Annotated[str, Argument(metavar="'SELECT ...'", help="What to ask.")],
    output: Annotated[SqlFormat, Option("-o", "--output", help="Output format.")] = SqlFormat.table,
    memory: MemoryOption = "1GB",
    endpoint: EndpointOption = "",
    debug: DebugOption = False,  # noqa: ARG001
) -> None:
    """Ask a catalog with SQL: objects, revisions, deletions, snapshots, problems, images, containers, rbac."""
    from snapinspect.tables import catalog as catalogs

    endpoint_url.set(endpoint)
    with catalogs.query(where, question, memory) as answer:
        write_answer(answer, output)


def log(
    where: CatalogArgument,
    wanted: Annotated[str, Argument(metavar="KIND/NAME", help="The object.")],
    namespace: Annotated[str, Option("-n", "--namespace", metavar="NS", help="The object's namespace.")] = "",
    output: Annotated[LogFormat, Option("-o", "--output", help="Output format.")] = LogFormat.table,
    memory: MemoryOption = "1GB",
    endpoint: EndpointOption = "",
    debug: DebugOption = False,  # noqa: ARG001
) -> None:
    """Tell every state of an object across all backups: when it changed, by whom, was gone, and came back."""
    from snapinspect.tables.catalog.story import story

    endpoint_url.set(endpoint)
    told = story(where, _target(wanted), namespace, memory)
    with terminal.utf8_output() as stream:
        if output is LogFormat.table:
            write_table(("time", "revision", "verdict", "managers", "changes", "snapshot"), map(_row, told), stream)
        elif output is LogFormat.json:
            stream.write(json.dumps([_fields(each) for each in told], indent=json.INDENT) + "\n")
        else:
            stream.writelines(json.dumps(_fields(each)) + "\n" for each in told)


def find_string(
    where: CatalogArgument,
    text: Annotated[str, Argument(metavar="TEXT", help="What stands in an object.")],
    output: Annotated[SqlFormat, Option("-o", "--output", help="Output format.")] = SqlFormat.table,
    memory: MemoryOption = "1GB",
    endpoint: EndpointOption = "",
    debug: DebugOption = False,  # noqa: ARG001
) -> None:
    """Find the states of objects in which a text stands; what Secrets hold is hidden, and not found."""
    from snapinspect.tables import catalog as catalogs

    endpoint_url.set(endpoint)
    if not text:
        raise UsageError("no text is looked for", f"snapinspect catalog find-string {where} registry.example.org")
    with catalogs.query(where, catalogs.CONTAINING, memory, [json.dumps(text)[1:-1]]) as answer:
        write_answer(answer, output)


def check(
    where: CatalogArgument,
    endpoint: EndpointOption = "",
    debug: DebugOption = False,  # noqa: ARG001
) -> None:
    """Tell whether a catalog is whole: exit code 3 if not."""
    from snapinspect.tables import catalog as catalogs

    endpoint_url.set(endpoint)
    found = list(catalogs.faults(where))
    console = Console()
    for fault, where in found:
        console.warn(f"{fault}: {where}")
    if found:
        raise Ended(INCOMPLETE)
    console.say(f"{where} is whole")


for _name, _command in (
    ("build", build),
    ("query", query),
    ("log", log),
    ("find-string", find_string),
    ("check", check),
):
    catalog.command(_name, cls=TaughtCommand, context_settings=_SETTINGS)(grouped(_command))


def _target(wanted: str) -> Target:
    targets = parse_each([wanted])
    if len(targets) != 1 or not targets[0].name:
        raise UsageError("the states of one object are told", "Name it as KIND/NAME: deploy/web.")
    return targets[0]


def _fields(told: Told) -> dict[str, Any]:
    return {
        "cluster": told.cluster,
        "namespace": told.namespace,
        "snapshot": told.snapshot,
        "time": _time(told),
        "revision": told.revision,
        "verdict": told.verdict,
        "hash": told.hash,
        "managers": list(told.managers),
        "changes": list(told.changes),
    }


def _row(told: Told) -> tuple[Any, ...]:
    paths = [each["path"] for each in told.changes]
    more = f" and {len(paths) - _SHOWN_FIELDS} more" if len(paths) > _SHOWN_FIELDS else ""
    changed = ", ".join(paths[:_SHOWN_FIELDS]) + more
    return _time(told), told.revision, told.verdict, ", ".join(told.managers), changed, told.snapshot


def _time(told: Told) -> str | None:
    from snapinspect.snapshot.timeline import rfc3339

    return None if told.time is None else rfc3339(told.time)
