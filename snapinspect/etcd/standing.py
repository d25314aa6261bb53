"""The records of a damaged file's tree, taken in their order as far as each is sound and can have followed what was before it."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Final, NamedTuple

from snapinspect.bolt import layout
from snapinspect.bolt.pages import Page
from snapinspect.bolt.scan import Lost, Region
from snapinspect.etcd.fragments import Copies, Fragment, element_fragment, read_told, region_fragments
from snapinspect.etcd.keyvalue import REVISION
from snapinspect.etcd.lives import Lives
from snapinspect.model import Data

_ELEMENT: Final = layout.LEAF_ELEMENT.size
_REVISION_SIZE: Final = REVISION.size


class Gap(NamedTuple):
    """Between these revisions (as etcd writes them; None: without end) the tree lost an unknown number of records."""

    after: bytes
    before: bytes | None


class _Tombstone(NamedTuple):
    """The last record taken, if it is one: its page and key, and the revision of the record before it."""

    page: int
    key: bytes
    before: bytes


class Tree:
    """Reads the tree's records in order, and notes where some are missing."""

    def __init__(self, data: Data, copies: Copies, lives: Lives) -> None:
        self.elements: array[int] = array("Q")
        self.lost: list[Lost] = []
        self.gaps: list[Gap] = []
        self.last = b""
        self._data = data
        self._copies = copies
        self._lives = lives
        self._tombstone: _Tombstone | None = None
        self._page = 0
        self._broken = False

    def read(self, tree: Iterable[Page | Lost]) -> None:
        for leaf in tree:
            if isinstance(leaf, Lost):
                self._lose(leaf)
            else:
                self._read_page(leaf)
        if self._broken:
            self.lose_rest()

    def lose_rest(self) -> None:
        """What was written last is lost."""
        if not self.gaps or self.gaps[-1].before is not None:
            self.gaps.append(Gap(self.last, None))

    def _read_page(self, page: Page) -> None:
        # What a Struct gives is anything to a compiler that is not told.
        flags: int
        position: int
        key_size: int
        value_size: int
        data, page_end = self._data, page.end
        self._page, at = page.id, page.body
        headers_end = end = at + page.elements * _ELEMENT
        first, losses = len(self.elements), len(self.lost)
        dense = True
        for flags, position, key_size, value_size in layout.LEAF_ELEMENT.iter_unpack(data[at:headers_end]):
            start = at + position
            value = start + key_size
            dense = dense and start == end
            end = value + value_size
            if flags or end > page_end or not self._add(at, data[start:value], value, end):
                self._lose(
                    Lost(
                        page.id, f"an element of page {page.id} is no record, or contradicts an earlier one", "element"
                    )
                )
            at += _ELEMENT
        if not dense:
            self._lose(
                Lost(page.id, f"page {page.id} has another number of elements than it was written with", "element")
            )
        if len(self.lost) > losses:
            self._search(page, first)

    def _search(self, page: Page, first: int) -> None:
        """Looks for what stands in a page, but under no element of it that was taken since the element ``first``."""
        taken = {element_fragment(self._data, at).start for at in self.elements[first:]}
        for fragment in region_fragments(self._data, Region(page.body, page.end)):
            if fragment.start not in taken:
                self._copies.add(fragment)

    def _add(self, at: int, revision: bytes, value: int, end: int) -> bool:
        """Takes the next record. One that is sound, but not what can have followed, goes to those outside the tree."""
        if value == end and len(revision) == _REVISION_SIZE and revision > self.last and not self._broken:
            # `etcdutl snapshot restore --bump-revision` adds one revision with nothing under it.
            self.last, self._tombstone = revision, None
            return True
        told = read_told(self._data, revision, value, end)
        if told is None:
            return False
        if revision <= self.last and self._tombstone is not None and revision > self._tombstone.before:
            self._take_back(self._tombstone)
        if revision <= self.last or not self._lives.add(told, int.from_bytes(revision[:8]), self._whole_until):
            self._copies.add(Fragment(revision, value, end))
            return False
        if self._broken:
            self.gaps.append(Gap(self.last, revision))
            self._broken = False
        self._tombstone = None if told.version else _Tombstone(self._page, told.key, self.last)
        self.last = revision
        self.elements.append(at)
        if revision in self._copies:
            self._copies.known_in_tree(Fragment(revision, value, end))
        return True

    @property
    def _whole_until(self) -> int | None:
        """The main revision up to which nothing is lost; None when nothing is at all."""
        if self.gaps:
            return int.from_bytes(self.gaps[0].after[:8])
        return int.from_bytes(self.last[:8]) if self._broken else None

    def _take_back(self, tombstone: _Tombstone) -> None:
        """It alone says its revision only once: when what follows contradicts it, that is what is damaged."""
        self.elements.pop()
        self._lives.take_back(tombstone.key)
        self.last = tombstone.before
        self._tombstone = None
        self._lose(
            Lost(
                tombstone.page, f"a tombstone of page {tombstone.page} says another revision than its place", "element"
            )
        )

    def _lose(self, lost: Lost) -> None:
        self._broken = True
        if not self.lost or self.lost[-1] != lost:
            self.lost.append(lost)
