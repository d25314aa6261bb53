"""A bbolt file as a tree of buckets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from snapinspect.bolt import layout, pages
from snapinspect.bolt.leaves import Leaves, leaves_below
from snapinspect.bolt.meta import Meta, current_meta
from snapinspect.bolt.pages import Element, Page
from snapinspect.bolt.seek import Seeker
from snapinspect.errors import Damaged
from snapinspect.model import Data


class BoltFile:
    """A bbolt file in a buffer, at the state of its valid meta page of the highest transaction.

    Raises NotASnapshot when there is no valid meta page; what is damaged further down is raised
    as Damaged by whatever reaches it.
    """

    def __init__(self, data: Data) -> None:
        self.data = data
        self.meta = current_meta(data)

    @property
    def size(self) -> int:
        """Bytes that bbolt regards as the file: the pages ever in use (``Tx.Size``)."""
        return self.meta.high_water * self.meta.page_size

    def page(self, page_id: int) -> Page:
        return pages.read_page(self.data, page_id, self.meta.page_size, self.meta.high_water)

    def root(self) -> Bucket:
        """The bucket that holds all others."""
        return Bucket(self, self.meta.root, None)

    def bucket(self, name: bytes) -> Bucket | None:
        return self.root().bucket(name)

    def contents(self, name: bytes) -> dict[bytes, bytes]:
        """The keys and values of a bucket; nothing where there is none."""
        bucket = self.bucket(name)
        return dict(bucket.items()) if bucket else {}

    def unvisited(self) -> bytearray:
        """A byte for each page of the file: zero until a walk through the tree sets it."""
        return bytearray(min(self.meta.high_water, len(self.data) // self.meta.page_size))

    def tree_pages(self) -> int:
        """How many pages the tree has, buckets inside buckets included. Raises Damaged when two share a page."""
        pages = self.unvisited()
        pending = [self.root()]
        while pending:
            pending.extend(nested for _, nested in pending.pop().buckets(pages))
        return sum(pages)

    def free_pages(self) -> list[int] | None:
        """Ids of the free pages, or None when the file was written without a freelist."""
        if self.meta.freelist == layout.NO_FREELIST:
            return None
        return pages.freelist(self.data, self.page(self.meta.freelist))


class Bucket:
    """One bucket: an ordered map of keys to values and to further buckets."""

    def __init__(self, file: BoltFile, root: int, inline: Page | None) -> None:
        self._file = file
        self._root = root
        self._inline = inline

    @property
    def root(self) -> int:
        """Id of the page that the bucket begins with; 0 for an inline bucket, which has none of its own."""
        return self._root

    def pages(self, visited: bytearray | None = None) -> Iterator[Page]:
        """Branch and leaf pages, leaves in key order; an inline bucket has no page of its own.

        Raises Damaged on a loop, a wrong type or an impossible depth, and on a page that is marked in
        ``visited`` already: walks that share it take each page of the file once, whatever the file claims.
        """
        if self._inline is not None:
            return iter(())
        meta = self._file.meta
        visited = self._file.unvisited() if visited is None else visited
        return pages.walk(self._file.data, [self._root], meta.page_size, meta.high_water, visited)

    def leaf_pages(self, visited: bytearray | None = None) -> Iterator[Page]:
        """The leaf pages in key order, or the one page of an inline bucket; ``visited`` as in ``pages``."""
        if self._inline is not None:
            return iter((self._inline,))
        meta = self._file.meta
        visited = self._file.unvisited() if visited is None else visited
        return pages.leaves(self._file.data, [self._root], meta.page_size, meta.high_water, visited)

    def runs(self, most: int) -> list[list[int]]:
        """The pages right below the root in key order, in up to ``most`` runs that are about as long, the first the shortest; none where it is a leaf.

        Raises Damaged.
        """
        root = self._inline or self._file.page(self._root)
        if root.flags != layout.BRANCH_PAGE:
            return []
        below = list(pages.children(self._file.data, root))
        ends = [len(below) * number // most for number in range(most + 1)]
        return [below[start:end] for start, end in pairwise(ends) if start < end]

    def leaf_pages_of(self, run: Sequence[int], visited: bytearray) -> Iterator[Page]:
        """What ``leaf_pages`` gives below the pages of one of the ``runs``."""
        meta = self._file.meta
        return pages.leaves(self._file.data, run, meta.page_size, meta.high_water, visited, 1)

    def unvisited(self) -> bytearray:
        """A mark for each page of the file, none of which is set."""
        return self._file.unvisited()

    def page(self, page_id: int) -> Page:
        return self._file.page(page_id)

    def seeker(self) -> Seeker:
        """Finds single keys. Raises Damaged when the file is cut off, and for an inline bucket."""
        meta = self._whole()
        return Seeker(self._file.data, self._root, meta.page_size, meta.high_water)

    def leaves(self) -> Leaves:
        """The ids of the leaf pages, of which no more than the front is looked at. Raises Damaged, as ``seeker`` does."""
        meta = self._whole()
        return leaves_below(self._file.data, self._root, meta.page_size, meta.high_water)

    def _whole(self) -> Meta:
        if self._inline is not None:
            raise Damaged("an inline bucket has no page of its own")
        if len(self._file.data) < self._file.size:
            raise Damaged("the file is cut off")
        return self._file.meta

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Keys and values in key order, without the nested buckets."""
        for is_bucket, key, value in self._entries():
            if not is_bucket:
                yield key, value

    def get(self, name: bytes) -> bytes | None:
        return next((value for key, value in self.items() if key == name), None)

    def bucket(self, name: bytes) -> Bucket | None:
        return next((bucket for key, bucket in self.buckets() if key == name), None)

    def buckets(self, visited: bytearray | None = None) -> Iterator[tuple[bytes, Bucket]]:
        """The nested buckets by name, in name order; ``visited`` as in ``pages``."""
        data = self._file.data
        for page in self.leaf_pages(visited):
            for element in pages.elements(data, page):
                if element.is_bucket:
                    yield data[element.key : element.value], self._nested(element)

    def _nested(self, element: Element) -> Bucket:
        if element.end - element.value < layout.BUCKET.size:
            raise Damaged("a nested bucket's header is cut off")
        root, _sequence = layout.BUCKET.unpack_from(self._file.data, element.value)
        if root:
            return Bucket(self._file, root, None)
        start = element.value + layout.BUCKET.size
        return Bucket(self._file, 0, pages.inline_page(self._file.data, start, element.end))

    def _entries(self) -> Iterator[tuple[bool, bytes, bytes]]:
        data = self._file.data
        for page in self.leaf_pages():
            for is_bucket, key, value, end in pages.elements(data, page):
                yield is_bucket, data[key:value], data[value:end]
