"""What is left of the ``key`` bucket of a damaged file: its tree as far as it stands, and the records around it.

A leaf page carries no sign of its age. What proves it current is that a valid meta page leads to it; what lies
elsewhere may be what was deleted and compacted long ago. So all that is known is where the tree lost records
(``Gap``): outside these it is complete, and a record that is not in it is not current.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from snapinspect.bolt import layout
from snapinspect.bolt.meta import Meta, metas
from snapinspect.bolt.pages import Page
from snapinspect.bolt.scan import Lost, Region, find_page_size, loose_leaves, loose_regions, walk
from snapinspect.errors import Damaged, NotASnapshot
from snapinspect.etcd.fragments import Copies, Fragment, element_fragment, leaf_fragments, read_told, region_fragments
from snapinspect.etcd.keyvalue import REVISION
from snapinspect.etcd.lives import Lives
from snapinspect.etcd.roots import Root, loose_roots, read_root
from snapinspect.model import Data, Progress

_ROOTS_TRIED = 8


class Gap(NamedTuple):
    """Between these revisions (as etcd writes them; None: without end) the tree lost an unknown number of records."""

    after: bytes
    before: bytes | None


@dataclass(frozen=True, slots=True)
class Survey:
    """``elements`` are offsets of the leaf elements of the tree's sound records, oldest first, ``last`` their last revision.

    ``copies`` are the records outside the tree, ``clashes`` the revisions of which there are copies that differ.
    ``root`` is None when no tree stands, and ``proven`` when a valid meta page led to it.
    """

    page_size: int
    metas: tuple[Meta | None, Meta | None]
    root: Root | None
    proven: bool
    elements: array[int]
    last: bytes
    copies: Copies
    clashes: frozenset[bytes]
    lost: tuple[Lost, ...]
    gaps: tuple[Gap, ...]

    def in_gap(self, revision: bytes) -> bool:
        """Whether a record of this revision may be one of those that the tree lost."""
        at = bisect_right(self.gaps, revision, key=_after)
        before = self.gaps[at - 1].before if at else b""
        return before is None or revision < before

    @property
    def certain_from(self) -> bytes | None:
        """The revision from which on no record can have been replaced by one that is lost; None when there is none.

        What is lost of the time before the compacted revision replaced nothing: compaction left each key one record.
        """
        if not self.proven:
            return None
        compacted = REVISION.pack(self.root.compacted + 1, b"_", 0) if self.root else b""
        for gap in reversed(self.gaps):
            if gap.before is None or gap.before > compacted:
                return gap.before
        return b""


def survey(data: Data, progress: Progress) -> Survey:
    """Looks at every page of the file. Raises NotASnapshot when none looks like a page of bbolt's."""
    found = metas(data)
    page_size = next((meta.page_size for meta in found if meta), None) or find_page_size(data)
    if page_size is None:
        raise NotASnapshot(
            "no part of this file is a bbolt page, so there is nothing to salvage",
            "Is it packed or encrypted? Then unpack it first.",
        )
    with progress("looking at every page", len(data)) as advance:
        root, proven = _find_root(data, page_size, found)
        reached = bytearray(len(data) // page_size)
        tree = list(_asking(_leaves(data, root, page_size, reached), advance))
        copies = Copies(data)
        for page in loose_leaves(data, page_size, reached):
            for fragment in leaf_fragments(data, page):
                copies.add(fragment)
            advance(page.end - page.start)
        for region in loose_regions(data, page_size, reached):
            for fragment in region_fragments(data, region):
                copies.add(fragment)
        walked = _Tree(data, copies, Lives(root.compacted if root else 0))
        walked.read(_told(tree, advance))
    if root is not None and not proven:
        walked.lost.append(
            Lost(root.page, "no meta page leads to these buckets: they may be of an earlier time", "buckets")
        )
    if root is not None and root.odd_compaction:
        walked.lost.append(
            Lost(root.page, "what is told of compaction (finishedCompactRev) is no revision", "compaction")
        )
    if copies.newest > walked.last and not (proven and all(found)):
        # With one meta page gone, that may have been the current one.
        walked.lose_rest()
    return Survey(
        page_size,
        found,
        root,
        proven,
        walked.elements,
        walked.last,
        copies,
        frozenset(copies.clashes),
        tuple(walked.lost),
        tuple(walked.gaps),
    )


def _asking(tree: Iterable[Page | Lost], advance: Callable[[int], object]) -> Iterator[Page | Lost]:
    """The same. Nothing of it is read yet, but who gives up or stands back need not wait for the end of the walk."""
    for leaf in tree:
        advance(0)
        yield leaf


def _told(tree: Iterable[Page | Lost], advance: Callable[[int], object]) -> Iterator[Page | Lost]:
    """The same, whose bytes are told as they are taken."""
    for leaf in tree:
        yield leaf
        if isinstance(leaf, Page):
            advance(leaf.end - leaf.start)


def _find_root(data: Data, page_size: int, found: Iterable[Meta | None]) -> tuple[Root | None, bool]:
    """Where the buckets begin, and whether a meta page says so; else the latest of those places that still lead on."""
    best = max((meta for meta in found if meta), key=_txid, default=None)
    if best is not None:
        with suppress(Damaged):
            root = read_root(data, best.root, page_size)
            if root is not None:
                return root, True
    for root in sorted(loose_roots(data, page_size), key=_age)[:_ROOTS_TRIED]:
        leaves = _leaves(data, root, page_size, bytearray(len(data) // page_size))
        if not any(isinstance(leaf, Lost) for leaf in leaves):
            return root, False
    return None, False


def _leaves(data: Data, root: Root | None, page_size: int, reached: bytearray) -> Iterator[Page | Lost]:
    if root is None:
        yield Lost(0, "no way into the tree of the records is left")
    elif root.inline is not None:
        yield root.inline.named(root.page)
    else:
        yield from walk(data, root.keys, page_size, reached)


class _Tombstone(NamedTuple):
    """The last record taken, if it is one: its page and key, and the revision of the record before it."""

    page: int
    key: bytes
    before: bytes


class _Tree:
    """Reads the tree's records in order, and notes where some are missing."""

    def __init__(self, data: Data, copies: Copies, lives: Lives) -> None:
        self.elements = array("Q")
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
        data, step = self._data, layout.LEAF_ELEMENT.size
        self._page, at = page.id, page.body
        headers_end = end = at + page.elements * step
        first, losses = len(self.elements), len(self.lost)
        dense = True
        for flags, position, key_size, value_size in layout.LEAF_ELEMENT.iter_unpack(data[at:headers_end]):
            start = at + position
            value = start + key_size
            dense = dense and start == end
            end = value + value_size
            if flags or end > page.end or not self._add(at, data[start:value], value, end):
                self._lose(
                    Lost(
                        page.id, f"an element of page {page.id} is no record, or contradicts an earlier one", "element"
                    )
                )
            at += step
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
        if value == end and len(revision) == REVISION.size and revision > self.last and not self._broken:
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


def _txid(meta: Meta) -> int:
    return meta.txid


def _age(root: Root) -> tuple[int, int]:
    return -root.consistent_index, -root.compacted


def _after(gap: Gap) -> bytes:
    return gap.after
