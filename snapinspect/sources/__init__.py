"""How a backup arrives: one file each, tried in the order of ``openers``, a plain file before all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapinspect.sources.file import open_plain
from snapinspect.sources.source import Digests, Source
from snapinspect.sources.wal import with_log

if TYPE_CHECKING:
    from pathlib import Path

    from snapinspect.model import Progress


def open_source(spec: str, progress: Progress, log: Path | None = None) -> Source:
    """Opens ``spec`` as ``open_alone`` does, with its write-ahead log: that of a data directory, or the one in ``log``.

    Raises UsageError, too, when it can have none.
    """
    return with_log(open_alone(spec, progress, log), progress)


def open_alone(spec: str, progress: Progress, log: Path | None = None) -> Source:
    """Opens ``spec`` with the first opener that takes it; closing the source removes its temporary files.

    A write-ahead log is noted in the source, and not read. Raises SourceError, NotASnapshot when it is something else,
    Ambiguous when it holds several, or Damaged.
    """
    source = open_plain(spec, progress)
    if source is None:
        # Imported here, as a plain snapshot, which most are, must open at once.
        from snapinspect.sources.openers import OPENERS

        source = next(source for opener in OPENERS if (source := opener(spec, progress)))
    return source if log is None else source._replace(log=log)


__all__ = ["Digests", "Source", "open_alone", "open_source"]
