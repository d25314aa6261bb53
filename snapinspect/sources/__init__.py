"""How a backup arrives: one file each, tried in the order of ``OPENERS``."""

from __future__ import annotations

from collections.abc import Callable

from snapinspect.model import Progress
from snapinspect.sources.file import open_file
from snapinspect.sources.source import Digests, Source

OPENERS: tuple[Callable[[str, Progress], Source | None], ...] = (open_file,)


def open_source(spec: str, progress: Progress) -> Source:
    """Opens ``spec`` with the first opener that takes it. Raises SourceError when none does."""
    return next(source for opener in OPENERS if (source := opener(spec, progress)))


__all__ = ["Digests", "Source", "open_source"]
