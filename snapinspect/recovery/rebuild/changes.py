"""What a rebuilt database leaves away of the records that a source holds, and how it still says the same of the time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from snapinspect.etcd.keyvalue import REVISION, pack_key, read_key
from snapinspect.etcd.store import Stored
from snapinspect.model import Revision

Verdict = Callable[[bytes, Stored], str | None]
"""Under which word the record of an etcd key is to be dropped; None when it stays."""


def key_of(stored: Stored) -> bytes:
    """The etcd key of a record; empty for the record that ``etcdutl snapshot restore --bump-revision`` writes."""
    return read_key(stored.keyvalue, 0, len(stored.keyvalue)) if stored.keyvalue else b""


def is_tombstone(stored: Stored) -> bool:
    return len(stored.revision) > REVISION.size


def until(records: Iterable[Stored], at: int) -> Iterator[Stored]:
    """The records up to and including main revision ``at``."""
    for stored in records:
        if stored.main > at:
            return
        yield stored


def last_of_each(records: Callable[[], Iterable[Stored]]) -> Iterator[Stored]:
    """The last record of each key that is live, oldest first; ``records`` gives them anew each time it is asked."""
    last: dict[bytes, bytes] = {}
    for stored in records():
        if is_tombstone(stored):
            last.pop(key_of(stored), None)
        else:
            last[key_of(stored)] = stored.revision
    kept = set(last.values())
    return (stored for stored in records() if stored.revision in kept)


def without(records: Iterable[Stored], verdict: Verdict, count: Callable[[str], object]) -> Iterator[Stored]:
    """The records that stay. A deletion goes as what it deleted went."""
    gone: dict[bytes, str] = {}
    for stored in records:
        key = key_of(stored)
        word = gone.get(key) if is_tombstone(stored) and key in gone else verdict(key, stored)
        if word is None:
            gone.pop(key, None)
            yield stored
        else:
            gone[key] = word
            count(word)


def reaching(records: Iterable[Stored], last: int) -> Iterator[Stored]:
    """The records, and one more unless they reach main revision ``last``: an etcd must not count it again.

    It holds nothing at all, like the one that ``etcdutl snapshot restore --bump-revision`` writes; no key is found there.
    Source: go.etcd.io/etcd ``etcdutl/snapshot/v3_snapshot.go`` (``unsafeBumpBucketsRevision``).
    """
    reached = 0
    for stored in records:
        reached = stored.main
        yield stored
    if reached < last:
        yield Stored(pack_key(Revision(last)), b"")
