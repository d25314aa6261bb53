"""A running etcd, read at one revision: the store that asks over gRPC.

What a range request cannot tell is missing: tombstones, values that were written over, and the sub
revision. Source: go.etcd.io/etcd ``api/etcdserverpb/rpc.proto`` (Range).
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from snapinspect.errors import UsageError
from snapinspect.etcd.paging import Pager, ReadAhead
from snapinspect.etcd.store import Facts, KeyFilter
from snapinspect.model import Progress, Record, silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from snapinspect.etcd.client.client import Client, Status

_KEYS_PER_PAGE = 1_000
"""As etcd reads the values even when it is asked for keys only, and holds those of one page."""


@dataclass(frozen=True, slots=True)
class LiveFacts(Facts):
    """What a running etcd says of itself, and how each of its endpoints is."""

    endpoints: tuple[Status, ...] = ()


class LiveStore:
    """The ``Store`` of a running etcd, pinned at the revision that was the newest when it was opened.

    ``is_current`` is False when that is only what a member without a quorum knows of. ``release`` is called
    on closing. All that ask etcd raise SourceError.
    """

    def __init__(
        self, client: Client, release: Callable[[], object] = lambda: None, progress: Progress = silent
    ) -> None:
        self._client = client
        self._release = release
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

    def get(self, key: bytes, at: int | None = None) -> Record | None:
        return self._state(at).get(key)

    def newest(self, count: int) -> Iterator[Record]:
        """The ``count`` live records written last, newest first."""
        return self._state(None).by_revision(heapq.nlargest, count)

    def oldest(self, count: int) -> Iterator[Record]:
        """The ``count`` live records written first, oldest first."""
        return self._state(None).by_revision(heapq.nsmallest, count)

    def count_records(self) -> int:
        """The live records: etcd does not tell how many others it holds."""
        return len(self._state(None).keys)

    def facts(self) -> LiveFacts:
        """What the endpoint that answers first says; what only the database file tells is None."""
        statuses = self._client.statuses()
        best = next((status for status in statuses if not status.error), None)
        return LiveFacts(
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
        self._release()

    def _state(self, at: int | None) -> _State:
        revision = self._revision if at is None else at
        if revision not in self._states:
            self._check(revision)
            self._states[revision] = _State(self._client, revision, self._progress)
        return self._states[revision]

    def _check(self, revision: int) -> None:
        if revision > self._revision:
            raise UsageError(
                f"revision {revision} is after the one that is read, {self._revision}",
                "Take a revision up to that one.",
            )
        if not self._client.holds(revision):
            raise UsageError(
                f"revision {revision} is before {self.compact_revision}, up to which etcd compacted history away",
                "Take a later revision, or a snapshot that was saved earlier.",
            )


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

    def by_revision(self, pick: Callable[..., list[int]], count: int) -> Iterator[Record]:
        positions = pick(count, range(len(self.keys)), key=self._written.__getitem__)
        records = dict(zip(sorted(positions), self._pager.read(sorted(positions)), strict=True))
        return map(records.__getitem__, positions)

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
