"""Writes a man page for the program and one for each command, from what ``--help`` says: ``write.py DIRECTORY``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import typer

from snapinspect import __version__
from snapinspect.cli.app import app
from snapinspect.cli.commands import COMMANDS
from snapinspect.cli.help.taught import TAUGHT

_EXIT_CODES = (
    ("0", "All went well; for what compares or looks for something, nothing differs or it was found."),
    ("1", "An error: one line says what, and a hint what to do."),
    ("2", "The command line is wrong."),
    ("3", "Done but for what is named on standard error."),
)


def main(directory: Path) -> None:
    group: Any = typer.main.get_command(app)
    context = group.make_context("snapinspect", [], resilient_parsing=True)
    commands = {name: group.get_command(context, name) for name in COMMANDS}
    listed = [(name, command.get_short_help_str(200)) for name, command in commands.items()]
    pages = {"snapinspect": _page("snapinspect", context, listed)}
    for name, command in commands.items():
        inner = type(context)(command, info_name=name, parent=context)
        pages[f"snapinspect-{name}"] = _page(f"snapinspect {name}", inner, _below(command))
    for name, page in pages.items():
        (directory / f"{name}.1").write_text(page, encoding="utf-8")


def _below(group: Any) -> list[tuple[str, str]]:
    """The commands of a group."""
    return [(name, each.get_short_help_str(200)) for name, each in getattr(group, "commands", {}).items()]


def _page(title: str, context: Any, commands: Any) -> str:
    command = context.command
    name = title.replace(" ", "-")
    usage = " ".join(command.collect_usage_pieces(context))
    records = [record for each in command.get_params(context) if (record := each.get_help_record(context))]
    lines = [
        f'.TH {_text(name.upper())} 1 "" "snapinspect {__version__}"',
        *(".SH NAME", f"{_text(name)} \\- {_text(command.get_short_help_str(200).rstrip('.'))}"),
        *(".SH SYNOPSIS", f".B {_text(title)}", _text(usage)),
        *(".SH DESCRIPTION", *_paragraphs(command.help or "")),
        *_section("EXAMPLES", [(each.line, each.about) for each in TAUGHT[_path(title)].examples]),
        *_section("OPTIONS", records),
        *_section("COMMANDS", commands),
        *_section("EXIT STATUS", _EXIT_CODES),
    ]
    return "\n".join(lines) + "\n"


def _path(title: str) -> str:
    return title.partition(" ")[2]


def _section(title: str, entries: Any) -> list[str]:
    if not entries:
        return []
    return [
        f".SH {title}",
        *(line for term, said in entries for line in (".TP", f"\\fB{_text(term)}\\fR", _text(said))),
    ]


def _paragraphs(text: str) -> list[str]:
    return [line for part in text.split("\n\n") for line in (".PP", _text(" ".join(part.split())))]


def _text(text: str) -> str:
    """As roff takes it: no escape, no hyphen that is a dash, no line that begins a request."""
    plain = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{plain}" if plain[:1] in {".", "'"} else plain


if __name__ == "__main__":
    main(Path(sys.argv[1]))
