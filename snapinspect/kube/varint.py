"""Protobuf's variable-length integers."""

from __future__ import annotations

from snapinspect.errors import Undecodable

_MAX_BYTES = 10


def read_varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """The unsigned 64-bit number at ``at`` and the offset after it. Raises Undecodable when it is cut off."""
    value = shift = 0
    for position in range(at, min(at + _MAX_BYTES, end)):
        byte = data[position]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, position + 1
        shift += 7
    raise Undecodable(f"a number at byte {at} is cut off")


def signed(value: int) -> int:
    """An unsigned 64-bit number read as two's complement."""
    return value - (1 << 64) if value >= 1 << 63 else value
