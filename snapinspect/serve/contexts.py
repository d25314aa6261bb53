"""The contexts of a snapshot: now, other moments, what was deleted, a replay."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from snapinspect.analysis.deleted import Deleted
from snapinspect.serve.context import Context
from snapinspect.serve.holdings import Holdings
from snapinspect.serve.replay import Replay
from snapinspect.snapshot.timeline import last_written, read_near_timeline

if TYPE_CHECKING:
    from collections.abc import Callable

    from snapinspect.analysis.diff.secrets import Veil
    from snapinspect.snapshot import Snapshot
    from snapinspect.snapshot.timeline import Moment

_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")


def name_of(snapshot: Snapshot) -> str:
    """What a snapshot's context is called: its file's name."""
    return _UNFIT.sub("-", Path(snapshot.source.path).name).strip("-") or "snapshot"


def live(snapshot: Snapshot, name: str, veil: Veil | None) -> Context:
    """The last revision."""
    return _context(name, snapshot, name, lambda: _seconds(last_written(snapshot)), veil)


def past(snapshot: Snapshot, name: str, said: str, revision: int, veil: Veil | None) -> Context:
    """The state at ``revision``, which was ``said`` as a revision or a time."""

    def end() -> int:
        return _seconds(read_near_timeline(snapshot).when(revision))

    return _context(f"{name}@{said}", snapshot.at(revision), name, end, veil)


def deleted(snapshot: Snapshot, name: str, end: Callable[[], int], veil: Veil | None) -> Context:
    """What is gone."""
    return _context(f"{name}@deleted", snapshot.seen_as(Deleted), name, end, veil)


def replayed(snapshot: Snapshot, name: str, start: int, end: int, speed: float, veil: Veil | None) -> Context:
    """What happened between two revisions, as fast as is wanted."""
    context = _context(f"{name}@replay", snapshot, name, lambda: 0, veil)
    context.replay = Replay(context.base, start, end, speed)
    return context


def _seconds(moment: Moment | None) -> int:
    return moment.seconds if moment else 0


def _context(name: str, view: Snapshot, slug: str, end: Callable[[], int], veil: Veil | None) -> Context:
    """Clients keep what is served by the server's path: it is another one for each snapshot and moment."""
    source = f"{name}\0{view.source.path}\0{view.store.revision}\0{view.revision}\0"
    # The namespace that each cluster has, as it lies there: reading its UID would take longer than all else here.
    cluster = view.locate("", "Namespace", None, "kube-system")
    digest = hashlib.sha256(source.encode("utf-8", "surrogateescape") + (bytes(cluster.value) if cluster else b""))
    context = Context(name, f"/{slug}/{digest.hexdigest()[:12]}", Holdings(view, veil), end)
    # What takes long is done before anybody waits for an answer.
    _ = context.base.keys, context.base.resources
    return context
