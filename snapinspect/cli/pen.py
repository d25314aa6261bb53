"""Colours on standard output, where they are wanted: lines of a diff, and the words of a table that say most."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, TextIO

from snapinspect.cli.options import Color
from snapinspect.write.table import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_RESET = "\x1b[0m"
_BOLD = "\x1b[1m"
RED, GREEN, YELLOW, CYAN = "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[36m"
_COLORS = {"-": RED, "+": GREEN, "@": CYAN}


class Pen:
    """Writes to ``stream``. ``auto`` colours a terminal, unless NO_COLOR (no-color.org) says otherwise."""

    def __init__(self, color: Color, stream: TextIO) -> None:
        self._stream = stream
        self._is_colored = _is_wanted(color, stream)

    def heading(self, text: str, note: str = "") -> None:
        """A line above hunks; ``note`` stands behind a tab, as the time does behind the name of a file."""
        self._write(printable(text) + (f"\t{note}" if note else ""), _BOLD)

    def lines(self, lines: Iterable[str]) -> None:
        """Lines of hunks, each in the colour of its sign; YAML has escaped what could drive a terminal."""
        for line in lines:
            self._write(line, _COLORS.get(line[:1], ""))

    def _write(self, text: str, color: str) -> None:
        self._stream.write(f"{color}{text}{_RESET}\n" if color and self._is_colored else f"{text}\n")


def painted(text: str, words: Mapping[str, str], color: Color, stream: TextIO) -> str:
    """``text`` with the first cell of each line that is one of ``words`` in its colour, when ``stream`` is to have any."""
    if not _is_wanted(color, stream):
        return text
    cell = re.compile(rf"^(.*?   )({'|'.join(map(re.escape, words))})(?=\s|$)", re.MULTILINE)
    return cell.sub(lambda found: f"{found[1]}{words[found[2]]}{found[2]}{_RESET}", text)


def _is_wanted(color: Color, stream: TextIO) -> bool:
    return _takes_colors(stream) if color is Color.auto else color is Color.always


def _takes_colors(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
