"""Backups that lie in object stores and on web servers: fetched into a cache, and opened as the files that they are then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapinspect.sources.cloud.addresses import endpoint_url, is_object

if TYPE_CHECKING:
    from collections.abc import Callable

    from snapinspect.model import Progress
    from snapinspect.sources.source import Source


def open_fetched(spec: str, progress: Progress, opener: Callable[[str, Progress], Source]) -> Source:
    """What ``opener`` makes of the object that ``spec`` names; the name is the object's again in all that is told.

    Raises SourceError, UsageError, and what ``opener`` raises.
    """
    # Imported here, as most snapshots are files, and must open at once.
    from snapinspect.sources.cloud.addresses import parse
    from snapinspect.sources.cloud.bringing import brought
    from snapinspect.sources.naming import as_it_is_called

    address = parse(spec)
    local = brought(address, progress)
    try:
        with as_it_is_called(str(local.path), address.shown):
            source = opener(f"{local.path}!{address.member}" if address.member else str(local.path), progress)
    except BaseException:
        local.close()
        raise
    shown = f"{address.shown}!{address.member}" if address.member else address.shown
    notes = tuple(note.replace(str(local.path), address.shown) for note in source.notes)
    return source._replace(path=shown, notes=notes, workspaces=(*source.workspaces, local))


def open_outlined(spec: str, progress: Progress, opener: Callable[[str, Progress], Source]) -> Source:
    """No more than the ends of the snapshot that ``spec`` names, where that is much sooner; else what ``open_fetched`` gives."""
    # Imported here, as most snapshots are files, and must open at once.
    from snapinspect.sources.cloud.outline import outlined

    return outlined(spec, progress) or open_fetched(spec, progress, opener)


__all__ = ["endpoint_url", "is_object", "open_fetched", "open_outlined"]
