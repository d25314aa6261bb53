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

from snapinspect.bolt.meta import Meta, metas
from snapinspect.bolt.pages import Page
from snapinspect.bolt.scan import Lost, find_page_size, loose_leaves, loose_regions, walk
from snapinspect.errors import Damaged, NotASnapshot
from snapinspect.etcd.fragments import Copies, leaf_fragments, region_fragments
from snapinspect.etcd.keyvalue import REVISION
from snapinspect.etcd.lives import Lives
from snapinspect.etcd.roots import Root, loose_roots, read_root
from snapinspect.etcd.standing import Gap, Tree
from snapinspect.model import Data, Progress

_ROOTS_TRIED = 8


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


def page_size_of(data: Data) -> int:
    """How large the file's pages are. Raises NotASnapshot when nothing in it looks like a page of bbolt's."""
    page_size = next((meta.page_size for meta in metas(data) if meta), None) or find_page_size(data)
    if page_size is None:
        raise NotASnapshot(
            "no part of this file is a bbolt page, so there is nothing to salvage",
            "Is it packed or encrypted? Then unpack it first.",
        )
    return page_size


def survey(data: Data, page_size: int, progress: Progress) -> Survey:
    """Looks at every page of the file."""
    found = metas(data)
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
        walked = Tree(data, copies, Lives(root.compacted if root else 0))
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


def _txid(meta: Meta) -> int:
    return meta.txid


def _age(root: Root) -> tuple[int, int]:
    return -root.consistent_index, -root.compacted


def _after(gap: Gap) -> bytes:
    return gap.after
