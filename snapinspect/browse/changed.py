"""Files that are replaced or written to while somebody looks into them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import NamedTuple


class Seen(NamedTuple):
    """Which file it is, and when it was written to last."""

    file: tuple[int, int]
    state: tuple[int, int]


class Watched:
    """A snapshot's file as it was when it was opened. What is no file, as a running etcd, never changes."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._seen = self._look()

    def change(self) -> str:
        """What became of the file since this was asked last, in one word; empty when nothing did."""
        before, self._seen = self._seen, self._look()
        if before == self._seen or before is None:
            return ""
        if self._seen is None:
            return "removed"
        return "written to" if before.file == self._seen.file else "replaced"

    def _look(self) -> Seen | None:
        with suppress(OSError, ValueError):
            status = self._path.stat()
            return Seen((status.st_dev, status.st_ino), (status.st_size, status.st_mtime_ns))
        return None
