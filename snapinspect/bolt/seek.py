"""One key of a bucket, found from the root down, as bbolt itself finds it.

Source: go.etcd.io/bbolt ``cursor.go`` (``search``), ``node.go`` (``spill``: a branch names each page below it by that
page's first key).
"""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from snapinspect.bolt import layout
from snapinspect.bolt.pages import Page, elements, read_page
from snapinspect.errors import Damaged
from snapinspect.model import Data

_LONGEST = 1 << 10
"""Pages that belong to one at most: etcd takes no request of more than 1.5 MB unless it is told to."""


class _Branch(NamedTuple):
    """What a branch page says of those below it: by which keys they are named, and their ids."""

    keys: list[bytes]
    children: list[int]


class Seeker:
    """Finds keys below the page ``root``; the branch pages that it came through are kept."""

    def __init__(self, data: Data, root: int, page_size: int, high_water: int) -> None:
        self._data = data
        self._root = root
        self._page_size = page_size
        self._high_water = high_water
        self._branches: dict[int, _Branch] = {}

    def find(self, key: bytes) -> int | None:
        """The offset of the leaf element of ``key``, or None when the tree holds no such key.

        Raises Damaged where a page on the way is not what the one above it says.
        """
        page = self.leaf(key)
        for place, element in enumerate(elements(self._data, page)):
            if self._data[element.key : element.value] == key and not element.is_bucket:
                return page.body + place * layout.LEAF_ELEMENT.size
        return None

    def reaches(self, offset: int) -> bool:
        """Whether a leaf page of the tree covers that offset of the file, as far as the page itself can be told. Raises Damaged."""
        covering = offset // self._page_size
        for page_id in range(covering, max(covering - _LONGEST, 0), -1):
            own_id, flags, _, overflow = layout.PAGE_HEADER.unpack_from(self._data, page_id * self._page_size)
            if own_id == page_id and flags == layout.LEAF_PAGE and page_id + overflow >= covering:
                page = read_page(self._data, page_id, self._page_size, self._high_water)
                first = next(elements(self._data, page), None)
                return first is not None and self.leaf(self._data[first.key : first.value]).id == page_id
        return False

    def last(self) -> bytes:
        """The last key of all; nothing where there is none. Raises Damaged."""
        data = self._data
        return max((data[each.key : each.value] for each in elements(data, self.leaf(None))), default=b"")

    def leaf(self, key: bytes | None) -> Page:
        """The leaf page where ``key`` has to be; None means the last. Raises Damaged."""
        page_id, named = self._root, b""
        for _ in range(layout.MAX_DEPTH):
            page = read_page(self._data, page_id, self._page_size, self._high_water)
            if page.flags == layout.LEAF_PAGE:
                first = next(elements(self._data, page), None)
                if named and (first is None or self._data[first.key : first.value] != named):
                    raise _not_as_named(page_id)
                return page
            branch = self._branch(page)
            if named and branch.keys[0] != named:
                raise _not_as_named(page_id)
            place = len(branch.keys) if key is None else bisect_right(branch.keys, key)
            # What is less than the first key of all would have to be in the first page.
            place = max(place - 1, 0)
            page_id, named = branch.children[place], branch.keys[place]
        raise Damaged(f"the tree is deeper than {layout.MAX_DEPTH} pages")

    def _branch(self, page: Page) -> _Branch:
        known = self._branches.get(page.id)
        if known is None:
            known = self._branches[page.id] = _read_branch(self._data, page)
        return known


def _read_branch(data: Data, page: Page) -> _Branch:
    step = layout.BRANCH_ELEMENT.size
    at, end = page.body, page.body + page.elements * step
    if page.flags != layout.BRANCH_PAGE or not page.elements or end > page.end:
        raise Damaged(f"page {page.id} should be a branch or a leaf, and is neither")
    keys: list[bytes] = []
    children: list[int] = []
    for position, key_size, child in layout.BRANCH_ELEMENT.iter_unpack(data[at:end]):
        start = at + position
        if start < end or start + key_size > page.end:
            raise Damaged(f"an element of page {page.id} reaches beyond its page")
        keys.append(data[start : start + key_size])
        children.append(child)
        at += step
    if keys != sorted(set(keys)):
        raise Damaged(f"the keys of page {page.id} are not in order")
    return _Branch(keys, children)


def _not_as_named(page_id: int) -> Damaged:
    return Damaged(f"page {page_id} holds other keys than the page above it says")
