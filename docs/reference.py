"""Writes ``docs/cli.md``, the reference of the command line, from what ``--help`` says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from snapinspect.cli.app import COMMANDS, app

TARGET = Path(__file__).with_name("cli.md")
_WIDTH = 110


def reference() -> str:
    """The whole page."""
    group: Any = typer.main.get_command(app)
    parts = ["# The command line\n\nWritten by `make docs` from `--help`; the README shows the commands at work.\n"]
    context = group.make_context("snapinspect", [], resilient_parsing=True, terminal_width=_WIDTH)
    for name in COMMANDS:
        command = group.get_command(context, name)
        inner = type(context)(command, info_name=name, parent=context, terminal_width=_WIDTH, max_content_width=_WIDTH)
        parts.append(f"## {name}\n\n```\n{command.get_help(inner)}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    TARGET.write_text(reference(), encoding="utf-8")
