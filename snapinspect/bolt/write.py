"""A new bbolt file, written in one pass: pages in key order, one behind the other, and the two metas at the end.

Source: go.etcd.io/bbolt ``node.go`` (``write``, ``splitIndex``: a page ends where the next element would fill it beyond
the bucket's fill percent), ``bucket.go`` (``write``, ``inlineable``), ``db.go`` (``init``). There is no freelist, as
etcd runs bbolt with ``NoFreelistSync``; bbolt finds the free pages, of which there are none, when it opens the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from struct import pack
from typing import NamedTuple

from snapinspect.bolt import layout
from snapinspect.errors import OutputError

PAGE_SIZE = 4096
FILL = 0.9
"""How full etcd lets a page become whose elements come in order (``server/storage/backend/batch_tx.go``)."""

Items = Iterable[tuple[bytes, bytes]]
"""Keys and values, in the order of the keys."""

_METAS = 2
_BUFFERED = 1 << 16
_MOST_ELEMENTS = 0xFFFE
_LARGEST = (1 << 32) - 1
_INLINE = 4
"""A bucket that fills no more than this part of a page lies inside its parent's."""


class _Child(NamedTuple):
    """A page as its parent knows it."""

    first: bytes
    page: int


def write_file(write: Callable[[bytes], object], buckets: Iterable[tuple[bytes, Items]]) -> bytes:
    """Writes the pages of a file that holds ``buckets``, which come in the order of their names.

    Everything is handed to ``write`` in order, but for the two pages of metas, which are returned: they stand at the
    file's beginning, and are written there last. Raises OutputError for keys out of order, or larger than a page can say.
    """
    pages = _Pages(write)
    pages.skip(_METAS)
    named = [(name, _bucket(pages, items)) for name, items in buckets]
    root = _write_leaves(pages, layout.BUCKET_FLAG, _leaf_parts(named))
    pages.flush()
    return b"".join(_meta(page, root, pages.count) for page in range(_METAS))


