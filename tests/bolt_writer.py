"""Writes bbolt files by hand, plainly, so that tests can choose everything about them.

Source: go.etcd.io/bbolt ``internal/common`` (``page.go``, ``meta.go``, ``bucket.go``).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Tree = Mapping[bytes, Any]
"""A bucket: keys to values (bytes), and to buckets inside it (trees)."""

BRANCH, LEAF, META, FREELIST = 1, 2, 4, 16
NO_FREELIST = (1 << 64) - 1
PAGE_HEADER = "<QHHI"
META_PAGES = 2


@dataclass
class Image:
    """A file in the making. ``per_page`` is how many elements a page gets before it is split."""

    page_size: int = 4096
    per_page: int = 1000
    inline: bool = True
    pages: list[bytes] = field(default_factory=list)

    def file(self, root: int, *, txid: int = 7, freelist: int = NO_FREELIST) -> bytes:
        """The whole file: both meta pages lead to ``root``, the first one as the older transaction."""
        metas = (self.meta(page, root, txid - 1 + page, freelist=freelist) for page in range(META_PAGES))
        return b"".join([*metas, *self.pages])

    @property
    def next_page(self) -> int:
        return META_PAGES + sum(len(page) for page in self.pages) // self.page_size

    def meta(
        self, page: int, root: int, txid: int, *, freelist: int = NO_FREELIST, high_water: int | None = None
    ) -> bytes:
        pages = self.next_page if high_water is None else high_water
        values = 0xED0CDAED, 2, self.page_size, 0, root, 0, freelist, pages, txid
        checked = struct.pack("<IIIIQQQQQ", *values)
        header = struct.pack(PAGE_HEADER, page, META, 0, 0)
        return self._padded(header + checked + struct.pack("<Q", fnv1a_64(checked)))

    def tree(self, tree: Tree) -> int:
        """Writes a bucket and all that is in it; gives its root page."""
        level = [(part[0][1] if part else b"", self.leaf(*part)) for part in self._parts(self._elements(tree))]
        while len(level) > 1:
            level = [(part[0][0], self.branch(*part)) for part in self._parts(level)]
        return level[0][1]

    def leaf(self, *elements: tuple[int, bytes, bytes]) -> int:
        """Writes a leaf page of (flags, key, value); gives its id."""
        return self.page(LEAF, leaf_content(elements), len(elements))

    def branch(self, *children: tuple[bytes, int]) -> int:
        """Writes a branch page of (first key, page id); gives its id."""
        at = 16 * len(children)
        headers, keys = b"", b""
        for key, child in children:
            headers += struct.pack("<IIQ", at + len(keys) - len(headers), len(key), child)
            keys += key
        return self.page(BRANCH, headers + keys, len(children))

    def page(self, flags: int, content: bytes, count: int) -> int:
        """Writes one page, with as many behind it as its content needs; gives its id."""
        page_id = self.next_page
        overflow = (16 + len(content) - 1) // self.page_size
        self.pages.append(self._padded(struct.pack(PAGE_HEADER, page_id, flags, count, overflow) + content))
        return page_id

    def _elements(self, tree: Tree) -> list[tuple[int, bytes, bytes]]:
        return [
            (1, key, self._bucket(value)) if isinstance(value, Mapping) else (0, key, value)
            for key, value in sorted(tree.items())
        ]

    def _bucket(self, tree: Tree) -> bytes:
        """A bucket as a value: its header, and its only page when it is small and holds no other bucket."""
        if self.inline and not any(isinstance(value, Mapping) for value in tree.values()):
            content = leaf_content(self._elements(tree))
            if len(content) < self.page_size // 4:
                return struct.pack("<QQ", 0, 0) + struct.pack(PAGE_HEADER, 0, LEAF, len(tree), 0) + content
        return struct.pack("<QQ", self.tree(tree), 0)

    def _parts(self, elements: list[Any]) -> Iterator[list[Any]]:
        for start in range(0, len(elements) or 1, self.per_page):
            yield elements[start : start + self.per_page]

    def _padded(self, page: bytes) -> bytes:
        return page + b"\0" * (-len(page) % self.page_size)


def leaf_content(elements: Any) -> bytes:
    headers, content = bytearray(), bytearray()
    for flags, key, value in elements:
        at = 16 * len(elements) + len(content) - len(headers)
        headers += struct.pack("<IIII", flags, at, len(key), len(value))
        content += key + value
    return bytes(headers + content)


def fnv1a_64(data: bytes) -> int:
    digest = 14695981039346656037
    for byte in data:
        digest = (digest ^ byte) * 1099511628211 % 2**64
    return digest
