"""Pages of a bbolt file, every length checked before it is used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from snapinspect.bolt import layout
from snapinspect.errors import Damaged
from snapinspect.model import Data

# Final, as compiled code looks up whatever else a module names each time that it is asked for.
_HEADER: Final[int] = layout.PAGE_HEADER.size
_unpack_header: Final = layout.PAGE_HEADER.unpack_from
_BRANCH: Final[int] = layout.BRANCH_PAGE
_LEAF: Final[int] = layout.LEAF_PAGE


class Page:
    """One page with its overflow: it starts at ``start`` and ends before ``end``, its elements at ``body``, all offsets in the file.

    A plain class, as compiled code reads its numbers at once.
    """

    __slots__ = ("body", "elements", "end", "flags", "id", "overflow", "start")

    def __init__(self, page_id: int, flags: int, elements: int, overflow: int, start: int, end: int) -> None:
        self.id = page_id
        self.flags = flags
        self.elements = elements
        self.overflow = overflow
        self.start = start
        self.end = end
        self.body = start + _HEADER

    def named(self, page_id: int) -> Page:
        """The same page by another id, as that of an inline bucket bears none."""
        return Page(page_id, self.flags, self.elements, self.overflow, self.start, self.end)

    def headers_end(self, size: int) -> int:
        """Where the headers of its elements end, each of ``size`` bytes. Raises Damaged for more than fit into it."""
        end = self.body + self.elements * size
        if end > self.end:
            raise Damaged(f"page {self.id} claims {self.elements} elements, more than it can hold")
        return end


class Element(NamedTuple):
    """One element of a leaf page: offsets in the file, ``is_bucket`` when the value is a nested bucket."""

    is_bucket: bool
    key: int
    value: int
    end: int


def read_page(data: Data, page_id: int, page_size: int, high_water: int) -> Page:
    """The page ``page_id``. Raises Damaged when it cannot be that page of this file."""
    own_id: int
    flags: int
    elements: int
    overflow: int
    start = page_id * page_size
    if not 0 <= page_id < high_water:
        raise Damaged(f"page {page_id} is beyond the file's last page {high_water - 1}")
    if start + page_size > len(data):
        raise Damaged(f"page {page_id} is beyond the end of the file: it was cut off")
    own_id, flags, elements, overflow = _unpack_header(data, start)
    if own_id != page_id:
        raise Damaged(f"page {page_id} says it is page {own_id}")
    end = start + (overflow + 1) * page_size
    if overflow and (page_id + overflow >= high_water or end > len(data)):
        raise Damaged(f"page {page_id} overflows beyond the end of the file")
    return Page(page_id, flags, elements, overflow, start, end)


def walk(
    data: Data, roots: Sequence[int], page_size: int, high_water: int, visited: bytearray, depth: int = 0
) -> Iterator[Page]:
    """The pages below the pages ``roots``, these among them, leaves in key order; each is marked in ``visited``.

    ``roots`` are in key order and stand ``depth`` pages below the tree's root. Raises Damaged on a loop, a wrong type or an impossible depth, and on a page that is marked already.
    """
    pending = [(root, depth) for root in reversed(roots)]
    while pending:
        page_id, depth = pending.pop()
        page = read_page(data, page_id, page_size, high_water)
        flags, overflow = page.flags, page.overflow
        if overflow or visited[page_id]:
            _visit(page_id, overflow, visited)
        else:
            visited[page_id] = 1
        if flags == _BRANCH:
            if depth == layout.MAX_DEPTH:
                raise Damaged(f"the tree is deeper than {layout.MAX_DEPTH} pages")
            below = list(children(data, page))
            below.reverse()
            pending.extend([(child, depth + 1) for child in below])
        elif flags != _LEAF:
            raise Damaged(f"page {page_id} should be a branch or a leaf and is of type {flags:#x}")
        yield page


def leaves(
    data: Data, roots: Sequence[int], page_size: int, high_water: int, visited: bytearray, depth: int = 0
) -> Iterator[Page]:
    """The leaf pages alone of what ``walk`` gives."""
    for page in walk(data, roots, page_size, high_water, visited, depth):
        if page.flags == _LEAF:
            yield page


def _visit(first: int, overflow: int, visited: bytearray) -> None:
    """Marks a page with its overflow. Raises Damaged when any of it is marked already."""
    if visited[first] or (overflow and 1 in visited[first : first + overflow + 1]):
        raise Damaged(f"page {first} is reached twice: the tree has a loop, or pages overlap")
    visited[first] = 1
    if overflow:
        visited[first : first + overflow + 1] = b"\1" * (overflow + 1)


def inline_page(data: Data, start: int, end: int) -> Page:
    """The page inside an inline bucket's value, which spans ``start`` to ``end``."""
    if end - start < layout.PAGE_HEADER.size:
        raise Damaged("an inline bucket is too short to hold a page")
    _id, flags, count, _overflow = layout.PAGE_HEADER.unpack_from(data, start)
    if flags != layout.LEAF_PAGE:
        raise Damaged(f"an inline bucket holds a page of type {flags:#x} instead of a leaf")
    page = Page(0, flags, count, 0, start, end)
    if page.body + count * layout.LEAF_ELEMENT.size > end:
        raise Damaged(f"an inline bucket claims {count} elements, more than it can hold")
    return page