class _Pages:
    """Pages as they are written; ``count`` is the number of the next one."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._waiting: list[bytes] = []
        self._bytes = 0
        self.count = 0

    def skip(self, pages: int) -> None:
        """Leaves room for pages whose content is not known yet."""
        self._waiting.append(bytes(pages * PAGE_SIZE))
        self.count += pages
        self._written(pages * PAGE_SIZE)

    def add(self, flags: int, elements: int, content: list[bytes], size: int) -> int:
        """Writes a page of ``size`` bytes of content, with what overflows behind it; gives its number."""
        number = self.count
        filled = layout.PAGE_HEADER.size + size
        pages = -(-filled // PAGE_SIZE)
        waiting = self._waiting
        waiting.append(layout.PAGE_HEADER.pack(number, flags, elements, pages - 1))
        waiting += content
        waiting.append(bytes(pages * PAGE_SIZE - filled))
        self.count += pages
        self._written(pages * PAGE_SIZE)
        return number

    def flush(self) -> None:
        self._write(b"".join(self._waiting))
        self._waiting, self._bytes = [], 0

    def _written(self, size: int) -> None:
        self._bytes += size
        if self._bytes >= _BUFFERED:
            self.flush()


def _bucket(pages: _Pages, items: Items) -> bytes:
    """The value of a bucket, whose pages are written unless it is so small that it has its only page in its value."""
    leaves = _leaf_parts(items)
    first = next(leaves, [])
    second = next(leaves, None)
    table = _table(0, first)
    size = len(table) + sum(map(len, first))
    if second is None and layout.PAGE_HEADER.size + size <= PAGE_SIZE // _INLINE:
        header = layout.PAGE_HEADER.pack(0, layout.LEAF_PAGE, len(first) // 2, 0)
        return b"".join((layout.BUCKET.pack(0, 0), header, table, *first))
    parts = _chained(first, second, leaves)
    return layout.BUCKET.pack(_write_leaves(pages, 0, parts), 0)


_Part = list[bytes]
"""What stands on one leaf page: keys, each with its value behind it."""


def _chained(first: _Part, second: _Part | None, rest: Iterator[_Part]) -> Iterator[_Part]:
    yield first
    if second is not None:
        yield second
    yield from rest


def _write_leaves(pages: _Pages, flags: int, parts: Iterator[_Part]) -> int:
    """Writes leaf pages, and the branch pages above them as they fill; gives the root's number."""
    branches = _Branches(pages)
    for part in parts:
        table = _table(flags, part)
        size = len(table) + sum(map(len, part))
        first = part[0]
        part.insert(0, table)
        branches.add(0, _Child(first, pages.add(layout.LEAF_PAGE, len(part) // 2, part, size)))
    return branches.root() or pages.add(layout.LEAF_PAGE, 0, [], 0)


def _leaf_parts(items: Items) -> Iterator[_Part]:
    """What stands on one page each, in order."""
    part: _Part = []
    limit = int(PAGE_SIZE * FILL)
    header = layout.LEAF_ELEMENT.size
    filled, previous = layout.PAGE_HEADER.size, b""
    for key, value in items:
        if not previous < key:
            raise OutputError(f"the key {key.hex()} stands behind {previous.hex()}, so that no tree can hold both")
        previous = key
        size = header + len(key) + len(value)
        if part and filled + size > limit:
            yield part
            part, filled = [], layout.PAGE_HEADER.size
        part += (key, value)
        filled += size
    if part:
        yield part


def _table(flags: int, part: _Part) -> bytes:
    """The elements' headers of a leaf page: where each key stands from its header on, and how long it and its value are."""
    step = layout.LEAF_ELEMENT.size
    at = step * (len(part) // 2)
    numbers: list[int] = []
    for place in range(0, len(part), 2):
        key_size, value_size = len(part[place]), len(part[place + 1])
        if at + key_size + value_size > _LARGEST:
            raise OutputError(f"a value of {value_size} bytes is larger than a page can say")
        numbers += (flags, at, key_size, value_size)
        at += key_size + value_size - step
    return pack(f"<{len(numbers)}I", *numbers)


class _Branches:
    """The levels of branch pages above the leaves, each as far as it is filled: no more than a page a level is held."""

    def __init__(self, pages: _Pages) -> None:
        self._pages = pages
        self._levels: list[list[_Child]] = []
        self._filled: list[int] = []

    def add(self, level: int, child: _Child) -> None:
        if level == len(self._levels):
            self._levels.append([])
            self._filled.append(layout.PAGE_HEADER.size)
        size = layout.BRANCH_ELEMENT.size + len(child.first)
        if len(self._levels[level]) > 1 and self._filled[level] + size > PAGE_SIZE:
            self._write(level)
        self._levels[level].append(child)
        self._filled[level] += size

    def root(self) -> int:
        """Writes what is left, from below; gives the topmost page, or 0 when there is none."""
        level = 0
        while level < len(self._levels):
            children = self._levels[level]
            if level == len(self._levels) - 1 and len(children) == 1:
                return children[0].page
            self._write(level)
            level += 1
        return 0

    def _write(self, level: int) -> None:
        children = self._levels[level]
        step = layout.BRANCH_ELEMENT.size
        at = step * len(children)
        table, keys = [], []
        for number, (first, page) in enumerate(children):
            table.append(layout.BRANCH_ELEMENT.pack(at - number * step, len(first), page))
            keys.append(first)
            at += len(first)
        page = self._pages.add(layout.BRANCH_PAGE, len(children), table + keys, at)
        self._levels[level], self._filled[level] = [], layout.PAGE_HEADER.size
        self.add(level + 1, _Child(children[0].first, page))


def _meta(page: int, root: int, high_water: int) -> bytes:
    """A page with a meta; that of the second page is the newer one."""
    numbers = (layout.MAGIC, layout.VERSION, PAGE_SIZE, 0, root, 0, layout.NO_FREELIST, high_water, page)
    checked = layout.META.pack(*numbers, 0)[: layout.META_CHECKED]
    header = layout.PAGE_HEADER.pack(page, layout.META_PAGE, 0, 0)
    meta = header + checked + pack("<Q", layout.fnv1a(checked))
    return meta.ljust(PAGE_SIZE, b"\0")
