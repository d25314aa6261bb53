"""The room that a source takes, as far as it tells.

Sources: go.etcd.io/etcd ``server/storage/quota.go`` (``DefaultQuotaBytes``, ``MaxQuotaBytes``: held against the size of the
file, free pages and all), ``api/etcdserverpb/rpc.proto`` (``StatusResponse``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from snapinspect.etcd import Database

if TYPE_CHECKING:
    from snapinspect.etcd import Store
    from snapinspect.etcd.about import Facts
    from snapinspect.etcd.space import Space

DEFAULT_QUOTA, SUGGESTED_MOST = 2 << 30, 8 << 30

_PACKED = "by packing the elements of all buckets into pages as defragmentation does, nine tenths full"
_REPORTED = "as etcd reports the size and how much of it is in use: pages that are half full are not counted"
_ALARM = "NOSPACE"
_RUNNING = "a running etcd does not tell how its pages are filled: `save` a snapshot, and ask of that"
_SQLITE = "the pages of an SQLite datastore are not looked at; VACUUM would give back those that are free"
_DAMAGED = "how the pages of a damaged database are filled cannot be told for certain"


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes, as in ``snapinspect.etcd.space.Space``; what the source does not tell is None, and ``unknown`` says why.

    ``live`` and ``history`` are what records take inside their pages; ``method`` tells how the size after
    defragmentation was estimated. ``has_quota`` when it is etcd's own database, which etcd holds against its quota.
    """

    has_quota: bool
    size: int | None
    in_use: int | None
    live: int | None = None
    history: int | None = None
    unused: int | None = None
    page_size: int | None = None
    buckets: dict[str, int] | None = None
    leases: int | None = None
    has_alarm: bool | None = None
    defragmented: int | None = None
    compacted: int | None = None
    method: str = ""
    unknown: str = ""

    @property
    def free(self) -> int | None:
        """What is in no use, and etcd would fill first."""
        return None if self.size is None or self.in_use is None else self.size - self.in_use

    @property
    def structure(self) -> int | None:
        """The rest: what pages need themselves, branch pages, and buckets other than that of the keys."""
        if self.in_use is None or self.live is None or self.history is None or self.unused is None:
            return None
        return self.in_use - self.live - self.history - self.unused


def room_of(store: Store) -> Room:
    """How much room the database of ``store`` takes. Raises Damaged and, of a running etcd, SourceError."""
    if isinstance(store, Database):
        return _of_file(store.space())
    # Imported here, as nearly every source is a file that is read as it is.
    from snapinspect.etcd.live import LiveStore
    from snapinspect.etcd.past import PiecedStore
    from snapinspect.etcd.wal.store import LoggedDatabase
    from snapinspect.sources.kine import KineDatabase

    if isinstance(store, PiecedStore):
        return room_of(store.held)
    if isinstance(store, LoggedDatabase):
        return room_of(store.base)
    facts = store.facts()
    if isinstance(store, LiveStore):
        return _of_status(facts)
    if isinstance(store, KineDatabase):
        return Room(False, facts.db_size, facts.db_size_in_use, unknown=_SQLITE)
    return Room(True, facts.db_size, facts.db_size_in_use, unknown=_DAMAGED)


def _of_file(space: Space) -> Room:
    return Room(
        has_quota=True,
        size=space.size,
        in_use=space.in_use,
        live=space.live,
        history=space.records - space.live,
        unused=space.unused,
        page_size=space.page_size,
        buckets=space.buckets,
        leases=space.leases,
        has_alarm=space.has_alarm,
        defragmented=space.defragmented,
        compacted=space.compacted,
        method=_PACKED,
    )


def _of_status(facts: Facts) -> Room:
    return Room(
        has_quota=True,
        size=facts.db_size,
        in_use=facts.db_size_in_use,
        has_alarm=any(_ALARM in error for endpoint in facts.endpoints for error in endpoint.errors),
        defragmented=facts.db_size_in_use,
        method=_REPORTED,
        unknown=_RUNNING,
    )
