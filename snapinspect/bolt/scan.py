"""Pages of a damaged file: a walk that goes on behind what is broken, and pages found by looking at every one.

Source: go.etcd.io/bbolt ``node.go`` (``write`` puts the elements' content right behind their headers, without a gap)
and ``db.go`` (a page that is freed keeps its content until it is used again).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from snapinspect.bolt import layout
from snapinspect.bolt.pages import Page, read_page
from snapinspect.errors import Damaged
from snapinspect.model import Data

_TYPES = {layout.BRANCH_PAGE, layout.LEAF_PAGE, layout.META_PAGE, layout.FREELIST_PAGE}
_SAMPLE = 4_096
"""Pages that are looked at to find out how large they are."""


class Lost(NamedTuple):
    """A page that should be in the tree and could not be entered, with all that hangs below it; or what else its ``sort`` says."""

    page: int
    reason: str
    sort: str = "page"


class Region(NamedTuple):
    """Bytes of the file, from ``start`` to before ``end``, that belong to no page that is known."""

    start: int
    end: int


def find_page_size(data: Data) -> int | None:
    """The page size by which most pages say their own number; None when no page does."""
    found = {size: _self_named(data, size) for size in layout.PAGE_SIZES}
    best = max(found, key=found.__getitem__)
    return best if found[best] else None


def _self_named(data: Data, page_size: int) -> int:
    pages = len(data) // page_size
    step = max(1, pages // _SAMPLE)
    return sum(names_itself(data, page_id, page_size) for page_id in range(1, pages, step))


def names_itself(data: Data, page_id: int, page_size: int) -> bool:
    """Whether a page, not only a part of one, begins at this place."""
    own_id, flags, _, _ = layout.PAGE_HEADER.unpack_from(data, page_id * page_size)
    return own_id == page_id and flags in _TYPES


def walk(data: Data, root: int, page_size: int, visited: bytearray) -> Iterator[Page | Lost]:
    """The leaf pages below ``root`` in key order, and in their places what was lost.

    ``visited`` has a byte for each page of the file; pages that are reached are marked, and none is taken twice.
    """
    pending: list[tuple[int, bytes, bytes | None, int]] = [(root, b"", None, 0)]
    while pending:
        page_id, low, high, depth = pending.pop()
        try:
            page = _enter(data, page_id, page_size, visited, depth)
            keys = list(_keys(data, page))
            _require_order(page, keys, low, high)
        except Damaged as error:
            yield Lost(page_id, str(error))
            continue
        # A damaged header may claim the pages behind, too.
        used = min((slack_of(data, page).start - page.start) // page_size, page.overflow) + 1
        visited[page.id : page.id + used] = b"\1" * used
        if page.flags == layout.LEAF_PAGE:
            yield page
        else:
            lows = [low, *(key for key, _ in keys[1:])]
            highs = [*lows[1:], high]
            below = [(child, low, high, depth + 1) for (_, child), low, high in zip(keys, lows, highs, strict=True)]
            pending += reversed(below)


def _enter(data: Data, page_id: int, page_size: int, visited: bytearray, depth: int) -> Page:
    if depth > layout.MAX_DEPTH:
        raise Damaged(f"the tree is deeper than {layout.MAX_DEPTH} pages")
    page = read_page(data, page_id, page_size, len(visited))
    if page.flags not in {layout.BRANCH_PAGE, layout.LEAF_PAGE}:
        raise Damaged(f"page {page_id} should be a branch or a leaf and is of type {page.flags:#x}")
    if 1 in visited[page_id : page_id + page.overflow + 1]:
        raise Damaged(f"page {page_id} is reached twice: the tree has a loop, or pages overlap")
    return page


def _keys(data: Data, page: Page) -> Iterator[tuple[bytes, int]]:
    """All keys of a branch with their children; of a leaf, whose elements are judged one by one, only the outermost."""
    if page.flags == layout.LEAF_PAGE:
        yield from _outermost(data, page)
        return
    size = layout.BRANCH_ELEMENT.size
    at, end = page.body, page.body + page.elements * size
    if not page.elements or end > page.end:
        raise Damaged(f"page {page.id} claims {page.elements} elements, which cannot be")
    for position, key_size, child in layout.BRANCH_ELEMENT.iter_unpack(data[at:end]):
        start = at + position
        if start != end or start + key_size > page.end:
            raise Damaged(f"an element of page {page.id} does not follow the one before it, or reaches beyond its page")
        end = start + key_size
        yield data[start:end], child
        at += size


def _outermost(data: Data, page: Page) -> Iterator[tuple[bytes, int]]:
    size = layout.LEAF_ELEMENT.size
    if page.body + page.elements * size > page.end:
        raise Damaged(f"page {page.id} claims {page.elements} elements, more than it can hold")
    for number in sorted({0, page.elements - 1}) if page.elements else ():
        at = page.body + number * size
        _, position, key_size, _ = layout.LEAF_ELEMENT.unpack_from(data, at)
        if at + position + key_size > page.end:
            raise Damaged(f"an element of page {page.id} reaches beyond its page")
        yield data[at + position : at + position + key_size], 0


def _require_order(page: Page, keys: list[tuple[bytes, int]], low: bytes, high: bytes | None) -> None:
    names = [key for key, _ in keys]
    if names != sorted(set(names)):
        raise Damaged(f"the keys of page {page.id} are not in order")
    if names and (names[0] < low or (high is not None and names[-1] >= high)):
        raise Damaged(f"page {page.id} holds other keys than the page above it says")


def loose_leaves(data: Data, page_size: int, visited: bytearray) -> Iterator[Page]:
    """Leaf pages that were not reached, each ending where another page begins: there it was written over."""
    for page_id in range(len(visited)):
        if not visited[page_id]:
            own_id, flags, count, overflow = layout.PAGE_HEADER.unpack_from(data, page_id * page_size)
            if own_id == page_id and flags == layout.LEAF_PAGE:
                end = _next_page(data, page_id + 1, page_id + 1 + overflow, page_size, visited)
                yield Page(page_id, flags, count, overflow, page_id * page_size, end * page_size)


def loose_regions(data: Data, page_size: int, visited: bytearray) -> Iterator[Region]:
    """Runs of pages that were not reached and have no header: the ends of longer pages that were written over."""
    pages = len(visited)
    page_id = 0
    while page_id < pages:
        if visited[page_id]:
            page_id += 1
            continue
        _, flags, _, overflow = layout.PAGE_HEADER.unpack_from(data, page_id * page_size)
        if names_itself(data, page_id, page_size):
            longest = overflow if flags == layout.LEAF_PAGE else 0
            page_id = _next_page(data, page_id + 1, page_id + 1 + longest, page_size, visited)
            continue
        end = _next_page(data, page_id + 1, pages, page_size, visited)
        yield Region(page_id * page_size, end * page_size)
        page_id = end


def slack_of(data: Data, page: Page) -> Region:
    """What stands in a branch or leaf page behind the content of its last element."""
    element = layout.LEAF_ELEMENT if page.flags == layout.LEAF_PAGE else layout.BRANCH_ELEMENT
    last = page.body + (page.elements - 1) * element.size
    if not page.elements or last + element.size > page.end:
        return Region(page.end, page.end)
    if page.flags == layout.LEAF_PAGE:
        _, position, key_size, value_size = layout.LEAF_ELEMENT.unpack_from(data, last)
    else:
        position, key_size, value_size = *layout.BRANCH_ELEMENT.unpack_from(data, last)[:2], 0
    return Region(min(last + position + key_size + value_size, page.end), page.end)


def _next_page(data: Data, start: int, most: int, page_size: int, visited: bytearray) -> int:
    """The first of the pages from ``start`` to before ``most`` that is another page, or ``most``."""
    for page_id in range(start, min(most, len(visited))):
        if visited[page_id] or names_itself(data, page_id, page_size):
            return page_id
    return min(most, len(visited))
