"""Protobuf's variable-length integers, read out of a stored value."""

from __future__ import annotations

from snapinspect.errors import Undecodable

_MAX_BYTES = 10


def read_varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """The unsigned 64-bit number at ``at`` and the offset after it. Raises Undecodable when it is cut off."""
    # Nearly all have two bytes here, as whoever reads many looks at a single byte himself.
    if at + 2 <= end:
        first, second = data[at], data[at + 1]
        if first < 0x80:
            return first, at + 1
        if second < 0x80:
            return first & 0x7F | second << 7, at + 2
    value = shift = 0
    for position in range(at, min(at + _MAX_BYTES, end)):
        byte = data[position]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, position + 1
        shift += 7
    raise Undecodable(f"a number at byte {at} is cut off")
