"""Protobuf's variable-length integers."""

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


def whole(varint: bytes) -> int:
    """The number of a varint that is cut out already; most have up to five bytes."""
    size = len(varint)
    if size == 1:
        return varint[0]
    if size == 2:
        return varint[0] & 0x7F | varint[1] << 7
    if size == 5:
        first, second, third, fourth, last = varint
        return first & 0x7F | (second & 0x7F) << 7 | (third & 0x7F) << 14 | (fourth & 0x7F) << 21 | last << 28
    return read_varint(varint, 0, size)[0]


def framed(tag: int, content: bytes) -> bytes:
    """A field as it is written: ``tag``, the length of its content, and that."""
    return packed(tag) + packed(len(content)) + content


def packed(number: int) -> bytes:
    """An unsigned number as it is written."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def signed(value: int) -> int:
    """An unsigned 64-bit number read as two's complement."""
    return value - (1 << 64) if value >= 1 << 63 else value
