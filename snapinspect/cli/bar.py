"""How far long work is, on one line of a terminal that is cleared at the end."""

from __future__ import annotations

from time import monotonic
from typing import TextIO

from snapinspect.write.table import printable

_LARGE = 4_000_000
"""Work of so many bytes is shown from its beginning; other work once it takes longer than ``_PATIENCE``."""
_PATIENCE = 0.4
_PAUSE = 0.1
_WIDTH = 30
_CLEAR = "\r\x1b[K"


class Bar:
    """``advance`` is told each step done; of a ``total`` of 0 nothing is known but how much is done."""

    def __init__(self, label: str, total: int, stream: TextIO) -> None:
        self._label = label
        self._total = total
        self._stream = stream
        self._done = 0
        self._is_shown = False
        self._next = monotonic() + _PATIENCE
        if total >= _LARGE:
            self._draw()

    def advance(self, step: int) -> None:
        self._done += step
        now = monotonic()
        if now >= self._next:
            self._next = now + _PAUSE
            self._draw()

    def clear(self) -> None:
        """Takes it off the terminal."""
        if self._is_shown:
            self._is_shown = False
            self._stream.write(_CLEAR)
            self._stream.flush()

    def _draw(self) -> None:
        # Imported here for start-up, as it brings every compression there is.
        from shutil import get_terminal_size

        self._is_shown = True
        room, state = get_terminal_size().columns - 1, f"  {self._state()}"
        label = printable(self._label)
        if len(label) + len(state) > room:
            label = f"{label[: max(room - len(state) - 1, 0)]}…"
        self._stream.write(_CLEAR + (label + state)[:room])
        self._stream.flush()

    def _state(self) -> str:
        if not self._total:
            return str(self._done)
        share = min(self._done / self._total, 1)
        filled = int(share * _WIDTH)
        return f"[{'#' * filled}{'-' * (_WIDTH - filled)}] {share:4.0%}"
