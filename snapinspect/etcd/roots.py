"""Where the buckets of an etcd database begin: the page that a bbolt meta page leads to.

Sources: go.etcd.io/etcd ``server/storage/schema/bucket.go``, ``cindex.go``, ``server/storage/mvcc/store.go``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from snapinspect.bolt import layout
from snapinspect.bolt.pages import Element, Page, elements, inline_page
from snapinspect.bolt.scan import Lost, loose_leaves, walk
from snapinspect.errors import Damaged
from snapinspect.etcd.keyvalue import parse_compaction
from snapinspect.model import Data

_COMPACTIONS = (b"scheduledCompactRev", b"finishedCompactRev")


class Root(NamedTuple):
    """A leaf page that names the buckets; ``keys`` is the root page of the bucket ``key``, which may stand ``inline``.

    ``consistent_index`` only ever grows, so that the highest one is the latest; ``compacted`` is the main revision up
    to which compaction has finished or has begun. Both are 0 where they are not told; ``odd_compaction`` when it is no revision.
    """

    page: int
    keys: int
    inline: Page | None
    consistent_index: int
    compacted: int
    odd_compaction: bool = False


def read_root(data: Data, page_id: int, page_size: int) -> Root | None:
    """The buckets below the page to which a meta page leads; None when ``key`` is not among them."""
    for leaf in walk(data, page_id, page_size, bytearray(len(data) // page_size)):
        root = None if isinstance(leaf, Lost) else _root_in(data, leaf, page_size)
        if root is not None:
            return root
    return None


def loose_roots(data: Data, page_size: int) -> Iterator[Root]:
    """Every page of the file, current or not, that names the buckets."""
    for page in loose_leaves(data, page_size, bytearray(len(data) // page_size)):
        with suppress(Damaged):
            root = _root_in(data, page, page_size)
            if root is not None:
                yield root


def _root_in(data: Data, page: Page, page_size: int) -> Root | None:
    if not page.elements or not layout.LEAF_ELEMENT.unpack_from(data, page.body)[0] & layout.BUCKET_FLAG:
        return None
    buckets = {data[each.key : each.value]: each for each in elements(data, page) if each.is_bucket}
    if b"key" not in buckets:
        return None
    keys, inline = _bucket(data, buckets[b"key"])
    told = _contents(data, buckets[b"meta"], page_size) if b"meta" in buckets else {}
    marks = [_main(told[name]) for name in _COMPACTIONS if told.get(name)]
    applied = int.from_bytes(told.get(b"consistent_index", b"")[:8])
    compacted = max((mark for mark in marks if mark is not None), default=0)
    return Root(page.id, keys, inline, applied, compacted, odd_compaction=None in marks)


def _main(compacted: bytes) -> int | None:
    """The main revision; None where it is damaged."""
    try:
        return parse_compaction(compacted)
    except Damaged:
        return None


def _bucket(data: Data, element: Element) -> tuple[int, Page | None]:
    start = element.value + layout.BUCKET.size
    if start > element.end:
        raise Damaged("a nested bucket's header is cut off")
    root, _ = layout.BUCKET.unpack_from(data, element.value)
    return root, None if root else inline_page(data, start, element.end)


def _contents(data: Data, bucket: Element, page_size: int) -> dict[bytes, bytes]:
    root, inline = _bucket(data, bucket)
    leaves = [inline] if inline else walk(data, root, page_size, bytearray(len(data) // page_size))
    found: dict[bytes, bytes] = {}
    for leaf in leaves:
        if isinstance(leaf, Page):
            found |= {data[each.key : each.value]: data[each.value : each.end] for each in elements(data, leaf)}
    return found
