"""``snapinspect stats``: what fills a snapshot, and what would help."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from snapinspect import __version__
from snapinspect.analysis.stats import Place, Statistics, survey
from snapinspect.cli import console as terminal
from snapinspect.cli.declared import Option
from snapinspect.cli.line import typed
from snapinspect.cli.opening import opened, require_some, selected
from snapinspect.cli.options import Choice, NamedTargets, Reading, SnapshotArgument
from snapinspect.cli.pages import require_no_terminal
from snapinspect.cli.stats_tables import write_tables
from snapinspect.select import parse_listed
from snapinspect.write import json, yaml


class StatsFormat(StrEnum):
    """``-o`` of ``stats``."""

    table = "table"
    json = "json"
    yaml = "yaml"
    html = "html"


def stats(
    snapshot: SnapshotArgument,
    choice: Choice,
    reading: Reading,
    kinds: NamedTargets = None,
    top: Annotated[int, Option("--top", metavar="N", min=1, help="How long the lists may be.")] = 10,
    output: Annotated[StatsFormat, Option("-o", "--output", help="Output format.")] = StatsFormat.table,
) -> None:
    """Tell what fills a snapshot, and what would make it smaller."""
    if output is StatsFormat.html:
        require_no_terminal(f"{typed()} > stats.html")
    with opened(snapshot, reading, choice.at) as (view, console):
        selection = selected(view, console, parse_listed(kinds or [], view.kinds.means_something), choice)
        found, places = survey(view, selection, top=top, progress=console.progress)
        require_some(found["total"]["objects"] + found["total"]["historyRevisions"], view, selection)
        with terminal.utf8_output() as stream:
            match output:
                case StatsFormat.json:
                    stream.write(json.dumps(found, indent=2) + "\n")
                case StatsFormat.yaml:
                    stream.write(yaml.dump(found))
                case StatsFormat.html:
                    stream.write(_page(found, places))
                case _:
                    write_tables(found, stream)
        if output is StatsFormat.html:
            console.say(f"`{_whole_page()}` has this part beside what happened and who did it")
        if output is StatsFormat.table:
            for note in found["notes"][len(view.notes) :]:
                console.say(f"note: {note}")


def _whole_page() -> str:
    """The line that writes the page of which this is a part."""
    line = typed().of("report").without("--top", "-o", "--output")
    return str(line.with_arguments(line.arguments[0]).with_option("-o", "report.html"))


def _page(found: Statistics, places: list[Place]) -> str:
    """The part of the page of ``report`` that draws this."""
    # Imported here, as most read tables.
    from snapinspect.report import fill_page

    return fill_page(found, places, f"snapinspect {__version__}")
