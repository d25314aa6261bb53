"""How a backup arrives: one file each, tried in the order of ``OPENERS``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from snapinspect.sources.archive import open_archive
from snapinspect.sources.backup_directory import open_openshift
from snapinspect.sources.datastore import open_datastore, open_sql_dump
from snapinspect.sources.directory import open_directory
from snapinspect.sources.file import open_file
from snapinspect.sources.gardener import open_gardener
from snapinspect.sources.pairs import open_pairs
from snapinspect.sources.source import Digests, Source
from snapinspect.sources.standard_input import open_standard_input
from snapinspect.sources.terminal import open_through_terminal
from snapinspect.sources.wal import with_log

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from snapinspect.model import Progress

OPENERS: tuple[Callable[[str, Progress], Source | None], ...] = (
    open_standard_input,
    open_gardener,
    open_directory,
    open_through_terminal,
    open_pairs,
    open_archive,
    open_openshift,
    open_sql_dump,
    open_datastore,
    open_file,
)


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
    source = next(source for opener in OPENERS if (source := opener(spec, progress)))
    return source if log is None else replace(source, log=log)


__all__ = ["Digests", "Source", "open_alone", "open_source"]
