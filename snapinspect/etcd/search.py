"""The records of a few keys, found where the bytes of the keys stand in the file, without an index of all others.

In a leaf page a record is its revision and right behind it its ``mvccpb.KeyValue``, which begins with the key: wherever in
the file a key stands like that, the revision before it is looked up in the tree, which proves whether the record is there or
is left from what was.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

from snapinspect.bolt import Bucket, layout
from snapinspect.errors import Damaged
from snapinspect.etcd.keyvalue import REVISION, TOMBSTONE_MARK, read_key, read_varint
from snapinspect.jobs import spread
from snapinspect.model import Data, Piecewise

_SEARCHES = 6
"""How often the whole file is searched; about half as many cost as much as the index does."""
_PLACES = 4_096
"""Places that are looked at for one needle: with more of them the index is the quicker way."""
_STEP = 1 << 18
"""Bytes that are searched at a time: they stay in the processor's cache while each needle is looked for, and a copy of them
is searched by leaps, which a map is not."""
_TOGETHER = 16
"""Steps that a process searches at a time."""
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

    def holding(self, needles: Collection[bytes]) -> list[Placed]:
        """Every record whose key holds one of ``needles``, oldest first, tombstones too.

        Raises Damaged where this way cannot tell.
        """
        self._look_for([needle for needle in needles if self._found_around(needle) is None])
        placed = (each for needle in needles for each in self._found_around(needle) or () if needle in each.key)
        found = {each.revision: each for each in placed}
        return [found[revision] for revision in sorted(found)]

    def _found_around(self, needle: bytes) -> list[Placed] | None:
        """The records whose keys hold a part of ``needle`` that was looked for, that of ``needle`` itself among them."""
        return next((placed for known, placed in self._found.items() if known in needle), None)

    def _look_for(self, needles: list[bytes]) -> None:
        """Reads the whole file. Raises Damaged where that would take more than the index does, or tells nothing."""
        if len(self._found) + len(needles) > _SEARCHES or not all(needles):
            raise Damaged("too much would have to be searched for")
        for needle, places in zip(needles, _places(self._data, needles), strict=True):
            self._found[needle] = list(self._records_at(needle, places))

    def _records_at(self, needle: bytes, places: list[int]) -> Iterator[Placed]:
        """The records whose key holds ``needle`` at one of these ``places``. Raises Damaged."""
        seen = set[bytes]()
        for at in places:
            for revision in _revisions_before(self._data, at, at + len(needle)):
                if revision not in seen:
                    seen.add(revision)
                    placed = self._placed(revision, at)
                    if placed is not None and needle in placed.key:
                        yield placed

    def _placed(self, revision: bytes, at: int) -> Placed | None:
        """The record of a revision that stands before the offset ``at``, or None when that is no page of the tree."""
        element = self._seeker.find(revision)
        if element is not None:
            return Placed(_key(self._data, element), revision, element)
        if self._seeker.reaches(at):
            raise Damaged(f"the tree does not hold the revision before offset {at}")
        return None


def _places(data: Data, needles: list[bytes]) -> list[list[int]]:
    """Where each of ``needles`` stands in the file. Raises Damaged where one stands in too many places."""
    found: list[list[int]] = [[] for _ in needles]
    longest = max(map(len, needles), default=0)
    read = _reader(data)

    def search(starts: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Each place in the pieces from ``starts`` on and the needle that stands there, by its number."""
        left = [_PLACES + 1] * len(needles)
        for start in starts:
            piece = read(start, start + _STEP + longest - 1)
            for number, needle in enumerate(needles):
                at = piece.find(needle)
                while 0 <= at < _STEP and left[number]:
                    left[number] -= 1
                    yield number, start + at
                    at = piece.find(needle, at + 1)

    if needles:
        for number, at in spread(search, range(0, len(data), _STEP), size=_TOGETHER):
            found[number].append(at)
            if len(found[number]) > _PLACES:
                raise Damaged("what is searched for stands in too many places")
    return found


def _reader(data: Data) -> Callable[[int, int], bytes]:
    """What copies the bytes between two offsets."""
    return data.piece if isinstance(data, Piecewise) else lambda start, end: data[start:end]


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
