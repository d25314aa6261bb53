"""Where things stand in a bbolt file, in numbers.

Source: go.etcd.io/bbolt ``internal/common`` (``page.go``, ``meta.go``, ``bucket.go``, ``inode.go``).
All integers are little-endian.
"""

from __future__ import annotations

from struct import Struct

MAGIC = 0xED0CDAED
VERSION = 2

PAGE_HEADER = Struct("<QHHI")
"""Page id, flags, element count, overflow: further contiguous pages that belong to this one."""

META = Struct("<IIIIQQQQQQ")
"""Magic, version, page size, flags, root page, root sequence, freelist page, high water, txid, checksum."""
META_CHECKED = META.size - 8
"""Bytes of the meta that its checksum covers."""

BRANCH_ELEMENT = Struct("<IIQ")
"""Offset of the key from the element itself, key size, child page id."""

LEAF_ELEMENT = Struct("<IIII")
"""Flags, offset of the key from the element itself, key size, value size; the value follows the key."""

BUCKET = Struct("<QQ")
"""Root page id (0: the bucket's only page follows inline), sequence."""

FREE_ID = Struct("<Q")

BRANCH_PAGE = 0x01
LEAF_PAGE = 0x02
META_PAGE = 0x04
FREELIST_PAGE = 0x10

BUCKET_FLAG = 0x01
NO_FREELIST = 0xFFFFFFFFFFFFFFFF
FREELIST_COUNT_OVERFLOW = 0xFFFF

PAGE_SIZES = tuple(1 << shift for shift in range(10, 17))
"""Page sizes to try when the first meta page, which names it, is broken: 1 KiB to 64 KiB."""

MAX_DEPTH = 64
"""No tree of 2**63 pages is deeper, even with two elements a branch page."""

_FNV_OFFSET = 0xCBF29CE484222325
_FNV_PRIME = 0x100000001B3


def fnv1a(data: bytes) -> int:
    """FNV-1a with 64 bits, the checksum of a meta page."""
    digest = _FNV_OFFSET
    for byte in data:
        digest = ((digest ^ byte) * _FNV_PRIME) & 0xFFFFFFFFFFFFFFFF
    return digest
