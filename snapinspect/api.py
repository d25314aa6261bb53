"""From Python: a snapshot, and what the commands tell of it as methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapinspect import snapshot
from snapinspect.analysis import deleted, history, log
from snapinspect.analysis.diff import objects
from snapinspect.model import Progress, silent
from snapinspect.snapshot import open_snapshot
from snapinspect.sources import Source, open_source

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from snapinspect.snapshot.unlocking import Given


class Snapshot(snapshot.Snapshot):
    """A snapshot at one revision, the last unless ``at`` says otherwise.

    What is selected and cannot be read does not stop the reading: it is added to ``problems``.
    A key that holds no Kubernetes object has a head without a kind.
    """

    history = history.history
    deleted = deleted.deleted
    diff = objects.diff
    log = log.log

    def __repr__(self) -> str:
        return f"<Snapshot of {self.source.path} at revision {self.revision}>"

    def at(self, when: int | str | datetime) -> Snapshot:
        return super().at(when).seen_as(Snapshot)


def open(  # noqa: A001 - `snapinspect.open(path)` reads as what it does
    path: str,
    *,
    given: Given | None = None,
    prefix: str | None = None,
    progress: Progress = silent,
    opener: Callable[[str, Progress], Source] = open_source,
) -> Snapshot:
    """Opens ``path``, which may name an object of a store, read-only; the result is a context manager.

    ``given`` is what opens encrypted values; keys that lie beside the snapshot in an archive are found. ``opener``
    says how: ``snapinspect.sources.recovery`` has those that carve and salvage. Raises SourceError,
    NotASnapshot or Damaged; UsageError and Locked for keys that make no sense or open nothing.
    """
    return open_snapshot(path, given=given, prefix=prefix, progress=progress, opener=opener).seen_as(Snapshot)
