"""What a source holds, as the buckets of a database: every record, and what etcd keeps beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field

from snapinspect.etcd import Bucketed, Database, Lossy, Store
from snapinspect.etcd.keyvalue import pack_key, pack_keyvalue
from snapinspect.etcd.store import Stored
from snapinspect.etcd.wal.store import LoggedDatabase
from snapinspect.model import FREE, LIVE, UNPROVEN, Record, Revision

BUCKETS = (
    *(b"alarm", b"auth", b"authRoles", b"authUsers", b"cluster"),
    *(b"lease", b"members", b"members_removed", b"meta"),
)
"""What etcd has beside ``key``. Source: go.etcd.io/etcd ``server/storage/schema/bucket.go``."""
META = b"meta"
SCHEDULED = b"scheduledCompactRev"
_COMPACTED = (SCHEDULED, b"finishedCompactRev")


Buckets = dict[bytes, dict[bytes, bytes]]


@dataclass(slots=True)
class Left:
    """Records that were not taken over, by why; ``copies`` of a revision that stands there already."""

    unproven: int = 0
    copies: int = 0
    dropped: Counter[str] = field(default_factory=Counter)

    def drop(self, word: str) -> None:
        """Counts a record of an object of the kind ``word``."""
        self.dropped[word] += 1

    def clear(self) -> None:
        """Begins to count anew."""
        self.unproven = self.copies = 0
        self.dropped.clear()


def records_of(store: Store, left: Left, at: int | None = None, *, with_unproven: bool = False) -> Iterator[Stored]:
    """Every record that ``store`` holds, oldest first; to the byte where it is read from the pages of a sound file.

    Of a key whose state at ``at`` (None: the last) is ``unproven`` they only come when that is asked for. What stands in
    free pages does not come, as it is history, but for what is such a state.
    """
    if isinstance(store, LoggedDatabase):
        yield from records_of(
            store.base, left, None if at is None else min(at, store.base.revision), with_unproven=with_unproven
        )
        yield from map(_stored, store.replayed.written)
    elif isinstance(store, Database):
        yield from store.stored()
    elif isinstance(store, Lossy) and not with_unproven:
        yield from _told(store, left, _proven(store, at))
    else:
        yield from _told(store, left, shown=_shown(store, at) if isinstance(store, Lossy) else frozenset())


def buckets_of(store: Store) -> Buckets:
    """What the buckets beside ``key`` hold; those that are not there are empty, and say what the store knows."""
    held = store.buckets() if isinstance(store, Bucketed) else {}
    if isinstance(store, Database):
        return held
    found = {name: held.get(name, {}) for name in sorted({*BUCKETS, *held})}
    if store.compact_revision:
        found[META] = {**found[META], **_marked(store.compact_revision, _COMPACTED)}
    return found


def compacted_up_to(buckets: Buckets, revision: int, *marks: bytes) -> Buckets:
    """The same buckets of an etcd that has compacted all before ``revision``; of one that is to, with SCHEDULED alone."""
    return {**buckets, META: {**buckets.get(META, {}), **_marked(revision, marks or _COMPACTED)}}


def _marked(revision: int, marks: Iterable[bytes]) -> dict[bytes, bytes]:
    return dict.fromkeys(marks, pack_key(Revision(revision)))


def _proven(store: Store, at: int | None) -> Callable[[bytes], bool]:
    """Whether it is known of a key what became of it: it is proven to be live, or its deletion is held."""
    live = {record.key for record in store.scan(_every, at) if record.source != UNPROVEN}
    ended: dict[bytes, bool] = {}
    for record in store.revisions(_every):
        if record.source != FREE and (at is None or record.mod_revision <= at):
            ended[record.key] = record.tombstone and record.source != UNPROVEN
    return lambda key: key in live or ended.get(key, False)


def _shown(store: Store, at: int | None) -> frozenset[Revision]:
    """The revisions of what may be current, wherever in the file it was found."""
    return frozenset(record.revision for record in store.scan(_every, at))


def _told(
    store: Store,
    left: Left,
    proven: Callable[[bytes], bool] | None = None,
    shown: Collection[Revision] = (),
) -> Iterator[Stored]:
    """Records by what the store tells of them, those ``shown`` whatever that is; of several that say one revision the first."""
    versions: dict[bytes, int] = {}
    last = b""
    for record in store.revisions(_every):
        if record.source not in {LIVE, UNPROVEN} and record.revision not in shown:
            continue
        if proven is not None and (record.source == UNPROVEN or not proven(record.key)):
            left.unproven += 1
            continue
        stored = _stored(_counted(record, versions))
        if stored.revision[:17] <= last:
            left.copies += 1
            continue
        last = stored.revision[:17]
        yield stored


def _every(_key: bytes) -> bool:
    return True


def _counted(record: Record, versions: dict[bytes, int]) -> Record:
    """The record with its version, which kine does not count: the first that is held of a life has version 1."""
    if record.tombstone:
        versions.pop(record.key, None)
        return record
    if record.version:
        return record
    version = versions[record.key] = versions.get(record.key, 0) + 1
    return record._replace(version=version)


def _stored(record: Record) -> Stored:
    return Stored(pack_key(record.revision, tombstone=record.tombstone), pack_keyvalue(record))
