"""What ``--help`` shows behind the usage and the first sentence: examples, arguments, commands, options in panels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from textwrap import fill
from typing import Any

from snapinspect.cli.help.panels import COMMANDS, PANELS, long_name, panel_of
from snapinspect.cli.help.taught import TAUGHT
from snapinspect.cli.line import typed

MANY = 10
"""Options that a first look takes in; of a command with few more, all are shown."""
_FEW_MORE = 4
_HELP = ("--help", "--help-all")
_ANY_WIDTH = 1_000


class Page:
    """The help of one command, as ``everything`` or as what matters first."""

    def __init__(self, ctx: Any, formatter: Any, *, everything: bool) -> None:
        self._ctx = ctx
        self._formatter = formatter
        self._everything = everything
        self._path = _path(ctx)
        self._taught = TAUGHT[self._path]

    def write(self, arguments: Sequence[Any], parameters: Sequence[Any]) -> None:
        options = [each for each in parameters if each.param_type_name == "option"]
        self._write_examples()
        if arguments:
            self._section("Arguments", [(each.metavar, each.help or "") for each in arguments])
        self._write_commands()
        self._write_options([each for each in options if long_name(each) not in _HELP])
        self._section("Help", [each.get_help_record(self._ctx) for each in options if long_name(each) in _HELP])

    def _section(self, title: str, rows: Sequence[tuple[str, str]]) -> None:
        with self._formatter.section(title):
            self._formatter.write_dl(rows)

    def _write_examples(self) -> None:
        """As they are pasted: no line of them is broken."""
        with self._formatter.section("Examples"):
            for example in self._taught.examples:
                line = example.line.replace("snapinspect", typed().program, 1)
                self._formatter.write(f"  # {example.about}\n  {line}\n")

    def _write_commands(self) -> None:
        group = self._ctx.command
        if not hasattr(group, "list_commands"):
            return
        commands = {name: group.get_command(self._ctx, name) for name in group.list_commands(self._ctx)}
        panels = COMMANDS if self._path == "" else {"Commands": tuple(commands)}
        width = self._formatter.width - max(map(len, commands)) - 6
        for title, names in panels.items():
            self._section(title, [(name, _summary(commands[name], width)) for name in names])

    def _write_options(self, options: list[Any]) -> None:
        shown = options if self._everything or len(options) <= MANY + _FEW_MORE else self._first(options)
        for title in PANELS:
            if records := [each.get_help_record(self._ctx) for each in shown if panel_of(each) == title]:
                self._section(title, records)
        rest = [each for each in options if each not in shown]
        if rest:
            self._write_names(rest)

    def _write_names(self, rest: list[Any]) -> None:
        """No name is broken at its hyphens."""
        with self._formatter.section(f"More, told by `{typed().program} {self._path} --help-all`"):
            for title in PANELS:
                if names := [long_name(each) for each in rest if panel_of(each) == title]:
                    line = f"  {title + ':':<12}{', '.join(names)}"
                    told = fill(line, self._formatter.width, subsequent_indent=" " * 14, break_on_hyphens=False)
                    self._formatter.write(f"{told}\n")

    def _first(self, options: Iterable[Any]) -> list[Any]:
        return [each for each in options if long_name(each) in self._taught.first]


def _summary(command: Any, width: int) -> str:
    """Its first sentence, up to a colon or semicolon where a line does not take the whole."""
    whole: str = command.get_short_help_str(_ANY_WIDTH).rstrip(".")
    begun = re.split("[:;] ", whole)[0]
    return whole if len(whole) <= width else begun if len(begun) <= width else command.get_short_help_str(width)


def _path(ctx: Any) -> str:
    """``catalog build``: the command's words behind the program."""
    words: list[str] = []
    while ctx.parent is not None:
        words.insert(0, ctx.info_name)
        ctx = ctx.parent
    return " ".join(words)
