"""Writes ``docs/cli.md``, the reference of the command line, from what ``--help-all`` says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from snapinspect.cli.app import app
from snapinspect.cli.commands import COMMANDS
from snapinspect.cli.help import whole_help

TARGET = Path(__file__).with_name("cli.md")
_WIDTH = 110


def page() -> str:
    """The whole page."""
    group: Any = typer.main.get_command(app)
    pages = ["# The command line\n\nWritten by `make docs` from `--help-all`; the README shows the commands at work.\n"]
    context = group.make_context("snapinspect", [], resilient_parsing=True, terminal_width=_WIDTH)
    for name in COMMANDS:
        pages += _pages(group.get_command(context, name), name, context, "##")
    return "\n".join(pages)


def _pages(command: Any, name: str, parent: Any, mark: str) -> Iterator[str]:
    """The help of a command, and of those below it."""
    context = type(parent)(command, info_name=name, parent=parent, terminal_width=_WIDTH, max_content_width=_WIDTH)
    title = context.command_path.partition(" ")[2]
    yield f"{mark} {title}\n\n```\n{whole_help(context)}\n```\n"
    for below, each in getattr(command, "commands", {}).items():
        yield from _pages(each, below, context, f"{mark}#")


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
