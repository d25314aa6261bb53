"""``snapinspect cache``: what was fetched from object stores and web servers."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from snapinspect.cli import console as terminal
from snapinspect.cli.console import Console
from snapinspect.cli.help import TaughtCommand, TaughtGroup
from snapinspect.sources.cloud import cache as fetched
from snapinspect.write import json
from snapinspect.write.counted import counted
from snapinspect.write.table import write_table

_SETTINGS = {"help_option_names": ["-h", "--help"]}

cache = typer.Typer(
    cls=TaughtGroup,
    help="What was fetched from object stores: list it, or remove it.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings=_SETTINGS,
)


class CacheFormat(StrEnum):
    """``-o`` of ``cache list``."""

    table = "table"
    json = "json"


@cache.command("list", cls=TaughtCommand, context_settings=_SETTINGS)
def list_cache(
    output: Annotated[CacheFormat, typer.Option("-o", "--output", help="Output format.")] = CacheFormat.table,
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback on errors.")] = False,  # noqa: ARG001
) -> None:
    """List what is kept, what was used last at the end; SNAPINSPECT_CACHE_SIZE (20G) bounds it, at 10 GiB by default."""
    from snapinspect.snapshot.timeline import rfc3339

    kept = fetched.kept()
    rows = [(each.url, each.size, each.whole, rfc3339(int(each.used))) for each in kept]
    with terminal.utf8_output() as stream:
        if output is CacheFormat.json:
            names = ("url", "size", "whole", "used")
            stream.write(json.dumps([dict(zip(names, row, strict=True)) for row in rows]) + "\n")
        else:
            shown = (
                (url, f"{size / 1e6:.1f} MB", "whole" if whole else "half fetched", used)
                for url, size, whole, used in rows
            )
            write_table(("object", "size", "state", "used"), shown, stream)
    total = sum(each.size for each in kept)
    Console().say(
        f"{counted(len(kept), 'object')}, {total / 1e6:.1f} of {fetched.bound() / 1e6:.0f} MB, in {fetched.root()}"
    )


@cache.command("clear", cls=TaughtCommand, context_settings=_SETTINGS)
def clear_cache(
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback on errors.")] = False,  # noqa: ARG001
) -> None:
    """Remove all that no program reads now; also what was brought of catalogs in buckets."""
    gone, stay = fetched.clear()
    Console().say(f"removed {counted(gone, 'object')}" + (f"; {stay} are in use and stay" if stay else ""))
