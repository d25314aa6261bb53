"""Protobuf's wire format, as far as etcd's records and the values of Kubernetes share it.

Each reads what it meets by itself: from another kind of buffer, and with an error of its own.
Source: https://protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

from typing import Final

VARINT: Final = rb"([\x80-\xff]{0,9}[\x00-\x7f])"
"""A group that matches a varint."""
_ALL_BITS: Final = 0xFFFFFFFFFFFFFFFF


def whole(varint: bytes) -> int:
    """The unsigned 64-bit number of a varint that is cut out already; most have up to five bytes."""
    size = len(varint)
    if size == 1:
        return varint[0]
    if size == 2:
        return varint[0] & 0x7F | varint[1] << 7
    if size == 3:
        return varint[0] & 0x7F | (varint[1] & 0x7F) << 7 | varint[2] << 14
    if size == 5:
        first, second, third, fourth, last = varint
        return first & 0x7F | (second & 0x7F) << 7 | (third & 0x7F) << 14 | (fourth & 0x7F) << 21 | last << 28
    number = 0
    for byte in reversed(varint):
        number = number << 7 | byte & 0x7F
    return number & _ALL_BITS


def signed(number: int) -> int:
    """An unsigned 64-bit number read as two's complement."""
    return number - (1 << 64) if number >= 1 << 63 else number


def packed(number: int) -> bytes:
    """A 64-bit number as a varint, a negative one as its two's complement."""
    number &= _ALL_BITS
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def framed(tag: int, content: bytes) -> bytes:
    """A field as it is written: ``tag``, the length of its content, and that."""
    return packed(tag) + packed(len(content)) + content
