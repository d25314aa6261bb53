"""A running etcd, read at one revision: the store that asks over gRPC.

The state is asked for in ranges, history is a watch from the compacted revision on. Of records that
stand before that one etcd does not tell the sub revision; it is given as 0.
Sources: go.etcd.io/etcd ``api/etcdserverpb/rpc.proto``, ``server/storage/mvcc/{key_index,watchable_store}.go``.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from snapinspect.etcd.about import Facts
from snapinspect.etcd.paging import Pager, ReadAhead, record_of
from snapinspect.etcd.store import KeyFilter, require_held
from snapinspect.model import Buffer, Progress, Record, silent

if TYPE_CHECKING:
    from snapinspect.etcd.client.client import Client

_KEYS_PER_PAGE = 1_000
"""As etcd reads the values even when it is asked for keys only, and holds those of one page."""
_FIRST_PART, _LARGEST_PART = 64, 4_096
"""Records that are read at once to be put into the order of their revisions."""
_DELETION = 1


class LiveStore:
    """The ``Store`` of a running etcd, pinned at the revision that was the newest when it was opened.

    ``is_current`` is False when that is only what a member without a quorum knows of. All that ask etcd raise
    SourceError.
    """

    def __init__(self, client: Client, progress: Progress = silent) -> None:
        self._client = client
        self._progress = progress
        self._states: dict[int, _State] = {}
        self._revision, self.is_current = client.pin()

    @property
    def revision(self) -> int:
        return self._revision

    @cached_property
    def compact_revision(self) -> int:
        """The oldest revision that etcd answers for, found by halving; 0 when that is the first."""
        oldest = bisect_left(range(1, self._revision), True, key=self._client.holds) + 1
        return oldest if oldest > 1 else 0

    def keys(self, at: int | None = None) -> Iterable[bytes]:
        return self._state(at).keys

    def scan(self, wanted: KeyFilter, at: int | None = None) -> Iterator[Record]:
        return self._state(at).scan(wanted)

    def values(self, wanted: KeyFilter, at: int | None = None) -> Iterator[tuple[bytes, Buffer]]:
        return ((record.key, record.value) for record in self.scan(wanted, at))

    def get(self, key: bytes, at: int | None = None) -> Record | None:
        return self._state(at).get(key)

    def revisions(self, wanted: KeyFilter) -> Iterator[Record]:
        start = self._watched_from
        if self.compact_revision:
            yield from self._state(self.compact_revision).oldest_first(wanted, before=start)
        yield from (record for record in self._changes(start) if wanted(record.key))

    def newest(self, count: int) -> Iterator[Record]:
        if self._watched_from > self._revision:
            return self._state(None).newest(count)
        # Every revision has a record at least.
        start = max(self._watched_from, self._revision - count + 1)
        return reversed(deque(self._changes(start), maxlen=count))

    def oldest(self, count: int) -> Iterator[Record]:
        return islice(self.revisions(lambda _key: True), count)

    def count_records(self) -> int:
        """All records held; they are streamed, as etcd does not tell how many there are."""
        start = self._watched_from
        settled = self._state(self.compact_revision).count(before=start) if self.compact_revision else 0
        return settled + sum(1 for _ in self._changes(start))

    def facts(self) -> Facts:
        """What the endpoint that answers first says; what only the database file tells is None."""
        statuses = self._client.statuses()
        best = next((status for status in statuses if not status.error), None)
        return Facts(
            db_size=best and best.db_size,
            db_size_in_use=best and best.db_size_in_use,
            hash=None,
            consistent_index=best and best.raft_applied_index,
            term=best and best.raft_term,
            storage_version=(best and best.storage_version) or None,
            cluster_version=None,
            members=self._client.members(),
            endpoints=statuses,
        )

    def close(self) -> None:
        self._client.close()

    @property
    def _watched_from(self) -> int:
        """The first revision whose changes a watch tells: those of the compacted one are there, as far as it left any.

        When that is the last, too, none may be left, and one would wait for ever.
        """
        if self.compact_revision == self._revision:
            return self._revision + 1
        return max(1, self.compact_revision)

    def _changes(self, start: int) -> Iterator[Record]:
        """The records of the revisions from ``start`` to the pinned one."""
        if start > self._revision or self._revision == 1:
            return
        main = sub = 0
        for event in self._client.changes(start, self._revision):
            sub = sub + 1 if event.kv.mod_revision == main else 0
            main = event.kv.mod_revision
            yield record_of(event.kv, sub, tombstone=event.type == _DELETION)

    def _state(self, at: int | None) -> _State:
        revision = self._revision if at is None else at
        if revision not in self._states:
            self._check(revision)
            self._states[revision] = _State(self._client, revision, self._progress)
        return self._states[revision]

    def _check(self, revision: int) -> None:
        is_held = revision > self._revision or self._client.holds(revision)
        way = "Take a later revision, or a snapshot that was saved earlier."
        require_held(revision, self._revision, 0 if is_held else self.compact_revision, way)


class _State:
    """The keys of one revision, listed at once, and their values, asked for as they are needed."""

    def __init__(self, client: Client, revision: int, progress: Progress) -> None:
        self.keys: list[bytes] = []
        self._written: list[int] = []
        self._list(client, revision, progress)
        self._pager = Pager(client, revision, self.keys)
        self._ahead = ReadAhead(self._pager)

    def scan(self, wanted: KeyFilter) -> Iterator[Record]:
        positions = [position for position, key in enumerate(self.keys) if wanted(key)]
        self._ahead.expect(positions)
        return self._pager.read(positions)

    def get(self, key: bytes) -> Record | None:
        position = bisect_left(self.keys, key)
        if position == len(self.keys) or self.keys[position] != key:
            return None
        return self._ahead.get(position)

    def count(self, before: int) -> int:
        """The keys whose record is of a revision before ``before``."""
        return sum(1 for revision in self._written if revision < before)

    def newest(self, count: int) -> Iterator[Record]:
        """The ``count`` records written last, newest first."""
        return iter(self._in_order(heapq.nlargest(count, range(len(self.keys)), key=self._written.__getitem__)))

    def oldest_first(self, wanted: KeyFilter, before: int) -> Iterator[Record]:
        """The wanted records of revisions before ``before``; read in growing parts, each in the order of its keys."""
        by_age = sorted(range(len(self.keys)), key=self._written.__getitem__)
        positions = [at for at in by_age if self._written[at] < before and wanted(self.keys[at])]
        done, size = 0, _FIRST_PART
        while done < len(positions):
            yield from self._in_order(positions[done : done + size])
            done, size = done + size, min(size * 2, _LARGEST_PART)

    def _in_order(self, positions: Sequence[int]) -> list[Record]:
        records = dict(zip(sorted(positions), self._pager.read(sorted(positions)), strict=True))
        return [records[position] for position in positions]

    def _list(self, client: Client, revision: int, progress: Progress) -> None:
        page = client.keys(b"", _KEYS_PER_PAGE, revision)
        with progress("listing keys", page.count) as advance:
            while True:
                self.keys += [kv.key for kv in page.kvs]
                self._written += [kv.mod_revision for kv in page.kvs]
                advance(len(page.kvs))
                if not page.more or not page.kvs:
                    return
                page = client.keys(self.keys[-1], _KEYS_PER_PAGE, revision)
