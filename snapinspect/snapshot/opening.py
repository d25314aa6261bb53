"""From what a person names to an opened snapshot."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from snapinspect.model import Progress, silent
from snapinspect.snapshot.view import Snapshot
from snapinspect.sources import Source, open_source
from snapinspect.sources.cloud import is_object, open_fetched

if TYPE_CHECKING:
    from snapinspect.snapshot.unlocking import Given


def open_snapshot(
    path: str,
    *,
    given: Given | None = None,
    prefix: str | None = None,
    progress: Progress = silent,
    opener: Callable[[str, Progress], Source] = open_source,
    fetcher: Callable[[str, Progress, Callable[[str, Progress], Source]], Source] = open_fetched,
) -> Snapshot:
    """Opens ``path`` as ``snapinspect.open`` does, an object of a store by ``fetcher``, and raises what that raises."""
    source = fetcher(path, progress, opener) if is_object(path) else opener(path, progress)
    if given is None and not source.beside:
        return Snapshot(source, prefix=prefix, progress=progress)
    # Imported here, as most snapshots need no keys.
    from snapinspect.snapshot.unlocking import Given, gather

    try:
        keyring, notes = gather(source, given or Given(), progress)
    except BaseException:
        source.close()
        raise
    return Snapshot(source, keys=keyring, prefix=prefix, progress=progress, notes=notes)
