"""How a backup arrives: one file each, tried in the order of ``OPENERS``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapinspect.sources.archive import open_archive
from snapinspect.sources.datastore import open_datastore
from snapinspect.sources.directory import open_directory
from snapinspect.sources.file import open_file
from snapinspect.sources.source import Digests, Source
from snapinspect.sources.standard_input import open_standard_input

if TYPE_CHECKING:
    from collections.abc import Callable

    from snapinspect.model import Progress

OPENERS: tuple[Callable[[str, Progress], Source | None], ...] = (
    open_standard_input,
    open_directory,
    open_archive,
    open_datastore,
    open_file,
)


def open_source(spec: str, progress: Progress) -> Source:
    """Opens ``spec`` with the first opener that takes it; closing the source removes its temporary files.

    Raises SourceError, NotASnapshot when it is something else, Ambiguous when it holds several, or Damaged.
    """
    return next(source for opener in OPENERS if (source := opener(spec, progress)))


__all__ = ["Digests", "Source", "open_source"]
