"""How many pages a bucket takes when its elements are written anew, one behind the other.

Source: go.etcd.io/bbolt ``node.go`` (``splitIndex``: a page ends where the next element would fill it beyond the
bucket's fill percent, but has two elements at least), ``bucket.go`` (``inlineable``).
"""

from __future__ import annotations

from collections.abc import Sequence

from snapinspect.bolt import layout

_LEAST = 2
"""Elements that a page has at least, however large they are."""
_INLINE = 4
"""A bucket that fills no more than this part of a page lies inside its parent's."""


class Packing:
    """Elements as they come, in their order, packed into pages of which the share ``fill`` is filled.

    ``elements`` counts them, and ``bytes`` is what they take of their pages.
    """

    def __init__(self, page_size: int, fill: float) -> None:
        self.elements = self.bytes = 0
        self._page_size = page_size
        self._threshold = int(page_size * fill)
        self._full = self._full_pages = 0
        self._count, self._filled = 0, layout.PAGE_HEADER.size

    def extend(self, sizes: Sequence[int]) -> int:
        """Takes leaf elements by their sizes in bytes: header, key and value. Gives their sum."""
        total = sum(sizes)
        self.elements += len(sizes)
        self.bytes += total
        count, filled, threshold = self._count, self._filled, self._threshold
        for size in sizes:
            if count >= _LEAST and filled + size > threshold:
                self._full += 1
                self._full_pages += -(-filled // self._page_size)
                count, filled = 0, layout.PAGE_HEADER.size
            count += 1
            filled += size
        self._count, self._filled = count, filled
        return total

    def pages(self, key_size: int) -> int:
        """Leaf pages with their overflow, and the branch pages above them; keys have about ``key_size`` bytes."""
        if not self._full and self._filled <= self._page_size // _INLINE:
            return 0
        return self._full_pages - (-self._filled // self._page_size) + self._branches(key_size)

    def _branches(self, key_size: int) -> int:
        space = self._threshold - layout.PAGE_HEADER.size
        fanout = max(_LEAST, space // (layout.BRANCH_ELEMENT.size + key_size))
        level, branches = self._full + 1, 0
        while level > 1:
            level = -(-level // fanout)
            branches += level
        return branches
