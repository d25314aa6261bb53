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
_BUFFERED = 1 << 20
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
    named = [(layout.BUCKET_FLAG, name, _bucket(pages, items)) for name, items in buckets]
    root = _write_tree(pages, iter(named))
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
        self._put(bytes(pages * PAGE_SIZE))
        self.count += pages

    def add(self, flags: int, elements: int, content: list[bytes], size: int) -> int:
        """Writes a page of ``size`` bytes of content, with what overflows behind it; gives its number."""
        number = self.count
        pages = -(-(layout.PAGE_HEADER.size + size) // PAGE_SIZE)
        header = layout.PAGE_HEADER.pack(number, flags, elements, pages - 1)
        self._put(b"".join((header, *content, bytes(pages * PAGE_SIZE - layout.PAGE_HEADER.size - size))))
        self.count += pages
        return number

    def flush(self) -> None:
        self._write(b"".join(self._waiting))
        self._waiting, self._bytes = [], 0

    def _put(self, page: bytes) -> None:
        self._waiting.append(page)
        self._bytes += len(page)
        if self._bytes >= _BUFFERED:
            self.flush()


def _bucket(pages: _Pages, items: Items) -> bytes:
    """The value of a bucket, whose pages are written unless it is so small that it has its only page in its value."""
    leaves = _leaf_parts((0, key, value) for key, value in items)
    first = next(leaves, [])
    second = next(leaves, None)
    content, size = _leaf_content(first)
    if second is None and layout.PAGE_HEADER.size + size <= PAGE_SIZE // _INLINE:
        header = layout.PAGE_HEADER.pack(0, layout.LEAF_PAGE, len(first), 0)
        return b"".join((layout.BUCKET.pack(0, 0), header, *content))
    parts = _chained(first, second, leaves)
    return layout.BUCKET.pack(_write_leaves(pages, parts), 0)


_Leaf = tuple[int, bytes, bytes]


def _chained(first: list[_Leaf], second: list[_Leaf] | None, rest: Iterator[list[_Leaf]]) -> Iterator[list[_Leaf]]:
    yield first
    if second is not None:
        yield second
    yield from rest


def _write_tree(pages: _Pages, elements: Iterator[_Leaf]) -> int:
    return _write_leaves(pages, _leaf_parts(elements))


def _write_leaves(pages: _Pages, parts: Iterator[list[_Leaf]]) -> int:
    """Writes leaf pages, and the branch pages above them as they fill; gives the root's number."""
    branches = _Branches(pages)
    for part in parts:
        content, size = _leaf_content(part)
        branches.add(0, _Child(part[0][1], pages.add(layout.LEAF_PAGE, len(part), content, size)))
    return branches.root() or pages.add(layout.LEAF_PAGE, 0, [], 0)


def _leaf_parts(elements: Iterable[_Leaf]) -> Iterator[list[_Leaf]]:
    """What stands on one page each, in order."""
    part: list[_Leaf] = []
    limit = int(PAGE_SIZE * FILL)
    header = layout.LEAF_ELEMENT.size
    filled, previous = layout.PAGE_HEADER.size, b""
    for element in elements:
        _, key, value = element
        if not previous < key:
            raise OutputError(f"the key {key.hex()} stands behind {previous.hex()}, so that no tree can hold both")
        previous = key
        size = header + len(key) + len(value)
        if part and filled + size > limit:
            yield part
            part, filled = [], layout.PAGE_HEADER.size
        part.append(element)
        filled += size
    if part:
        yield part


def _leaf_content(part: list[_Leaf]) -> tuple[list[bytes], int]:
    """The elements of a leaf page and their size in bytes."""
    step = layout.LEAF_ELEMENT.size
    at = table = step * len(part)
    numbers: list[int] = []
    content = [b""]
    for number, (flags, key, value) in enumerate(part):
        key_size, value_size = len(key), len(value)
        numbers += (flags, at - number * step, key_size, value_size)
        content += (key, value)
        at += key_size + value_size
    if at > _LARGEST:
        raise OutputError(f"a value of {at - table} bytes is larger than a page can say")
    content[0] = pack(f"<{len(numbers)}I", *numbers)
    return content, at


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