def children(data: Data, page: Page) -> Iterator[int]:
    """Ids of the pages below a branch page, in key order."""
    for _position, _key_size, child in layout.BRANCH_ELEMENT.iter_unpack(
        _headers(data, page, layout.BRANCH_ELEMENT.size)
    ):
        yield child


def elements(data: Data, page: Page) -> Iterator[Element]:
    """Elements of a leaf page, in key order. Raises Damaged unless they lie one behind the other."""
    size = layout.LEAF_ELEMENT.size
    at = page.body
    end = at + page.elements * size
    for flags, position, key_size, value_size in layout.LEAF_ELEMENT.iter_unpack(_headers(data, page, size)):
        key = at + position
        value = key + key_size
        if key < end:
            raise Damaged(f"an element of page {page.id} overlaps the one before it")
        end = value + value_size
        if end > page.end:
            raise Damaged(f"an element of page {page.id} reaches beyond its page")
        yield Element(bool(flags & layout.BUCKET_FLAG), key, value, end)
        at += size


def contents(data: Data, page: Page) -> list[bytes]:
    """Keys and values of a leaf page in their order, in as few pieces as they lie one behind the other. Raises as ``elements`` does."""
    position: int
    key_size: int
    value_size: int
    found: list[bytes] = []
    size = layout.LEAF_ELEMENT.size
    at = page.body
    start = end = at + page.elements * size
    for _flags, position, key_size, value_size in layout.LEAF_ELEMENT.iter_unpack(_headers(data, page, size)):
        key = at + position
        if key < end:
            raise Damaged(f"an element of page {page.id} overlaps the one before it")
        if key > end:
            found.append(data[start:end])
            start = key
        end = key + key_size + value_size
        if end > page.end:
            raise Damaged(f"an element of page {page.id} reaches beyond its page")
        at += size
    found.append(data[start:end])
    return found


def _headers(data: Data, page: Page, size: int) -> bytes:
    return data[page.body : page.headers_end(size)]


def freelist(data: Data, page: Page) -> list[int]:
    """Ids of the free pages that a freelist page names."""
    if page.flags != layout.FREELIST_PAGE:
        raise Damaged(f"page {page.id} should be the freelist and is of type {page.flags:#x}")
    count, start = page.elements, page.body
    if count == layout.FREELIST_COUNT_OVERFLOW:
        (count,) = layout.FREE_ID.unpack_from(data, start)
        start += layout.FREE_ID.size
    end = start + count * layout.FREE_ID.size
    if end > page.end:
        raise Damaged(f"the freelist claims {count} free pages, more than it can hold")
    return [page_id for (page_id,) in layout.FREE_ID.iter_unpack(data[start:end])]
