"""The log as Python asks for it: a function of a snapshot, which is a method of it, too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from snapinspect.analysis.history import Held
from snapinspect.analysis.log.entries import Entry
from snapinspect.analysis.log.reading import Asked, Log
from snapinspect.snapshot.when import revision_meant

if TYPE_CHECKING:
    from snapinspect.snapshot import Snapshot


def log(
    snapshot: Snapshot,
    targets: Iterable[str] = (),
    *,
    namespaces: Iterable[str] = (),
    since: int | str | datetime = 0,
    until: int | str | datetime | None = None,
    by: str = "",
    field: str = "",
    everything: bool = False,
) -> Iterator[Entry]:
    """What happened to the ``targets`` (KIND or KIND/NAME; all without), oldest first, as the command ``log`` tells it.

    Only what came after ``since`` up to ``until``, each a revision or a moment as ``Snapshot.at`` takes it; what a manager whose
    name contains ``by`` did; what changed ``field`` (``.spec.replicas``). Status, leases, endpoints and Events come
    with ``everything``. Values of Secrets in ``changes`` are hashes. Raises what ``Snapshot.select`` and ``Snapshot.at`` do.
    """
    first = revision_meant(snapshot, since, start=True)
    last = snapshot.revision if until is None else min(snapshot.revision, revision_meant(snapshot, until))
    view = snapshot.seen_as(Held)
    asked = Asked(since=first, until=last, by=by, field=field, everything=everything)
    return _told_of(Log(view, view.select(targets, namespaces=namespaces), asked))


def _told_of(entries: Iterable[Entry]) -> Iterator[Entry]:
    for entry in entries:
        if not entry.noise:
            yield entry
