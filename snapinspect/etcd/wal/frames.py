"""The records of one segment of a write-ahead log, each with its rolling checksum verified.

Sources: go.etcd.io/etcd ``server/storage/wal/decoder.go`` (frames, torn entries), ``encoder.go`` (padding),
``walpb/record.proto``, ``pkg/crc/crc.go`` (a CRC-32C that goes on from the record before).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import IntEnum
from struct import Struct
from typing import NamedTuple

from snapinspect.errors import Damaged
from snapinspect.etcd.keyvalue import read_varint
from snapinspect.model import Data
from snapinspect.protobuf import VARINT, whole

_LENGTH = Struct("<Q")
_SIZE_BITS = 56
_PADDED, _PADDING = 0x80, 0x07
_SECTOR = 512
_CHUNK = 1 << 20
_VARINT, _BYTES = 0, 2
_TYPE, _CRC, _DATA = 1, 2, 3
_USUAL = re.compile(rb"\x08([\x00-\x7f])\x10%b\x1a%b" % (VARINT, VARINT))
"""How etcd writes what stands before a record's data."""


class Sort(IntEnum):
    """What a record is."""

    metadata = 1
    entry = 2
    state = 3
    checksum = 4
    snapshot = 5


class Frame(NamedTuple):
    """A sound record: what it is, and the offsets between which its data lies."""

    sort: int
    start: int
    end: int


class Broken(NamedTuple):
    """A record that is none. ``torn`` when it looks like one that etcd had no time to write whole."""

    at: int
    reason: str
    torn: bool


def frames(data: Data) -> Iterator[Frame | Broken]:
    """The records of the segment in ``data``, and where one is broken; what cannot be passed over ends the segment.

    Each record's checksum goes on from the one before, so that behind a broken record the next can be told again.
    """
    import google_crc32c

    extend = google_crc32c.extend
    at, crc, first = 0, 0, True
    while at + _LENGTH.size <= len(data):
        (length,) = _LENGTH.unpack_from(data, at)
        if not length:
            if _is_written(data, at):
                yield Broken(
                    at, "what was written behind a gap of zeros is not read, as etcd would not, either", torn=True
                )
            return
        start = at + _LENGTH.size
        marks = length >> _SIZE_BITS
        end = start + (length & ((1 << _SIZE_BITS) - 1))
        after = end + (marks & _PADDING if marks & _PADDED else 0)
        if after > len(data):
            yield Broken(at, "a record reaches beyond the end of its segment", torn=True)
            return
        try:
            frame, told = _read_record(data, start, end)
        except Damaged as error:
            yield Broken(at, str(error), torn=_is_torn(data, start, after))
            return
        # A segment begins with the checksum up to which the one before it came.
        if frame.sort != Sort.checksum:
            crc = extend(crc, data[frame.start : frame.end])
        sound = crc == told or (frame.sort == Sort.checksum and first)
        crc, first, where, at = told, False, at, after
        if sound:
            yield frame
        else:
            yield Broken(where, "a record's checksum is not that of its content", torn=_is_torn(data, start, after))


def fields(data: Data, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """The fields of the message that spans ``at`` to ``end``: number, then a varint and 0, or its offsets.

    Raises Damaged for what no message of raft's or of the log's own has.
    """
    while at < end:
        tag, at = read_varint(data, at, end)
        number, at = read_varint(data, at, end)
        if tag & 7 == _VARINT:
            yield tag >> 3, number, 0
        elif tag & 7 == _BYTES and at + number <= end:
            yield tag >> 3, at, at + number
            at += number
        else:
            raise Damaged(f"the message at offset {at} of the write-ahead log is none")


def _read_record(data: Data, start: int, end: int) -> tuple[Frame, int]:
    """The record that spans ``start`` to ``end``, and the checksum that it says."""
    usual = _USUAL.match(data, start, end)
    if usual is not None:
        sort, crc, size = usual.groups()
        if usual.end() + whole(size) == end:
            return Frame(sort[0], usual.end(), end), whole(crc)
    return _read_fields(data, start, end)


def _read_fields(data: Data, start: int, end: int) -> tuple[Frame, int]:
    sort = crc = first = last = 0
    for number, value, behind in fields(data, start, end):
        if number == _TYPE:
            sort = value
        elif number == _CRC:
            crc = value
        elif number == _DATA:
            first, last = value, behind
    return Frame(sort, first, last), crc


def _is_written(data: Data, at: int) -> bool:
    """Whether anything but zeros stands behind ``at``: etcd makes room in a segment before it needs it."""
    return any(data[start : start + _CHUNK].strip(b"\0") for start in range(at, len(data), _CHUNK))


def _is_torn(data: Data, start: int, end: int) -> bool:
    """Whether a whole disk sector, or its part in the record, was never written: all zero."""
    while start < end:
        next_sector = min(end, start - start % _SECTOR + _SECTOR)
        if not any(data[start:next_sector]):
            return True
        start = next_sector
    return False
