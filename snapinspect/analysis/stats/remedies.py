"""What would make the database smaller, and by how much.

Compaction and deletion only make room inside the file. What etcd holds against its quota is the file's size, which
defragmentation alone makes smaller. An etcd whose quota is exceeded still takes compaction and deletions
(go.etcd.io/etcd ``server/etcdserver/apply``: ``applierV3Capped``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from snapinspect.analysis.helm.stored import Release
from snapinspect.analysis.stats.counting import Sum
from snapinspect.analysis.stats.room import Room
from snapinspect.write.counted import counted

_WORTH = 100
"""What frees less than one part in so many of the file is not worth a line."""
_AFTERWARDS = "then compact and defragment, too"
_DEFRAGMENT = "`etcdctl defrag`, one member after the other"


class Remedy(NamedTuple):
    """``frees`` is bytes of the file for ``compact``, which defragments, too, and for ``defragment``; else of values."""

    action: str
    frees: int
    how: str


def remedies(room: Room, revision: int, total: Sum, events: Sum, releases: list[Release]) -> list[Remedy]:
    """What is worth it, the most first; ``total`` and ``events`` are sums of what was selected."""
    found = list(_of_objects(events, releases))
    if room.has_quota:
        found = [each._replace(how=f"{each.how}; {_AFTERWARDS}") for each in found]
        found += _of_etcd(room, revision, total)
    worth = [each for each in found if each.frees > 0 and each.frees * _WORTH >= (room.size or 0)]
    return sorted(worth, key=lambda each: each.frees, reverse=True)


def _of_etcd(room: Room, revision: int, total: Sum) -> Iterator[Remedy]:
    if room.size is None:
        return
    compacted = room.size - room.compacted if room.compacted is not None else total.history + (room.free or 0)
    yield Remedy("compact", compacted, f"compact and defragment: `etcdctl compact {revision}`, then {_DEFRAGMENT}")
    if room.defragmented is not None:
        yield Remedy("defragment", room.size - room.defragmented, f"defragment alone: {_DEFRAGMENT}")


def _of_objects(events: Sum, releases: list[Release]) -> Iterator[Remedy]:
    superseded = [each for release in releases for each in release.superseded]
    how = (
        f"delete {counted(len(superseded), 'superseded revision')} of Helm releases, by their label status=superseded, and with them "
        "the way back to what is deleted"
    )
    yield Remedy("helm", sum(each.size for each in superseded), how)
    how = f"delete {counted(events.objects, 'Event')}, a log that nothing depends on: `kubectl delete events --all`, with -A or -n"
    yield Remedy("events", events.size, how)
