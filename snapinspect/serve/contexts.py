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
    from snapinspect.analysis.diff.secrets import Veil
    from snapinspect.snapshot import Snapshot

_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")


def name_of(snapshot: Snapshot) -> str:
    """What a snapshot's context is called: its file's name."""
    return _UNFIT.sub("-", Path(snapshot.source.path).name).strip("-") or "snapshot"


def live(snapshot: Snapshot, name: str, veil: Veil | None) -> Context:
    """The last revision."""
    written = last_written(snapshot)
    return _context(name, snapshot, name, written.seconds if written else 0, veil)


def past(snapshot: Snapshot, name: str, said: str, revision: int, veil: Veil | None) -> Context:
    """The state at ``revision``, which was ``said`` as a revision or a time."""
    moment = read_near_timeline(snapshot).when(revision)
    return _context(f"{name}@{said}", snapshot.at(revision), name, moment.seconds if moment else 0, veil)


def deleted(snapshot: Snapshot, name: str, seconds: int, veil: Veil | None) -> Context:
    """What is gone."""
    return _context(f"{name}@deleted", snapshot.seen_as(Deleted), name, seconds, veil)


def replayed(snapshot: Snapshot, name: str, start: int, end: int, speed: float, veil: Veil | None) -> Context:
    """What happened between two revisions, as fast as is wanted."""
    context = _context(f"{name}@replay", snapshot, name, 0, veil)
    context.replay = Replay(context.base, start, end, speed)
    return context


def _context(name: str, view: Snapshot, slug: str, seconds: int, veil: Veil | None) -> Context:
    """Clients keep what is served by the server's path: it is another one for each snapshot and moment."""
    source = f"{name}\0{view.source.path}\0{view.store.revision}\0{view.cluster_uid}\0{view.revision}"
    digest = hashlib.sha256(source.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    context = Context(name, f"/{slug}/{digest}", Holdings(view, veil), seconds)
    # What takes long is done before anybody waits for an answer.
    _ = context.base.keys, context.base.resources
    return context
