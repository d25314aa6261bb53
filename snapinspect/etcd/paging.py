"""Values of a running etcd, a page at a time: neither one request for each key nor one for all."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from snapinspect.errors import SourceError
from snapinspect.etcd.client.failures import EtcdFailed
from snapinspect.model import Record, Revision

if TYPE_CHECKING:
    from snapinspect.etcd.client.client import Client

_PAGE_SIZE = 2 << 20
"""Bytes that a page should have."""
_MOST_KEYS, _FIRST_KEYS = 1_000, 32
_GROWTH = 4
_GAP = 8
"""So many keys that nobody wants are read along, as another request would cost more."""
_PAGES_KEPT = 4


class Pager:
    """Reads the records of ``keys``, which are all keys of ``revision`` in their order; others name them by position."""

    def __init__(self, client: Client, revision: int, keys: Sequence[bytes]) -> None:
        self._client = client
        self._revision = revision
        self._keys = keys
        self._most = _FIRST_KEYS

    def read(self, positions: Sequence[int]) -> Iterator[Record]:
        """The records at ``positions``, which ascend."""
        at = 0
        while at < len(positions):
            end = self.page_end(positions, at, self._most)
            yield from self.page(positions[at:end])
            at = end

    def page_end(self, positions: Sequence[int], at: int, most: int) -> int:
        """Where the page that begins at ``positions[at]`` ends: no wide gap, no more than ``most`` keys."""
        limit = positions[at] + min(most, self._most)
        end = at + 1
        while end < len(positions) and positions[end] < limit and positions[end] - positions[end - 1] <= _GAP:
            end += 1
        return end

    def page(self, positions: Sequence[int]) -> list[Record]:
        """The records of one page, in one request unless they turn out too large for one answer."""
        first, last = positions[0], positions[-1]
        try:
            kvs = self._client.values(self._keys[first], self._keys[last], self._revision)
        except EtcdFailed as error:
            if not error.failure.is_too_large or len(positions) == 1:
                raise
            self._most = 1
            middle = len(positions) // 2
            return self.page(positions[:middle]) + self.page(positions[middle:])
        if [kv.key for kv in kvs] != list(self._keys[first : last + 1]):
            raise SourceError(
                f"etcd answered with other keys than it listed at revision {self._revision}",
                "Try another endpoint: this member's data may be damaged.",
            )
        self._adapt(kvs)
        return [record_of(kvs[position - first]) for position in positions]

    def _adapt(self, kvs: Any) -> None:
        """Takes pages of such values as large as they may be, growing step by step."""
        average = sum(len(kv.value) for kv in kvs) // len(kvs) or 1
        self._most = max(1, min(_PAGE_SIZE // average, self._most * _GROWTH, _MOST_KEYS))


class _Page(NamedTuple):
    records: dict[int, Record]
    following: int
    size: int


class ReadAhead:
    """Records that are asked for one by one: in the order of what was expected, they are read by the page."""

    def __init__(self, pager: Pager) -> None:
        self._pager = pager
        self._expected: Sequence[int] = ()
        self._pages: deque[_Page] = deque(maxlen=_PAGES_KEPT)

    def expect(self, positions: Sequence[int]) -> None:
        """Says which positions, ascending, are likely to be asked for."""
        self._expected = positions

    def get(self, position: int) -> Record:
        for page in self._pages:
            if position in page.records:
                return page.records[position]
        return self._fetch(position).records[position]

    def _fetch(self, position: int) -> _Page:
        """A new page; one that follows another, within a small gap, is larger than that was."""
        at = bisect_left(self._expected, position)
        if at == len(self._expected) or self._expected[at] != position:
            page = _Page({position: self._pager.page([position])[0]}, -1, 1)
        else:
            before = next((page for page in self._pages if 0 <= at - page.following <= _GAP), None)
            size = min(before.size * _GROWTH, _MOST_KEYS) if before else 1
            end = self._pager.page_end(self._expected, at, size)
            positions = self._expected[at:end]
            page = _Page(dict(zip(positions, self._pager.page(positions), strict=True)), end, size)
        self._pages.append(page)
        return page


def record_of(kv: Any, sub: int = 0, *, tombstone: bool = False) -> Record:
    """The record that an ``mvccpb.KeyValue`` is."""
    revision = Revision(kv.mod_revision, sub)
    return Record(kv.key, kv.value, revision, kv.create_revision, kv.version, kv.lease, tombstone)
