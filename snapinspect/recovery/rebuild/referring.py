"""What stays and refers to what is dropped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from snapinspect.analysis.deps.referrers import Referrers
from snapinspect.analysis.deps.table import REFERENCES
from snapinspect.clean.rule import kind_key

if TYPE_CHECKING:
    from snapinspect.model import Head
    from snapinspect.select import Selection
    from snapinspect.snapshot import Snapshot

_NOBODY_REFERS = {("", "Event"), ("events.k8s.io", "Event"), ("coordination.k8s.io", "Lease")}


def referring(view: Snapshot, dropped: Iterable[Selection]) -> Iterator[str]:
    """A sentence for each live object that stays and names one that one of the selections ``dropped`` drops."""
    gone = {key: head for selection in dropped for key, head in view.heads(selection)}
    kinds = {(head.group, head.kind) for head in gone.values()} - _NOBODY_REFERS
    rows = [row for row in REFERENCES if row.to and kind_key(row.to) in kinds]
    if not rows:
        return
    referrers = Referrers(view, rows, ())
    referrers.cover_all()
    for key, head in sorted(gone.items()):
        for referrer in referrers.naming(key):
            if referrer.record.key not in gone:
                yield f"{_named(referrer.head)} stays, and needs {_named(head)}, which is dropped"


def _named(head: Head) -> str:
    where = f" in {head.namespace}" if head.namespace else ""
    return f"{head.kind.lower()} {head.name}{where}"
