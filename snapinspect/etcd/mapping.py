"""Letting go of a mapped file."""

from __future__ import annotations

import mmap

from snapinspect.model import Data


def let_go(data: Data, view: memoryview) -> None:
    """Closes the map, and the ``view`` that records' values were taken from."""
    view.release()
    if isinstance(data, mmap.mmap):
        try:
            data.close()
        except BufferError:
            # A record's value is still in use; the map goes away with the last of them.
            return
