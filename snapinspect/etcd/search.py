"""The records of a few keys, found where the bytes of the keys stand in the file, without an index of all others.

In a leaf page a record is its revision and right behind it its ``mvccpb.KeyValue``, which begins with the key: wherever in
the file a key stands like that, the revision before it is looked up in the tree, which proves whether the record is there or
is left from what was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from snapinspect.bolt import Bucket, layout
from snapinspect.errors import Damaged
from snapinspect.etcd.index import record_in
from snapinspect.etcd.keyvalue import REVISION, TOMBSTONE_MARK, read_key, read_varint
from snapinspect.model import Data, Record

_SEARCHES = 6
"""How often the whole file is searched; about half as many cost as much as the index does."""
_PLACES = 4_096
"""Places that are looked at for one needle: with more of them the index is the quicker way."""
_LONGEST_KEY = 1_024
"""No key of an API server's has as many bytes."""
_MARK = REVISION.size - 8
"""Where, counted from behind it, the ``_`` of a revision stands."""


class Placed(NamedTuple):
    """A record of one key: ``revision`` as it stands there, and the offset of its leaf element in the file."""

    key: bytes
    revision: bytes
    element: int

    @property
    def is_tombstone(self) -> bool:
        return len(self.revision) > REVISION.size


class Search:
    """Looks for records of ``bucket``. Raises Damaged when the file is not whole."""

    def __init__(self, data: Data, bucket: Bucket) -> None:
        self._data = data
        self._bucket = bucket
        self._seeker = bucket.seeker()
        self._found: dict[bytes, list[Placed]] = {}

    def last(self) -> bytes:
        """The last revision of all, as it stands there. Raises Damaged."""
        return self._seeker.last()

    def holding(self, needles: Iterable[bytes]) -> list[Placed]:
        """Every record whose key holds one of ``needles``, oldest first, tombstones too.

        Raises Damaged where this way cannot tell.
        """
        found = {each.revision: each for needle in needles for each in self._holding(needle)}
        return [found[revision] for revision in sorted(found)]

    def sample(self, most: int, view: memoryview) -> Iterator[Record]:
        """Each n-th record, oldest first, n as small as gives no more than ``most``. Raises Damaged."""
        leaves = self._bucket.leaves()
        stride = sum(leaves.elements) // most + 1
        number = 0
        for page_id, count in zip(*leaves, strict=True):
            first = -number % stride
            number += count
            for place in range(first, count, stride):
                record = record_in(self._data, view, self._bucket.page(page_id), place)
                if record is not None:
                    yield record

    def _holding(self, needle: bytes) -> list[Placed]:
        for known, placed in self._found.items():
            if known in needle:
                return [each for each in placed if needle in each.key]
        if len(self._found) >= _SEARCHES or not needle:
            raise Damaged("too much would have to be searched for")
        found = self._found[needle] = list(self._search(needle))
        return found

    def _search(self, needle: bytes) -> Iterator[Placed]:
        data, seen = self._data, set[bytes]()
        at = data.find(needle)
        for _ in range(_PLACES):
            if at < 0:
                return
            for revision in _revisions_before(data, at, at + len(needle)):
                if revision not in seen:
                    seen.add(revision)
                    placed = self._placed(revision, at)
                    if placed is not None and needle in placed.key:
                        yield placed
            at = data.find(needle, at + 1)
        raise Damaged("what is searched for stands in too many places")

    def _placed(self, revision: bytes, at: int) -> Placed | None:
        """The record of a revision that stands before the offset ``at``, or None when that is no page of the tree."""
        element = self._seeker.find(revision)
        if element is not None:
            return Placed(_key(self._data, element), revision, element)
        if self._seeker.reaches(at):
            raise Damaged(f"the tree does not hold the revision before offset {at}")
        return None


def _revisions_before(data: Data, at: int, end: int) -> Iterator[bytes]:
    """The revisions of which the span may lie in the key of a record, by how what stands before it looks."""
    start = max(at - _LONGEST_KEY, 0)
    window = data[start:end]
    tag = window.rfind(b"\n", 0, at - start)
    while tag >= REVISION.size:
        # Nearly all places end here.
        is_record = window[tag - _MARK] == _UNDERSCORE
        is_tombstone = window[tag - _MARK - 1] == _UNDERSCORE and window[tag - 1 : tag] == TOMBSTONE_MARK
        if (is_record or is_tombstone) and _spans(window, tag + 1, at - start):
            if is_record:
                yield window[tag - REVISION.size : tag]
            if is_tombstone and tag > REVISION.size:
                yield window[tag - REVISION.size - 1 : tag]
        tag = window.rfind(b"\n", 0, tag)


def _spans(window: bytes, size_at: int, at: int) -> bool:
    """Whether a key, whose length stands at ``size_at``, begins by ``at`` and ends where the window does or later."""
    try:
        size, key = read_varint(window, size_at, len(window))
    except Damaged:
        return False
    return key <= at and key + size >= len(window)


def _key(data: Data, element: int) -> bytes:
    _flags, position, key_size, value_size = layout.LEAF_ELEMENT.unpack_from(data, element)
    value = element + position + key_size
    return read_key(data, value, value + value_size)


_UNDERSCORE = ord("_")
