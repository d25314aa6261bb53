"""Shares drawn as bars on a terminal: in eighths of a character where it can show them, else in whole ones."""

from __future__ import annotations

import os
from typing import TextIO

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_FULL = _EIGHTHS[-1]
_PLAIN = "#"
_NOTHING = "-"
_WIDE, _WIDTH = 130, 20
_USUAL, _SHORT_WIDTH = 80, 8
"""Columns of a terminal that leave room for bars of so many characters."""
_UNABLE = frozenset({"dumb", "linux", "vt100", "vt220"})
"""Terminals whose fonts lack the eighths."""


class Bars:
    """Draws shares for a stream; ``width`` is 0 where nothing is to be drawn, and a wide table has no room where ``is_narrow``."""

    def __init__(self, stream: TextIO) -> None:
        columns = _columns(stream)
        self.width = 0 if columns is None or columns < _USUAL else _SHORT_WIDTH if columns < _WIDE else _WIDTH
        self.is_narrow = columns is not None and columns < _WIDE
        self._unicode = _shows_unicode()

    def __bool__(self) -> bool:
        return self.width > 0

    def bar(self, share: float | None) -> str:
        """The share as a length; what is there at all is seen."""
        if not share:
            return _NOTHING
        if not self._unicode:
            return _PLAIN * max(round(min(share, 1) * self.width), 1)
        eighths = max(round(min(share, 1) * self.width * 8), 1)
        whole, rest = divmod(eighths, 8)
        return _FULL * whole + (_EIGHTHS[rest] if rest else "")


def _columns(stream: TextIO) -> int | None:
    """None where it is no terminal."""
    if not stream.isatty():
        return None
    # Imported here, as most output goes without bars.
    from shutil import get_terminal_size

    return get_terminal_size().columns


def _shows_unicode() -> bool:
    """By what the locale says, which the stream's own encoding no longer does, and by the terminal."""
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_CTYPE") or os.environ.get("LANG") or ""
    speaks = locale.lower().replace("-", "").endswith("utf8")
    return speaks and os.environ.get("TERM", "") not in _UNABLE
