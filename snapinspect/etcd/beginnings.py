"""Every record in the order of revisions, of which no more than its front is read where that says enough.

A record's front holds its revision, its key, its numbers and where its value begins. It is cut out of the map once, as
that is locked anew for each part that is taken out of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from snapinspect.bolt import Bucket, layout
from snapinspect.errors import Damaged
from snapinspect.etcd.glimpse import Glimpse
from snapinspect.etcd.index import read_record
from snapinspect.etcd.keyvalue import REVISION, lease_between, read_key
from snapinspect.etcd.store import KeyFilter
from snapinspect.model import Data, Record, Revision

_FRONT: Final = 256
"""Bytes that hold a key of up to 127 bytes, the numbers behind it, and what nearly all values begin with."""
_KEY: Final = 0x0A
_CREATE: Final = 0x10
_MOD: Final = 0x18
_VERSION: Final = 0x20
_VALUE: Final = 0x2A
"""A record's fields in the order in which etcd writes them."""
_ODD: Final = -1
_LONGEST: Final = 8
"""Bytes of a number that is read here."""
_MANY: Final = 0x80
_REVISION_SIZE: Final = REVISION.size
_TOMBSTONE_SIZE: Final = REVISION.size + 1


def walk_beginnings(
    data: Data, view: memoryview, bucket: Bucket, wanted: KeyFilter, signs: Mapping[bytes, bytes]
) -> Iterator[Record | Glimpse]:
    """All records whose key is ``wanted``, oldest first; of values that begin with their key's sign a glimpse. Raises Damaged."""
    step = layout.LEAF_ELEMENT.size
    unpack = layout.LEAF_ELEMENT.iter_unpack
    # What a Struct gives is anything to a compiler that is not told.
    flags: int
    position: int
    key_size: int
    value_size: int
    for page in bucket.leaf_pages():
        element = page.body
        page_end = page.end
        headers_end = end = page.headers_end(step)
        for flags, position, key_size, value_size in unpack(data[element:headers_end]):  # noqa: B007
            start = element + position
            value = start + key_size
            if start < end or (end := value + value_size) > page_end:
                raise Damaged(f"an element of page {page.id} overlaps another or reaches beyond its page")
            front = data[start : min(start + _FRONT, end)]
            # As in ``index_pages``: most keys have their length in one byte.
            key_end = 0
            if (
                value_size > 2
                and key_size <= _TOMBSTONE_SIZE
                and front[key_size] == _KEY
                and (size := front[key_size + 1]) <= value_size - 2
                and size < _MANY
            ):
                key_end = key_size + 2 + size
                key = front[key_size + 2 : key_end]
            elif value_size:
                key = read_key(data, value, end)
            if value_size and wanted(key):
                found = None
                if key_end and key_size == _REVISION_SIZE:
                    found = _read(data, view, start, end, front, key, key_end, signs.get(key))
                yield found or read_record(data, view, element)
            element += step


def _read(
    data: Data, view: memoryview, start: int, end: int, front: bytes, key: bytes, key_end: int, sign: bytes | None
) -> Record | Glimpse | None:
    """The record that spans ``start`` to ``end``, or a glimpse of one whose value begins with ``sign``; None of any that is odd."""
    main: int
    sub: int
    between: bytes
    main, between, sub = REVISION.unpack_from(front)
    create, at = _number(front, key_end, _CREATE)
    mod, at = _number(front, at, _MOD)
    version, at = _number(front, at, _VERSION)
    size, at = _number(front, at, _VALUE)
    value = start + at
    value_end = value + size
    if at == _ODD or between != b"_" or mod != main or value_end > end:
        return None
    if sign and len(sign) <= size and front.startswith(sign, at):
        return Glimpse(key, main, sub, sign)
    lease = 0 if value_end == end else lease_between(data, value_end, end)
    if lease is None:
        return None
    return Record(key, view[value:value_end], Revision(main, sub), create, version, lease)


def _number(front: bytes, at: int, tag: int) -> tuple[int, int]:
    """The varint behind the ``tag`` that should stand at ``at``, and the offset behind it, _ODD for anything else.

    Numbers of more than 56 bits, to which no cluster comes, are odd, too.
    """
    last = len(front) - 1
    if at == _ODD or at >= last or front[at] != tag:
        return 0, _ODD
    number = front[at + 1]
    if number < _MANY:
        return number, at + 2
    number &= 0x7F
    shift = 7
    for position in range(at + 2, min(at + _LONGEST, last) + 1):
        byte = front[position]
        number |= (byte & 0x7F) << shift
        if byte < _MANY:
            return number, position + 1
        shift += 7
    return 0, _ODD
