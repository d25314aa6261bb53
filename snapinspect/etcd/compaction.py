"""How far history was compacted away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapinspect.etcd.keyvalue import parse_compaction

if TYPE_CHECKING:
    from snapinspect.bolt import BoltFile


def compact_revision(file: BoltFile) -> int:
    """The main revision up to which compaction finished or has begun, 0 if it never ran.

    Source: ``server/storage/mvcc/kvstore.go``, ``restore``: an etcd that starts ends what had begun.
    """
    meta = file.contents(b"meta")
    marks = (meta.get(name) for name in (b"scheduledCompactRev", b"finishedCompactRev"))
    return max((parse_compaction(mark) for mark in marks if mark), default=0)
